//! The activity log, read onwards: the truth behind the activity webhook.

use super::error::Doing;
use super::host::integer;
use super::hosts::unreadable_cursor;
use super::session::{API, Done, Session, lacking};
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use crate::model::text::clean;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

pub(super) const LIST: Doing = Doing::reading(
    "read the activity log",
    "a global role, observer or higher: a role in a team is not enough",
);
/// Rows of transactions that were open at the same time appear late, so that many ids are read again
/// (`api/fleet.md` §7.1).
const OVERLAP: i64 = 100;
const LARGEST_PAGE: i64 = 500;

/// Where reading goes on, and what of the part that is read again was given already.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Cursor {
    /// The next page begins after this id.
    after: i64,
    /// The highest id ever given.
    top: i64,
    /// Ids given within [`OVERLAP`] below `top`.
    given: BTreeSet<i64>,
}

impl Cursor {
    /// Moves past a page (ids ascending). Within a run each page begins where the last ended; after the last page the
    /// next run begins so far back.
    fn advance(&mut self, ids: &[i64], more: bool) {
        self.given.extend(ids);
        self.top = ids.iter().copied().fold(self.top, i64::max);
        self.given = self.given.split_off(&(self.top - OVERLAP + 1));
        self.after = match ids.iter().max() {
            Some(last) if more => *last,
            _ => (self.top - OVERLAP).max(0),
        };
    }
}

pub(super) async fn list(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let mut cursor = match input.json("cursor") {
        None => Cursor::default(),
        Some(json) => {
            Cursor::deserialize(json).map_err(|_| unreadable_cursor("fleet.list_activities"))?
        }
    };
    let types = input.json("types").and_then(Json::as_array);
    let since = input
        .text_or_none("since")
        .and_then(|at| Time::parse(at).ok());
    let per_page = input.per_page(LARGEST_PAGE);
    let mut request = Request::get(format!("{API}/activities"))
        .query("order_key", "id")
        .query("order_direction", "asc")
        .query("after", cursor.after)
        .query("per_page", per_page);
    if let (Some(since), true) = (since, cursor.top == 0) {
        request = request.query("start_created_at", since);
    }
    let json = session.ask(request, LIST).await?;
    let list = match json.get("activities") {
        Some(Json::Array(list)) => list.as_slice(),
        Some(Json::Null) => &[],
        _ => return Err(lacking(LIST, "activities")),
    };
    let read: Vec<(i64, &Json)> = list
        .iter()
        .filter_map(|json| Some((json.get("id").and_then(integer)?, json)))
        .collect();
    // With a cursor, Fleet does not say whether more follows.
    let more = list.len() >= per_page;
    if more && read.iter().all(|(id, _)| *id <= cursor.after) {
        return Err(lacking(LIST, "page after the cursor"));
    }
    let wanted = |json: &Json| {
        types.is_none_or(|types| types.iter().any(|kind| json.get("type") == Some(kind)))
            && since.is_none_or(|since| created_at(json).is_none_or(|at| at >= since))
    };
    let items: Vec<Json> = read
        .iter()
        .filter(|(id, json)| !cursor.given.contains(id) && wanted(json))
        .map(|(id, json)| item(*id, json))
        .collect();
    let ids: Vec<i64> = read.iter().map(|(id, _)| *id).collect();
    cursor.advance(&ids, more);
    let result = json!({
        "items": items,
        "cursor": cursor,
        "more": more,
        "skipped": list.len() - read.len(),
    });
    Ok((result, Outcome::Done))
}

fn created_at(json: &Json) -> Option<Time> {
    Time::parse(text_at(json, "created_at")?).ok()
}

/// An activity with the host it is about, which stands in different places. A transfer of several hosts is about none.
fn item(id: i64, json: &Json) -> Json {
    let details = json.get("details").unwrap_or(&Json::Null);
    let one_of_one = || match at(details, "host_ids")?.as_array()?.as_slice() {
        [only] => integer(only),
        _ => None,
    };
    let host_id = at(details, "host_id").and_then(integer).or_else(one_of_one);
    json!({
        "id": id,
        "created_at": created_at(json),
        "type": text_at(json, "type").map(clean),
        "host_id": host_id,
        "host_serial": text_at(details, "host_serial").map(clean),
        "details": details,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::payload::parse;

    #[test]
    fn activities_read_as_documented_and_their_host_is_found() {
        let bytes = include_bytes!("../../../tests/it/payloads/fleet/activities.json");
        let json = parse(bytes).unwrap();
        let items: Vec<Json> = json["activities"]
            .as_array()
            .unwrap()
            .iter()
            .map(|json| item(json["id"].as_i64().unwrap(), json))
            .collect();
        for (at, kind, host_id, serial) in [
            (0, "transferred_hosts", json!(null), json!(null)),
            (1, "fleet_enrolled", json!(123), json!("C02A")),
            (2, "fleet_enrolled", json!(123), json!("C02A")),
            (3, "mdm_enrolled", json!(null), json!("C02A")),
            (4, "mdm_enrolled", json!(123), json!(null)),
            (5, "transferred_hosts", json!(121), json!(null)),
            (6, "ran_script", json!(121), json!(null)),
            (7, "a_type_of_the_future", json!(null), json!(null)),
        ] {
            let item = &items[at];
            assert_eq!(item["type"], kind);
            assert_eq!(
                (&item["host_id"], &item["host_serial"]),
                (&host_id, &serial),
                "{at}"
            );
        }
        assert_eq!(items[0]["created_at"], "2026-03-02T14:35:08.123Z");
        assert_eq!(items[0]["details"]["fleet_name"], "A");
    }

    #[test]
    fn a_run_goes_forward_and_the_next_one_begins_a_little_back() {
        let mut cursor = Cursor::default();
        cursor.advance(&(1..=200).collect::<Vec<_>>(), true);
        assert_eq!(
            (cursor.after, cursor.top, cursor.given.len()),
            (200, 200, 100)
        );
        cursor.advance(&[201, 205], false);
        assert_eq!((cursor.after, cursor.top), (105, 205));
        assert!(cursor.given.contains(&106) && !cursor.given.contains(&203));
        cursor.advance(&[], false);
        assert_eq!((cursor.after, cursor.top), (105, 205));
    }

    #[test]
    fn a_page_smaller_than_the_overlap_still_gets_on() {
        let mut cursor = Cursor {
            after: 100,
            top: 200,
            given: (101..=200).collect(),
        };
        let mut new = Vec::new();
        loop {
            let page: Vec<i64> = (cursor.after + 1..=230).take(20).collect();
            let more = page.len() == 20;
            new.extend(page.iter().filter(|id| !cursor.given.contains(id)).copied());
            cursor.advance(&page, more);
            if !more {
                break;
            }
        }
        assert_eq!(new, (201..=230).collect::<Vec<_>>());
        assert_eq!((cursor.after, cursor.top), (130, 230));
    }
}
