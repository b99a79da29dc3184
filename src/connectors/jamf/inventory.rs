//! Reading computers: by serial, by id, by pages.

use super::computer::{Computer, SECTIONS};
use super::operation::Operation;
use super::paths::{Inventory, equals};
use super::said;
use crate::connectors::http::{Answer, Request};
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::at;
use serde_json::{Value as Json, json};

pub(super) const READ: &str = "Read Computers";
const PER_PAGE: u64 = 200;
/// Jamf's own limit (`api/jamf.md` §1.5).
const MOST_PER_PAGE: u64 = 2_000;

/// The one computer of this serial. Several are told apart by the UDID, never by their order.
pub(super) async fn find(
    op: &mut Operation<'_>,
    serial: &str,
    udid: Option<&str>,
) -> Result<Computer, Fault> {
    let filter = equals("hardware.serialNumber", serial);
    let (_, json) = list(op, |request| {
        request
            .query("page", 0)
            .query("page-size", 100)
            .query("filter", &filter)
    })
    .await?;
    let mut found: Vec<Computer> = computers(&json)
        .filter(|computer| computer.has_serial(serial))
        .collect();
    if found.len() > 1
        && let Some(udid) = udid
    {
        let ids = ids(&found);
        found.retain(|computer| computer.has_udid(udid));
        if found.len() != 1 {
            return Err(ambiguous(serial, &ids));
        }
    }
    match found.len() {
        0 => Err(Fault::new(
            FaultKind::NotFound,
            format!("no computer with serial \"{serial}\" in Jamf"),
        )),
        1 => Ok(found.swap_remove(0)),
        _ => Err(ambiguous(serial, &ids(&found))),
    }
}

fn ids(found: &[Computer]) -> String {
    let ids: Vec<&str> = found.iter().map(|computer| computer.id.as_str()).collect();
    ids.join(", ")
}

fn ambiguous(serial: &str, ids: &str) -> Fault {
    Fault::new(
        FaultKind::Ambiguous,
        format!(
            "several computers in Jamf have the serial \"{serial}\" (ids {ids}); remove the stale record there"
        ),
    )
}

/// The computer of this id.
pub(super) async fn get(op: &mut Operation<'_>, id: &str) -> Result<Computer, Fault> {
    check_id(id)?;
    let gone = || {
        Fault::new(
            FaultKind::NotFound,
            format!("no computer with id \"{id}\" in Jamf"),
        )
    };
    loop {
        let version = op.jamf.paths.inventory(op).await?;
        let answer = op
            .send(with_sections(Request::get(version.one(id))))
            .await?;
        match answer.status {
            200 => {
                op.jamf.paths.confirm(version);
                let json = answer.json().map_err(|failure| failure.fault)?;
                return Computer::read(&json)
                    .filter(|computer| computer.id == id)
                    .ok_or_else(|| answer.unreadable("it shows no serial, or another id").fault);
            }
            404 if op.jamf.paths.is_confirmed(version) => return Err(gone()),
            // Either the id or the path is unknown: the list, which exists whenever the path does, tells which.
            404 => {
                let (confirmed, _) =
                    list(op, |request| request.query("page", 0).query("page-size", 1)).await?;
                if confirmed == version {
                    return Err(gone());
                }
            }
            _ => return Err(said::no(&answer, READ)),
        }
    }
}

/// Ids are numbers written as text; anything else never becomes part of a path.
pub(super) fn check_id(id: &str) -> Result<(), Fault> {
    if !id.is_empty() && id.len() < 20 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::Refused,
        format!("\"{id}\" is not the id of a computer in Jamf, which is a number"),
    ))
}

/// One page of the whole inventory, in the order of ids. The cursor is `{page, size, total}`.
pub(super) async fn page(
    op: &mut Operation<'_>,
    cursor: &Json,
    per_page: Option<u64>,
) -> Result<Json, Fault> {
    let number = |name: &str| cursor.get(name).and_then(Json::as_u64);
    let size = number("size")
        .or(per_page)
        .unwrap_or(PER_PAGE)
        .clamp(1, MOST_PER_PAGE);
    let page = number("page").unwrap_or(0);
    let (_, json) = list(op, |request| {
        request
            .query("page", page)
            .query("page-size", size)
            .query("sort", "id:asc")
    })
    .await?;
    let total = at(&json, "totalCount").and_then(Json::as_u64).unwrap_or(0);
    let any = at(&json, "results")
        .and_then(Json::as_array)
        .is_some_and(|results| !results.is_empty());
    // Records deleted meanwhile move the rest forward, past this page: go back as far.
    let lost = number("total")
        .unwrap_or(total)
        .saturating_sub(total)
        .min(page * size);
    let next = (page + 1).saturating_sub(lost.div_ceil(size));
    let more = lost > 0 || (any && (page + 1) * size < total);
    let items: Vec<Json> = computers(&json).map(Computer::json).collect();
    let cursor = if more {
        json!({"page": next, "size": size, "total": total})
    } else {
        Json::Null
    };
    Ok(json!({"items": items, "cursor": cursor, "more": more}))
}

fn computers(json: &Json) -> impl Iterator<Item = Computer> {
    at(json, "results")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(Computer::read)
}

/// Asks the newest list that the server knows, and says which that was.
async fn list(
    op: &mut Operation<'_>,
    ask: impl Fn(Request) -> Request + Send,
) -> Result<(Inventory, Json), Fault> {
    loop {
        let version = op.jamf.paths.inventory(op).await?;
        let answer = op
            .send(ask(with_sections(Request::get(version.list()))))
            .await?;
        match answer.status {
            200 => {
                op.jamf.paths.confirm(version);
                return Ok((version, listed(&answer)?));
            }
            // A search without a hit is a 200, so this is about the path (`api/jamf.md` §1.6).
            404 | 410 if op.jamf.paths.step_down(version) => {}
            404 | 410 => {
                return Err(Fault::new(
                    FaultKind::ServerError,
                    "Jamf knows none of its inventory paths: is it starting up, and is [connectors.jamf] url right?",
                )
                .status(answer.status));
            }
            _ => return Err(said::no(&answer, READ)),
        }
    }
}

fn listed(answer: &Answer) -> Result<Json, Fault> {
    let json = answer.json().map_err(|failure| failure.fault)?;
    let whole = at(&json, "results").is_some_and(Json::is_array)
        && at(&json, "totalCount").is_some_and(Json::is_u64);
    if whole {
        Ok(json)
    } else {
        Err(answer.unreadable("it has no totalCount and results").fault)
    }
}

fn with_sections(request: Request) -> Request {
    SECTIONS.iter().fold(request, |request, section| {
        request.query("section", section)
    })
}
