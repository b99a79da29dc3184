//! What each command does to the table.

use crate::control::protocol::Request;
use crate::engine::begin::fresh_note;
use crate::engine::clearance::held_by;
use crate::model::actor::Actor;
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::{Row, RowId, Values};
use crate::model::value::Value;
use crate::pipeline::Pipeline;
use crate::store::{
    AttemptState, Cause, CommandId, CommandResult, Hold, HoldKind, Query, QueueState, StoreError,
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
            if !pipeline.brakes.iter().any(|known| known.name == *brake) {
                return Err(StoreError::Bad(format!("there is no brake {brake}")));
            }
            switched(tx, SwitchKind::Brake, brake, false, reason)?;
            Ok((format!("brake {brake} is released"), Vec::new()))
        }
        request => {
            let mut results = Vec::new();
            for id in request.rows().unwrap_or_default() {
                let Some(row) = tx.row(*id)? else { continue };
                let (done, note) = on_row(tx, pipeline, actor, command, request, &row)?;
                results.push(CommandResult {
                    row: *id,
                    key: row.key,
                    done,
                    note,
                });
            }
            Ok((request.verb().to_owned(), results))
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

fn on_row(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    actor: &Actor,
    command: CommandId,
    request: &Request,
    row: &Row,
) -> Outcome {
    match request {
        Request::Retry {
            stage, from_start, ..
        } => retry(tx, row.id, stage.as_deref(), *from_start),
        Request::Trigger { stage, .. } => {
            known_rule(pipeline, stage)?;
            trigger(tx, row.id, stage)
        }
        Request::Remedy { ladder, .. } => {
            known_rule(pipeline, ladder)?;
            trigger(tx, row.id, ladder)
        }
        Request::Release { stage, .. } => release(tx, row.id, stage.as_deref()),
        Request::Hold { stage, reason, .. } => {
            stage
                .as_deref()
                .map_or(Ok(()), |stage| known_rule(pipeline, stage))?;
            hold(
                tx,
                actor,
                row.id,
                HoldKind::Held,
                (stage.as_deref().unwrap_or("*"), reason),
            )?;
            Ok((true, "held".into()))
        }
        Request::Skip { stage, reason, .. } => {
            known_rule(pipeline, stage)?;
            hold(tx, actor, row.id, HoldKind::Skipped, (stage, reason))?;
            Ok((true, "skipped".into()))
        }
        Request::Set { column, value, .. } => set(tx, pipeline, command, row.id, (column, value)),
        _ => Ok((false, "this is not about rows".into())),
    }
}

/// Lifts what keeps failed work back, and starts its tries from zero; the steps that were done stay done unless
/// `from_start`.
fn retry(tx: &mut Tx<'_>, row: RowId, stage: Option<&str>, from_start: bool) -> Outcome {
    let held: Vec<_> = tx
        .holds_of(row)?
        .into_iter()
        .filter(|hold| matches!(hold.kind, HoldKind::Parked | HoldKind::BackingOff))
        .filter(|hold| stage.is_none_or(|stage| stage == hold.rule))
        .collect();
    if held.is_empty() {
        return Ok((
            false,
            "nothing has failed here that could be tried again".into(),
        ));
    }
    for hold in &held {
        if from_start && let Some(attempt) = hold.attempt {
            tx.set_note(&fresh_note(row, &hold.rule), &json!(attempt.0))?;
        }
        tx.release(row, &hold.rule, true)?;
    }
    let rules: Vec<_> = held.iter().map(|hold| hold.rule.as_str()).collect();
    Ok((true, format!("tries again: {}", rules.join(", "))))
}

/// Runs a stage or the next rung now, if its conditions hold.
fn trigger(tx: &mut Tx<'_>, row: RowId, rule: &str) -> Outcome {
    if !tx.gate_holds(row, rule, tx.now())? {
        return Ok((
            false,
            format!("the conditions of {rule} do not hold for this row"),
        ));
    }
    let entry = tx.queued(row)?.into_iter().find(|entry| entry.rule == rule);
    if entry.is_some_and(|entry| matches!(entry.state, QueueState::Running | QueueState::Waiting)) {
        return Ok((false, format!("an attempt of {rule} is open already")));
    }
    if let Some(by) = held_by(tx, row, rule)? {
        return Ok((
            false,
            format!("{by} holds it or had it skipped; release it first"),
        ));
    }
    tx.release(row, rule, false)?;
    Ok((true, format!("{rule} takes it next")))
}

fn release(tx: &mut Tx<'_>, row: RowId, stage: Option<&str>) -> Outcome {
    let rules: Vec<String> = match stage {
        Some(stage) => vec![stage.to_owned()],
        None => tx
            .holds_of(row)?
            .into_iter()
            .map(|hold| hold.rule)
            .collect(),
    };
    let mut released = Vec::new();
    for rule in rules {
        if tx.release(row, &rule, true)? {
            released.push(rule);
        }
    }
    if released.is_empty() {
        return Ok((false, "it was not held".into()));
    }
    Ok((true, format!("released: {}", released.join(", "))))
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
            let fault = Fault::new(FaultKind::Cancelled, format!("{actor}: {reason}"));
            tx.end(
                attempt.id,
                AttemptState::Cancelled,
                attempt.at_step.as_deref(),
                Some(&fault),
            )?;
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

fn set(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    command: CommandId,
    row: RowId,
    (column, value): (&str, &serde_json::Value),
) -> Outcome {
    let Some(declared) = pipeline.column(column) else {
        return Ok((false, format!("there is no column {column}")));
    };
    if column == pipeline.key {
        return Ok((
            false,
            format!("{column} names the row and cannot be changed"),
        ));
    }
    let value = match Value::fit(declared.kind, value) {
        Ok(value) => value,
        Err(error) => return Ok((false, format!("{column}: {error}"))),
    };
    let changed = tx.set(
        row,
        &Values::from([(column.to_owned(), value)]),
        &Cause::Command(command),
    )?;
    let note = if changed.is_empty() {
        "it had that value already"
    } else {
        "set"
    };
    Ok((true, note.into()))
}
