//! `GET /activities` (`api/fleet.md` §7.1).

use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use super::routes::Handled;
use crate::model::time::Time;
use crate::sim::world::{Activity, State};
use serde_json::{Value as Json, json};

pub(super) fn list(state: &mut State, call: &Call) -> Handled {
    let paging = call.paging()?;
    let key = paging
        .order_key
        .as_deref()
        .map(|key| key.trim_start_matches("a."));
    if !matches!(key, None | Some("id" | "created_at")) {
        let reason = format!("invalid order_key: {}", key.unwrap_or_default());
        return Err(Error::invalid(422, "order_key", reason));
    }
    let (from, until) = (
        moment(call, "start_created_at")?,
        moment(call, "end_created_at")?,
    );
    let kind = call.get("activity_type");
    let mut found: Vec<&Activity> = state
        .visible_activities()
        .filter(|activity| kind.is_none_or(|kind| activity.kind == kind))
        .filter(|activity| from.is_none_or(|from| activity.created_at >= from))
        .filter(|activity| until.is_none_or(|until| activity.created_at <= until))
        .filter(|activity| said_by(activity, call.get("query")))
        .collect();
    // Before 4.8x there is no default order; since then the newest come first.
    if paging.descending || key.is_none() && state.version.checks_order_keys() {
        found.reverse();
    }
    if let Some(after) = &paging.after {
        found.retain(|activity| beyond(activity, key, after, paging.descending));
    }
    let (part, meta) = paging.cut(found);
    let meta = if paging.after.is_some() {
        Json::Null
    } else {
        meta
    };
    let activities: Vec<Json> = part.into_iter().map(shown).collect();
    Ok(Answer::ok(
        json!({ "activities": activities, "meta": meta }),
    ))
}

fn said_by(activity: &Activity, query: Option<&str>) -> bool {
    query.is_none_or(|query| {
        activity
            .actor
            .as_ref()
            .is_some_and(|actor| actor.name.starts_with(query) || actor.email.starts_with(query))
    })
}

fn moment(call: &Call, name: &str) -> Result<Option<Time>, Error> {
    call.get(name)
        .map(|text| {
            Time::parse(text).map_err(|_| Error::bad_request(format!("invalid {name} {text}")))
        })
        .transpose()
}

/// Strictly beyond the cursor.
fn beyond(activity: &Activity, key: Option<&str>, after: &str, descending: bool) -> bool {
    let order = if key == Some("created_at") {
        Time::parse(after)
            .map(|after| activity.created_at.cmp(&after))
            .ok()
    } else {
        after
            .parse::<u64>()
            .map(|after| activity.id.cmp(&after))
            .ok()
    };
    let wanted = if descending {
        std::cmp::Ordering::Less
    } else {
        std::cmp::Ordering::Greater
    };
    order.is_some_and(|order| order == wanted)
}

/// Actor keys are left out for system events.
pub(super) fn shown(activity: &Activity) -> Json {
    let mut json = json!({ "created_at": activity.created_at, "id": activity.id });
    if let Some(actor) = &activity.actor {
        json["actor_full_name"] = actor.name.into();
        json["actor_id"] = actor.id.into();
        json["actor_gravatar"] = "".into();
        json["actor_email"] = actor.email.into();
        json["actor_api_only"] = true.into();
    }
    json["type"] = activity.kind.into();
    json["fleet_initiated"] = false.into();
    json["details"] = activity.details.clone();
    json
}
