//! From a plan to open attempts: each row is judged afresh and its attempt recorded before anything is done.

use super::brakes::Brakes;
use super::clearance::held_by;
use super::plan::Plan;
use super::shared::{Shared, Working};
use crate::model::actor::Actor;
use crate::model::fault::FaultKind;
use crate::model::row::{Row, RowId};
use crate::model::rule::RuleKind;
use crate::pipeline::Pipeline;
use crate::pipeline::walk::place;
use crate::store::{Attempt, AttemptId, AttemptState, Cause, NewAttempt, StoreError, Tx};
use std::sync::Arc;
use tokio::task::JoinSet;

/// An attempt taken up, with its row as it was then.
pub(super) struct Begun {
    pub attempt: Attempt,
    pub row: Row,
    #[expect(
        dead_code,
        reason = "held for its drop: the row counts as worked on until the attempt waits or ends"
    )]
    pub working: Working,
}

impl Shared {
    pub async fn start_planned(
        self: &Arc<Self>,
        plan: Plan,
        attempts: &mut JoinSet<()>,
    ) -> Result<(), StoreError> {
        self.open_waves(plan.opens).await?;
        for attempt in plan.wake {
            let Some(working) = self.take_up(&attempt.rule, attempt.row) else {
                continue;
            };
            let shared = self.clone();
            let busy = self.clock.busy();
            attempts.spawn(async move {
                shared.resume(attempt, working).await;
                drop(busy);
            });
        }
        let (stages, ladders): (Vec<_>, Vec<_>) = plan
            .take
            .into_iter()
            .partition(|(kind, _, _)| *kind == RuleKind::Stage);
        for (_, ladder, row) in ladders {
            let Some(working) = self.take_up(&ladder, row) else {
                continue;
            };
            let shared = self.clone();
            let busy = self.clock.busy();
            attempts.spawn(async move {
                shared.climb(&ladder, row, working).await;
                drop(busy);
            });
        }
        let wanted = stages
            .into_iter()
            .filter_map(|(_, stage, row)| Some((self.take_up(&stage, row)?, stage, row)));
        for begun in self.begin_stages(wanted.collect()).await? {
            let shared = self.clone();
            let busy = self.clock.busy();
            attempts.spawn(async move {
                shared.run(begun, Vec::new()).await;
                drop(busy);
            });
        }
        Ok(())
    }

    /// Records one attempt for each (stage, row) whose gate still holds, in one commit.
    async fn begin_stages(
        self: &Arc<Self>,
        wanted: Vec<(Working, String, RowId)>,
    ) -> Result<Vec<Begun>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (holders, pairs): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .map(|(w, stage, row)| (w, (stage, row)))
            .unzip();
        let pipeline = self.pipeline.clone();
        let begun = self
            .store
            .write(move |tx| {
                let mut brakes = Brakes::new(&pipeline);
                pairs
                    .iter()
                    .map(|(stage, row)| begin_stage(tx, &pipeline, &mut brakes, (stage, *row)))
                    .collect()
            })
            .await;
        let begun: Vec<Option<(Attempt, Row)>> = begun?;
        let pairs = holders.into_iter().zip(begun);
        Ok(pairs
            .filter_map(|(working, begun)| {
                begun.map(|(attempt, row)| Begun {
                    attempt,
                    row,
                    working,
                })
            })
            .collect())
    }
}

fn begin_stage(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    brakes: &mut Brakes<'_>,
    (stage, row): (&str, RowId),
) -> Result<Option<(Attempt, Row)>, StoreError> {
    let now = tx.now();
    if !tx.gate_holds(row, stage, now)?
        || held_by(tx, row, stage)?.is_some()
        || !tx.unmet_checks(stage, now)?.is_empty()
        || !brakes.admit(tx, stage, row)?
    {
        return Ok(None);
    }
    let before = tx.attempts_since_release(row, stage)?.into_iter().next();
    let resumed = resumable(tx, row, stage)?;
    let start_at = resumed
        .as_ref()
        .and_then(|last| restart_step(pipeline, last));
    let number = match &before {
        Some(last) if last.state == AttemptState::Failed && !got_further(tx, last)? => {
            last.number + 1
        }
        _ => 1,
    };
    let new = NewAttempt {
        row,
        rule: stage.to_owned(),
        kind: RuleKind::Stage,
        rung: None,
        number,
        cause: if number > 1 {
            Cause::Retry
        } else {
            Cause::Schedule
        },
        actor: Actor::Engine,
        resumes: resumed.map(|last| last.id),
        start_at,
    };
    match tx.begin(new) {
        Ok(id) => opened(tx, id, row),
        Err(StoreError::AlreadyOpen(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the step an attempt failed at had gone well before within it, as one that looks again and again does: then
/// the tries are counted anew, so that a long wait is not given up for a few lost answers in days.
fn got_further(tx: &Tx<'_>, last: &Attempt) -> Result<bool, StoreError> {
    let Some(at) = last.at_step.as_deref() else {
        return Ok(false);
    };
    let went_well = |step: &crate::store::Step| step.result.is_some() && step.fault.is_none();
    Ok(tx
        .steps(last.id)?
        .iter()
        .any(|step| place(&step.name, step.item) == at && went_well(step)))
}

/// The attempt just recorded, and its row.
pub(super) fn opened(
    tx: &Tx<'_>,
    id: AttemptId,
    row: RowId,
) -> Result<Option<(Attempt, Row)>, StoreError> {
    Ok(tx.attempt(id)?.zip(tx.row(row)?))
}

/// The name under which an operator's wish to start from the beginning is kept.
pub(super) fn fresh_note(row: RowId, rule: &str) -> String {
    format!("fresh/{}/{rule}", row.0)
}

/// The attempt whose recorded results the next one goes on from: the latest, unless it came to its end.
fn resumable(tx: &Tx<'_>, row: RowId, rule: &str) -> Result<Option<Attempt>, StoreError> {
    let last = tx
        .attempts_of(row, 200)?
        .into_iter()
        .find(|attempt| attempt.rule == rule);
    let fresh_from = tx
        .note(&fresh_note(row, rule))?
        .and_then(|note| note.as_i64())
        .unwrap_or(0);
    Ok(last.filter(|last| last.state != AttemptState::Done && last.id.0 > fresh_from))
}

/// The earlier step the file names for a retry after a wait that ran out.
fn restart_step(pipeline: &Pipeline, last: &Attempt) -> Option<String> {
    last.fault
        .as_ref()
        .filter(|fault| fault.kind == FaultKind::NotConfirmed)?;
    let place = last.at_step.as_deref()?;
    let top = place.split(['/', '#']).next()?;
    let stage = pipeline.stage(&last.rule)?;
    stage
        .steps
        .iter()
        .find(|step| step.name == top)?
        .else_step
        .clone()
}
