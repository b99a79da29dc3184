//! Teams: their names, and moving a host into one.

use super::error::Doing;
use super::host::integer;
use super::identity;
use super::session::{API, Done, Session, lacking};
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use crate::model::text::clean;
use crate::model::time::Span;
use serde_json::{Value as Json, json};

const LIST: Doing = Doing::reading(
    "list the teams",
    "the observer role, global or of the teams",
);
const MOVE: Doing = Doing::changing(
    "move the host",
    "the maintainer role, globally or in the team it leaves and the one it goes to",
);
/// How long names are believed. A name that is not among them is looked up again at once.
const BELIEVED: Span = Span::from_mins(10);
const PAGE: usize = 200;
const MOST_PAGES: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Team {
    pub id: i64,
    pub name: String,
    pub hosts: Option<i64>,
}

/// Every team. Its body carries enrol secrets and is never shown (`api/fleet.md` §11).
pub(super) async fn read_all(session: &mut Session<'_>) -> Result<Vec<Team>, Fault> {
    let mut teams = Vec::new();
    for page in 0..MOST_PAGES {
        let request = Request::get(format!("{API}/teams"))
            .query("page", page)
            .query("per_page", PAGE)
            .secret_body();
        let json = session.ask(request, LIST).await?;
        let list = listed(&json).ok_or_else(|| lacking(LIST, "teams"))?;
        teams.extend(list.iter().filter_map(team));
        if list.len() < PAGE {
            break;
        }
    }
    let now = session.fleet.clock.now();
    session.fleet.teams.keep((), now, teams.clone());
    Ok(teams)
}

fn listed(json: &Json) -> Option<&Vec<Json>> {
    ["teams", "fleets"]
        .into_iter()
        .find_map(|name| json.get(name)?.as_array())
}

/// A team with a number of its own: id 0 is "no team", which nothing here may move a host into.
fn team(json: &Json) -> Option<Team> {
    Some(Team {
        id: at(json, "id").and_then(integer).filter(|id| *id > 0)?,
        name: clean(text_at(json, "name")?),
        hosts: at(json, "host_count").and_then(integer),
    })
}

/// The team of this name, compared exactly; names the teams there are when there is none.
pub(super) async fn named(session: &mut Session<'_>, name: &str) -> Result<Team, Fault> {
    let find = |teams: &[Team]| teams.iter().find(|team| team.name == name).cloned();
    let kept = session
        .fleet
        .teams
        .get(&(), session.fleet.clock.now(), BELIEVED);
    if let Some(team) = kept.as_deref().and_then(find) {
        return Ok(team);
    }
    let teams = read_all(session).await?;
    find(&teams).ok_or_else(|| {
        Fault::new(
            FaultKind::Refused,
            format!(
                "Fleet has no team \"{name}\" that the token may see; it has {}; correct the name in the settings",
                names(teams.iter().map(|team| team.name.as_str()))
            ),
        )
    })
}

/// The first few of the names, for a sentence.
pub(super) fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    let shown: Vec<String> = all
        .iter()
        .take(8)
        .map(|name| format!("\"{name}\""))
        .collect();
    match all.len() {
        0 => "none".to_owned(),
        n if n > 8 => format!("{} and {} more", shown.join(", "), n - 8),
        _ => shown.join(", "),
    }
}

/// Moves one host, unless it is there already: the look before is the read-back of an earlier order whose answer was
/// lost. Answered 200 also for a host that is not there (`api/fleet.md` §4), so it is accepted, not done, until it is
/// read back.
pub(super) async fn transfer(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let id = input.id("host_id")?;
    let team = named(session, input.text("team")?).await?;
    let host = identity::confirm(session, input).await?;
    let moved = json!({"team_id": team.id, "team_name": team.name});
    if host.get("team_id").and_then(Json::as_i64) == Some(team.id) {
        return Ok((moved, Outcome::Confirmed));
    }
    let request = Request::post(format!("{API}/hosts/transfer"), Nature::Repeatable)
        .json(&json!({"team_id": team.id, "hosts": [id]}));
    let told = session.tell(request, MOVE).await;
    if told.as_ref().is_err_and(|fault| fault.status == Some(422)) {
        session.fleet.teams.forget(&());
    }
    told?;
    Ok((moved, Outcome::Accepted))
}

pub(super) async fn list(session: &mut Session<'_>) -> Done {
    let items: Vec<Json> = read_all(session)
        .await?
        .into_iter()
        .map(|team| json!({"id": team.id, "name": team.name, "host_count": team.hosts}))
        .collect();
    Ok((json!({"items": items}), Outcome::Done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::payload::parse;

    #[test]
    fn teams_are_read_under_either_name_without_secrets_and_without_no_team() {
        for bytes in [
            include_bytes!("../../../tests/it/payloads/fleet/teams.json").as_slice(),
            include_bytes!("../../../tests/it/payloads/fleet/teams_both_names.json").as_slice(),
            br#"{"fleets":[{"id":1,"name":"workstations","host_count":0}]}"#.as_slice(),
        ] {
            let json = parse(bytes).unwrap();
            let teams: Vec<Team> = listed(&json).unwrap().iter().filter_map(team).collect();
            assert_eq!(
                teams,
                [Team {
                    id: 1,
                    name: "workstations".into(),
                    hosts: Some(0)
                }]
            );
        }
        assert_eq!(team(&json!({"id": 0, "name": "No team"})), None);
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        assert_eq!(names(["a", "b"].into_iter()), "\"a\", \"b\"");
        assert_eq!(names(std::iter::empty()), "none");
        assert!(names(std::iter::repeat_n("x", 20)).ends_with("and 12 more"));
    }
}
