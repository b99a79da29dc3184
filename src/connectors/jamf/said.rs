//! What Jamf says when it says no: three shapes of error, and pages of its web server (`api/jamf.md` §1.1, §1.4).

use crate::connectors::http::Answer;
use crate::model::fault::Fault;
use crate::model::payload::{at, text_at};
use serde_json::Value as Json;

/// Statuses that, with Jamf's own error body, prove that nothing happened (`reliability.md` §3.2 rule 6).
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 409, 412, 422];

/// The fault for an answer that is not the call's success. `privilege` is what a 403 most likely means is missing.
pub(super) fn no(answer: &Answer, privilege: &str) -> Fault {
    let refusals: &[u16] = if is_envelope(answer) { &REFUSALS } else { &[] };
    answer.fault(words(answer, privilege), refusals).fault
}

/// As [`no`], for remove-mdm-profile, whose 403 has no body.
pub(super) fn no_removal(answer: &Answer, privilege: &str) -> Fault {
    if answer.status == 403 && answer.body.is_empty() {
        return answer.fault(words(answer, privilege), &[403]).fault;
    }
    no(answer, privilege)
}

/// Whether the body is Jamf's error envelope, and not a page of something on the way.
pub(super) fn is_envelope(answer: &Answer) -> bool {
    parsed(answer).is_some_and(|json| {
        json.get("httpStatus").is_some() || json.get("errors").is_some_and(Json::is_array)
    })
}

fn words(answer: &Answer, privilege: &str) -> String {
    let said = parsed(answer).map_or_else(|| answer.head(), |json| listed(&json));
    match answer.status {
        403 if said.is_empty() => format!("the API role lacks the privilege \"{privilege}\""),
        403 => format!("{said}; the API role needs the privilege \"{privilege}\""),
        401 if said.is_empty() => "it did not take a fresh token".to_owned(),
        _ => said,
    }
}

fn parsed(answer: &Answer) -> Option<Json> {
    answer.json().ok().filter(Json::is_object)
}

/// The words of an envelope, or of OAuth's own shape. An envelope's list may be empty, its fields null.
fn listed(json: &Json) -> String {
    if let Some(error) = text_at(json, "error") {
        return match text_at(json, "error_description") {
            Some(description) => format!("{error}: {description}"),
            None => error.to_owned(),
        };
    }
    let Some(errors) = at(json, "errors").and_then(Json::as_array) else {
        return String::new();
    };
    let each: Vec<String> = errors
        .iter()
        .take(4)
        .map(|error| {
            let parts = ["code", "field", "description"].map(|part| text_at(error, part));
            parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
        })
        .filter(|words| !words.is_empty())
        .collect();
    each.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_shape_of_error_has_words() {
        for (json, words) in [
            (json!({"httpStatus": 401, "errors": []}), ""),
            (
                json!({"httpStatus":403,"errors":[{"code":"INVALID_PRIVILEGE","description":"no","id":"0","field":null}]}),
                "INVALID_PRIVILEGE: no",
            ),
            (
                json!({"httpStatus":503,"errors":[{"code":null,"description":"…","id":"0","field":null}]}),
                "…",
            ),
            (
                json!({"error":"invalid_client","error_description":"OAuth 2.0 Parameter: grant_type"}),
                "invalid_client: OAuth 2.0 Parameter: grant_type",
            ),
            (json!({"error":"invalid_scope"}), "invalid_scope"),
            (json!({}), ""),
        ] {
            assert_eq!(listed(&json), words);
        }
    }
}
