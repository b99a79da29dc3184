//! `GET /hosts` and `/hosts/count`: filters, order, cursor (`api/fleet.md` §3.4, §1.5).

use super::answer::Answer;
use super::call::{Call, Paging};
use super::error::Error;
use super::hostview::{self, Form};
use super::routes::Handled;
use crate::sim::world::{Host, Server, State};
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// Order keys this server knows; from 4.82 on, others are refused.
const KEYS: [&str; 9] = [
    "id",
    "hostname",
    "display_name",
    "computer_name",
    "hardware_serial",
    "seen_time",
    "created_at",
    "detail_updated_at",
    "last_enrolled_at",
];

pub(super) fn list(state: &mut State, call: &Call) -> Handled {
    let paging = call.paging()?;
    let mut hosts = matching(state, call)?;
    let key = order_key(&paging, state.version.checks_order_keys())?;
    if key != "id" || paging.descending {
        sort(state, &mut hosts, key, paging.descending);
    }
    if let Some(after) = &paging.after {
        let beyond = if paging.descending {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        hosts.retain(|host| compare(&sort_key(state, host, key), after) == beyond);
    }
    let (part, _) = paging.cut(hosts);
    let hosts: Vec<Json> = part
        .into_iter()
        .map(|host| hostview::host(state, host, Form::List))
        .collect();
    let body = json!({ "hosts": hosts });
    Ok(if state.version.has_both_names() {
        Answer::Compact(body)
    } else {
        Answer::ok(body)
    })
}

pub(super) fn count(state: &mut State, call: &Call) -> Handled {
    let count = matching(state, call)?.len();
    Ok(Answer::ok(json!({ "count": count })))
}

/// `h.id` up to 4.81, `id` since (`api/fleet.md` §1.5).
fn order_key(paging: &Paging, checked: bool) -> Result<&str, Error> {
    let Some(key) = paging.order_key.as_deref() else {
        return Ok("id");
    };
    if checked {
        return KEYS
            .contains(&key)
            .then_some(key)
            .ok_or_else(|| Error::invalid(422, "order_key", format!("invalid order_key: {key}")));
    }
    if key == "id" && paging.after.is_some() {
        let reason = "Error 1052 (23000): Column 'id' in where clause is ambiguous";
        return Err(Error::invalid(422, "base", reason));
    }
    let bare = key.strip_prefix("h.").unwrap_or(key);
    if KEYS.contains(&bare) {
        return Ok(bare);
    }
    let reason = format!("Error 1054 (42S22): Unknown column '{key}' in 'order clause'");
    Err(Error::invalid(422, "base", reason))
}

fn sort_key(state: &State, host: &Host, key: &str) -> Json {
    match key {
        "id" => json!(host.id),
        "hardware_serial" => json!(host.serial),
        _ => hostview::host(state, host, Form::List)[key].take(),
    }
}

fn sort(state: &State, hosts: &mut [&Host], key: &str, descending: bool) {
    hosts.sort_by_cached_key(|host| {
        let json = sort_key(state, host, key);
        (json.as_u64(), json.as_str().map(str::to_lowercase), host.id)
    });
    if descending {
        hosts.reverse();
    }
}

fn compare(value: &Json, after: &str) -> Ordering {
    match (value.as_u64(), after.parse::<u64>()) {
        (Some(value), Ok(after)) => value.cmp(&after),
        _ => value.as_str().unwrap_or_default().cmp(after),
    }
}

fn matching<'a>(state: &'a State, call: &Call) -> Result<Vec<&'a Host>, Error> {
    let team = call.team(state.version.has_both_names())?;
    let query = call.get("query").map(str::to_lowercase);
    let online = match call.get("status") {
        None => None,
        Some("online") => Some(true),
        Some("offline") => Some(false),
        Some("new" | "mia" | "missing") => return Ok(Vec::new()),
        Some(other) => {
            let reason = format!("invalid status {other}");
            return Err(Error::invalid(422, "status", reason));
        }
    };
    let status = enrollment(call)?;
    let name = call.get("mdm_name");
    // Up to today the key's presence alone filters, whatever its value (`api/fleet.md` §3.4).
    let connected = call.query.contains_key("connected_to_fleet");
    Ok(state
        .hosts
        .values()
        .filter(|host| team.is_none_or(|team| host.team.unwrap_or(0) == team))
        .filter(|host| {
            query
                .as_ref()
                .is_none_or(|query| mentions(state, host, query))
        })
        .filter(|host| online.is_none_or(|online| state.is_online(host) == online))
        .filter(|host| status.is_none_or(|status| status(host)))
        .filter(|host| name.is_none_or(|name| server_name(host) == name))
        .filter(|host| !connected || host.mdm.connected)
        .collect())
}

/// Whether a host is of the asked kind.
type Filter = fn(&Host) -> bool;

fn enrollment(call: &Call) -> Result<Option<Filter>, Error> {
    Ok(match call.get("mdm_enrollment_status") {
        None => None,
        Some("manual") => Some(|host| host.mdm.enrolled && !host.mdm.from_dep),
        Some("automatic") => Some(|host| host.mdm.enrolled && host.mdm.from_dep),
        Some("enrolled") => Some(|host| host.mdm.enrolled),
        Some("pending") => Some(|host| !host.mdm.enrolled && host.mdm.from_dep),
        Some("unenrolled") => Some(|host| !host.mdm.enrolled && !host.mdm.from_dep),
        Some("personal") => Some(|_| false),
        Some(other) => {
            let reason = format!("invalid mdm_enrollment_status {other}");
            return Err(Error::invalid(422, "mdm_enrollment_status", reason));
        }
    })
}

fn server_name(host: &Host) -> &'static str {
    match host.mdm.server {
        Server::Jamf => "Jamf",
        Server::Fleet => "Fleet",
        Server::Nobody | Server::Old => "",
    }
}

/// A substring of host name, serial, uuid or, with an @ in it, of the owner's address.
fn mentions(state: &State, host: &Host, query: &str) -> bool {
    let mac = host.mac.or(host.ghost_of).map(|index| &state.macs[index]);
    host.serial.to_lowercase().contains(query)
        || host.uuid.to_lowercase().contains(query)
        || mac.is_some_and(|mac| {
            mac.name.to_lowercase().contains(query)
                || query.contains('@')
                    && mac
                        .owner
                        .as_ref()
                        .is_some_and(|owner| owner.email.contains(query))
        })
}
