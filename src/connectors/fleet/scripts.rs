//! Scripts saved in Fleet, and how a run of one stands.

use super::error::{Doing, Said, fault};
use super::host::integer;
use super::session::{API, Done, Session, lacking};
use super::teams;
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use crate::model::percent::percent;
use crate::model::text::clean;
use crate::model::time::{Span, Time};
use serde_json::{Value as Json, json};

const ROLE: &str = "the observer role, globally or in that team";
const LIST: Doing = Doing::reading("list the saved scripts", ROLE);
const RESULT: Doing = Doing::reading("read the script's result", ROLE);
/// How long saved scripts are believed: short, as a script that was edited under a new id would be run by the old one.
const BELIEVED: Span = Span::from_mins(1);
const PAGE: usize = 100;
const MOST_PAGES: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script {
    pub id: i64,
    pub name: String,
}

/// The scripts saved in this team; no team is a place of its own (`api/fleet.md` §5.4).
pub(super) async fn saved_in(
    session: &mut Session<'_>,
    team: Option<i64>,
) -> Result<Vec<Script>, Fault> {
    let mut scripts = Vec::new();
    for page in 0..MOST_PAGES {
        let mut request = Request::get(format!("{API}/scripts"))
            .query("page", page)
            .query("per_page", PAGE);
        if let Some(team) = team {
            request = request.query("team_id", team);
        }
        let json = session.ask(request, LIST).await?;
        // Go writes an empty list as null.
        let list = match json.get("scripts") {
            Some(Json::Array(list)) => list.as_slice(),
            Some(Json::Null) => &[],
            _ => return Err(lacking(LIST, "scripts")),
        };
        scripts.extend(list.iter().filter_map(script));
        let more = at(&json, "meta.has_next_results").and_then(Json::as_bool);
        if !more.unwrap_or(list.len() >= PAGE) {
            break;
        }
    }
    let now = session.fleet.clock.now();
    session.fleet.scripts.keep(team, now, scripts.clone());
    Ok(scripts)
}

fn script(json: &Json) -> Option<Script> {
    Some(Script {
        id: at(json, "id").and_then(integer)?,
        name: clean(text_at(json, "name")?),
    })
}

/// The id of the script of this name in the team of `host` (a flat host, just read).
pub(super) async fn id_for(
    session: &mut Session<'_>,
    host: &Json,
    name: &str,
) -> Result<i64, Fault> {
    let team = host.get("team_id").and_then(Json::as_i64);
    let find = |scripts: &[Script]| {
        let found = scripts.iter().find(|script| script.name == name);
        found.map(|script| script.id)
    };
    let now = session.fleet.clock.now();
    let kept = session.fleet.scripts.get(&team, now, BELIEVED);
    if let Some(id) = kept.as_deref().and_then(find) {
        return Ok(id);
    }
    let scripts = saved_in(session, team).await?;
    find(&scripts).ok_or_else(|| {
        let place = match text_at(host, "team_name") {
            Some(team) => format!("in the team \"{team}\""),
            None => "for hosts in no team".to_owned(),
        };
        Fault::new(
            FaultKind::NotFound,
            format!(
                "no script \"{name}\" is saved {place}, where the host is now; there are {}; save it in every team the Macs pass through",
                teams::names(scripts.iter().map(|script| script.name.as_str()))
            ),
        )
    })
}

pub(super) async fn list(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let team = match input.text_or_none("team") {
        Some(name) => Some(teams::named(session, name).await?.id),
        None => None,
    };
    let items: Vec<Json> = saved_in(session, team)
        .await?
        .into_iter()
        .map(|script| json!({"id": script.id, "name": script.name}))
        .collect();
    Ok((json!({"items": items}), Outcome::Done))
}

/// A run as Fleet tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub contents: String,
    /// When it was asked for, not when it ran (`api/fleet.md` §5.3).
    pub asked_at: Option<Time>,
    pub exit_code: Option<i64>,
    pub output: Option<String>,
    pub message: Option<String>,
}

impl Run {
    fn read(json: &Json) -> Option<Self> {
        let text = |name: &str| at(json, name).and_then(Json::as_str).map(str::to_owned);
        let exit_code = match json.get("exit_code")? {
            Json::Null => None,
            code => Some(integer(code)?),
        };
        Some(Self {
            contents: text("script_contents").unwrap_or_default(),
            asked_at: text_at(json, "created_at").and_then(|at| Time::parse(at).ok()),
            exit_code,
            output: text("output"),
            message: text("message"),
        })
    }

    fn state(&self) -> &'static str {
        match self.exit_code {
            None => "pending",
            Some(-1) => "timed_out",
            Some(-2) => "disabled",
            Some(_) => "done",
        }
    }
}

/// The run of this id; none when Fleet answers 404, which for an id it gave out means cancelled (`api/fleet.md` §5.3).
pub(super) async fn run_of(
    session: &mut Session<'_>,
    execution_id: &str,
) -> Result<Option<Run>, Fault> {
    let path = format!("{API}/scripts/results/{}", percent(execution_id));
    let answer = session.send(Request::get(path)).await?;
    if answer.status == 404 && Said::of(&answer).is_some() {
        return Ok(None);
    }
    if !answer.is_success() {
        return Err(fault(&answer, RESULT));
    }
    let json = answer.json().map_err(|failure| failure.fault)?;
    Run::read(&json)
        .map(Some)
        .ok_or_else(|| lacking(RESULT, "exit_code"))
}

pub(super) async fn result(session: &mut Session<'_>, input: Input<'_>) -> Done {
    let run = run_of(session, input.text("execution_id")?).await?;
    let result = match run {
        None => json!({
            "state": "cancelled",
            "exit_code": null,
            "output": null,
            "message": "Fleet knows this run no more: it was cancelled, or its script was edited or deleted",
            "finished": true,
        }),
        Some(run) => json!({
            "state": run.state(),
            "exit_code": run.exit_code,
            "output": run.output,
            "message": run.message,
            "finished": run.exit_code.is_some(),
        }),
    };
    Ok((result, Outcome::Done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::payload::parse;

    #[test]
    fn the_exit_code_tells_how_a_run_stands() {
        for (exit_code, state) in [
            (json!(null), "pending"),
            (json!(0), "done"),
            (json!(255), "done"),
            (json!(-1), "timed_out"),
            (json!(-2), "disabled"),
        ] {
            let run = Run::read(&json!({"exit_code": exit_code})).unwrap();
            assert_eq!(run.state(), state, "{exit_code}");
        }
        assert_eq!(Run::read(&json!({"output": "x"})), None);
    }

    #[test]
    fn a_result_and_a_list_of_scripts_read_as_documented() {
        let bytes = include_bytes!("../../../tests/it/payloads/fleet/script_result.json");
        let run = Run::read(&parse(bytes).unwrap()).unwrap();
        assert_eq!(run.exit_code, Some(0));
        assert_eq!(
            run.asked_at,
            Some(Time::parse("2026-03-02T09:30:24Z").unwrap())
        );
        let bytes = include_bytes!("../../../tests/it/payloads/fleet/scripts.json");
        let list = parse(bytes).unwrap();
        assert_eq!(
            script(&list["scripts"][0]),
            Some(Script {
                id: 1,
                name: "remove-jamf.sh".into()
            })
        );
    }
}
