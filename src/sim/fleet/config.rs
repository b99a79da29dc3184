//! Teams, configuration, version, and who is asking (`api/fleet.md` §1.2, §1.6, §11).

use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use super::routes::Handled;
use crate::sim::PLANTED;
use crate::sim::world::{Actor, State, Team};
use serde_json::{Value as Json, json};

pub(super) fn teams(state: &mut State, call: &Call) -> Handled {
    let paging = call.paging()?;
    let query = call.get("query").unwrap_or_default().to_lowercase();
    let found: Vec<Json> = state
        .teams
        .iter()
        .filter(|team| team.name.to_lowercase().contains(&query))
        .map(|team| shown(state, team))
        .collect();
    let (part, _) = paging.cut(found);
    Ok(Answer::ok(json!({ "teams": part })))
}

pub(super) fn team(state: &mut State, id: &str) -> Handled {
    let team = state
        .teams
        .iter()
        .find(|team| team.id.to_string() == id)
        .ok_or_else(|| Error::not_found("Team", &format!("with id={id}")))?;
    Ok(Answer::ok(json!({ "team": shown(state, team) })))
}

/// The enrol secret is in the body; it must never be seen in a log of ours.
fn shown(state: &State, team: &Team) -> Json {
    let hosts = state
        .hosts
        .values()
        .filter(|host| host.team == Some(team.id));
    json!({
        "created_at": team.created_at,
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "agent_options": { "config": { "options": {
            "distributed_interval": 10, "aws_secret_access_key": format!("{PLANTED}agent-options"),
        } } },
        "user_count": 0,
        "host_count": hosts.count(),
        "secrets": [{
            "secret": format!("{PLANTED}enrol-{}", team.id),
            "created_at": team.created_at,
            "team_id": team.id,
        }],
    })
}

pub(super) fn config(state: &mut State) -> Handled {
    let hook = |path: &str| match &state.hook_base {
        Some(base) => format!("{base}/hooks/{path}?token={PLANTED}hook"),
        None => String::new(),
    };
    Ok(Answer::ok(json!({
        "org_info": { "org_name": "Acme" },
        "smtp_settings": { "password": format!("{PLANTED}smtp") },
        "server_settings": {
            "server_url": "https://fleet.acme.example",
            "scripts_disabled": false,
        },
        "mdm": {
            "enabled_and_configured": true,
            "apple_bm_enabled_and_configured": true,
            "apple_bm_terms_expired": false,
            "macos_migration": {
                "enable": state.hooked,
                "mode": "voluntary",
                "webhook_url": hook("migrate"),
            },
        },
        "webhook_settings": {
            "activities_webhook": {
                "enable_activities_webhook": state.hooked,
                "destination_url": hook("activity"),
            },
        },
        "license": { "tier": "premium", "expiration": "2030-01-01T00:00:00Z" },
    })))
}

pub(super) fn version(state: &mut State) -> Handled {
    Ok(Answer::ok(json!({
        "version": state.version.text,
        "branch": "",
        "revision": "ee1be26878063214876f7a0267d8bb08b90db63b",
        "go_version": "go1.25",
        "build_date": "2026-08-01",
        "build_user": "runner",
    })))
}

pub(super) fn me() -> Handled {
    Ok(Answer::ok(json!({
        "user": {
            "created_at": "2026-01-10T09:00:00Z",
            "updated_at": "2026-01-10T09:00:00Z",
            "id": Actor::CONSOLE.id,
            "name": Actor::CONSOLE.name,
            "email": Actor::CONSOLE.email,
            "force_password_reset": false,
            "gravatar_url": "",
            "sso_enabled": false,
            "mfa_enabled": false,
            "global_role": "maintainer",
            "api_only": true,
            "teams": [],
        },
        "available_teams": [],
        "settings": {},
    })))
}
