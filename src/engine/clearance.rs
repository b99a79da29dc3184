//! Whether a row may still be acted on, asked in the very transaction that records the intent: an attempt may have
//! waited for hours since it was begun.

use super::brakes::stops;
use super::probe::changed_nothing;
use crate::model::row::RowId;
use crate::model::time::Span;
use crate::pipeline::Pipeline;
use crate::store::{Attempt, AttemptState, HoldKind, StoreError, SwitchKind, Tx};

/// What becomes of an attempt that is about to change something outside.
pub(super) enum Clearance {
    Go,
    /// Not now: look again after this.
    Later(&'static str, Span),
    /// Not any more.
    No(String),
}

const LATER: Span = Span::from_mins(5);

/// A person's hold, a switch, a brake, and, while nothing was changed by this attempt yet, the gate itself.
pub(super) fn clearance(
    tx: &Tx<'_>,
    pipeline: &Pipeline,
    attempt: &Attempt,
) -> Result<Clearance, StoreError> {
    if let Some(by) = held_by(tx, attempt.row, &attempt.rule)? {
        return Ok(Clearance::No(format!("held by {by}")));
    }
    // What was just begun was let through; what has waited since asks again.
    if attempt.state != AttemptState::Running {
        let switch = tx.switch(SwitchKind::Stage, &attempt.rule)?;
        if switch.is_some_and(|switch| !switch.on) {
            return Ok(Clearance::Later("it is switched off", LATER));
        }
        if stops(tx, pipeline, &attempt.rule, attempt.row)?.is_some() {
            return Ok(Clearance::Later("its brake is tripped", LATER));
        }
    }
    let untouched = tx.steps(attempt.id)?.iter().all(changed_nothing);
    if untouched && !tx.gate_holds(attempt.row, &attempt.rule, tx.now())? {
        return Ok(Clearance::No("its conditions no longer hold".into()));
    }
    Ok(Clearance::Go)
}

/// Who keeps this row from this rule: a person's hold or skip of the rule, or of the whole row.
pub(super) fn held_by(tx: &Tx<'_>, row: RowId, rule: &str) -> Result<Option<String>, StoreError> {
    let holds = tx.holds_of(row)?;
    let persons = holds.into_iter().find(|hold| {
        matches!(hold.kind, HoldKind::Held | HoldKind::Skipped)
            && (hold.rule == rule || hold.rule == "*")
    });
    Ok(persons.map(|hold| hold.by.to_string()))
}
