//! What one row waits for: the nearest reason, in a few words.

use super::names::Names;
use super::opening::Opening;
use super::snapshot::{Line, WaitKind, Waits};
use super::standing::{Known, Stand};
use crate::model::row::{Row, RowId};
use crate::model::rule::RuleKind;
use crate::model::text::without_name;
use crate::model::time::Time;
use crate::model::value::Value;
use crate::pipeline::definition::Tone;
use crate::store::{
    Explained, Hold, HoldKind, Met, QueueState, Queued, StoreError, Switch, SwitchKind, View,
};
use std::collections::HashMap;

/// Explaining a row asks every gate, so the answer is kept until the row changes.
const MOST_KEPT: usize = 4_096;

/// Answers what rows wait for.
#[derive(Default)]
pub struct Waiting {
    kept: HashMap<RowId, (Time, Waits)>,
    /// Rows that may still be explained in this look; those beyond are left for the next.
    left: usize,
    short: bool,
}

impl Waiting {
    /// A look begins, in which so many rows may be explained.
    pub fn begin(&mut self, most: usize) {
        (self.left, self.short) = (most, false);
    }

    /// True when rows were left for the next look.
    pub fn is_short(&self) -> bool {
        self.short
    }

    /// The rows with what each waits for; those that are gone are missing.
    pub fn lines(
        &mut self,
        view: &View<'_>,
        ids: impl Iterator<Item = RowId>,
        known: Known<'_>,
        now: Time,
    ) -> Result<HashMap<RowId, Line>, StoreError> {
        let mut lines = HashMap::new();
        for id in ids {
            if let Some(row) = view.row(id)? {
                let waits = self.of(view, &row, known, now)?;
                lines.insert(id, Line { row, waits });
            }
        }
        Ok(lines)
    }

    pub fn of(
        &mut self,
        view: &View<'_>,
        row: &Row,
        known: Known<'_>,
        now: Time,
    ) -> Result<Waits, StoreError> {
        if let Some(waits) = at_hand(view, row, known, now)? {
            return Ok(waits);
        }
        if let Some((at, waits)) = self.kept.get(&row.id)
            && *at == row.updated_at
        {
            return Ok(waits.clone());
        }
        if self.left == 0 {
            self.short = true;
            return Ok(Waits::default());
        }
        self.left -= 1;
        let waits = unmet(&view.explain(row.id, now)?);
        if self.kept.len() >= MOST_KEPT {
            self.kept.clear();
        }
        self.kept.insert(row.id, (row.updated_at, waits.clone()));
        Ok(waits)
    }
}

/// As [`Waiting::of`], of a row that was explained already.
pub fn of_explained(
    view: &View<'_>,
    row: &Row,
    explained: &[Explained],
    known: Known<'_>,
    now: Time,
) -> Result<Waits, StoreError> {
    let at_hand = at_hand(view, row, known, now)?;
    Ok(at_hand.unwrap_or_else(|| unmet(explained)))
}

/// What can be said without asking any gate.
fn at_hand(
    view: &View<'_>,
    row: &Row,
    known: Known<'_>,
    now: Time,
) -> Result<Option<Waits>, StoreError> {
    let names = known.names;
    let holds = view.holds_of(row.id)?;
    let queued = view.queued(row.id)?;
    if let Some(waits) = held(&row.key, &holds, names) {
        return Ok(Some(waits));
    }
    if let Some(waits) = open(view, row.id, &queued, names)? {
        return Ok(Some(waits));
    }
    let tone = names.tone(row.phase.as_deref());
    // Where nothing has begun, what would begin it says more than the next routine look.
    let next = in_queue(row, (&queued, &holds), known, now);
    if let Some(waits) = next.filter(|waits| tone != Tone::Idle || waits.until.is_none()) {
        return Ok(Some(waits));
    }
    if let Some(waits) = shut_out(row, (&queued, &holds), known) {
        return Ok(Some(waits));
    }
    Ok((tone == Tone::Done).then(Waits::default))
}

/// A person has it.
fn held(key: &str, holds: &[Hold], names: &Names) -> Option<Waits> {
    let hold = holds
        .iter()
        .find(|hold| hold.kind == HoldKind::Held)
        .or_else(|| holds.iter().find(|hold| hold.kind == HoldKind::Parked))?;
    let reason = without_name(&hold.reason, key);
    let text = if hold.kind == HoldKind::Held {
        format!("held by {}: {reason}", hold.by)
    } else if hold.rule == "*" {
        reason.to_owned()
    } else {
        format!("{reason} ({})", names.rule(&hold.rule))
    };
    Some(Waits {
        kind: WaitKind::Person,
        text,
        until: None,
    })
}

/// An attempt is open.
fn open(
    view: &View<'_>,
    row: RowId,
    queued: &[Queued],
    names: &Names,
) -> Result<Option<Waits>, StoreError> {
    let state = |state| queued.iter().find(|entry| entry.state == state);
    if let Some(entry) = state(QueueState::Running) {
        return Ok(Some(Waits {
            kind: WaitKind::Running,
            text: names.rule(&entry.rule).to_owned(),
            until: None,
        }));
    }
    let Some(entry) = state(QueueState::Waiting) else {
        return Ok(None);
    };
    let attempts = view.attempts_of(row, 8)?;
    let attempt = attempts
        .iter()
        .find(|known| known.rule == entry.rule && known.state.is_open());
    let said = attempt.and_then(|attempt| attempt.waiting_for.as_deref());
    Ok(Some(Waits {
        kind: WaitKind::Outside,
        text: match said {
            Some(what) => format!("{what} ({})", names.rule(&entry.rule)),
            None => names.rule(&entry.rule).to_owned(),
        },
        until: attempt.and_then(|attempt| attempt.wake_at),
    }))
}

/// It is in a queue, now or later. A stage says more than a ladder, and what comes first more than what comes later.
fn in_queue(
    row: &Row,
    (queued, holds): (&[Queued], &[Hold]),
    known: Known<'_>,
    now: Time,
) -> Option<Waits> {
    let Known {
        names,
        switches,
        standing,
    } = known;
    let skipped = |rule: &str| {
        holds
            .iter()
            .any(|hold| hold.rule == rule && hold.kind == HoldKind::Skipped)
    };
    let live = queued
        .iter()
        .filter(|entry| entry.state != QueueState::Held && !skipped(&entry.rule))
        .filter(|entry| {
            let wave = row.wave.as_deref();
            names.shut_wave(wave, &entry.rule, switches).is_none()
        });
    let entry = live.min_by_key(|entry| {
        let ladder = names.kind(&entry.rule) == RuleKind::Ladder;
        (ladder, entry.due.filter(|due| *due > now))
    })?;
    let title = names.rule(&entry.rule);
    let moment = |text: String, until| Waits {
        kind: WaitKind::Moment,
        text,
        until,
    };
    let off = |switch: &&Switch| {
        switch.kind == SwitchKind::Stage && switch.name == entry.rule && !switch.on
    };
    if switches.iter().any(|switch| off(&switch)) {
        return Some(moment(format!("{title} is switched off"), None));
    }
    if let Some(due) = entry.due.filter(|due| *due > now) {
        let again = entry.state == QueueState::BackingOff;
        let text = if again {
            format!("{title} again")
        } else {
            title.to_owned()
        };
        return Some(moment(text, Some(due)));
    }
    if let Some((window, opens)) = names.shut_until(&entry.rule, now) {
        return Some(moment(format!("{title}: window {}", window.name), opens));
    }
    if let Some(switch) = names.braked(switches, &entry.rule, |column| value_of(row, column)) {
        let brake = names.brake(&switch.name);
        return Some(moment(
            format!("{title}: stopped by the brake {brake}"),
            None,
        ));
    }
    if let Some((check, stand)) = standing.unmet(names, &entry.rule, now) {
        let said = match stand {
            Stand::Failed => format!("waits for the check {}, which fails ({title})", check.title),
            _ => format!("waits for the check {} ({title})", check.title),
        };
        return Some(moment(said, None));
    }
    Some(moment(format!("its turn: {title}"), None))
}

/// A column's value as the name of a slice has it.
pub(super) fn value_of(row: &Row, column: &str) -> Option<String> {
    match row.get(column) {
        Value::Null => None,
        Value::Boolean(yes) => Some(u8::from(*yes).to_string()),
        value => Some(value.to_string()),
    }
}

/// It stands in a queue that its closed wave keeps shut.
fn shut_out(row: &Row, (queued, holds): (&[Queued], &[Hold]), known: Known<'_>) -> Option<Waits> {
    let names = known.names;
    let held = |rule: &str| holds.iter().any(|hold| hold.rule == rule);
    let mut ready = queued
        .iter()
        .filter(|entry| entry.state == QueueState::Ready && !held(&entry.rule));
    let (entry, wave) = ready.find_map(|entry| {
        let wave = names.shut_wave(row.wave.as_deref(), &entry.rule, known.switches)?;
        Some((entry, wave))
    })?;
    let title = names.rule(&entry.rule);
    let named = names.wave_label(wave);
    let (text, until) = match names.opening(wave, known.switches) {
        Some(Opening::At(at) | Opening::Pause(at)) => {
            (format!("wave {named} to open ({title})"), Some(at))
        }
        Some(Opening::After(before, _)) => {
            let before = names.wave_label(&before);
            let said = format!("{title} waits for wave {named}, which opens after {before}");
            (said, None)
        }
        Some(Opening::Braked) => {
            let said = format!("{title} waits for wave {named}, which a brake keeps shut");
            (said, None)
        }
        Some(Opening::ByHand) | None => (
            format!("{title} waits for wave {named}, which is closed"),
            None,
        ),
    };
    Some(Waits {
        kind: WaitKind::Moment,
        text,
        until,
    })
}

/// The stage that is nearest to taking the row.
pub fn nearest(explained: &[Explained]) -> Option<&Explained> {
    let missing = |rule: &Explained| rule.conditions.iter().filter(|c| c.met != Met::Yes).count();
    let skipped = |rule: &Explained| {
        rule.hold
            .as_ref()
            .is_some_and(|hold| hold.kind == HoldKind::Skipped)
    };
    // What only time will meet is in the queue already, with its moment.
    let only_time = |rule: &Explained| {
        let mut unmet = rule.conditions.iter().filter(|c| c.met != Met::Yes);
        unmet.all(|c| c.due.is_some())
    };
    let stages = explained.iter().filter(|rule| {
        rule.kind == RuleKind::Stage && !skipped(rule) && !only_time(rule) && !rule.has_passed()
    });
    stages
        .filter(|rule| missing(rule) > 0)
        .min_by_key(|rule| missing(rule))
}

/// What of the nearest stage's gate is not met.
fn unmet(explained: &[Explained]) -> Waits {
    let Some(nearest) = nearest(explained) else {
        return Waits::default();
    };
    let first = nearest.conditions.iter().find(|c| c.met != Met::Yes);
    Waits {
        kind: WaitKind::Condition,
        text: first.map_or_else(String::new, |c| format!("until {}", c.title)),
        until: first.and_then(|c| c.due),
    }
}
