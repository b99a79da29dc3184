//! What happened on one host, for looking whether a call landed.

use super::error::Doing;
use super::session::{API, Session, lacking};
use crate::connectors::http::Request;
use crate::model::fault::Fault;
use crate::model::payload::{at, text_at};
use crate::model::text::clean;
use crate::model::time::Time;
use serde_json::Value as Json;

const READ: Doing = Doing::reading(
    "read the host's activities",
    "the observer role, globally or in the host's team",
);
const PAGE: usize = 100;
const MOST_PAGES: usize = 10;

/// A past activity of one host, as far as scripts are concerned.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub kind: String,
    pub script_name: String,
    pub execution_id: Option<String>,
    /// When the result came, not when the run was asked for.
    pub created_at: Time,
}

impl Entry {
    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            kind: text_at(json, "type")?.to_owned(),
            script_name: clean(text_at(json, "details.script_name").unwrap_or("")),
            execution_id: text_at(json, "details.script_execution_id").map(str::to_owned),
            created_at: Time::parse(text_at(json, "created_at")?).ok()?,
        })
    }

    /// A run of this saved script; the empty name stands for texts that are not saved.
    pub fn ran(&self, script: &str) -> bool {
        self.kind == "ran_script" && self.script_name == script
    }

    /// A run of this script that somebody took out of the queue; it carries no execution id.
    pub fn cancelled(&self, script: &str) -> bool {
        self.kind == "canceled_run_script" && self.script_name == script
    }
}

/// The activities of one host from a moment on.
pub(super) struct Past {
    pub entries: Vec<Entry>,
    /// False when there was more than could be read, or Fleet did not say whether there is.
    pub complete: bool,
    /// The list had nothing in it, not even of long ago.
    pub is_blank: bool,
}

/// Whether Fleet's log shows anything of any host, so that an empty list is known to be read rightly.
pub(super) async fn of_anything(session: &mut Session<'_>) -> Result<bool, Fault> {
    let request = Request::get(format!("{API}/activities"))
        .query("page", 0)
        .query("per_page", 1);
    let json = session.ask(request, READ).await?;
    let list = json.get("activities").and_then(Json::as_array);
    Ok(list.is_some_and(|list| !list.is_empty()))
}

/// Reads the host's activities, newest first, until they are older than `since`.
pub(super) async fn of_host(
    session: &mut Session<'_>,
    host: i64,
    since: Time,
) -> Result<Past, Fault> {
    let mut past = Past {
        entries: Vec::new(),
        complete: false,
        is_blank: true,
    };
    for page in 0..MOST_PAGES {
        let request = Request::get(format!("{API}/hosts/{host}/activities"))
            .query("page", page)
            .query("per_page", PAGE);
        let json = session.ask(request, READ).await?;
        let list = match json.get("activities") {
            Some(Json::Array(list)) => list.as_slice(),
            Some(Json::Null) => &[],
            _ => return Err(lacking(READ, "activities")),
        };
        let read: Vec<Entry> = list.iter().filter_map(Entry::read).collect();
        let more = at(&json, "meta.has_next_results").and_then(Json::as_bool);
        past.is_blank &= list.is_empty();
        past.complete = more == Some(false) || ends_before(&read, since);
        past.entries
            .extend(read.into_iter().filter(|entry| entry.created_at >= since));
        if past.complete || more.is_none() {
            break;
        }
    }
    Ok(past)
}

/// Whether a page that runs from newest to oldest already reaches behind the moment.
fn ends_before(page: &[Entry], since: Time) -> bool {
    page.is_sorted_by(|a, b| a.created_at >= b.created_at)
        && page.last().is_some_and(|last| last.created_at < since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(at: &str) -> Entry {
        Entry::read(&json!({"type": "ran_script", "created_at": at,
            "details": {"script_name": "x.sh", "script_execution_id": "e-1"}}))
        .unwrap()
    }

    #[test]
    fn only_a_page_from_newest_to_oldest_says_that_nothing_newer_follows() {
        let (old, new) = (entry("2026-03-02T08:00:00Z"), entry("2026-03-02T10:00:00Z"));
        let since = Time::parse("2026-03-02T09:00:00Z").unwrap();
        assert!(ends_before(&[new.clone(), old.clone()], since));
        assert!(!ends_before(&[old.clone(), new.clone(), old], since));
        assert!(!ends_before(&[new], since));
        assert!(!ends_before(&[], since));
    }

    #[test]
    fn a_cancelled_run_is_not_a_run() {
        let cancelled = json!({"type": "canceled_run_script", "created_at": "2026-03-02T08:00:00Z",
            "details": {"host_id": 1, "script_name": "x.sh"}});
        let cancelled = Entry::read(&cancelled).unwrap();
        assert!(cancelled.cancelled("x.sh") && !cancelled.ran("x.sh"));
        assert!(entry("2026-03-02T08:00:00Z").ran("x.sh"));
    }
}
