//! The Classic API's two look-ups that drover might fall back to (`api/jamf.md` §2.2, §3.3).

use super::answers::Answer;
use super::tenant::{Jamf, privilege};
use crate::model::time::Time;
use crate::sim::wire::{html, json};
use crate::sim::world::{Command, Computer};
use axum::body::Body;
use axum::http::Response;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use serde_json::{Value as Json, json};
use std::fmt::Write;

impl Jamf {
    /// `GET /JSSResource/computers/serialnumber/{serial}`; with two records of a serial it shows the first.
    pub(super) fn classic_computer(&self, parts: &Parts, serial: &str) -> Answer {
        if let Some(refusal) = self.classic_refusal(parts) {
            return refusal;
        }
        let found = self.world().with(|state| state.find_by_serial(serial));
        match found.first() {
            None => not_found(),
            Some(computer) => classic(parts, "computer", &computer_json(computer)),
        }
    }

    /// `GET /JSSResource/computerhistory/serialnumber/{serial}/subset/Commands`.
    pub(super) fn classic_history(&self, parts: &Parts, serial: &str) -> Answer {
        if let Some(refusal) = self.classic_refusal(parts) {
            return refusal;
        }
        let found = self.world().with(|state| {
            let computer = state.find_by_serial(serial).into_iter().next()?;
            let commands: Vec<Command> = state
                .commands()
                .iter()
                .filter(|command| command.computer_id == computer.id)
                .cloned()
                .collect();
            Some((computer, commands))
        });
        let Some((computer, commands)) = found else {
            return not_found();
        };
        let (done, pending): (Vec<_>, Vec<_>) = commands
            .iter()
            .partition(|command| command.completed_at.is_some());
        let done: Vec<Json> = done
            .into_iter()
            .map(|command| {
                json!({"name": "RemoveProfile", "completed_epoch": epoch(command.completed_at),
                    "completed_utc": utc(command.completed_at), "username": "api"})
            })
            .collect();
        let pending: Vec<Json> = pending
            .into_iter()
            .map(|command| {
                json!({"name": "RemoveProfile", "status": "Pending", "issued_epoch": epoch(Some(command.sent_at)),
                    "issued_utc": utc(Some(command.sent_at)), "username": ""})
            })
            .collect();
        let history = json!({"general": {"id": computer.id, "name": computer.name, "serial_number": computer.serial},
            "commands": {"completed": several(done), "pending": several(pending), "failed": {}}});
        classic(parts, "computer_history", &history)
    }

    fn classic_refusal(&self, parts: &Parts) -> Option<Answer> {
        if !self.knows_caller(parts) {
            return Some(html(401, "The request requires user authentication"));
        }
        let may = self.with(|settings| settings.privileges.contains(privilege::READ));
        (!may).then(|| html(403, "Forbidden"))
    }
}

fn not_found() -> Answer {
    html(
        404,
        "The server has not found anything matching the request URI",
    )
}

/// Classic collapses a list of one to the thing itself.
fn several(mut commands: Vec<Json>) -> Json {
    match commands.len() {
        0 => json!({}),
        1 => json!({ "command": commands.remove(0) }),
        _ => json!({ "command": commands }),
    }
}

fn computer_json(computer: &Computer) -> Json {
    let flags = &computer.flags;
    let owner =
        |read: fn(&crate::sim::world::Owner) -> &str| computer.owner.as_ref().map_or("", read);
    json!({
        "general": {"id": computer.id, "name": computer.name, "serial_number": computer.serial, "udid": computer.udid,
            "jamf_version": super::record::BINARY, "platform": "Mac",
            "remote_management": {"managed": flags.managed, "management_username": ""}, "supervised": true,
            "mdm_capable": flags.capable,
            "management_status": {"enrolled_via_dep": flags.ade, "user_approved_enrollment": true, "user_approved_mdm": true},
            "report_date_epoch": epoch(computer.report_date), "report_date_utc": utc(computer.report_date),
            "last_contact_time_epoch": epoch(computer.last_contact), "last_contact_time_utc": utc(computer.last_contact),
            "last_enrolled_date_epoch": epoch(computer.last_enrolled), "last_enrolled_date_utc": utc(computer.last_enrolled),
            "site": {"id": -1, "name": "None"}},
        "location": {"username": owner(|o| &o.username), "realname": owner(|o| &o.name), "real_name": owner(|o| &o.name),
            "email_address": owner(|o| &o.email), "position": "", "phone": "", "department": "", "building": "", "room": ""},
        "hardware": {"make": "Apple", "model": computer.model, "model_identifier": computer.model_identifier,
            "os_name": "macOS", "os_version": computer.os_version, "os_build": computer.os_build,
            "is_apple_silicon": super::record::is_silicon(computer)}})
}

/// Milliseconds; 0 means never.
fn epoch(time: Option<Time>) -> i64 {
    time.map_or(0, Time::millis)
}

/// The zone without a colon; empty means never.
fn utc(time: Option<Time>) -> String {
    time.map_or_else(String::new, |time| {
        time.to_chrono()
            .format("%Y-%m-%dT%H:%M:%S%.3f%z")
            .to_string()
    })
}

/// JSON when asked for, XML otherwise.
fn classic(parts: &Parts, root: &str, body: &Json) -> Answer {
    let wants_json = parts
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    if wants_json {
        return json(200, &json!({ root: body }));
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    xml(&mut text, root, body);
    let mut answer = Response::new(Body::from(text));
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/xml;charset=UTF-8"),
    );
    answer
}

fn xml(out: &mut String, name: &str, value: &Json) {
    if let Json::Array(items) = value {
        for item in items {
            xml(out, name, item);
        }
        return;
    }
    let _ = write!(out, "<{name}>");
    match value {
        Json::Object(map) => {
            for (key, item) in map {
                xml(out, key, item);
            }
        }
        Json::String(text) => {
            let text = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            out.push_str(&text);
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
    let _ = write!(out, "</{name}>");
}
