//! Hosts: one by id, one by exact serial, all of them by pages, and the wish for new details.

use super::connector::Fleet;
use super::error::Doing;
use super::host::{flat, id_of};
use super::session::{API, Done, Session, lacking};
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use serde_json::{Value as Json, json};
use std::sync::atomic::Ordering;

const ROLE: &str = "the observer role, globally or in the host's team";
const READ: Doing = Doing::reading("read the host", ROLE);
const LIST: Doing = Doing::reading("list the hosts", ROLE);
const REFETCH: Doing = Doing::changing("ask the host for new details", ROLE);

/// A serial that matches more hosts than this many pages hold is no serial.
const MOST_PAGES: usize = 10;
const LARGEST_PAGE: i64 = 500;

/// One host with its details; `NotFound` when it is gone.
pub(super) async fn detail(session: &mut Session<'_>, id: i64) -> Result<Json, Fault> {
    let request = Request::get(format!("{API}/hosts/{id}")).query("exclude_software", true);
    let json = session.ask(request, READ).await?;
    let host = at(&json, "host").ok_or_else(|| lacking(READ, "host"))?;
    flat(host, session.fleet.service.url()).map_err(|field| lacking(READ, field))
}

pub(super) async fn get(session: &mut Session<'_>, input: Input<'_>) -> Done {
    Ok((detail(session, input.id("id")?).await?, Outcome::Done))
}

/// The one host with exactly this serial. `query` is a search in parts of several fields, so each hit is compared.
pub(super) async fn find(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let (serial, uuid) = (input.text("serial")?, input.text_or_none("uuid"));
    let mut exact = Vec::new();
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let page = page(session, after, LARGEST_PAGE as usize, Some(serial)).await?;
        exact.extend(
            page.hosts
                .into_iter()
                .filter(|host| text_at(host, "hardware_serial") == Some(serial)),
        );
        after = page.next;
        if after.is_none() {
            let id = only(&exact, serial, uuid)?;
            let host = detail(session, id).await?;
            if text_at(&host, "hardware_serial") != Some(serial) {
                return Err(Fault::new(
                    FaultKind::WrongIdentity,
                    format!(
                        "Fleet's host {id} was found by serial \"{serial}\" and now has another"
                    ),
                ));
            }
            return Ok((host, Outcome::Done));
        }
    }
    Err(Fault::new(
        FaultKind::Ambiguous,
        format!("thousands of hosts in Fleet match \"{serial}\"; that is not a serial"),
    ))
}

fn only(exact: &[Json], serial: &str, uuid: Option<&str>) -> Result<i64, Fault> {
    let same = |host: &&Json| {
        uuid.is_some_and(|uuid| {
            text_at(host, "uuid").is_some_and(|found| found.eq_ignore_ascii_case(uuid))
        })
    };
    let by_uuid: Vec<&Json> = exact.iter().filter(same).collect();
    match (exact, by_uuid.as_slice()) {
        ([], _) => Err(Fault::new(
            FaultKind::NotFound,
            format!("no host in Fleet has the serial \"{serial}\""),
        )),
        ([host], _) => id_of(host).ok_or_else(|| lacking(LIST, "id")),
        (_, [host]) => id_of(host).ok_or_else(|| lacking(LIST, "id")),
        (several, _) => {
            let ids: Vec<String> = several
                .iter()
                .filter_map(id_of)
                .take(8)
                .map(|id| id.to_string())
                .collect();
            Err(Fault::new(
                FaultKind::Ambiguous,
                format!(
                    "{} hosts in Fleet have the serial \"{serial}\" (ids {}); delete the dead ones in Fleet or say which UUID is meant",
                    several.len(),
                    ids.join(", ")
                ),
            ))
        }
    }
}

pub(super) async fn list(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let after = match input.json("cursor") {
        None => None,
        Some(cursor) => Some(
            cursor
                .get("after")
                .and_then(Json::as_i64)
                .ok_or_else(|| unreadable_cursor("fleet.list_hosts"))?,
        ),
    };
    let page = page(session, after, input.per_page(LARGEST_PAGE), None).await?;
    let base = session.fleet.service.url();
    let macs = page
        .hosts
        .iter()
        .filter(|host| text_at(host, "platform") == Some("darwin"));
    let (mut items, mut skipped) = (Vec::new(), 0);
    for host in macs {
        match flat(host, base) {
            Ok(host) => items.push(host),
            Err(_) => skipped += 1,
        }
    }
    let result = json!({
        "items": items,
        "cursor": page.next.map(|after| json!({"after": after})),
        "more": page.next.is_some(),
        "skipped": skipped,
    });
    Ok((result, Outcome::Done))
}

pub(super) fn unreadable_cursor(action: &str) -> Fault {
    Fault::new(
        FaultKind::Misconfigured,
        format!("the cursor given to {action} is not one it made; start without a cursor"),
    )
}

pub(super) async fn refetch(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let id = input.id("id")?;
    let request = Request::post(format!("{API}/hosts/{id}/refetch"), Nature::Repeatable);
    session.tell(request.empty_body(), REFETCH).await?;
    Ok((json!({}), Outcome::Accepted))
}

struct Page {
    hosts: Vec<Json>,
    /// The id to go on after; none on the last page.
    next: Option<i64>,
}

/// A page by cursor, as a moving set needs (`api/fleet.md` §1.5). Which name of the key a server takes differs: one is
/// tried, after a 422 the other, and what worked is remembered.
async fn page(
    session: &mut Session<'_>,
    after: Option<i64>,
    per_page: usize,
    query: Option<&str>,
) -> Result<Page, Fault> {
    let plain = session.fleet.plain_order_key.load(Ordering::Relaxed);
    let json = match session
        .ask(request(plain, after, per_page, query), LIST)
        .await
    {
        Err(refused) if refused.status == Some(422) => {
            let other = session
                .ask(request(!plain, after, per_page, query), LIST)
                .await;
            let json = other.map_err(|other| {
                if other.status == Some(422) {
                    refused
                } else {
                    other
                }
            })?;
            remember(session.fleet, !plain);
            json
        }
        other => other?,
    };
    let Some(Json::Array(hosts)) = json.get("hosts").cloned() else {
        return Err(lacking(LIST, "hosts"));
    };
    let full = hosts.len() >= per_page;
    let next = full.then(|| hosts.iter().filter_map(id_of).max()).flatten();
    if full && next <= after {
        return Err(lacking(LIST, "page after the cursor"));
    }
    Ok(Page { hosts, next })
}

fn request(plain: bool, after: Option<i64>, per_page: usize, query: Option<&str>) -> Request {
    let mut request = Request::get(format!("{API}/hosts"))
        .query("order_key", if plain { "id" } else { "h.id" })
        .query("order_direction", "asc")
        .query("per_page", per_page)
        .query("disable_issues", true);
    if let Some(after) = after {
        request = request.query("after", after);
    }
    if let Some(query) = query {
        request = request.query("query", query);
    }
    request
}

fn remember(fleet: &Fleet, plain: bool) {
    fleet.plain_order_key.store(plain, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_with_one_serial_are_only_told_apart_by_uuid() {
        let hosts = [
            json!({"id": 1, "uuid": "AAAA"}),
            json!({"id": 2, "uuid": "BBBB"}),
        ];
        assert_eq!(only(&hosts, "S", Some("bbbb")).unwrap(), 2);
        assert_eq!(only(&hosts[..1], "S", None).unwrap(), 1);
        for uuid in [None, Some("CCCC")] {
            let fault = only(&hosts, "S", uuid).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Ambiguous);
            assert!(fault.message.contains("ids 1, 2"), "{fault}");
        }
        let twins = [json!({"id": 1, "uuid": "A"}), json!({"id": 2, "uuid": "A"})];
        assert_eq!(
            only(&twins, "S", Some("A")).unwrap_err().kind,
            FaultKind::Ambiguous
        );
        assert_eq!(only(&[], "S", None).unwrap_err().kind, FaultKind::NotFound);
    }
}
