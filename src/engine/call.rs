//! One call of a walk: checked, recorded, made, recorded.

use super::attempt::Work;
use super::begin::Begun;
use super::clearance::{Clearance, clearance};
use super::leave::not_sent;
use super::look_back::Before;
use super::plan::{closed_until, closes_at, stopped};
use super::probe::is_lost;
use super::shared::Shared;
use crate::connectors::action::{Call, Connector, Failure, Reply};
use crate::connectors::http::sent_before;
use crate::model::action::{ActionSpec, Nature};
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::LARGEST_RESULT;
#[cfg(feature = "sabotage")]
use crate::model::sabotage::{self, Sabotage};
use crate::model::time::{Span, Time};
use crate::model::value::{Value, ValueType};
use crate::pipeline::walk::{NextCall, Record, place};
use crate::store::{AttemptState, NewStep, Step, StepEnd, StepId, StoreError, Tx};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// Reads that ended and are not recorded yet: they ride along with the attempt's next write.
#[derive(Default)]
pub(super) struct Reads(Vec<(NewStep, StepEnd)>);

impl Reads {
    pub fn record(self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.0
            .into_iter()
            .try_for_each(|(step, end)| tx.record_step(step, end).map(drop))
    }
}

/// How long to stand aside when the same action is in flight for the row, or all sending is stopped.
const STAND_ASIDE: Span = Span::from_secs(30);

impl Shared {
    /// Makes the call and answers its record; `None` when the attempt now waits or is being probed.
    pub async fn perform(
        self: &Arc<Self>,
        begun: &Begun,
        work: &Work<'_>,
        call: NextCall,
        reads: &mut Reads,
    ) -> Result<Option<Record>, StoreError> {
        let started_at = self.clock.now();
        let record = |end| Record {
            path: call.path.clone(),
            item: call.item,
            end,
            started_at,
        };
        let (connector, spec) = match self.callee(&call) {
            Ok(found) => found,
            Err(fault) => return Ok(Some(record(Err(fault)))),
        };
        let nature = connector.nature(spec, &call.input);
        let step = new_step(begun, &call, nature, self.op());
        let mut sent = Call {
            input: call.input.clone(),
            op: step.op.clone(),
            intent_at: started_at,
        };
        if !nature.mutates() {
            let (end, result) = settle(connector.call(spec, sent).await, nature);
            if let Some(fault) = unsent(&result) {
                let reads = std::mem::take(reads);
                let first = |tx: &mut Tx<'_>| reads.record(tx);
                return self.stand_by(begun, &call, fault, first).await;
            }
            reads.0.push((step, end));
            return Ok(Some(record(result)));
        }
        if nature == Nature::Once {
            let callee = (connector.as_ref(), spec);
            match self.made_before(begun, &call, callee, reads).await? {
                Before::No => {}
                Before::Ended(end) => return Ok(Some(record(end))),
                Before::Aside => return Ok(None),
            }
        }
        let intended = self
            .intend(begun, work, step, std::mem::take(reads))
            .await?;
        let Some((step, op, closes)) = intended else {
            return Ok(None);
        };
        sent.op = op;
        let (end, result) = settle(
            sent_before(closes, connector.call(spec, sent)).await,
            nature,
        );
        match &result {
            Err(fault) if fault.kind == FaultKind::Unknown => {
                let fault = fault.clone();
                self.not_known(begun, (step, &call), end, fault).await?;
                Ok(None)
            }
            Err(fault) if not_sent(fault) => {
                let first = move |tx: &mut Tx<'_>| tx.finish_step(step, end);
                self.stand_by(begun, &call, fault, first).await
            }
            _ => {
                let keep = move |tx: &mut Tx<'_>| tx.finish_step(step, end.clone());
                self.store.keep(keep).await?;
                Ok(Some(record(result)))
            }
        }
    }

    /// The client sent nothing: the step never was, no try is spent, and the attempt asks again later whether it may.
    async fn stand_by(
        &self,
        begun: &Begun,
        call: &NextCall,
        fault: &Fault,
        first: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Option<Record>, StoreError> {
        let (id, at) = (begun.attempt.id, place(&call.path, call.item));
        let aside = fault.retry_after.unwrap_or(STAND_ASIDE).max(STAND_ASIDE);
        let until = self.clock.now().plus(self.jitter(aside));
        let why = fault.message.clone();
        self.store
            .write(move |tx| {
                first(tx)?;
                tx.wait(id, AttemptState::Waiting, &at, &why, until)
            })
            .await?;
        Ok(None)
    }

    /// Who is called, with inputs that fit.
    fn callee(&self, call: &NextCall) -> Result<(Arc<dyn Connector>, &'static ActionSpec), Fault> {
        let (connector, spec) = self.registry.find(&call.action)?;
        check_input(spec, &call.input)?;
        Ok((connector.clone(), spec))
    }

    /// Commits the intent; answers the operation's id, which is that of an earlier send of this step that did not land,
    /// and when its window closes.
    /// `None` when the attempt stands aside instead: stopped, out of its window, or the same action
    /// is in flight for this row.
    async fn intend(
        self: &Arc<Self>,
        begun: &Begun,
        work: &Work<'_>,
        mut step: NewStep,
        reads: Reads,
    ) -> Result<Option<(StepId, String, Option<Time>)>, StoreError> {
        let window = work.window.map(str::to_owned);
        let (attempt, at) = (begun.attempt.clone(), place(&step.name, step.item));
        let shared = self.clone();
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                let now = tx.now();
                let window = window.as_deref();
                let aside = |tx: &mut Tx<'_>, why: &str, until: Time| {
                    tx.wait(attempt.id, AttemptState::Waiting, &at, why, until)
                        .map(|()| None)
                };
                match clearance(tx, &shared.pipeline, &attempt)? {
                    Clearance::Go => {}
                    Clearance::Later(why, span) => return aside(tx, why, now.plus(span)),
                    Clearance::No(why) => {
                        let fault = Fault::new(FaultKind::Cancelled, why);
                        tx.end(attempt.id, AttemptState::Cancelled, Some(&at), Some(&fault))?;
                        return Ok(None);
                    }
                }
                if stopped(tx)? {
                    return aside(tx, "all sending is stopped", now.plus(STAND_ASIDE));
                }
                if let Some(why) = shared.why_not() {
                    return aside(tx, &why, now.plus(STAND_ASIDE));
                }
                if let Some(opens) = closed_until(&shared.pipeline, window, now) {
                    return aside(tx, "its window is closed", opens);
                }
                if let Some(lost) = lost_before(tx, &step)? {
                    step.op = lost.op;
                }
                if shared.over_ceiling(tx, &attempt, &step, &at)? {
                    return Ok(None);
                }
                let op = step.op.clone();
                match tx.intend(step) {
                    Ok(id) => Ok(Some((id, op, closes_at(&shared.pipeline, window, now)))),
                    Err(StoreError::InFlight) => aside(
                        tx,
                        "the same action is in flight for this row",
                        now.plus(STAND_ASIDE),
                    ),
                    Err(error) => Err(error),
                }
            })
            .await
    }
}

/// The send of this very step that was lost, if it is made again.
fn lost_before(tx: &Tx<'_>, step: &NewStep) -> Result<Option<Step>, StoreError> {
    let same = |sent: &Step| {
        is_lost(sent)
            && (&sent.name, sent.item, &sent.action) == (&step.name, step.item, &step.action)
    };
    Ok(tx.steps(step.attempt)?.into_iter().rev().find(same))
}

/// A call's end as the store keeps it and as the walk goes on with it.
fn settle(ended: Result<Reply, Failure>, nature: Nature) -> (StepEnd, Result<Json, Fault>) {
    match ended {
        Ok(reply) => {
            let exchanges = serde_json::to_value(&reply.exchanges).unwrap_or_default();
            let size = reply.result.to_string().len();
            if size > LARGEST_RESULT && !nature.mutates() {
                let text = format!(
                    "the result has {size} bytes; a step may have at most {LARGEST_RESULT}"
                );
                let fault = Fault::new(FaultKind::TooLarge, text);
                return (failed(&fault, exchanges), Err(fault));
            }
            let end = StepEnd {
                outcome: Some(reply.outcome),
                result: Some(reply.result.clone()),
                fault: None,
                exchanges,
            };
            (end, Ok(reply.result))
        }
        Err(failure) => {
            let exchanges = serde_json::to_value(&failure.exchanges).unwrap_or_default();
            let mut fault = failure.fault;
            #[cfg(feature = "sabotage")]
            let nature = if sabotage::is(Sabotage::Blind) {
                Nature::Repeatable
            } else {
                nature
            };
            if fault.kind == FaultKind::Unknown && nature != Nature::Once {
                // Repeating it leaves the outside as one call would: no need to know.
                fault.kind = FaultKind::Timeout;
            }
            (failed(&fault, exchanges), Err(fault))
        }
    }
}

fn new_step(begun: &Begun, call: &NextCall, nature: Nature, op: String) -> NewStep {
    NewStep {
        attempt: begun.attempt.id,
        name: call.path.clone(),
        item: call.item,
        action: call.action.clone(),
        mutates: nature.mutates(),
        op,
        input: Json::Object(call.input.clone()),
    }
}

fn unsent(result: &Result<Json, Fault>) -> Option<&Fault> {
    result.as_ref().err().filter(|fault| not_sent(fault))
}

fn failed(fault: &Fault, exchanges: Json) -> StepEnd {
    let outcome = (fault.kind == FaultKind::Unknown).then_some(Outcome::Unknown);
    StepEnd {
        outcome,
        result: None,
        fault: Some(fault.clone()),
        exchanges,
    }
}

/// Required inputs are there and of their type; nothing else is.
pub(super) fn check_input(spec: &ActionSpec, input: &Map<String, Json>) -> Result<(), Fault> {
    let wrong = |text: String| {
        Err(Fault::new(
            FaultKind::Template,
            format!("{}: {text}", spec.name),
        ))
    };
    for field in spec.inputs {
        match input.get(field.name) {
            None if field.required => {
                return wrong(format!(
                    "the input {} is empty; {}",
                    field.name, field.about
                ));
            }
            Some(json) if field.kind != ValueType::Json => {
                if let Err(error) = Value::fit(field.kind, json) {
                    return wrong(format!("the input {}: {error}", field.name));
                }
            }
            _ => {}
        }
    }
    match input.keys().find(|name| spec.input(name).is_none()) {
        Some(name) => wrong(format!("there is no input {name}")),
        None => Ok(()),
    }
}
