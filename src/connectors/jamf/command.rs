//! MDM commands in Jamf's queue: looked at, never cancelled.

use super::computer::{time, word};
use super::operation::Operation;
use super::paths::{self, equals};
use super::said;
use crate::connectors::http::Request;
use crate::model::fault::Fault;
use crate::model::payload::{at, text_at};
use serde_json::{Value as Json, json};

pub(super) const VIEW: &str = "View MDM command information in Jamf Pro API";
const PER_PAGE: usize = 100;

/// The commands that a filter finds, oldest first; at most a hundred, the first ones sent.
pub(super) async fn search(op: &mut Operation<'_>, filter: &str) -> Result<Vec<Json>, Fault> {
    let request = Request::get(paths::COMMANDS)
        .query("page", 0)
        .query("page-size", PER_PAGE)
        .query("sort", "dateSent:asc")
        .query("filter", filter);
    let answer = op.send(request).await?;
    if answer.status != 200 {
        return Err(said::no(&answer, VIEW));
    }
    let mut json = answer.json().map_err(|failure| failure.fault)?;
    match json.get_mut("results").map(Json::take) {
        Some(Json::Array(results)) => Ok(results),
        _ => Err(answer.unreadable("it has no results").fault),
    }
}

/// How the command of this uuid stands. Not found is not proof of anything (`api/jamf.md` §3.3).
pub(super) async fn status(op: &mut Operation<'_>, uuid: &str) -> Result<Json, Fault> {
    let found = search(op, &equals("uuid", uuid)).await?;
    let command = found
        .iter()
        .find(|command| text_at(command, "uuid").is_some_and(|own| own.eq_ignore_ascii_case(uuid)));
    Ok(stands(command))
}

fn stands(command: Option<&Json>) -> Json {
    let none = Json::Null;
    let command_json = command.unwrap_or(&none);
    let state = word(command_json, "commandState").map(|state| state.to_ascii_uppercase());
    let is = |states: &[&str]| {
        state
            .as_deref()
            .is_some_and(|state| states.contains(&state))
    };
    json!({
        "found": command.is_some(),
        "finished": is(&["ACKNOWLEDGED", "ERROR", "COMMAND_FORMAT_ERROR"]),
        "failed": is(&["ERROR", "COMMAND_FORMAT_ERROR"]),
        "error": at(command_json, "commandError").and_then(error_words),
        "sent_at": time(command_json, "dateSent"),
        "completed_at": time(command_json, "dateCompleted"),
        "state": state,
    })
}

fn error_words(error: &Json) -> Option<String> {
    let said = text_at(error, "errorEnglishDescription")
        .or_else(|| text_at(error, "errorLocalizedDescription"));
    let code = word(error, "errorCode").map(|code| match text_at(error, "errorDomain") {
        Some(domain) => format!("{domain} {code}"),
        None => code,
    });
    match (said, code) {
        (Some(said), Some(code)) => Some(format!("{said} ({code})")),
        (Some(said), None) => Some(said.to_owned()),
        (None, code) => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_as_its_state_says() {
        let wire = |state: &str, error: Json| {
            json!({"uuid": "a", "dateSent": "2026-07-16T20:43:43.945Z", "dateCompleted": null,
                   "commandState": state, "commandType": "WHATEVER", "commandError": error})
        };
        for (state, finished, failed) in [
            ("PENDING", false, false),
            ("NOT_NOW", false, false),
            ("ACKNOWLEDGED", true, false),
            ("ERROR", true, true),
            ("COMMAND_FORMAT_ERROR", true, true),
            ("SOMETHING_NEW", false, false),
        ] {
            let stands = stands(Some(&wire(state, Json::Null)));
            assert_eq!(
                (&stands["finished"], &stands["failed"]),
                (&json!(finished), &json!(failed))
            );
            assert_eq!(stands["state"], state);
            assert_eq!(stands["sent_at"], "2026-07-16T20:43:43.945Z");
        }
        let error = json!({"errorCode": 12021, "errorDomain": "MCMDMErrorDomain", "errorEnglishDescription": "Unknown"});
        assert_eq!(
            stands(Some(&wire("ERROR", error)))["error"],
            "Unknown (MCMDMErrorDomain 12021)"
        );
        assert_eq!(stands(None)["found"], false);
        assert_eq!(stands(None)["state"], Json::Null);
    }
}
