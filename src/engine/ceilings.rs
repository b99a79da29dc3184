//! Ceilings below every flow: how much that cannot be undone may go out in an hour and in a night, whatever a pipeline
//! says, and how often the same call may be made on one row.
//!
//! They are counted from the records of calls, so a restart forgets nothing, and judged in the transaction that records
//! the next intent, so two attempts cannot pass together. A call that certainly did not land is not counted: an outage
//! that is ridden out with retries uses nothing up. One whose answer was lost is.

use super::finish::park;
use super::shared::Shared;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use crate::store::{
    Attempt, AttemptState, HaltKind, Level, MessageKind, NewEntry, NewMessage, NewStep, StoreError,
    Tx,
};

/// Limits of calls that are flagged as destructive in the catalogue. A company of 5,000 Macs that moves 1,000 of them
/// in a night makes some 3,000 such calls (leave, script, transfer), a few hundred an hour: that passes. A flow that
/// goes round is stopped within the hour, and a row of it at the third time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    pub per_hour: u64,
    /// Within twelve hours, which holds any window, and nothing of the night before.
    pub per_night: u64,
    /// The very same call on one row within twelve hours, unless an operator released the row in between.
    pub per_row: u64,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            per_hour: 1_000,
            per_night: 4_000,
            per_row: 3,
        }
    }
}

const HOUR: Span = Span::from_hours(1);
const NIGHT: Span = Span::from_hours(12);
/// A ceiling is not looked at again before this: what waits below it does not come back one by one.
const REST: Span = Span::from_mins(1);

/// What stands in the way of a destructive call.
enum Reached {
    Ceiling { why: String, until: Time },
    Again(String),
}

impl Shared {
    /// True when the attempt may not make this call now and was put aside or parked: a ceiling is reached.
    pub fn over_ceiling(
        &self,
        tx: &mut Tx<'_>,
        attempt: &Attempt,
        step: &NewStep,
        at: &str,
    ) -> Result<bool, StoreError> {
        let (once, repeatable) = &self.destructive;
        let action = step.action.as_str();
        if !once.contains(&action) && !repeatable.contains(&action) {
            return Ok(false);
        }
        match self.reached(tx, attempt, step)? {
            None => Ok(false),
            Some(Reached::Ceiling { why, until }) => {
                tx.wait(attempt.id, AttemptState::Waiting, at, &why, until)?;
                self.shut_ceiling(tx, why, until)?;
                Ok(true)
            }
            Some(Reached::Again(why)) => {
                let fault = Fault::new(FaultKind::Cancelled, why.clone());
                tx.end(attempt.id, AttemptState::Cancelled, Some(at), Some(&fault))?;
                park(tx, attempt, why, "operator", Some(&fault))?;
                Ok(true)
            }
        }
    }

    fn reached(
        &self,
        tx: &Tx<'_>,
        attempt: &Attempt,
        step: &NewStep,
    ) -> Result<Option<Reached>, StoreError> {
        let (now, most) = (tx.now(), self.ceilings);
        let same = (step.action.as_str(), &step.input);
        let again = tx.same_calls(attempt.row, same, now.minus(NIGHT))?;
        if again >= most.per_row {
            return Ok(Some(Reached::Again(format!(
                "{} was made {again} times with the same inputs within twelve hours, and [ceilings] per_row is {}: release the row to allow more",
                step.action, most.per_row
            ))));
        }
        let spans = [
            ("per_hour", most.per_hour, HOUR, "the last hour"),
            ("per_night", most.per_night, NIGHT, "the last twelve hours"),
        ];
        for (key, most, span, said) in spans {
            let (once, repeatable) = &self.destructive;
            let (made, first) = tx.calls_since((once, repeatable), now.minus(span))?;
            if made >= most {
                let until = first.map_or(now, |first| first.plus(span));
                let why = format!(
                    "{made} calls that cannot be undone went out within {said}, and [ceilings] {key} is {most}"
                );
                let until = until.max(now.plus(REST));
                return Ok(Some(Reached::Ceiling { why, until }));
            }
        }
        Ok(None)
    }

    /// Says so, once until it is lifted.
    fn shut_ceiling(&self, tx: &mut Tx<'_>, why: String, until: Time) -> Result<(), StoreError> {
        let now = tx.now();
        let news = match self.ceiling_until.lock() {
            Ok(mut shut) => shut.replace(until).is_none(),
            Err(_) => false,
        };
        if !news {
            return Ok(());
        }
        self.halts.begin(HaltKind::Ceiling, &why, now);
        tx.set_halts(&self.halts.all())?;
        let text = format!("nothing that cannot be undone is sent until {until}: {why}");
        tx.post(NewMessage {
            kind: MessageKind::Page,
            row: None,
            rule: None,
            text: text.clone(),
        })?;
        tx.say(NewEntry {
            level: Level::Alarm,
            source: "ceilings".into(),
            row: None,
            text,
        })
    }

    /// Until when nothing destructive is begun; lifted once that has passed.
    pub async fn ceiling(&self) -> Option<Time> {
        let now = self.clock.now();
        let until = self.ceiling_until.lock().ok().and_then(|shut| *shut)?;
        if until > now {
            return Some(until);
        }
        if let Ok(mut shut) = self.ceiling_until.lock() {
            *shut = None;
        }
        let said = "calls that cannot be undone go out again: the ceiling has moved on";
        self.go_on(HaltKind::Ceiling, said).await;
        None
    }

    /// Whether a stage or ladder calls anything destructive.
    pub fn destroys(&self, rule: &str) -> bool {
        self.destroying.contains(rule)
    }
}
