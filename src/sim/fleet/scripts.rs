//! Scripts: run, result, saved ones (`api/fleet.md` §5).

use super::answer::Answer;
use super::call::{Call, whole};
use super::error::Error;
use super::multipart;
use super::routes::Handled;
use crate::sim::ledger::{Effect, verb};
use crate::sim::world::{CannotRun, Progress, Run, SavedScript, Source, State};
use serde_json::{Map, Value as Json, json};

/// 202: queued, not run.
pub(super) fn run(state: &mut State, call: &Call) -> Handled {
    let body = call.object()?;
    let host = whole(&body, "host_id")?;
    let source = source(&body, state.version.has_both_names())?;
    if let Some(name) = unknown_secret(state, &source) {
        let reason = format!("Couldn't add. Variable \"{name}\" doesn't exist.");
        return Err(Error::invalid(422, "script", reason));
    }
    let host = host.ok_or_else(|| Error::invalid(422, "host_id", "host_id is required"))?;
    let id = state
        .run_script(host, &source)
        .map_err(|refusal| refused(refusal, &source, host))?;
    let run = &state.runs[&id];
    let serial = state.host(host).map_or("", |host| &host.serial);
    let effect = Effect::new(state.now(), "fleet", verb::SCRIPT, serial, &call.body)
        .detail(run.label())
        .op(operation(&run.contents));
    state.ledger.record(effect);
    Ok(Answer::Json(
        202,
        json!({ "host_id": host, "execution_id": id }),
    ))
}

/// The caller's own mark in a text that is not saved: a comment line `# op:…`.
fn operation(contents: &str) -> Option<&str> {
    contents
        .lines()
        .find_map(|line| line.trim().strip_prefix("# op:"))
        .map(str::trim)
}

fn source(body: &Map<String, Json>, both_names: bool) -> Result<Source, Error> {
    let text = |name: &str| {
        let value = body.get(name).and_then(Json::as_str);
        value.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let id = whole(body, "script_id")?;
    let mut team = whole(body, "team_id")?;
    if both_names {
        team = team.or(whole(body, "fleet_id")?);
    }
    let only = |name: &str, other: &str| {
        let reason = format!("Only one of '{name}' or '{other}' is allowed.");
        Error::invalid(422, name, reason)
    };
    match (id, text("script_contents"), text("script_name")) {
        (None, None, None) => Err(Error::invalid(
            422,
            "script",
            "One of 'script_id', 'script_contents', or 'script_name' is required.",
        )),
        (Some(_), Some(_), _) => Err(only("script_id", "script_contents")),
        (Some(_), _, Some(_)) => Err(only("script_id", "script_name")),
        (_, Some(_), Some(_)) => Err(only("script_name", "script_contents")),
        (Some(_), ..) if team.is_some() => Err(only("script_id", "team_id")),
        (_, Some(_), _) if team.is_some() => Err(only("script_contents", "team_id")),
        (Some(id), ..) => Ok(Source::Saved(id)),
        (_, Some(contents), _) => Ok(Source::Contents(contents)),
        (_, _, Some(name)) => Ok(Source::Named {
            name,
            team: team.filter(|team| *team > 0),
        }),
    }
}

/// The company has no secret variables, so every name is unknown.
fn unknown_secret(state: &State, source: &Source) -> Option<String> {
    let contents = match source {
        Source::Contents(text) => text.as_str(),
        Source::Saved(id) => {
            let script = state.scripts.iter().find(|script| script.id == *id)?;
            script.contents.as_str()
        }
        Source::Named { .. } => return None,
    };
    let start = contents.find("$FLEET_SECRET_")? + 1;
    let name = contents[start..]
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .next()?;
    Some(name.to_owned())
}

/// The exact words and statuses of Fleet's refusals (`api/fleet.md` §5.1).
fn refused(refusal: CannotRun, source: &Source, host: u64) -> Error {
    let contents = |reason: &str| Error::invalid(422, "script_contents", reason);
    match refusal {
        CannotRun::NameUnknown => {
            let name = match source {
                Source::Named { name, .. } => name.as_str(),
                Source::Saved(_) | Source::Contents(_) => "",
            };
            Error::invalid(
                422,
                "script_name",
                format!("Script '{name}' doesn’t exist."),
            )
        }
        CannotRun::HostUnknown => Error::not_found("Host", &format!("with id={host}")),
        CannotRun::NoAgent => Error::human(
            422,
            "Scripts are disabled for this host. To run scripts, deploy the fleetd agent with scripts enabled.",
        ),
        CannotRun::ScriptUnknown => Error::invalid(
            404,
            "script_id",
            "No script exists for the provided \"script_id\".",
        ),
        CannotRun::OtherTeam => Error::invalid(
            422,
            "script_id",
            "The script does not belong to the same team (or no team) as the host.",
        ),
        CannotRun::AlreadyQueued => Error::invalid(
            409,
            "script_id",
            "The script is already queued on the given host.",
        ),
        CannotRun::TooMany => Error::invalid(
            409,
            "script_id",
            "cannot queue more than 1000 scripts per host",
        ),
        CannotRun::Empty => contents("Script contents must not be empty."),
        CannotRun::TooLong => contents("Script is too large. It is limited to 10,000 characters."),
        CannotRun::Shebang => contents("Interpreter not supported. Use sh, bash or zsh."),
    }
}

/// The result, or what there is of it; a cancelled run is as unknown as one that never was.
pub(super) fn result(state: &mut State, id: &str) -> Handled {
    let run = state
        .runs
        .get(id)
        .filter(|run| run.progress != Progress::Cancelled)
        .ok_or_else(|| Error::not_found("HostScriptResult", &format!("with execution_id={id}")))?;
    Ok(Answer::ok(shown(state, run)))
}

fn shown(state: &State, run: &Run) -> Json {
    let mac = state.host(run.host).and_then(|host| host.mac);
    let (code, output, message, runtime) = match &run.progress {
        Progress::Ended(ending) => {
            let message = match ending.exit_code {
                -1 => {
                    "Timeout. Fleet stopped the script after 300 seconds to protect host performance."
                }
                -2 => {
                    "Scripts are disabled for this host. To run scripts, deploy the fleetd agent with scripts enabled."
                }
                _ => "",
            };
            let seconds = ending.runtime.millis() / 1_000;
            (
                json!(ending.exit_code),
                ending.output.as_str(),
                message,
                seconds,
            )
        }
        Progress::Queued | Progress::Running | Progress::Cancelled => (
            Json::Null,
            "",
            "Script is running or will run when the host comes online.",
            0,
        ),
    };
    json!({
        "script_contents": run.contents,
        "script_id": run.script,
        "exit_code": code,
        "output": output,
        "message": message,
        "hostname": mac.map_or("", |index| &state.macs[index].name),
        "host_timeout": false,
        "host_id": run.host,
        "execution_id": run.id,
        "runtime": runtime,
        "created_at": run.created_at,
    })
}

pub(super) fn list(state: &mut State, call: &Call) -> Handled {
    let paging = call.paging()?;
    let team = call
        .team(state.version.has_both_names())?
        .filter(|team| *team > 0);
    let mut scripts: Vec<&SavedScript> = state
        .scripts
        .iter()
        .filter(|script| script.team == team)
        .collect();
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    let (part, meta) = paging.cut(scripts);
    let scripts: Vec<Json> = part.into_iter().map(saved).collect();
    Ok(Answer::ok(json!({ "meta": meta, "scripts": scripts })))
}

pub(super) fn get(state: &mut State, id: &str, call: &Call) -> Handled {
    let script = state
        .scripts
        .iter()
        .find(|script| script.id.to_string() == id)
        .ok_or_else(|| Error::not_found("Script", &format!("with id={id}")))?;
    Ok(if call.get("alt") == Some("media") {
        Answer::Text(200, script.contents.clone())
    } else {
        Answer::ok(saved(script))
    })
}

fn saved(script: &SavedScript) -> Json {
    json!({
        "id": script.id,
        "team_id": script.team,
        "name": script.name,
        "created_at": script.created_at,
        "updated_at": script.created_at,
    })
}

pub(super) fn upload(state: &mut State, call: &Call) -> Handled {
    let parts = multipart::parts(&call.content_type, &call.body)
        .ok_or_else(|| Error::bad_request("failed to parse multipart form"))?;
    let script = parts
        .iter()
        .find(|part| part.name == "script")
        .ok_or_else(|| Error::bad_request("no file headers for script"))?;
    let names: &[&str] = if state.version.has_both_names() {
        &["team_id", "fleet_id"]
    } else {
        &["team_id"]
    };
    let team = parts
        .iter()
        .find(|part| names.contains(&part.name.as_str()))
        .and_then(|part| part.text.trim().parse().ok())
        .filter(|team| *team > 0);
    let name = &script.file_name;
    let shell = std::path::Path::new(name)
        .extension()
        .is_some_and(|end| end == "sh");
    if !shell {
        let reason = "File type not supported. Only .sh and .ps1 file type is allowed.";
        return Err(Error::invalid(422, "script", reason));
    }
    if crate::sim::world::script::check_shebang(&script.text).is_err() {
        let reason = "Interpreter not supported. Use sh, bash or zsh.";
        return Err(Error::invalid(422, "script", reason));
    }
    let id = state
        .save_script(team, name, &script.text)
        .ok_or_else(|| Error::exists("A script with this name already exists."))?;
    Ok(Answer::ok(json!({ "script_id": id })))
}
