//! What waits to run on one host.

use super::error::{Doing, Said, fault};
use super::host::integer;
use super::session::{API, Done, Session, lacking};
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::fault::Fault;
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use crate::model::percent::percent;
use crate::model::text::clean;
use crate::model::time::Time;
use serde_json::{Value as Json, json};

const READ: Doing = Doing::reading(
    "read the host's queue",
    "the observer role, globally or in the host's team",
);
const CANCEL: Doing = Doing::changing(
    "cancel the run",
    "the maintainer role, globally or in the host's team",
);
const PAGE: usize = 100;
/// Fleet lets 1,000 scripts wait on a host; what is behind so many pages is of no use to anybody.
pub(super) const ALL: usize = 20;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The execution id; upcoming entries have no number (`api/fleet.md` §6).
    pub uuid: String,
    pub kind: String,
    /// Empty for a text that is not saved.
    pub script_name: String,
    pub created_at: Option<Time>,
}

impl Entry {
    fn read(json: &Json) -> Option<Self> {
        let uuid = text_at(json, "uuid").or_else(|| text_at(json, "details.script_execution_id"));
        Some(Self {
            uuid: uuid?.to_owned(),
            kind: clean(text_at(json, "type")?),
            script_name: clean(text_at(json, "details.script_name").unwrap_or("")),
            created_at: text_at(json, "created_at").and_then(|at| Time::parse(at).ok()),
        })
    }

    pub fn is_script(&self) -> bool {
        self.kind == "ran_script"
    }

    fn shown(&self) -> Json {
        let name = (!self.script_name.is_empty()).then_some(&self.script_name);
        json!({"uuid": self.uuid, "type": self.kind, "script_name": name, "created_at": self.created_at})
    }
}

/// How many wait (none when Fleet does not say), and the entries of at most so many pages, in the order they will run.
pub(super) async fn entries(
    session: &mut Session<'_>,
    host: i64,
    pages: usize,
) -> Result<(Option<i64>, Vec<Entry>), Fault> {
    let (mut count, mut entries) = (None, Vec::new());
    for page in 0..pages {
        let request = Request::get(format!("{API}/hosts/{host}/activities/upcoming"))
            .query("page", page)
            .query("per_page", PAGE);
        let json = session.ask(request, READ).await?;
        let list = match json.get("activities") {
            Some(Json::Array(list)) => list.as_slice(),
            Some(Json::Null) => &[],
            _ => return Err(lacking(READ, "activities")),
        };
        count = count.or_else(|| json.get("count").and_then(integer));
        entries.extend(list.iter().filter_map(Entry::read));
        if at(&json, "meta.has_next_results").and_then(Json::as_bool) != Some(true) {
            break;
        }
    }
    Ok((count, entries))
}

pub(super) async fn upcoming(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let (count, entries) = entries(session, input.id("host_id")?, 1).await?;
    let items: Vec<Json> = entries.iter().map(Entry::shown).collect();
    let count = count.unwrap_or(entries.len() as i64);
    Ok((json!({"count": count, "items": items}), Outcome::Done))
}

/// Takes an entry out of the queue. 404 is Fleet's word for "finished or never there", and no failure.
pub(super) async fn cancel(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let (host, run) = (input.id("host_id")?, input.text("execution_id")?);
    let path = format!("{API}/hosts/{host}/activities/upcoming/{}", percent(run));
    let answer = session
        .send(Request::delete(path, Nature::Repeatable))
        .await?;
    let absent = answer.status == 404 && Said::of(&answer).is_some();
    if !answer.is_success() && !absent {
        return Err(fault(&answer, CANCEL));
    }
    // 204 with nothing in it; a page with 200 is somebody else's word.
    if answer.is_success() && !answer.body.is_empty() {
        answer.json().map_err(|failure| failure.fault)?;
    }
    Ok((json!({"cancelled": !absent}), Outcome::Done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::payload::parse;

    #[test]
    fn a_queue_reads_as_documented_whatever_waits_in_it() {
        let bytes = include_bytes!("../../../tests/it/payloads/fleet/upcoming.json");
        let json = parse(bytes).unwrap();
        let list = json["activities"].as_array().unwrap();
        let entries: Vec<Entry> = list.iter().filter_map(Entry::read).collect();
        assert_eq!(entries.len(), 3);
        assert!(!entries[0].is_script() && entries[1].is_script());
        assert_eq!(entries[1].script_name, "remove-jamf.sh");
        assert_eq!(entries[1].uuid, "e797d6c6-3aae-11ee-be56-0242ac120002");
        assert_eq!(entries[2].shown()["script_name"], Json::Null);
    }
}
