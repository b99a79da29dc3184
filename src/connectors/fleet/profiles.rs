//! Profiles: those of a team, and how each stands on one host.

use super::error::Doing;
use super::host::integer;
use super::session::{API, Done, Session, lacking};
use super::teams;
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use crate::model::text::clean_short;
use serde_json::{Map, Value as Json, json};

const LIST: Doing = Doing::reading(
    "list the profiles",
    "the maintainer role, globally or in that team",
);
const PAGE: usize = 100;
const MOST_PAGES: usize = 50;
/// The longest text of a profile that is kept.
const LONGEST: usize = 200;
/// Bytes of one host's list; profiles beyond these are counted, not listed, so that the host still fits into a result.
const LARGEST_LIST: usize = 24 * 1024;

/// Every profile of the team for Macs (`api/fleet.md` §10.4); without a team those of no team.
pub(super) async fn list(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let team = match input.text_or_none("team") {
        Some(name) => Some(teams::named(session, name).await?.id),
        None => None,
    };
    let mut items = Vec::new();
    for page in 0..MOST_PAGES {
        let mut request = Request::get(format!("{API}/configuration_profiles"))
            .query("page", page)
            .query("per_page", PAGE);
        if let Some(team) = team {
            request = request.query("team_id", team);
        }
        let json = session.ask(request, LIST).await?;
        // Go writes an empty list as null.
        let list = match json.get("profiles") {
            Some(Json::Array(list)) => list.as_slice(),
            Some(Json::Null) => &[],
            _ => return Err(lacking(LIST, "profiles")),
        };
        items.extend(list.iter().filter_map(of_team));
        let more = at(&json, "meta.has_next_results").and_then(Json::as_bool);
        if !more.unwrap_or(list.len() >= PAGE) {
            break;
        }
    }
    Ok((json!({"items": items}), Outcome::Done))
}

fn text(json: &Json, name: &str) -> Option<String> {
    text_at(json, name).map(|text| clean_short(text, LONGEST))
}

fn of_team(profile: &Json) -> Option<Json> {
    let platform = text_at(profile, "platform").unwrap_or("darwin");
    let team = ["team_id", "fleet_id"]
        .into_iter()
        .find_map(|name| at(profile, name).and_then(integer));
    (platform == "darwin").then_some(())?;
    Some(json!({
        "profile_uuid": text(profile, "profile_uuid")?,
        "name": text(profile, "name"),
        "identifier": text(profile, "identifier"),
        "team_id": team,
    }))
}

/// What a host object says of its profiles (`api/fleet.md` §3.2); nulls where it is one of a list, which says nothing.
pub(super) fn told(host: &Json) -> Map<String, Json> {
    let listed = at(host, "mdm.profiles").and_then(Json::as_array);
    let stand = |profile: &Json| text_at(profile, "status").map(str::to_owned);
    // One that Fleet has not begun with has no status yet.
    let count = |wanted: &str| {
        let profiles = listed?.iter();
        let stands = profiles.map(|profile| stand(profile).unwrap_or_else(|| "pending".into()));
        Some(stands.filter(|status| status == wanted).count())
    };
    let profiles = listed.map(|list| {
        let mut room = LARGEST_LIST;
        let shown = list.iter().map(on_host).take_while(|profile| {
            let fits = profile.to_string().len() <= room;
            room = room.saturating_sub(profile.to_string().len());
            fits
        });
        shown.collect::<Vec<Json>>()
    });
    let fields = [
        ("profiles", json!(profiles)),
        ("profiles_pending", json!(count("pending"))),
        ("profiles_verifying", json!(count("verifying"))),
        ("profiles_verified", json!(count("verified"))),
        ("profiles_failed", json!(count("failed"))),
    ];
    fields
        .into_iter()
        .map(|(name, json)| (name.to_owned(), json))
        .collect()
}

fn on_host(profile: &Json) -> Json {
    json!({
        "profile_uuid": text(profile, "profile_uuid"),
        "name": text(profile, "name"),
        "status": text(profile, "status"),
        "operation_type": text(profile, "operation_type"),
        "detail": text(profile, "detail"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_profiles_are_listed_and_counted_by_how_they_stand() {
        let profile = |uuid: &str, status: Json| json!({"profile_uuid": uuid, "name": "N\u{1b}", "status": status, "operation_type": "install", "detail": ""});
        let host = json!({"mdm": {"profiles": [
            profile("a1", json!("verified")), profile("a2", json!("verifying")), profile("a3", json!("failed")),
            profile("a4", json!("pending")), profile("a5", Json::Null), profile("a6", json!("verified")),
        ]}});
        let told = told(&host);
        let counts = ["pending", "verifying", "verified", "failed"];
        let counts = counts.map(|status| told[&format!("profiles_{status}")].as_u64());
        assert_eq!(counts, [Some(2), Some(1), Some(2), Some(1)]);
        assert_eq!(
            told["profiles"][0],
            json!({"profile_uuid": "a1", "name": "N\u{FFFD}", "status": "verified", "operation_type": "install", "detail": null})
        );
    }

    #[test]
    fn a_host_of_a_list_says_nothing_of_profiles() {
        for host in [json!({"mdm": {}}), json!({"mdm": {"profiles": null}})] {
            assert!(told(&host).values().all(Json::is_null), "{host}");
        }
        let none = told(&json!({"mdm": {"profiles": []}}));
        assert_eq!(
            (&none["profiles"], &none["profiles_failed"]),
            (&json!([]), &json!(0))
        );
    }

    #[test]
    fn what_does_not_fit_is_counted_all_the_same() {
        let long = json!({"name": "n".repeat(500), "status": "verified"});
        let told = told(&json!({"mdm": {"profiles": vec![long; 1_000]}}));
        assert_eq!(told["profiles_verified"], 1_000);
        assert!(told["profiles"].to_string().len() <= LARGEST_LIST + 1_000);
    }

    #[test]
    fn profiles_for_other_platforms_are_left_out() {
        let profile =
            |platform: &str| json!({"profile_uuid": "a", "platform": platform, "fleet_id": 3});
        assert_eq!(of_team(&profile("windows")), None);
        assert_eq!(of_team(&profile("darwin")).unwrap()["team_id"], 3);
    }
}
