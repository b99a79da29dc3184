//! Whether anything can still move without a person.

use crate::model::row::Row;
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Tone;
use crate::store::{HoldKind, Query, QueueState, StoreError, View};
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
        let left = left(view, &row, now)?;
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

fn left(view: &View<'_>, row: &Row, now: Time) -> Result<Left, StoreError> {
    let queued = view.queued(row.id)?;
    let holds = view.holds_of(row.id)?;
    let held = holds.iter().find(|hold| {
        matches!(
            hold.kind,
            HoldKind::Parked | HoldKind::Held | HoldKind::Skipped
        ) && (hold.rule == "*"
            || queued
                .iter()
                .any(|q| q.rule == hold.rule && q.state == QueueState::Held))
    });
    let phase = row.phase.clone().unwrap_or_else(|| "–".into());
    let (reason, owner) = match held {
        Some(hold) => {
            let owner = hold.owner.clone().unwrap_or_else(|| hold.by.to_string());
            (format!("{}: {}", hold.rule, hold.reason), Some(owner))
        }
        None => (moving_reason(&queued, now), None),
    };
    Ok(Left {
        key: row.key.clone(),
        phase,
        reason,
        owner,
    })
}

fn moving_reason(queued: &[crate::store::Queued], now: Time) -> String {
    match queued.first() {
        None => "no stage or ladder would take it".into(),
        Some(entry) => match entry.due.filter(|due| *due > now) {
            Some(due) => format!("{}: due in {}", entry.rule, due.since(now)),
            None => format!("{}: {:?}", entry.rule, entry.state).to_lowercase(),
        },
    }
}
