//! Does Jamf answer, and may we do what we will need to? Changes nothing.

use super::act;
use super::command::{self, VIEW};
use super::inventory::{self, READ};
use super::operation::Operation;
use super::paths::{self, equals};
use super::said;
use super::version;
use crate::connectors::action::{CAREFUL, Finding};
use crate::connectors::http::Request;
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use serde_json::{Value as Json, json};

/// No computer has this id: Jamf counts from 1. What is asked of it is refused for want of the computer, or, before
/// that, for want of the privilege.
const NOBODY: &str = "0";
const NO_COMMAND: &str = "00000000-0000-0000-0000-000000000000";

pub(super) async fn all(op: &mut Operation<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(fault) = op.token().await {
        findings.push(finding("token", Err(fault)));
        return findings;
    }
    findings.push(finding("token", Ok("given".into())));
    let version = version::ask(op).await.map(|(parsed, text)| match parsed {
        Some(_) => format!("Jamf Pro {text}"),
        None => format!(
            "Jamf Pro \"{text}\", which reads as no version; the newest paths are tried first"
        ),
    });
    findings.push(finding("version", version));
    let read = inventory::page(op, &json!({"size": 1}), None).await;
    findings.push(privilege(READ, read.map(|_| ())));
    let view = command::search(op, &equals("uuid", NO_COMMAND)).await;
    findings.push(privilege(VIEW, view.map(|_| ())));
    let unmanage = try_removal(op).await;
    findings.push(privilege(act::UNMANAGE, unmanage));
    let update = try_update(op).await;
    findings.push(privilege(act::UPDATE, update));
    findings.extend(beyond(op).await);
    findings
}

/// Privileges that erase, lock, delete or show keys (`api/jamf.md` §1.3). A migration needs none of them.
const HARMFUL: [&str; 9] = [
    "Send Computer Remote Wipe Command",
    "Send Computer Remote Lock Command",
    "Delete Computers",
    "Update Device Enrollment Program Instances",
    "Update Computer PreStage Enrollments",
    "View Disk Encryption Recovery Key",
    "View Recovery Lock",
    "View Computer Device Lock Pin",
    "Update API Roles",
];

/// What the token could do that no migration needs (`reliability.md` H12), where Jamf tells: an API client is not always told
/// its own rights, and drover never tries a harmful call to find out.
async fn beyond(op: &mut Operation<'_>) -> Option<Finding> {
    let answer = op.send(Request::get(paths::OWN_RIGHTS)).await.ok()?;
    let json = answer.is_success().then(|| answer.json().ok())??;
    let told = |name: &&str| holds(&json, name);
    let harmful: Vec<&str> = HARMFUL.into_iter().filter(|name| told(name)).collect();
    if harmful.is_empty() {
        return None;
    }
    Some(Finding {
        subject: "rights beyond need".into(),
        ok: true,
        detail: format!(
            "{CAREFUL}the API client also has {}; take that out of its role",
            harmful.join(", ")
        ),
    })
}

/// Whether a text stands anywhere in an answer: Jamf lists privileges by site, or for all sites.
fn holds(json: &Json, text: &str) -> bool {
    match json {
        Json::String(one) => one == text,
        Json::Array(items) => items.iter().any(|item| holds(item, text)),
        Json::Object(map) => map.values().any(|value| holds(value, text)),
        _ => false,
    }
}

async fn try_removal(op: &mut Operation<'_>) -> Result<(), Fault> {
    let removal = op.jamf.paths.removal(op).await?;
    let answer = act::post_removal(op, removal, NOBODY).await?;
    match answer.status {
        403 | 401 | 429 | 502..=504 => Err(said::no_removal(&answer, act::UNMANAGE)),
        200..=299 => Err(Fault::new(
            FaultKind::BadReply,
            "Jamf took a command for a computer that does not exist; do not trust this server",
        )),
        // Refused for want of the computer: the privilege was there.
        _ => Ok(()),
    }
}

async fn try_update(op: &mut Operation<'_>) -> Result<(), Fault> {
    let path = op.jamf.paths.inventory(op).await?.detail(NOBODY);
    let request =
        Request::patch(path, Nature::Repeatable).json(&json!({"general": {"managed": false}}));
    let answer = op.send(request).await?;
    match answer.status {
        403 | 401 | 429 | 502..=504 => Err(said::no(&answer, act::UPDATE)),
        _ => Ok(()),
    }
}

fn privilege(name: &str, tried: Result<(), Fault>) -> Finding {
    finding(
        &format!("privilege {name}"),
        tried.map(|()| "granted".into()),
    )
}

fn finding(subject: &str, found: Result<String, Fault>) -> Finding {
    let ok = found.is_ok();
    Finding {
        subject: subject.to_owned(),
        ok,
        detail: found.unwrap_or_else(|fault| fault.message),
    }
}
