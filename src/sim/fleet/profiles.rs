//! A team's configuration profiles, and the push certificate (`api/fleet.md` §10.4, §10.7).

use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use super::routes::Handled;
use crate::model::hash::{fnv1a32, sha256_hex};
use crate::model::random::Random;
use crate::model::time::Span;
use crate::sim::world::{Profile, State};
use serde_json::{Value as Json, json};

/// Without a team it lists what "No team" has: nothing here.
pub(super) fn list(state: &mut State, call: &Call) -> Handled {
    let paging = call.paging()?;
    let team = call.team(state.version.has_both_names())?.unwrap_or(0);
    let all: Vec<Json> = state
        .team_profiles(team)
        .iter()
        .map(|profile| shown(state, team, profile))
        .collect();
    let (part, meta) = paging.cut(all);
    Ok(Answer::ok(json!({ "profiles": part, "meta": meta })))
}

fn shown(state: &State, team: u64, profile: &Profile) -> Json {
    let founded = state.teams.iter().find(|one| one.id == team);
    let created = founded.map(|team| team.created_at);
    json!({
        "profile_uuid": uuid(profile, team),
        "team_id": team,
        "name": profile.name,
        "platform": "darwin",
        "identifier": profile.identifier,
        "created_at": created,
        "updated_at": created,
        "checksum": sha256_hex(profile.identifier.as_bytes())[..24],
    })
}

/// As hosts name it too.
pub(super) fn uuid(profile: &Profile, team: u64) -> String {
    format!("a{:08x}-0000-4000-8000-{team:012x}", profile.id)
}

/// The topic of a push certificate is its subject's user id, which is the end of its common name.
pub(super) fn apns(state: &mut State) -> Handled {
    let Some(handover) = state.handover() else {
        return Err(Error::not_found("MDMAppleCert", ""));
    };
    let topic = if handover.same_topic {
        handover.topic.clone()
    } else {
        Random::named(state.seed(), "another topic")
            .uuid()
            .to_lowercase()
    };
    // Bought on a day of its own, good for long enough.
    let left = i64::from(fnv1a32(topic.as_bytes()) % 200 + 500);
    let founded = state.teams.iter().map(|team| team.created_at).min();
    let until = founded.map(|at| at.plus(Span::from_hours(24 * left)));
    Ok(Answer::ok(json!({
        "common_name": format!("APSP:{topic}"),
        "serial_number": fnv1a32(topic.as_bytes()).to_string(),
        "issuer": "Apple Application Integration 2 Certification Authority",
        "renew_date": until,
    })))
}
