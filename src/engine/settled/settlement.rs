//! How every row stands: complete, a person's, or on its way.

use super::keepers::{Keepers, Moving, Waiting, movers};
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Tone;
use crate::store::{Hold, HoldKind, Query, QueueState, Queued, StoreError, View};
use serde::Serialize;
use std::collections::BTreeMap;

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

/// How one row that is not complete stands, before what keeps it is weighed.
struct Found {
    row: RowId,
    left: Left,
}

/// Looks at every row: complete is a phase whose tone is done.
pub fn settlement(
    view: &View<'_>,
    pipeline: &Pipeline,
    now: Time,
) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    let keepers = Keepers::look(view, pipeline, now)?;
    let (mut found, mut waiting, mut moving) = (Vec::new(), Vec::new(), Moving::default());
    for row in view.rows(&Query::all())? {
        settlement.rows += 1;
        if is_done(pipeline, &row) {
            settlement.complete += 1;
            continue;
        }
        let queued = view.queued(row.id)?;
        let left = left(view, &row, &queued, now)?;
        if left.owner.is_none() {
            match keepers.of(view, &row, &queued)? {
                None => moving.add(row.wave.as_deref()),
                Some(kept) => waiting.push(Waiting {
                    row: row.id,
                    wave: row.wave.clone(),
                    kept,
                }),
            }
        }
        found.push(Found { row: row.id, left });
    }
    let moves = movers(&keepers, &waiting, &mut moving);
    let stuck = waiting.iter().zip(moves).filter(|(_, moves)| !moves);
    let stuck: BTreeMap<RowId, String> = stuck
        .filter_map(|(one, _)| {
            let kept = one.kept.last()?;
            let keeper = kept.keepers.iter().find(|it| !keepers.lifts(it, &moving))?;
            Some((one.row, format!("{}: {}", kept.rule, keepers.said(keeper))))
        })
        .collect();
    for Found { row, mut left } in found {
        if let Some(reason) = stuck.get(&row) {
            left.reason.clone_from(reason);
            left.owner = Some("operator".to_owned());
        }
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

fn left(view: &View<'_>, row: &Row, queued: &[Queued], now: Time) -> Result<Left, StoreError> {
    let holds = view.holds_of(row.id)?;
    let held = holds.iter().find(|hold| is_somebodys(hold, row, queued));
    let phase = row.phase.clone().unwrap_or_else(|| "–".into());
    let (reason, owner) = match held {
        Some(hold) => {
            let owner = hold.owner.clone().unwrap_or_else(|| hold.by.to_string());
            (format!("{}: {}", hold.rule, hold.reason), Some(owner))
        }
        None => (moving_reason(queued, now), None),
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
