//! Before a call that may be made only once is made for the first time since a restore.

use super::ask::Sight;
use super::era::Era;
use super::found::{Looked, Place, Verdict};
use crate::connectors::action::Connector;
use crate::engine::begin::Begun;
use crate::engine::call::Reads;
use crate::engine::doubt::Doubted;
use crate::engine::finish::hand_over;
use crate::engine::shared::Shared;
use crate::model::action::ActionSpec;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::time::{Span, Time};
use crate::pipeline::definition::Then;
use crate::pipeline::walk::{NextCall, place};
use crate::store::{AttemptState, Level, NewEntry, NewStep, StepEnd, StoreError};
use serde_json::{Value as Json, json};
use std::sync::atomic::Ordering;

/// How long to leave a service that could not be asked.
const LATER: Span = Span::from_mins(1);

/// What is to become of the call.
pub(in crate::engine) enum Before {
    /// It was not made before: it may be made.
    No,
    /// It was, with this result, which is on record now; or it may have been, and nobody can look now.
    Ended(Result<Json, Fault>),
    /// The attempt has been left waiting, or ended.
    Aside,
}

/// What the table says of the call.
struct Kept {
    era: Era,
    looked: Looked,
    /// Results of this rule's calls of this action.
    known: Vec<Json>,
}

impl Shared {
    /// Whether the call was made before: by an attempt that gave it up as unknown, or by an engine that a restored store
    /// has forgotten.
    pub async fn made_before(
        &self,
        begun: &Begun,
        call: &NextCall,
        callee: (&dyn Connector, &'static ActionSpec),
        reads: &mut Reads,
    ) -> Result<Before, StoreError> {
        match self.left_in_doubt(begun, call, callee).await? {
            Doubted::No => self.forgotten(begun, call, callee, reads).await,
            Doubted::Landed(result) => Ok(Before::Ended(Ok(result))),
            Doubted::Still(fault) => Ok(Before::Ended(Err(fault))),
        }
    }

    /// Asks what was found for this call; looks it up now when nothing was.
    async fn forgotten(
        &self,
        begun: &Begun,
        call: &NextCall,
        (connector, spec): (&dyn Connector, &'static ActionSpec),
        reads: &mut Reads,
    ) -> Result<Before, StoreError> {
        if !self.was_restored.load(Ordering::Relaxed) {
            return Ok(Before::No);
        }
        let attempt = &begun.attempt;
        let Some(Kept { era, looked, known }) = self.kept(begun, call).await? else {
            return Ok(Before::No);
        };
        let at = Place::of(&attempt.rule, attempt.rung, call);
        let found = looked.find(&at).map(|found| found.verdict.clone());
        let sight = match found {
            Some(Verdict::Free | Verdict::Taken | Verdict::Persons) => return Ok(Before::No),
            // What was under way when the backup was made has been looked up by its own operation, and taken.
            Some(Verdict::Landed { result }) if known.contains(&result) => Sight::Known,
            Some(Verdict::Landed { result }) => Sight::Landed(result),
            Some(Verdict::Unclear { why }) => Sight::Unclear(why),
            Some(Verdict::NotSeen) | None => {
                self.sight(attempt.row, (connector, spec), &call.input, era.since)
                    .await?
            }
        };
        let settled = era.begun.plus(spec.settle);
        match sight {
            Sight::Landed(result) => self.take(begun, call, (at, result), reads).await,
            Sight::Unclear(why) => self.give_away(begun, call, (at, why), reads).await,
            Sight::Absent if self.clock.now() < settled => {
                let why = format!("whether {} landed after the backup", call.action);
                self.leave(begun, call, (why, settled), reads).await
            }
            Sight::Trouble(fault) => {
                let why = format!("whether {} landed after the backup: {fault}", call.action);
                let later = self.clock.now().plus(LATER);
                self.leave(begun, call, (why, later), reads).await
            }
            Sight::Known | Sight::Absent | Sight::NoCall => {
                let row = attempt.row;
                self.store
                    .write(move |tx| {
                        let mut looked = Looked::read(tx, row, &era)?;
                        looked.keep(at, Verdict::Free, tx.now());
                        looked.write(tx, row)
                    })
                    .await?;
                Ok(Before::No)
            }
        }
    }

    async fn kept(&self, begun: &Begun, call: &NextCall) -> Result<Option<Kept>, StoreError> {
        let (row, action) = (begun.row.clone(), call.action.clone());
        let rule = begun.attempt.rule.clone();
        self.store
            .read(move |view| {
                let Some(era) = Era::read(view)?.filter(|era| era.concerns(&row)) else {
                    return Ok(None);
                };
                let looked = Looked::read(view, row.id, &era)?;
                let known = view.results_of(row.id, &action)?.into_iter();
                let known = known.filter(|(of, _)| *of == rule).map(|(_, known)| known);
                let known = known.collect();
                Ok(Some(Kept { era, looked, known }))
            })
            .await
    }

    /// Records what landed as this attempt's own call.
    async fn take(
        &self,
        begun: &Begun,
        call: &NextCall,
        (at, result): (Place, Json),
        reads: &mut Reads,
    ) -> Result<Before, StoreError> {
        let attempt = begun.attempt.clone();
        let step = self.as_step(begun, call);
        let end = StepEnd {
            outcome: Some(Outcome::Accepted),
            result: Some(result.clone()),
            fault: None,
            exchanges: json!([]),
        };
        let (reads, title) = (std::mem::take(reads), self.title(&attempt));
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                let text = format!(
                    "{}: {title}, {}: found after the restore and not sent again",
                    attempt.key, step.action
                );
                tx.record_step(step, end)?;
                if let Some(era) = Era::read(tx)? {
                    let mut looked = Looked::read(tx, attempt.row, &era)?;
                    looked.keep(at, Verdict::Taken, tx.now());
                    looked.write(tx, attempt.row)?;
                }
                tx.say(NewEntry {
                    level: Level::Info,
                    source: attempt.rule.clone(),
                    row: Some(attempt.row),
                    text,
                })
            })
            .await?;
        Ok(Before::Ended(Ok(result)))
    }

    /// Nobody can tell: the attempt ends unknown, and a person has the row.
    async fn give_away(
        &self,
        begun: &Begun,
        call: &NextCall,
        (at, why): (Place, String),
        reads: &mut Reads,
    ) -> Result<Before, StoreError> {
        let attempt = begun.attempt.clone();
        let step = self.as_step(begun, call);
        let fault = Fault::new(
            FaultKind::Unknown,
            format!(
                "{} may have landed after the backup this store was restored from: {why}",
                call.action
            ),
        );
        let end = StepEnd {
            outcome: Some(Outcome::Unknown),
            result: None,
            fault: Some(fault.clone()),
            exchanges: json!([]),
        };
        let (reads, step_at) = (std::mem::take(reads), place(&call.path, call.item));
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                tx.record_step(step, end)?;
                if let Some(era) = Era::read(tx)? {
                    let mut looked = Looked::read(tx, attempt.row, &era)?;
                    looked.keep(at, Verdict::Persons, tx.now());
                    looked.write(tx, attempt.row)?;
                }
                let state = AttemptState::Unknown;
                tx.end(attempt.id, state, Some(&step_at), Some(&fault))?;
                let reason = format!("outcome unknown: {}", fault.message);
                let text = format!("{}: {}", attempt.key, fault.message);
                hand_over(tx, &attempt, &Then::Ticket, reason, text, Some(&fault))
            })
            .await?;
        Ok(Before::Aside)
    }

    async fn leave(
        &self,
        begun: &Begun,
        call: &NextCall,
        (why, until): (String, Time),
        reads: &mut Reads,
    ) -> Result<Before, StoreError> {
        let (id, at) = (begun.attempt.id, place(&call.path, call.item));
        let reads = std::mem::take(reads);
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                tx.wait(id, AttemptState::Waiting, &at, &why, until)
            })
            .await?;
        Ok(Before::Aside)
    }

    fn as_step(&self, begun: &Begun, call: &NextCall) -> NewStep {
        NewStep {
            attempt: begun.attempt.id,
            name: call.path.clone(),
            item: call.item,
            action: call.action.clone(),
            mutates: true,
            op: self.op(),
            input: Json::Object(call.input.clone()),
        }
    }
}
