//! A host's upcoming and past activities (`api/fleet.md` §6).

use super::activities;
use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use super::hosts::find;
use super::routes::Handled;
use crate::sim::ledger::Effect;
use crate::sim::world::{Actor, Run, State};
use serde_json::{Value as Json, json};

/// The active one first, then the waiting ones in order of entry.
pub(super) fn upcoming(state: &mut State, id: &str, call: &Call) -> Handled {
    let paging = call.paging()?;
    let host = find(state, id)?;
    let runs: Vec<&Run> = host
        .queue
        .iter()
        .filter_map(|id| state.runs.get(id))
        .filter(|run| state.now() >= run.created_at.plus(state.queue_behind))
        .collect();
    let name = host.mac.map_or("", |index| &state.macs[index].name);
    let count = runs.len();
    let (part, meta) = paging.cut(runs);
    let activities: Vec<Json> = part.into_iter().map(|run| waiting(run, name)).collect();
    Ok(Answer::ok(
        json!({ "count": count, "activities": activities, "meta": meta }),
    ))
}

fn waiting(run: &Run, name: &str) -> Json {
    json!({
        "uuid": run.id,
        "created_at": run.created_at,
        "actor_full_name": Actor::CONSOLE.name,
        "actor_id": Actor::CONSOLE.id,
        "actor_gravatar": "",
        "actor_email": Actor::CONSOLE.email,
        "type": "ran_script",
        "fleet_initiated": false,
        "details": {
            "host_id": run.host,
            "host_display_name": name,
            "script_name": run.name,
            "script_execution_id": run.id,
            "async": true,
            "policy_id": null,
            "policy_name": null,
        },
    })
}

pub(super) fn cancel(state: &mut State, id: &str, run: &str, call: &Call) -> Handled {
    let host = find(state, id)?;
    let (id, serial, mac) = (host.id, host.serial.clone(), host.mac);
    let run = state
        .cancel_run(id, run)
        .ok_or_else(|| Error::not_found("UpcomingActivity", &format!("with uuid={run}")))?;
    let effect = Effect::new(state.now(), "fleet", "cancel", serial, &call.body).detail(&run.name);
    state.ledger.record(effect);
    let details = json!({
        "host_id": id,
        "host_display_name": mac.map_or("", |index| &state.macs[index].name),
        "script_name": run.name,
    });
    state.log(
        "canceled_run_script",
        Some(id),
        Some(Actor::CONSOLE),
        details,
    );
    Ok(Answer::Empty(204))
}

/// What has happened to one host.
pub(super) fn past(state: &mut State, id: &str, call: &Call) -> Handled {
    let paging = call.paging()?;
    let host = find(state, id)?;
    let mut past: Vec<Json> = state
        .visible_activities()
        .filter(|activity| activity.host == Some(host.id))
        .map(activities::shown)
        .collect();
    past.reverse();
    let (part, meta) = paging.cut(past);
    Ok(Answer::ok(json!({ "activities": part, "meta": meta })))
}
