//! What changes something in Jamf.

use super::command;
use super::computer::Computer;
use super::inventory;
use super::operation::Operation;
use super::paths::{self, Removal};
use super::said;
use crate::connectors::http::{Answer, Request};
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::{at, text_at};
use serde_json::{Value as Json, json};

pub(super) const UNMANAGE: &str = "Send Computer Unmanage Command";
pub(super) const UPDATE: &str = "Update Computers";

/// Whom a call means: the record's id, and what the record must show.
pub(super) struct Target<'a> {
    pub(super) id: &'a str,
    pub(super) serial: &'a str,
    pub(super) udid: Option<&'a str>,
}

/// Reads the record again and refuses when it is not the Mac that is meant (DESIGN §4, 2).
pub(super) async fn identified(
    op: &mut Operation<'_>,
    target: &Target<'_>,
) -> Result<Computer, Fault> {
    let computer = inventory::get(op, target.id).await?;
    match mismatch(&computer, target) {
        None => Ok(computer),
        Some(what) => Err(Fault::new(FaultKind::WrongIdentity, what)),
    }
}

pub(super) fn mismatch(computer: &Computer, target: &Target<'_>) -> Option<String> {
    let id = target.id;
    if !computer.has_serial(target.serial) {
        let (shown, meant) = (&computer.serial, target.serial);
        return Some(format!(
            "Jamf's computer {id} has the serial \"{shown}\", not \"{meant}\""
        ));
    }
    let udid = target.udid.filter(|udid| !udid.trim().is_empty())?;
    (!computer.has_udid(udid)).then(|| {
        let shown = computer.udid.as_deref().unwrap_or("no UDID");
        format!("Jamf's computer {id} shows \"{shown}\", not the UDID \"{udid}\"")
    })
}

/// Marks the record unmanaged, unless it is: then an earlier order landed, or nobody needs one. Bookkeeping: the Mac
/// keeps its profile (`api/jamf.md` §3.5).
pub(super) async fn mark_unmanaged(
    op: &mut Operation<'_>,
    target: &Target<'_>,
) -> Result<Json, Fault> {
    if identified(op, target).await?.json()["managed"] == Json::Bool(false) {
        return Ok(json!({}));
    }
    let path = op.jamf.paths.inventory(op).await?.detail(target.id);
    let request =
        Request::patch(path, Nature::Repeatable).json(&json!({"general": {"managed": false}}));
    let answer = op.send(request).await?;
    match answer.status {
        // No body, or with an old server the record; a sign-in page with 200 proves nothing.
        204 => Ok(json!({})),
        status if (200..300).contains(&status) => {
            let json = answer.json().map_err(|failure| failure.fault)?;
            let is_record = super::computer::word(&json, "id").is_some();
            is_record
                .then(|| json!({}))
                .ok_or_else(|| answer.unreadable("it is no computer's record").fault)
        }
        _ => Err(said::no(&answer, UPDATE)),
    }
}

/// Has Jamf queue the command that takes its MDM profile off the Mac (`api/jamf.md` §3.1).
pub(super) async fn remove_mdm_profile(
    op: &mut Operation<'_>,
    target: &Target<'_>,
) -> Result<Json, Fault> {
    let computer = identified(op, target).await?;
    let removal = op.jamf.paths.removal(op).await?;
    let mut answer = post_removal(op, removal, target.id).await?;
    let mut taken = removal;
    if names_no_path(&answer) {
        // The id or the path is unknown. Seeing the computer once more leaves only the path.
        identified(op, target).await?;
        taken = removal.other();
        answer = post_removal(op, taken, target.id).await?;
        if names_no_path(&answer) {
            return Err(Fault::new(
                FaultKind::Refused,
                "Jamf knows neither of its two remove-mdm-profile paths, though it has the computer; it cannot be unenrolled by Jamf",
            )
            .status(answer.status));
        }
    }
    if !answer.is_success() {
        return Err(said::no_removal(&answer, UNMANAGE));
    }
    op.jamf.paths.took_removal(taken);
    let json = answer.json().map_err(|failure| failure.fault)?;
    let uuid = text_at(&json, "commandUuid")
        .ok_or_else(|| answer.unreadable("it has no commandUuid").fault)?;
    if let Some(device) = super::computer::word(&json, "deviceId")
        && device != target.id
    {
        return Err(answer
            .unreadable(&format!("it is about computer {device}"))
            .fault);
    }
    Ok(json!({"command_uuid": uuid, "management_id": computer.management_id}))
}

/// The request itself, with an empty body that says so.
pub(super) async fn post_removal(
    op: &mut Operation<'_>,
    removal: Removal,
    id: &str,
) -> Result<Answer, Fault> {
    inventory::check_id(id)?;
    let request = Request::post(removal.path(id), Nature::Once).empty_body();
    op.send(request).await
}

/// Statuses of a request that reached no handler, unless they are about the id.
fn names_no_path(answer: &Answer) -> bool {
    matches!(answer.status, 404 | 405 | 410)
}

/// Wakes a Mac's queue by an empty push.
pub(super) async fn blank_push(op: &mut Operation<'_>, management_id: &str) -> Result<Json, Fault> {
    let request = Request::post(paths::BLANK_PUSH, Nature::Repeatable)
        .json(&json!({"clientManagementIds": [management_id]}));
    let answer = op.send(request).await?;
    if !answer.is_success() {
        return Err(said::no(&answer, command::VIEW));
    }
    let json = answer.json().map_err(|failure| failure.fault)?;
    if !json.is_object() {
        return Err(answer.unreadable("it is no object").fault);
    }
    let failed = at(&json, "errorUuids")
        .and_then(Json::as_array)
        .is_some_and(|uuids| {
            let mut uuids = uuids.iter().filter_map(Json::as_str);
            uuids.any(|uuid| uuid.eq_ignore_ascii_case(management_id))
        });
    Ok(json!({"accepted": !failed}))
}
