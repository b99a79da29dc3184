//! `POST /hosts/transfer` (`api/fleet.md` §4).

use super::answer::Answer;
use super::call::{Call, one_name_only, whole};
use super::error::Error;
use super::routes::Handled;
use crate::sim::ledger::{Effect, verb};
use crate::sim::world::team::PRODUCTION;
use crate::sim::world::{Actor, State};
use serde_json::{Map, Value as Json, json};

/// 200 also for ids that do not exist, and for a team that is not named: that means "no team".
pub(super) fn transfer(state: &mut State, call: &Call) -> Handled {
    let body = call.object()?;
    let team = destination(state, &body)?;
    let ids = host_ids(&body)?;
    let mut names = Vec::new();
    for id in &ids {
        names.push(move_host(state, *id, team, call));
    }
    let name = team.and_then(|id| state.teams.iter().find(|team| team.id == id));
    let details = json!({
        "team_id": team,
        "team_name": name.map(|team| team.name),
        "host_ids": ids,
        "host_display_names": names,
    });
    if !ids.is_empty() {
        let host = ids.first().copied();
        state.log("transferred_hosts", host, Some(Actor::CONSOLE), details);
    }
    Ok(Answer::nothing())
}

/// The team a transfer names. An old server ignores `fleet_id`, and so moves to no team.
fn destination(state: &State, body: &Map<String, Json>) -> Result<Option<u64>, Error> {
    let old = whole(body, "team_id")?;
    let team = if state.version.has_both_names() {
        if body.contains_key("team_id") && body.contains_key("fleet_id") {
            return Err(one_name_only());
        }
        old.or(whole(body, "fleet_id")?)
    } else {
        old
    };
    match team {
        Some(id) if !state.teams.iter().any(|team| team.id == id) => Err(Error::invalid(
            422,
            "base",
            "Error 1452 (23000): Cannot add or update a child row: a foreign key constraint fails",
        )),
        team => Ok(team),
    }
}

fn host_ids(body: &Map<String, Json>) -> Result<Vec<u64>, Error> {
    let bad = || {
        Error::bad_request(
            "json decoder error: json: cannot unmarshal value into Go struct field .hosts of type uint",
        )
    };
    match body.get("hosts") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(ids)) => ids.iter().map(|id| id.as_u64().ok_or_else(bad)).collect(),
        Some(_) => Err(bad()),
    }
}

/// Moves one host and gives the name the activity shows; "" for an unknown id.
fn move_host(state: &mut State, id: u64, team: Option<u64>, call: &Call) -> String {
    let Some(host) = state.host(id) else {
        return String::new();
    };
    let (serial, connected, mac) = (host.serial.clone(), host.mdm.connected, host.mac);
    if team.is_none() {
        let text = format!("fleet: {serial} was moved to no team");
        state.ledger.violation(text);
    }
    if team == Some(PRODUCTION) && !connected {
        let text = format!("fleet: {serial} was moved into production without Fleet's MDM");
        state.ledger.violation(text);
    }
    if state.transfer(id, team) {
        let name = team.and_then(|id| state.teams.iter().find(|team| team.id == id));
        let effect = Effect::new(state.now(), "fleet", verb::TRANSFER, serial, &call.body)
            .detail(name.map_or("no team", |team| team.name));
        state.ledger.record(effect);
    }
    mac.map_or(String::new(), |index| state.macs[index].name.clone())
}
