//! Whether anything can still move without a person.

use super::brakes::stops;
use crate::model::row::Row;
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Tone;
use crate::store::{Hold, HoldKind, Query, QueueState, Queued, StoreError, View};
use serde::Serialize;

/// A row that is not complete.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Left {
    pub key: String,
    pub phase: String,
    /// Why it is where it is.
    pub reason: String,
    /// Who has it now: "ticket", "operator", …; `None` while it can still move by itself.
    pub owner: Option<String>,
}

/// How a night stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Settlement {
    pub rows: u64,
    pub complete: u64,
    /// Not complete, and a person has it.
    pub left: Vec<Left>,
    /// Not complete, and nobody has it yet.
    pub moving: Vec<Left>,
}

impl Settlement {
    /// Nothing can move without a person.
    pub fn is_settled(&self) -> bool {
        self.moving.is_empty()
    }
}

/// Looks at every row: complete is a phase whose tone is done.
pub fn settlement(
    view: &View<'_>,
    pipeline: &Pipeline,
    now: Time,
) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    for row in view.rows(&Query::all())? {
        settlement.rows += 1;
        if is_done(pipeline, &row) {
            settlement.complete += 1;
            continue;
        }
        let left = left(view, pipeline, &row, now)?;
        if left.owner.is_some() {
            settlement.left.push(left);
        } else {
            settlement.moving.push(left);
        }
    }
    Ok(settlement)
}

fn is_done(pipeline: &Pipeline, row: &Row) -> bool {
    let phase = row.phase.as_deref();
    pipeline
        .phases
        .iter()
        .any(|p| Some(p.name.as_str()) == phase && p.tone == Tone::Done)
}

fn left(view: &View<'_>, pipeline: &Pipeline, row: &Row, now: Time) -> Result<Left, StoreError> {
    let queued = view.queued(row.id)?;
    let holds = view.holds_of(row.id)?;
    let held = holds.iter().find(|hold| is_somebodys(hold, row, &queued));
    let phase = row.phase.clone().unwrap_or_else(|| "–".into());
    let (reason, owner) = match held {
        Some(hold) => {
            let owner = hold.owner.clone().unwrap_or_else(|| hold.by.to_string());
            (format!("{}: {}", hold.rule, hold.reason), Some(owner))
        }
        None => match braked(view, pipeline, row, &queued)? {
            Some(reason) => (reason, Some("operator".to_owned())),
            None => (moving_reason(&queued, now), None),
        },
    };
    Ok(Left {
        key: row.key.clone(),
        phase,
        reason,
        owner,
    })
}

/// Whether a person has the row through this hold: it keeps the row back now, or the row was given away in the phase it
/// still is in, whatever its Mac does at this moment.
fn is_somebodys(hold: &Hold, row: &Row, queued: &[Queued]) -> bool {
    let keeps = |entry: &Queued| entry.rule == hold.rule && entry.state == QueueState::Held;
    match hold.kind {
        HoldKind::BackingOff => false,
        HoldKind::Parked if hold.at >= row.phase_since => true,
        _ => hold.rule == "*" || queued.iter().any(keeps),
    }
}

/// The tripped brake that alone keeps the row: only a person releases it.
fn braked(
    view: &View<'_>,
    pipeline: &Pipeline,
    row: &Row,
    queued: &[Queued],
) -> Result<Option<String>, StoreError> {
    let mut found = None;
    for entry in queued {
        let waits = matches!(entry.state, QueueState::Ready | QueueState::BackingOff);
        if !waits {
            return Ok(None);
        }
        let Some(brake) = stops(view, pipeline, &entry.rule, row.id)? else {
            return Ok(None);
        };
        found = Some(format!("{}: stopped by the brake {brake}", entry.rule));
    }
    Ok(found)
}

/// What happens next: an open attempt before what is due, the soonest first.
fn moving_reason(queued: &[Queued], now: Time) -> String {
    let rank = |entry: &&Queued| {
        let open = matches!(entry.state, QueueState::Running | QueueState::Waiting);
        (!open, entry.due.filter(|due| *due > now))
    };
    match queued.iter().min_by_key(rank) {
        None => "no stage or ladder would take it".into(),
        Some(entry) => match entry.due.filter(|due| *due > now) {
            Some(due) => format!("{}: due in {}", entry.rule, due.since(now)),
            None => format!("{}: {:?}", entry.rule, entry.state).to_lowercase(),
        },
    }
}
