//! How the brakes of one stage stand: what is stopped, and how many rows may begin.

use super::slice::Slice;
use super::tally::{Stopped, Tally, is_in, slices};
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Brake;
use crate::store::{StoreError, SwitchKind, View};
use std::collections::BTreeMap;

/// How often a row that went well doubles the room for more: beyond this nothing is held up.
const MOST_DOUBLINGS: usize = 10;

pub(in crate::engine) struct Standing<'p> {
    pub(super) brakes: Vec<OfBrake<'p>>,
    /// The columns that name slices, of all its brakes.
    pub columns: Vec<String>,
}

/// One brake.
pub(super) struct OfBrake<'p> {
    pub brake: &'p Brake,
    /// The whole stage is stopped.
    pub whole: bool,
    pub stopped: Vec<Stopped>,
    pub tally: Tally,
    /// Failures count from here.
    pub since: Time,
    /// When the window opened, or the brake was released within it.
    pub from: Time,
    room: Room,
}

/// How many rows more may begin, in all and of each slice that was looked at; `None`: as many as there are.
#[derive(Default)]
struct Room {
    all: Option<u64>,
    of: BTreeMap<Slice, u64>,
}

impl<'p> Standing<'p> {
    /// How the brakes that stop the stage stand; `None` when it has none.
    pub fn of(
        view: &View<'_>,
        pipeline: &'p Pipeline,
        stage: &str,
    ) -> Result<Option<Self>, StoreError> {
        Self::of_brakes(view, pipeline, of_stage(pipeline, stage).collect())
    }

    /// How the brakes that count the stage's failures stand, whichever stage they stop.
    pub fn counting(
        view: &View<'_>,
        pipeline: &'p Pipeline,
        stage: &str,
    ) -> Result<Option<Self>, StoreError> {
        let brakes = pipeline.brakes.iter();
        let counting = brakes.filter(|brake| brake.stage == stage);
        Self::of_brakes(view, pipeline, counting.collect())
    }

    fn of_brakes(
        view: &View<'_>,
        pipeline: &'p Pipeline,
        brakes: Vec<&'p Brake>,
    ) -> Result<Option<Self>, StoreError> {
        if brakes.is_empty() {
            return Ok(None);
        }
        let mut columns: Vec<String> = brakes.iter().flat_map(|b| b.slice.clone()).collect();
        columns.sort();
        columns.dedup();
        let now = view.now();
        let brakes = brakes
            .into_iter()
            .map(|brake| of_brake(view, pipeline, brake, now))
            .collect::<Result<_, StoreError>>()?;
        Ok(Some(Self { brakes, columns }))
    }

    /// Nothing of the stage may begin now: stopped, or too much under way that may still fail.
    pub fn is_shut(&self) -> bool {
        self.brakes
            .iter()
            .any(|one| one.whole || one.room.all == Some(0))
    }

    /// The slices of which nothing may begin now.
    pub fn apart(&self) -> Vec<(String, String)> {
        let mut apart: Vec<(String, String)> = Vec::new();
        for one in &self.brakes {
            let stopped = one.stopped.iter().filter(|stop| stop.on);
            let full = one.room.of.iter().filter(|(_, room)| **room == 0);
            let slices = stopped
                .map(|stop| &stop.slice)
                .chain(full.map(|(slice, _)| slice));
            apart.extend(slices.map(|slice| (slice.column.clone(), slice.text.clone())));
        }
        apart.sort();
        apart.dedup();
        apart
    }

    /// Whether a row with these texts in `columns` may begin.
    pub fn admits(&self, texts: &[Option<String>]) -> bool {
        if self.is_shut() {
            return false;
        }
        let slices = slices(&self.columns, texts);
        self.brakes.iter().all(|one| {
            let ours = slices
                .iter()
                .filter(|s| one.brake.slice.contains(&s.column));
            ours.clone().all(|slice| {
                let stops = |stop: &Stopped| stop.on && stop.slice == *slice;
                !one.stopped.iter().any(stops) && one.room_of(slice) != Some(0)
            })
        })
    }

    /// A row with these texts begins.
    pub fn take(&mut self, texts: &[Option<String>]) {
        let slices = slices(&self.columns, texts);
        for one in &mut self.brakes {
            if let Some(room) = one.room.all.as_mut() {
                *room = room.saturating_sub(1);
            }
            for slice in &slices {
                if !one.brake.slice.contains(&slice.column) {
                    continue;
                }
                let Some(room) = one.room_of(slice) else {
                    continue;
                };
                one.room.of.insert(slice.clone(), room.saturating_sub(1));
            }
        }
    }
}

impl OfBrake<'_> {
    fn room_of(&self, slice: &Slice) -> Option<u64> {
        let known = self.room.of.get(slice).copied();
        known.or_else(|| self.room_for(Some(slice)))
    }

    /// As many rows may be under way as may still fail before there are too many, and twice as many for each that went
    /// well since the last failure. An attempt that waits for longer than failures count is not waited for.
    /// Where another stage is stopped, its rows do not show how the counted one goes.
    fn room_for(&self, slice: Option<&Slice>) -> Option<u64> {
        let (limit, _) = self.brake.failures?;
        if self.brake.stopped() != self.brake.stage {
            return None;
        }
        let (mut failed, mut last, mut open) = (0_u64, None::<Time>, 0_u64);
        for row in self.tally.of(slice) {
            if slice.is_none() && row.explained {
                continue;
            }
            let at = row.failed_at.filter(|at| *at >= self.since);
            failed += u64::from(at.is_some());
            last = last.max(at);
            open += u64::from(row.open && at.is_none());
        }
        let well = self.tally.of(slice).filter(|row| row.done_at > last);
        let doublings = well.take(MOST_DOUBLINGS).count();
        let room = u64::from(limit).saturating_sub(failed).max(1) << doublings;
        Some(room.saturating_sub(open))
    }
}

/// The brakes that stop a stage.
fn of_stage<'p>(pipeline: &'p Pipeline, stage: &str) -> impl Iterator<Item = &'p Brake> {
    let stage = stage.to_owned();
    pipeline
        .brakes
        .iter()
        .filter(move |brake| brake.stopped() == stage)
}

fn of_brake<'p>(
    view: &View<'_>,
    pipeline: &Pipeline,
    brake: &'p Brake,
    now: Time,
) -> Result<OfBrake<'p>, StoreError> {
    let (mut whole, mut released) = (false, None);
    let mut stopped = Vec::new();
    for switch in view.switches()? {
        if switch.kind != SwitchKind::Brake {
            continue;
        }
        if switch.name == brake.name {
            whole = switch.on;
            released = Some(switch.at);
        } else if let Some(slice) = Slice::of_switch(brake, &switch.name) {
            stopped.push(Stopped {
                slice,
                on: switch.on,
                at: switch.at,
            });
        }
    }
    let after = |from: Time| released.map_or(from, |released| released.max(from));
    let from = after(opened(pipeline, brake, now));
    let (since, open_since) = match brake.failures {
        Some((_, span)) => (after(now.minus(span)), now.minus(span)),
        None => (from, from),
    };
    let tried = if brake.failures.is_some() || brake.share.is_some() {
        view.tried_lately(&brake.stage, (from.min(since), open_since), &brake.slice)?
    } else {
        Vec::new()
    };
    let mut one = OfBrake {
        brake,
        whole,
        tally: Tally::new(&brake.slice, tried, &stopped),
        stopped,
        since,
        from,
        room: Room::default(),
    };
    one.room.all = one.room_for(None);
    let mut looked_at: Vec<Slice> = one
        .tally
        .of(None)
        .filter(|row| row.open)
        .flat_map(|row| slices(&brake.slice, &row.slice))
        .collect();
    looked_at.sort();
    looked_at.dedup();
    for slice in looked_at {
        if let Some(room) = one.room_for(Some(&slice)) {
            one.room.of.insert(slice, room);
        }
    }
    Ok(one)
}

/// When the stage's window opened; a day ago when it has none.
fn opened(pipeline: &Pipeline, brake: &Brake, now: Time) -> Time {
    let window = pipeline
        .stage(&brake.stage)
        .and_then(|stage| stage.window.as_ref());
    let window = window.and_then(|name| pipeline.windows.get(name)?.current(now));
    window.map_or(now.minus(Span::from_hours(24)), |(from, _)| from)
}

/// The brake that keeps this row from its stage, by its switch's name.
pub(in crate::engine) fn stops(
    view: &View<'_>,
    pipeline: &Pipeline,
    stage: &str,
    row: RowId,
) -> Result<Option<String>, StoreError> {
    for brake in of_stage(pipeline, stage) {
        for switch in view.switches()? {
            if switch.kind != SwitchKind::Brake || !switch.on {
                continue;
            }
            if switch.name == brake.name {
                return Ok(Some(switch.name));
            }
            let Some(slice) = Slice::of_switch(brake, &switch.name) else {
                continue;
            };
            let column = [slice.column.clone()];
            if is_in(&column, &view.slice_of(row, &column)?, &slice) {
                return Ok(Some(switch.name));
            }
        }
    }
    Ok(None)
}
