//! Deciding one row: its phase, and which queues it stands in, and how.

use super::brain::Brain;
use super::context::Context;
use super::records::{AttemptState, Cause, HoldKind, QueueState};
use super::sql::{Kept, Result};
use crate::model::row::RowId;
use crate::model::rule::Rule;
use crate::model::time::Time;
use rusqlite::params;
use rusqlite::types::Value as Cell;

/// What the conditions say of a row, without regard to holds, attempts or the time.
pub(super) struct Verdict {
    pub(super) wave: Option<String>,
    /// The one it joins, being in none: '' while that cannot be told.
    pub(super) joins: Option<String>,
    /// As it is in the table.
    pub(super) phase: Option<String>,
    /// As it should be: which of the phases.
    pub(super) phase_now: Option<usize>,
    /// For each rule: in its queue, if it is.
    pub(super) queued: Vec<Option<Due>>,
}

/// From when on a row that is in a queue may be taken; `None` = at once.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due(pub(super) Option<Time>);

impl Verdict {
    /// From the values of [`Brain::decide`].
    pub(super) fn read(brain: &Brain, cells: &[Cell]) -> Self {
        let mut rest = cells.iter();
        let wave = text(rest.next());
        let joins = text(rest.next()).filter(|_| wave.is_none());
        let phase = text(rest.next());
        let queued = (brain.rules.rules.iter().zip(&brain.spans))
            .map(|(rule, spans)| {
                let mut due = Some(Due::default());
                for span in rule.conditions.iter().zip(spans).map(|(_, span)| span) {
                    let cell = rest.next();
                    due = match span {
                        None => due.filter(|_| holds(cell)),
                        Some(span) => text(cell)
                            .and_then(|text| Time::parse(&text).ok())
                            .and_then(|at| due.map(|due| due.max(Due(Some(at.plus(*span)))))),
                    };
                }
                due
            })
            .collect();
        Self {
            wave,
            joins,
            phase,
            queued,
            phase_now: rest.position(|cell| holds(Some(cell))),
        }
    }
}

/// The cell is `NOT (condition)`.
fn holds(cell: Option<&Cell>) -> bool {
    matches!(cell, Some(Cell::Integer(0)))
}

fn text(cell: Option<&Cell>) -> Option<String> {
    match cell {
        Some(Cell::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// A hold as far as the queue cares: rule, kind, until.
pub(super) type Held = (String, HoldKind, Option<Time>);
/// The latest attempt of a rule: rule, state, when it began.
pub(super) type Tried = (String, AttemptState, String);
/// An entry as it stands: rule, since, and the rest.
pub(super) type Standing = (String, Time, Entry);

/// What stands around a row's conditions.
#[derive(Default)]
pub(super) struct Around {
    pub(super) holds: Vec<Held>,
    pub(super) tried: Vec<Tried>,
    /// The row's wave is not open.
    pub(super) shut: bool,
}

/// One entry of the queue, but for its `since`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) state: QueueState,
    pub(super) due: Option<Time>,
    pub(super) tried: String,
    pub(super) shut: bool,
}

impl Entry {
    /// How a row whose conditions hold from `due` on stands in the queue of `rule`.
    pub(super) fn new(rule: &Rule, due: Due, around: &Around) -> Self {
        let Due(mut due) = due;
        let latest = around.tried.iter().find(|(name, ..)| *name == rule.name);
        let holds = || {
            let all = around.holds.iter();
            all.filter(|(name, ..)| *name == rule.name || name == "*")
        };
        let open = latest
            .map(|(_, state, _)| *state)
            .filter(|state| state.is_open());
        let state = match open {
            Some(AttemptState::Running) => QueueState::Running,
            Some(_) => QueueState::Waiting,
            None if holds().any(|(_, kind, _)| *kind != HoldKind::BackingOff) => QueueState::Held,
            None if holds().next().is_some() => QueueState::BackingOff,
            None => QueueState::Ready,
        };
        if state == QueueState::BackingOff {
            due = holds().fold(due, |due, (.., until)| due.max(*until));
        }
        Self {
            state,
            due,
            tried: latest.map_or_else(String::new, |(.., at)| at.clone()),
            shut: rule.waves && around.shut,
        }
    }

    /// The moment from which it may be taken.
    pub(super) fn at(&self, since: Time) -> Time {
        self.due.unwrap_or(since)
    }
}

/// Brings the phase and the queue of one row up to date.
pub(super) fn decide(context: &Context, row: RowId, now: Time, cause: &Cause) -> Result<()> {
    let brain = &context.brain;
    let Some(cells) = context.ask(&brain.decide, row)? else {
        return Ok(());
    };
    let mut verdict = Verdict::read(brain, &cells);
    if set_phase(context, row, &verdict, now, cause)?
        && brain.reads_phase
        && let Some(cells) = context.ask(&brain.decide, row)?
    {
        verdict = Verdict::read(brain, &cells);
    }
    join(context, row, &mut verdict, now, cause)?;
    let around = around(context, row, verdict.wave.as_deref())?;
    let standing = standing(context, row)?;
    for (rule, due) in brain.rules.rules.iter().zip(&verdict.queued) {
        let old = standing.iter().find(|(name, ..)| *name == rule.name);
        let new = due.map(|due| Entry::new(rule, due, &around));
        write(context, row, &rule.name, old, new.as_ref(), now)?;
    }
    Ok(())
}

/// Writes the phase that holds, when it is another; true when it was.
pub(super) fn set_phase(
    context: &Context,
    row: RowId,
    verdict: &Verdict,
    now: Time,
    cause: &Cause,
) -> Result<bool> {
    let phases = &context.brain.rules.phases;
    let phase = verdict.phase_now.map(|index| phases[index].name.as_str());
    if phase == verdict.phase.as_deref() {
        return Ok(false);
    }
    let subject = &context.brain.subject;
    context
        .conn
        .prepare_cached(&format!(
            "UPDATE {subject} SET phase = ?2, phase_since = ?3 WHERE id = ?1"
        ))?
        .execute(params![row, phase, now])?;
    context
        .conn
        .prepare_cached(
            "INSERT INTO change (row, \"column\", old, new, cause, at) VALUES (?1, 'phase', ?2, ?3, ?4, ?5)",
        )?
        .execute(params![row, verdict.phase, phase, Kept(cause), now])?;
    Ok(true)
}

/// A row of no wave joins the one that takes it, unless it was acted on before by a stage that minds waves: it stays
/// where it was then.
pub(super) fn join(
    context: &Context,
    row: RowId,
    verdict: &mut Verdict,
    now: Time,
    cause: &Cause,
) -> Result<()> {
    let Some(wave) = verdict.joins.take() else {
        return Ok(());
    };
    if acted_on(context, row)? {
        return Ok(());
    }
    if !wave.is_empty() {
        let subject = &context.brain.subject;
        context
            .conn
            .prepare_cached(&format!("UPDATE {subject} SET wave = ?2 WHERE id = ?1"))?
            .execute(params![row, wave])?;
        context
            .conn
            .prepare_cached(
                "INSERT INTO change (row, \"column\", old, new, cause, at) VALUES (?1, 'wave', NULL, ?2, ?3, ?4)",
            )?
            .execute(params![row, wave, Kept(cause), now])?;
    }
    // Not known yet is a wave that nobody can open.
    verdict.wave = Some(wave);
    Ok(())
}

fn acted_on(context: &Context, row: RowId) -> Result<bool> {
    let rules = context.brain.rules.rules.iter();
    for rule in rules.filter(|rule| rule.waves) {
        let found = context
            .conn
            .prepare_cached("SELECT 1 FROM attempt WHERE row = ?1 AND rule = ?2")?
            .exists(params![row, rule.name])?;
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn around(context: &Context, row: RowId, wave: Option<&str>) -> Result<Around> {
    let conn = &context.conn;
    let holds = conn
        .prepare_cached("SELECT rule, kind, until FROM hold WHERE row = ?1")?
        .query_map([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let tried = conn
        .prepare_cached(
            "SELECT rule, state, started_at FROM attempt WHERE row = ?1 AND latest = 1",
        )?
        .query_map([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let shut = match wave {
        None => false,
        Some(wave) => !conn
            .prepare_cached(
                "SELECT 1 FROM switch WHERE kind = 'wave' AND name = ?1 AND \"on\" = 1",
            )?
            .exists([wave])?,
    };
    Ok(Around { holds, tried, shut })
}

fn standing(context: &Context, row: RowId) -> Result<Vec<Standing>> {
    Ok(context
        .conn
        .prepare_cached("SELECT rule, since, state, due, tried, shut FROM queue WHERE row = ?1")?
        .query_map([row], |r| {
            let entry = Entry {
                state: r.get(2)?,
                due: r.get(3)?,
                tried: r.get(4)?,
                shut: r.get(5)?,
            };
            Ok((r.get(0)?, r.get(1)?, entry))
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// One entry: put in, changed, taken out, or left alone.
fn write(
    context: &Context,
    row: RowId,
    rule: &str,
    old: Option<&Standing>,
    new: Option<&Entry>,
    now: Time,
) -> Result<()> {
    let conn = &context.conn;
    match (old, new) {
        (Some((.., old)), Some(new)) if old == new => {}
        (Some((_, since, old)), Some(new)) if (old.state, old.shut) == (new.state, new.shut) => {
            conn.prepare_cached(
                "UPDATE queue SET due = ?3, at = ?4, tried = ?5 WHERE row = ?1 AND rule = ?2",
            )?
            .execute(params![row, rule, new.due, new.at(*since), new.tried])?;
        }
        (Some((_, since, _)), Some(new)) => {
            conn.prepare_cached(
                "UPDATE queue SET state = ?3, due = ?4, at = ?5, tried = ?6, shut = ?7 WHERE row = ?1 AND rule = ?2",
            )?
            .execute(params![row, rule, new.state, new.due, new.at(*since), new.tried, new.shut])?;
        }
        (None, Some(new)) => {
            conn.prepare_cached(
                "INSERT INTO queue (row, rule, state, since, due, at, tried, shut) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![row, rule, new.state, now, new.due, new.at(now), new.tried, new.shut])?;
        }
        (Some(_), None) => {
            conn.prepare_cached("DELETE FROM queue WHERE row = ?1 AND rule = ?2")?
                .execute(params![row, rule])?;
        }
        (None, None) => {}
    }
    Ok(())
}
