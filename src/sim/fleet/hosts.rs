//! One host: by id, by identifier, its MDM, refetch, and the summaries.

use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use super::hostview::{self, Form};
use super::routes::Handled;
use super::{FLEET_MDM_URL, JAMF_MDM_URL};
use crate::sim::ledger::{Effect, verb};
use crate::sim::world::{Host, Server, State};
use serde_json::{Value as Json, json};

pub(super) fn by_id(state: &mut State, id: &str) -> Handled {
    let host = find(state, id)?;
    Ok(Answer::ok(
        json!({ "host": hostview::host(state, host, Form::ById) }),
    ))
}

/// Host name, uuid or serial; of several rows the oldest, as the database happens to give it (`api/fleet.md` §3.7).
pub(super) fn by_identifier(state: &mut State, identifier: &str) -> Handled {
    let named = |host: &&Host| {
        let mac = host.mac.map(|index| &state.macs[index].name);
        host.serial.eq_ignore_ascii_case(identifier)
            || host.uuid.eq_ignore_ascii_case(identifier)
            || mac.is_some_and(|name| name.eq_ignore_ascii_case(identifier))
    };
    let host = state
        .hosts
        .values()
        .find(named)
        .ok_or_else(|| Error::not_found("Host", &format!("with identifier={identifier}")))?;
    let view = hostview::host(state, host, Form::ByIdentifier);
    Ok(Answer::ok(json!({ "host": view })))
}

pub(super) fn mdm(state: &mut State, id: &str) -> Handled {
    let host = find(state, id)?;
    let view = hostview::host(state, host, Form::List);
    let solution = match host.mdm.server {
        Server::Nobody => Json::Null,
        Server::Jamf => json!(2),
        Server::Fleet => json!(1),
        Server::Old => json!(3),
    };
    Ok(Answer::ok(json!({
        "enrollment_status": view["mdm"]["enrollment_status"],
        "server_url": view["mdm"]["server_url"],
        "name": view["mdm"]["name"],
        "id": solution,
    })))
}

/// Done when `detail_updated_at` grows; never for a host that is away (`api/fleet.md` §3.8).
pub(super) fn refetch(state: &mut State, id: &str, call: &Call) -> Handled {
    let (id, serial) = {
        let host = find(state, id)?;
        (host.id, host.serial.clone())
    };
    state.request_refetch(id);
    let effect = Effect::new(state.now(), "fleet", verb::REFETCH, serial, &call.body);
    state.ledger.record(effect);
    Ok(Answer::nothing())
}

pub(super) fn mdm_summary(state: &mut State) -> Handled {
    let count = |keep: fn(&Host) -> bool| state.hosts.values().filter(|host| keep(host)).count();
    let solution = |id: u64, name: &str, server_url: &str, hosts_count: usize| json!({ "id": id, "name": name, "server_url": server_url, "hosts_count": hosts_count });
    let fleet = count(|host| host.mdm.server == Server::Fleet);
    let mut solutions = vec![solution(1, "Fleet", FLEET_MDM_URL, fleet)];
    if state.handover().is_some() {
        let old = count(|host| host.mdm.server == Server::Old);
        solutions.push(solution(3, "", &hostview::old_url(state), old));
    } else {
        let jamf = count(|host| host.mdm.server == Server::Jamf);
        solutions.push(solution(2, "Jamf", JAMF_MDM_URL, jamf));
    }
    Ok(Answer::ok(json!({
        "counts_updated_at": state.now(),
        "mobile_device_management_enrollment_status": {
            "enrolled_manual_hosts_count": count(|host| host.mdm.enrolled && !host.mdm.from_dep),
            "enrolled_automated_hosts_count": count(|host| host.mdm.enrolled && host.mdm.from_dep),
            "enrolled_personal_hosts_count": 0,
            "pending_hosts_count": count(|host| !host.mdm.enrolled && host.mdm.from_dep),
            "unenrolled_hosts_count": count(|host| !host.mdm.enrolled && !host.mdm.from_dep),
            "hosts_count": state.hosts.len(),
        },
        "mobile_device_management_solution": solutions,
    })))
}

pub(super) fn summary(state: &mut State) -> Handled {
    let all = state.hosts.len();
    let online = state
        .hosts
        .values()
        .filter(|host| state.is_online(host))
        .count();
    Ok(Answer::ok(json!({
        "team_id": null,
        "totals_hosts_count": all,
        "online_count": online,
        "offline_count": all - online,
        "mia_count": 0,
        "missing_30_days_count": 0,
        "new_count": 0,
        "all_linux_count": 0,
        "low_disk_space_count": 0,
        "builtin_labels": [],
        "platforms": [{ "platform": "darwin", "hosts_count": all }],
    })))
}

pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Host, Error> {
    let number: u64 = id
        .parse()
        .map_err(|_| Error::bad_request(format!("invalid host id {id}")))?;
    state
        .host(number)
        .ok_or_else(|| Error::not_found("Host", &format!("with id={number}")))
}
