//! A mutating call went out and nothing is known of what became of it: look at the service before anything else.
//!
//! A sign that it landed is believed at once. "Not there" is believed only after the service has had time to settle,
//! and twice (`reliability.md` §3.3): a request can sleep in a proxy and land later. What cannot be told is parked for
//! a person, with the evidence.

use super::begin::Begun;
use super::finish::hand_over;
use super::leave::not_sent;
use super::shared::Shared;
use crate::connectors::action::{Call, Landing};
use crate::model::action::{ActionSpec, Nature};
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
#[cfg(feature = "sabotage")]
use crate::model::sabotage::{self, Sabotage};
use crate::model::time::{Span, Time};
use crate::pipeline::definition::Then;
use crate::pipeline::walk::{NextCall, place};
use crate::store::{
    Attempt, AttemptState, Cause, Level, NewEntry, Step, StepEnd, StepId, StoreError, Tx,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// How an unknown call stands, kept in the store beside the open step.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Doubt {
    /// When the connection was certainly closed.
    since: Time,
    /// Believable looks that found nothing.
    absent: u32,
    /// Looks that could not tell.
    blind: u32,
    /// The exchanges of the call, as evidence.
    exchanges: Json,
    fault: Fault,
}

/// The first look comes early: a sign that it landed needs no settling, and a person may be waiting.
const FIRST_LOOK: Span = Span::from_secs(5);
/// Looks that cannot tell before a person must.
const MOST_BLIND: u32 = 6;
const ENOUGH_ABSENT: u32 = 2;
/// Calls of one step that did not land before a person must look.
const MOST_LOST: usize = 3;

impl Doubt {
    fn note(step: StepId) -> String {
        format!("doubt/{}", step.0)
    }

    fn settled_at(&self, spec: &ActionSpec) -> Time {
        self.since.plus(spec.settle)
    }
}

/// What one look leads to.
enum Verdict {
    Landed(Json),
    /// It certainly did not land.
    Lost,
    /// Whether it landed does not matter: repeating it changes nothing.
    Repeat,
    LookAgain(Doubt, Time),
    Park(String),
}

impl Shared {
    /// The call's end is unknown: the step stays open, the attempt is probed.
    pub async fn not_known(
        self: &Arc<Self>,
        begun: &Begun,
        (step, call): (StepId, &NextCall),
        end: StepEnd,
        fault: Fault,
    ) -> Result<(), StoreError> {
        let attempt = begun.attempt.clone();
        let at = place(&call.path, call.item);
        let now = self.clock.now();
        let doubt = Doubt {
            since: now,
            absent: 0,
            blind: 0,
            exchanges: end.exchanges,
            fault,
        };
        let action = call.action.clone();
        self.store
            .write(move |tx| {
                doubtful(
                    tx,
                    &attempt,
                    step,
                    (&at, &action),
                    &doubt,
                    now.plus(FIRST_LOOK),
                )
            })
            .await
    }

    /// Looks at the service whether the open call landed, and goes on from what it finds.
    pub async fn look_if_it_landed(self: &Arc<Self>, begun: Begun) {
        if let Err(error) = self.look(begun).await {
            tracing::error!("probing: {error}");
        }
    }

    async fn look(self: &Arc<Self>, mut begun: Begun) -> Result<(), StoreError> {
        let id = begun.attempt.id;
        let now = self.clock.now();
        let open = self
            .store
            .read(move |view| {
                let open = view
                    .steps(id)?
                    .into_iter()
                    .find(|step| step.mutates && step.finished_at.is_none());
                let note = open
                    .as_ref()
                    .map(|step| view.note(&Doubt::note(step.id)))
                    .transpose()?
                    .flatten();
                // What never went out does not count.
                let sent = |step: &&Step| is_lost(step) && step.outcome == Some(Outcome::Sent);
                let lost = view.steps(id)?.iter().filter(sent).count();
                Ok(open.map(|step| (step, note, lost)))
            })
            .await?;
        let Some((step, note, lost)) = open else {
            // Nothing is in doubt after all: the end was recorded and only the attempt was left probing.
            self.store.write(move |tx| tx.wake(id)).await?;
            self.run(begun, Vec::new()).await;
            return Ok(());
        };
        let doubt = note
            .and_then(|note| serde_json::from_value(note).ok())
            .unwrap_or_else(|| Doubt {
                since: now,
                absent: 0,
                blind: 0,
                exchanges: json!([]),
                fault: Fault::new(
                    FaultKind::Unknown,
                    "the engine ended while this call was under way",
                ),
            });
        let mut verdict = self.judge(&step, doubt.clone(), lost).await;
        if self.is_destructive(&step) && matches!(verdict, Verdict::Lost) {
            verdict = self.read_afresh(&begun, doubt.clone()).await;
        }
        let goes_on = self
            .record_verdict(&begun.attempt, &step, doubt, verdict)
            .await?;
        if goes_on {
            begun.attempt.state = AttemptState::Waiting;
            self.run(begun, Vec::new()).await;
        }
        Ok(())
    }

    fn is_destructive(&self, step: &Step) -> bool {
        let found = self.registry.find(&step.action);
        found.is_ok_and(|(_, spec)| spec.destructive)
    }

    /// What cannot be undone is repeated only while the device itself still is as it was: the row is read afresh, and
    /// its gate judged again (`reliability.md` §3.3, 5).
    async fn read_afresh(&self, begun: &Begun, doubt: Doubt) -> Verdict {
        let cause = Cause::Attempt(begun.attempt.id);
        match self.refresh(&begun.row, cause).await {
            Ok(_) => Verdict::Lost,
            Err(fault) => {
                let why = format!("the row could not be read afresh: {}", fault.message);
                cannot_tell(doubt, &fault, why, self.clock.now(), FIRST_LOOK.times(6.0))
            }
        }
    }

    async fn judge(&self, step: &Step, mut doubt: Doubt, lost: usize) -> Verdict {
        let (connector, spec) = match self.registry.find(&step.action) {
            Ok(found) => found,
            Err(fault) => return Verdict::Park(fault.to_string()),
        };
        let input = step.input.as_object().cloned().unwrap_or_default();
        #[cfg(feature = "sabotage")]
        if sabotage::is(Sabotage::Blind) {
            return Verdict::Lost;
        }
        if connector.nature(spec, &input) != Nature::Once {
            return Verdict::Repeat;
        }
        if !spec.probe {
            return Verdict::Park(format!("{} cannot be looked up afterwards", step.action));
        }
        let call = Call {
            input,
            op: step.op.clone(),
            intent_at: step.started_at,
        };
        let found = connector.probe(spec, call).await;
        let now = self.clock.now();
        let again = Span::from_millis((spec.settle.millis() / 2).max(5_000));
        match found {
            Ok(Landing::Landed(result)) => Verdict::Landed(result),
            Ok(Landing::Absent) if now < doubt.settled_at(spec) => {
                let at = doubt.settled_at(spec);
                Verdict::LookAgain(doubt, at)
            }
            Ok(Landing::Absent) => {
                doubt.absent += 1;
                match doubt.absent {
                    ENOUGH_ABSENT.. if lost + 1 >= MOST_LOST => {
                        Verdict::Park(format!("it was sent {MOST_LOST} times and never landed"))
                    }
                    ENOUGH_ABSENT.. => Verdict::Lost,
                    _ => Verdict::LookAgain(doubt, now.plus(again)),
                }
            }
            Ok(Landing::Undecided(why)) => blind(doubt, why, now, again),
            Err(failure) => {
                let why = failure.fault.to_string();
                cannot_tell(doubt, &failure.fault, why, now, again)
            }
        }
    }

    /// True when the attempt goes on from here.
    async fn record_verdict(
        &self,
        attempt: &Attempt,
        step: &Step,
        doubt: Doubt,
        verdict: Verdict,
    ) -> Result<bool, StoreError> {
        let (attempt, step) = (attempt.clone(), step.clone());
        let at = place(&step.name, step.item);
        let title = self.title(&attempt);
        let destructive = self.is_destructive(&step);
        self.store
            .write(move |tx| {
                let tell = |tx: &mut Tx<'_>, level, text: String| {
                    let text = format!("{}: {title}, {}: {text}", attempt.key, step.action);
                    tx.say(NewEntry {
                        level,
                        source: attempt.rule.clone(),
                        row: Some(attempt.row),
                        text,
                    })
                };
                let verdict = match verdict {
                    Verdict::Lost if destructive => as_it_was(tx, &attempt, step.id)?,
                    other => other,
                };
                match verdict {
                    Verdict::Landed(result) => {
                        tx.finish_step(step.id, landed(result, &doubt))?;
                        tx.set_note(&Doubt::note(step.id), &Json::Null)?;
                        tell(tx, Level::Info, "the answer was lost, but it landed".into())?;
                        tx.wake(attempt.id)?;
                        Ok(true)
                    }
                    Verdict::Lost | Verdict::Repeat => {
                        let (why, outcome) = match verdict {
                            Verdict::Lost => ("it certainly did not land", Outcome::Sent),
                            _ => (
                                "whether it landed changes nothing, it is repeated",
                                Outcome::Unknown,
                            ),
                        };
                        let text = format!("{why} ({})", doubt.fault.message);
                        tx.finish_step(step.id, absent(&text, outcome, &doubt))?;
                        tx.set_note(&Doubt::note(step.id), &Json::Null)?;
                        tell(tx, Level::Info, text)?;
                        tx.wake(attempt.id)?;
                        Ok(true)
                    }
                    Verdict::LookAgain(doubt, when) => {
                        doubtful(tx, &attempt, step.id, (&at, &step.action), &doubt, when)?;
                        Ok(false)
                    }
                    Verdict::Park(why) => {
                        given_up(tx, &attempt, &step, doubt, &why)?;
                        Ok(false)
                    }
                }
            })
            .await
    }
}

/// Nobody can tell: a person must look, with the evidence.
fn given_up(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    step: &Step,
    doubt: Doubt,
    why: &str,
) -> Result<(), StoreError> {
    let said = format!("{}: {why}", doubt.fault.message);
    let fault = Fault::new(FaultKind::Unknown, said);
    let end = StepEnd {
        outcome: Some(Outcome::Unknown),
        result: None,
        fault: Some(fault.clone()),
        exchanges: doubt.exchanges,
    };
    let at = place(&step.name, step.item);
    tx.finish_step(step.id, end)?;
    tx.set_note(&Doubt::note(step.id), &Json::Null)?;
    tx.end(attempt.id, AttemptState::Unknown, Some(&at), Some(&fault))?;
    let text = format!(
        "{}: nobody knows whether {} landed: {fault}",
        attempt.key, step.action
    );
    let reason = format!("outcome unknown: {why}");
    hand_over(tx, attempt, &Then::Ticket, reason, text, Some(&fault))
}

/// A look that failed; one that was not even sent is no look.
fn cannot_tell(doubt: Doubt, fault: &Fault, why: String, now: Time, pause: Span) -> Verdict {
    if not_sent(fault) {
        let later = fault.retry_after.unwrap_or(pause).max(pause);
        return Verdict::LookAgain(doubt, now.plus(later));
    }
    blind(doubt, why, now, pause)
}

/// Looked and could not tell: each pause is twice as long as the one before, so that an outage is outlasted.
fn blind(mut doubt: Doubt, why: String, now: Time, pause: Span) -> Verdict {
    let again = now.plus(pause.times(f64::from(1_u32 << doubt.blind.min(10))));
    doubt.blind += 1;
    if doubt.blind >= MOST_BLIND {
        return Verdict::Park(why);
    }
    Verdict::LookAgain(doubt, again)
}

fn landed(result: Json, doubt: &Doubt) -> StepEnd {
    StepEnd {
        outcome: Some(Outcome::Accepted),
        result: Some(result),
        fault: None,
        exchanges: doubt.exchanges.clone(),
    }
}

fn absent(text: &str, outcome: Outcome, doubt: &Doubt) -> StepEnd {
    let fault = Fault::new(FaultKind::Cancelled, text);
    StepEnd {
        outcome: Some(outcome),
        result: None,
        fault: Some(fault),
        exchanges: doubt.exchanges.clone(),
    }
}

/// After steps that changed something the gate says nothing of the device any more: then a person must look. With none,
/// the gate is judged again where the next intent is recorded, and ends the attempt.
fn as_it_was(tx: &Tx<'_>, attempt: &Attempt, doubted: StepId) -> Result<Verdict, StoreError> {
    let steps = tx.steps(attempt.id)?;
    let mut others = steps.iter().filter(|step| step.id != doubted);
    if others.all(changed_nothing) || tx.gate_holds(attempt.row, &attempt.rule, tx.now())? {
        return Ok(Verdict::Lost);
    }
    let why = "the service shows no trace of it, but the row is not as it was when it was sent";
    Ok(Verdict::Park(why.to_owned()))
}

/// A read, or a call that certainly did not land.
pub(super) fn changed_nothing(step: &Step) -> bool {
    !step.mutates || (is_lost(step) && step.outcome != Some(Outcome::Unknown))
}

/// It certainly did not land, or was not even sent; or whether it landed does not matter.
pub(super) fn is_lost(step: &Step) -> bool {
    step.fault
        .as_ref()
        .is_some_and(|fault| fault.kind == FaultKind::Cancelled)
}

/// Leaves the attempt probing, with its doubt on record.
fn doubtful(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    step: StepId,
    (at, action): (&str, &str),
    doubt: &Doubt,
    when: Time,
) -> Result<(), StoreError> {
    let note = serde_json::to_value(doubt).unwrap_or_default();
    tx.set_note(&Doubt::note(step), &note)?;
    let why = format!("whether {action} landed ({})", doubt.fault.message);
    if doubt.absent == 0 && doubt.blind == 0 {
        tx.say(NewEntry {
            level: Level::Warning,
            source: attempt.rule.clone(),
            row: Some(attempt.row),
            text: format!(
                "{}: unknown {why}; looking before anything is repeated",
                attempt.key
            ),
        })?;
    }
    tx.wait(attempt.id, AttemptState::Probing, at, &why, when)
}
