//! The ends of an attempt: done, failed and to be tried again, failed for good.

use super::begin::Begun;
use super::brakes::after_failure;
use super::call::Reads;
use super::shared::Shared;
use crate::model::actor::Actor;
use crate::model::fault::Fault;
use crate::model::row::Values;
use crate::model::rule::RuleKind;
use crate::model::text::{clean, without_name};
use crate::pipeline::definition::Then;
use crate::pipeline::template::Context;
use crate::store::{
    Attempt, AttemptState, Cause, Hold, HoldKind, Level, MessageKind, NewEntry, NewMessage,
    StoreError, Tx,
};

impl Shared {
    /// Every step is done: columns, record, words and the loop guard in one transaction.
    pub async fn done(
        &self,
        begun: &Begun,
        reads: Reads,
        set: Values,
        notify: Option<String>,
        called: bool,
    ) -> Result<(), StoreError> {
        let attempt = begun.attempt.clone();
        let reads_gate = self
            .gate_reads
            .get(&attempt.rule)
            .cloned()
            .unwrap_or_default();
        let sweeps = self
            .pipeline
            .stage(&attempt.rule)
            .is_some_and(|stage| stage.sweep.is_some());
        let rest = self.rung_rest(&attempt, called);
        let title = self.title(&attempt);
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                let before = tx.phase(attempt.row)?;
                let changed = tx.set(attempt.row, &set, &Cause::Attempt(attempt.id))?;
                tx.end(attempt.id, AttemptState::Done, None, None)?;
                let after = tx.phase_now(attempt.row)?;
                // What moves a row on, or is told to others, is for people; a look that found nothing new is not.
                let (level, moved_on) = match after {
                    Some(after) if before.as_ref() != Some(&after) => (Level::Info, format!(", now {after}")),
                    _ if notify.is_some() || (called && attempt.kind == RuleKind::Ladder) => {
                        (Level::Info, String::new())
                    }
                    _ => (Level::Debug, String::new()),
                };
                tx.say(NewEntry {
                    level,
                    source: attempt.rule.clone(),
                    row: Some(attempt.row),
                    text: format!("{}: {title} done{moved_on}", attempt.key),
                })?;
                if let Some(text) = notify {
                    let rule = Some(attempt.rule.clone());
                    tx.post(NewMessage { kind: MessageKind::Chat, row: Some(attempt.row), rule, text: clean(&text) })?;
                }
                if let Some(rest) = rest {
                    let until = tx.now().plus(rest);
                    return back_off(tx, &attempt, until, "letting the remedy work".into(), None);
                }
                let moved = changed.iter().any(|column| reads_gate.contains(column));
                if !sweeps && !moved && tx.gate_holds(attempt.row, &attempt.rule, tx.now())? {
                    let reason = "it succeeded, and nothing its gate reads has changed: it would run for ever";
                    return park(tx, &attempt, reason.into(), "operator", None);
                }
                Ok(())
            })
            .await
    }

    /// After a rung, how long it is left to work; a rung that was skipped needs no rest.
    fn rung_rest(&self, attempt: &Attempt, called: bool) -> Option<crate::model::time::Span> {
        let rung = self
            .pipeline
            .ladder(&attempt.rule)?
            .rungs
            .get(attempt.rung?)?;
        Some(if called {
            rung.wait
        } else {
            crate::model::time::Span::from_secs(1)
        })
    }

    /// What an attempt does, in words.
    pub fn title(&self, attempt: &Attempt) -> String {
        match attempt.kind {
            RuleKind::Stage => self
                .pipeline
                .stage(&attempt.rule)
                .map(|stage| stage.title.clone()),
            RuleKind::Ladder => {
                let rung = self.pipeline.ladder(&attempt.rule).zip(attempt.rung);
                rung.and_then(|(ladder, rung)| Some(ladder.rungs.get(rung)?.title.clone()))
            }
        }
        .unwrap_or_else(|| attempt.rule.clone())
    }

    /// The attempt failed: back off and try again, or hand the row to whoever the file names.
    pub async fn failed(
        &self,
        begun: &Begun,
        reads: Reads,
        at: &str,
        fault: Fault,
    ) -> Result<(), StoreError> {
        let attempt = begun.attempt.clone();
        let (at, title) = (at.to_owned(), self.title(&attempt));
        let again = self.again_after(&attempt, &fault);
        let then = self.then(&attempt);
        let pipeline = self.pipeline.clone();
        let words = self.last_words(begun, &fault);
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                tx.end(attempt.id, AttemptState::Failed, Some(&at), Some(&fault))?;
                tx.say(NewEntry {
                    level: Level::Warning,
                    source: attempt.rule.clone(),
                    row: Some(attempt.row),
                    text: format!("{}: {title} failed at {at}: {fault}", attempt.key),
                })?;
                after_failure(tx, &pipeline, &attempt.rule)?;
                match again {
                    Some(rest) => {
                        let until = tx.now().plus(rest);
                        let reason = format!("attempt {} failed ({fault})", attempt.number);
                        back_off(tx, &attempt, until, reason, Some(&fault))
                    }
                    None => hand_over(tx, &attempt, &then, fault.to_string(), words, Some(&fault)),
                }
            })
            .await
    }

    /// How long to wait before trying again; `None` when it is not worth it or was the last attempt.
    pub fn again_after(
        &self,
        attempt: &Attempt,
        fault: &Fault,
    ) -> Option<crate::model::time::Span> {
        if attempt.kind == RuleKind::Ladder {
            return self.rung_rest(attempt, true);
        }
        let retry = &self.pipeline.stage(&attempt.rule)?.retry;
        (retry.covers(fault.kind) && attempt.number < retry.attempts).then(|| {
            let rest = self.jitter(retry.after(attempt.number));
            fault.retry_after.map_or(rest, |asked| rest.max(asked))
        })
    }

    pub fn then(&self, attempt: &Attempt) -> Then {
        self.pipeline
            .stage(&attempt.rule)
            .map_or(Then::Hold, |stage| stage.then.clone())
    }

    /// The text of a ticket about a stage's last failure.
    fn last_words(&self, begun: &Begun, fault: &Fault) -> String {
        format!(
            "{}: {} failed for good: {fault}",
            begun.row.key,
            self.title(&begun.attempt)
        )
    }

    /// What templates of a ladder's text see.
    pub fn context(&self, row: serde_json::Value) -> Context {
        Context {
            row: Some(row),
            settings: self.pipeline.settings_json(),
            now: Some(self.clock.now()),
            ..Context::default()
        }
    }
}

pub(super) fn back_off(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    until: crate::model::time::Time,
    reason: String,
    fault: Option<&Fault>,
) -> Result<(), StoreError> {
    let (kind, owner) = (HoldKind::BackingOff, None);
    put_hold(tx, hold(attempt, kind, reason, Some(until), owner, fault))
}

pub(super) fn park(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    reason: String,
    owner: &str,
    fault: Option<&Fault>,
) -> Result<(), StoreError> {
    tx.say(NewEntry {
        level: Level::Alarm,
        source: attempt.rule.clone(),
        row: Some(attempt.row),
        text: format!(
            "{}: parked for {owner}: {}",
            attempt.key,
            without_name(&reason, &attempt.key)
        ),
    })?;
    put_hold(
        tx,
        hold(
            attempt,
            HoldKind::Parked,
            reason,
            None,
            Some(owner.to_owned()),
            fault,
        ),
    )
}

/// Puts an engine's hold in place; a person's hold or skip of the same rule stays.
pub(super) fn put_hold(tx: &mut Tx<'_>, hold: Hold) -> Result<(), StoreError> {
    let persons = |there: &Hold| {
        there.rule == hold.rule && matches!(there.kind, HoldKind::Held | HoldKind::Skipped)
    };
    if tx.holds_of(hold.row)?.iter().any(persons) {
        return Ok(());
    }
    let at = tx.now();
    tx.hold(Hold { at, ..hold })
}

fn hold(
    attempt: &Attempt,
    kind: HoldKind,
    reason: String,
    until: Option<crate::model::time::Time>,
    owner: Option<String>,
    fault: Option<&Fault>,
) -> Hold {
    Hold {
        row: attempt.row,
        rule: attempt.rule.clone(),
        kind,
        reason,
        until,
        owner,
        by: Actor::Engine,
        attempt: (attempt.id.0 > 0).then_some(attempt.id),
        fault: fault.map(|fault| fault.kind),
        at: attempt.started_at,
    }
}

/// Gives the row to whoever the file names; from now on a person has it.
pub(super) fn hand_over(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    then: &Then,
    reason: String,
    text: String,
    fault: Option<&Fault>,
) -> Result<(), StoreError> {
    let (owner, kind) = match then {
        // A helper has run already, as the last thing the attempt did.
        Then::Hold | Then::Helper(_) => ("operator", None),
        Then::Ticket => ("ticket", Some(MessageKind::Ticket)),
        Then::Page => ("page", Some(MessageKind::Page)),
    };
    if let Some(kind) = kind {
        let rule = Some(attempt.rule.clone());
        tx.post(NewMessage {
            kind,
            row: Some(attempt.row),
            rule,
            text: clean(&text),
        })?;
    }
    park(tx, attempt, reason, owner, fault)
}
