//! What each command does to the table.

use super::own;
use crate::control::deed::Deed;
use crate::control::protocol::Request;
use crate::engine::begin::fresh_note;
use crate::engine::look_back::may_resume;
use crate::model::actor::Actor;
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::{Row, RowId, Values};
use crate::model::value::{Value, ValueType};
use crate::pipeline::{Pipeline, did_you_mean};
use crate::store::{
    Attempt, AttemptState, Cause, CommandId, CommandResult, Hold, HoldKind, Query, StoreError,
    SwitchKind, Tx,
};
use serde_json::json;

type Outcome = Result<(bool, String), StoreError>;

/// Applies `request`; answers a note about the whole and a result for each row.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    actor: &Actor,
    command: CommandId,
    request: &Request,
) -> Result<(String, Vec<CommandResult>), StoreError> {
    let switched = |tx: &mut Tx<'_>, kind, name: &str, on, reason: &str| {
        tx.set_switch(kind, name, on, reason, actor)
    };
    match request {
        Request::Stop { reason } => {
            switched(tx, SwitchKind::Stop, "*", true, reason)?;
            Ok((
                "all sending is stopped, until somebody resumes it".into(),
                Vec::new(),
            ))
        }
        Request::Resume { reason } => {
            may_resume(tx)?;
            switched(tx, SwitchKind::Stop, "*", false, reason)?;
            Ok(("sending goes on".into(), Vec::new()))
        }
        Request::StageSwitch { stage, on, reason } => {
            known_rule(pipeline, stage)?;
            switched(tx, SwitchKind::Stage, stage, *on, reason)?;
            Ok((
                format!("{stage} is {}", if *on { "on" } else { "off" }),
                Vec::new(),
            ))
        }
        Request::WaveSwitch { wave, open, reason } => {
            known_wave(tx, pipeline, wave)?;
            switched(tx, SwitchKind::Wave, wave, *open, reason)?;
            Ok((
                format!("wave {wave} is {}", if *open { "open" } else { "closed" }),
                Vec::new(),
            ))
        }
        Request::BrakeRelease { brake, reason } => {
            known_brake(tx, pipeline, brake)?;
            switched(tx, SwitchKind::Brake, brake, false, reason)?;
            Ok((format!("brake {brake} is released"), Vec::new()))
        }
        request => {
            let Some(deed) = Deed::of(request) else {
                return Err(StoreError::Bad("this is not about rows".into()));
            };
            match &deed {
                Deed::Set { .. } => {}
                Deed::Act { act } => known_act(pipeline, act)?,
                deed => deed
                    .about()
                    .map_or(Ok(()), |rule| known_rule(pipeline, rule))?,
            }
            let reason = request.reason().unwrap_or_default();
            let mut results = Vec::new();
            for id in request.rows().unwrap_or_default() {
                let Some(row) = tx.row(*id)? else { continue };
                let (done, note) = on_row(tx, pipeline, actor, command, (&deed, reason), &row)?;
                results.push(CommandResult {
                    row: *id,
                    key: row.key,
                    done,
                    note,
                });
            }
            let plain = |name: &str| name.to_owned();
            Ok((deed.title(&plain), results))
        }
    }
}

fn known_rule(pipeline: &Pipeline, name: &str) -> Result<(), StoreError> {
    if pipeline.stage(name).is_some() || pipeline.ladder(name).is_some() {
        return Ok(());
    }
    Err(StoreError::Bad(format!(
        "there is no stage or ladder {name}"
    )))
}

fn known_act(pipeline: &Pipeline, name: &str) -> Result<(), StoreError> {
    if pipeline.act(name).is_some() {
        return Ok(());
    }
    let known = pipeline.acts.iter().map(|act| act.name.as_str());
    let hint = did_you_mean(name, known).map_or(String::new(), |hint| format!("; {hint}"));
    Err(StoreError::Bad(format!("there is no act \"{name}\"{hint}")))
}

/// Waves are declared in the file, or made by an import that puts rows into them.
fn known_wave(tx: &Tx<'_>, pipeline: &Pipeline, name: &str) -> Result<(), StoreError> {
    let quoted = name.replace('\'', "''");
    let members = Query {
        condition: Some(format!("wave = '{quoted}'")),
        ..Query::all()
    };
    if pipeline.waves.iter().any(|wave| wave.name == name) || tx.count(&members)? > 0 {
        return Ok(());
    }
    Err(StoreError::Bad(format!(
        "there is no wave {name}: the pipeline declares none of this name and no row is in it"
    )))
}

/// A brake of the file, or of a slice it has stopped. The name of the whole does not release a slice: whoever releases
/// says which.
fn known_brake(tx: &Tx<'_>, pipeline: &Pipeline, name: &str) -> Result<(), StoreError> {
    let switches = tx.switches()?;
    let brakes = || switches.iter().filter(|one| one.kind == SwitchKind::Brake);
    let is_known = |base: &str| pipeline.brakes.iter().any(|known| known.name == base);
    if let Some((base, _)) = name.split_once('/') {
        if is_known(base) && brakes().any(|one| one.name == name) {
            return Ok(());
        }
        return Err(StoreError::Bad(format!("the brake {name} is not tripped")));
    }
    if !is_known(name) {
        return Err(StoreError::Bad(format!("there is no brake {name}")));
    }
    let whole = brakes().any(|one| one.name == name && one.on);
    let slices: Vec<&str> = brakes()
        .filter(|one| {
            one.on
                && one
                    .name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
        .map(|one| one.name.as_str())
        .collect();
    if whole || slices.is_empty() {
        return Ok(());
    }
    Err(StoreError::Bad(format!(
        "the brake {name} stops only {}: release it by that name",
        slices.join(" and ")
    )))
}

/// One row's part: judged as the preview judged it, by what is in the table now, and done if it still would be.
fn on_row(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    actor: &Actor,
    command: CommandId,
    (deed, reason): (&Deed, &str),
    row: &Row,
) -> Outcome {
    let plain = |name: &str| name.to_owned();
    let note = match deed.verdict(tx, row, &plain)? {
        Ok(note) => note,
        Err(why) => return Ok((false, why)),
    };
    match deed {
        Deed::Retry { from_start, .. } => retry(tx, row.id, deed, *from_start)?,
        Deed::Release { .. } => {
            for rule in deed.lifts(tx, row.id)? {
                tx.release(row.id, &rule, true)?;
            }
        }
        Deed::Remedy { ladder } if spent(tx, pipeline, row.id, ladder)? => {
            let why =
                format!("no rung of {ladder} is left: release it to begin at the first again");
            return Ok((false, why));
        }
        Deed::Trigger { stage: rule } | Deed::Remedy { ladder: rule } => {
            tx.release(row.id, rule, false)?;
        }
        Deed::Hold { stage } => {
            let rule = stage.as_deref().unwrap_or("*");
            hold(tx, actor, row.id, HoldKind::Held, (rule, reason))?;
        }
        Deed::Skip { stage } => hold(tx, actor, row.id, HoldKind::Skipped, (stage, reason))?,
        Deed::Set { column, value } => set(tx, pipeline, command, row.id, (column, value))?,
        Deed::Act { act } => {
            if let Err(why) = own::act(tx, pipeline, command, (act, reason), (actor, row))? {
                return Ok((false, why));
            }
        }
        Deed::Refresh => return Ok((false, "this is not of the table alone".into())),
    }
    Ok((true, note))
}

/// Whether every rung of the ladder was tried as often as it may be: then a person has it, and is not called again.
fn spent(tx: &Tx<'_>, pipeline: &Pipeline, row: RowId, ladder: &str) -> Result<bool, StoreError> {
    let before = tx.attempts_since_release(row, ladder)?;
    let tried = |rung: usize| before.iter().filter(|one| one.spends(rung)).count() as u32;
    let ladder = pipeline.ladder(ladder);
    Ok(ladder.is_some_and(|ladder| ladder.next_rung(tried).is_none()))
}

/// Lifts what keeps failed work back, and starts its tries from zero; the steps that were done stay done unless
/// `from_start`.
fn retry(tx: &mut Tx<'_>, row: RowId, deed: &Deed, from_start: bool) -> Result<(), StoreError> {
    let holds = tx.holds_of(row)?;
    for rule in deed.lifts(tx, row)? {
        let attempt = holds.iter().find(|hold| hold.rule == rule);
        if from_start && let Some(attempt) = attempt.and_then(|hold| hold.attempt) {
            tx.set_note(&fresh_note(row, &rule), &json!(attempt.0))?;
        }
        tx.release(row, &rule, true)?;
    }
    Ok(())
}

/// Holds a row; an attempt that waits is stopped, one that is sending ends first.
fn hold(
    tx: &mut Tx<'_>,
    actor: &Actor,
    row: RowId,
    kind: HoldKind,
    (rule, reason): (&str, &str),
) -> Result<(), StoreError> {
    let open = tx
        .open_attempts()?
        .into_iter()
        .filter(|attempt| attempt.row == row);
    for attempt in open {
        if (rule == "*" || attempt.rule == rule) && attempt.state == AttemptState::Waiting {
            cancel(tx, &attempt, format!("{actor}: {reason}"))?;
        }
    }
    let at = tx.now();
    tx.hold(Hold {
        row,
        rule: rule.to_owned(),
        kind,
        reason: reason.to_owned(),
        until: None,
        owner: Some(actor.to_string()),
        by: actor.clone(),
        attempt: None,
        fault: None,
        at,
    })
}

/// Ends an attempt that waits.
pub(super) fn cancel(tx: &mut Tx<'_>, attempt: &Attempt, why: String) -> Result<(), StoreError> {
    let fault = Fault::new(FaultKind::Cancelled, why);
    let at = attempt.at_step.as_deref();
    tx.end(attempt.id, AttemptState::Cancelled, at, Some(&fault))
}

fn set(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    command: CommandId,
    row: RowId,
    (column, value): (&str, &serde_json::Value),
) -> Result<(), StoreError> {
    let (kind, cause) = (pipeline.column(column), Cause::Command(command));
    let kind = kind.map_or(ValueType::Text, |declared| declared.kind);
    let value = Value::fit(kind, value).map_err(|error| StoreError::Bad(error.to_string()))?;
    if pipeline.column(column).is_none() && column == "wave" {
        return tx.set_wave(row, value.as_text(), &cause);
    }
    let values = Values::from([(column.to_owned(), value)]);
    tx.set(row, &values, &cause).map(|_| ())
}
