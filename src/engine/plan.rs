//! One look at the table: what may be started now, what wakes, and when to look again.

use super::brakes::is_tripped;
use super::shared::Shared;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::time::{Span, Time};
use crate::pipeline::Pipeline;
use crate::store::{Attempt, StoreError, SwitchKind, View};
use std::collections::{BTreeMap, BTreeSet};

/// What one look calls for.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub wake: Vec<Attempt>,
    pub take: Vec<(RuleKind, String, RowId)>,
    /// When to look again if nothing changes before.
    pub next: Option<Time>,
}

/// One rule as the plan sees it: how many rows more it may take.
struct Slot {
    kind: RuleKind,
    rule: String,
    window: Option<String>,
    sweep: Option<crate::pipeline::definition::Cron>,
    free: usize,
}

impl Shared {
    pub async fn plan(&self) -> Result<Plan, StoreError> {
        let (pipeline, now) = (self.pipeline.clone(), self.clock.now());
        if self.why_not().is_some() {
            return Ok(Plan::default());
        }
        let slots = self.slots();
        let working = self
            .working
            .lock()
            .map(|working| working.clone())
            .unwrap_or_default();
        self.store
            .read(move |view| {
                if stopped(view)? {
                    return Ok(Plan::default());
                }
                let mut plan = Plan {
                    next: view.next_due(now)?,
                    ..Plan::default()
                };
                plan.wake = wakes(view, now, &slots, &working)?;
                let slots = slots.into_iter().map(|slot| slot.without(&plan.wake));
                for slot in slots.collect::<Vec<_>>() {
                    fill(&mut plan, &slot, &pipeline, view, now, &working)?;
                }
                Ok(plan)
            })
            .await
    }

    fn slots(&self) -> Vec<Slot> {
        let stages = self.pipeline.stages.iter().map(|stage| Slot {
            kind: RuleKind::Stage,
            rule: stage.name.clone(),
            window: stage.window.clone(),
            sweep: stage.sweep.clone(),
            free: stage.parallel.saturating_sub(self.working_on(&stage.name)),
        });
        let ladders = self.pipeline.ladders.iter().map(|ladder| Slot {
            kind: RuleKind::Ladder,
            rule: ladder.name.clone(),
            window: ladder.window.clone(),
            sweep: None,
            free: ladder
                .parallel
                .saturating_sub(self.working_on(&ladder.name)),
        });
        stages.chain(ladders).collect()
    }
}

impl Slot {
    /// What is left of it after these attempts have woken.
    fn without(mut self, wake: &[Attempt]) -> Self {
        let woken = wake
            .iter()
            .filter(|attempt| attempt.rule == self.rule)
            .count();
        self.free = self.free.saturating_sub(woken);
        self
    }
}

/// Attempts whose moment has come, no more of a rule than it may work on at once. Those of a rule that is gone from the
/// file wake too: to be ended.
fn wakes(
    view: &View<'_>,
    now: Time,
    slots: &[Slot],
    working: &BTreeSet<(String, RowId)>,
) -> Result<Vec<Attempt>, StoreError> {
    let mut free: BTreeMap<&str, usize> = slots
        .iter()
        .map(|slot| (slot.rule.as_str(), slot.free))
        .collect();
    let mut wake = view.attempts_to_wake(now, 500)?;
    wake.retain(|attempt| {
        if working.contains(&(attempt.rule.clone(), attempt.row)) {
            return false;
        }
        match free.get_mut(attempt.rule.as_str()) {
            None => true,
            Some(0) => false,
            Some(free) => {
                *free -= 1;
                true
            }
        }
    });
    Ok(wake)
}

fn fill(
    plan: &mut Plan,
    slot: &Slot,
    pipeline: &Pipeline,
    view: &View<'_>,
    now: Time,
    working: &BTreeSet<(String, RowId)>,
) -> Result<(), StoreError> {
    if view
        .switch(SwitchKind::Stage, &slot.rule)?
        .is_some_and(|switch| !switch.on)
    {
        return Ok(());
    }
    for brake in pipeline
        .brakes
        .iter()
        .filter(|brake| brake.stage == slot.rule)
    {
        if is_tripped(view, brake)? {
            return Ok(());
        }
    }
    if let Some(opens) = closed_until(pipeline, slot.window.as_deref(), now) {
        sooner(&mut plan.next, opens);
        return Ok(());
    }
    if let Some(next) = slot.sweep.as_ref().and_then(|sweep| sweep.next_after(now)) {
        sooner(&mut plan.next, next);
    }
    if slot.free == 0 {
        return Ok(());
    }
    // Rows this process works on may still look ready to a reader that began before their attempt was committed.
    let most = slot.free + working.len();
    let ready = match slot.sweep.as_ref() {
        Some(sweep) => match sweep.last_before(now) {
            Some(since) => view.ready_for_sweep(&slot.rule, since, now, most)?,
            None => Vec::new(),
        },
        None => view.ready(&slot.rule, now, most)?,
    };
    let new = ready
        .into_iter()
        .filter(|row| !working.contains(&(slot.rule.clone(), *row)));
    plan.take.extend(
        new.take(slot.free)
            .map(|row| (slot.kind, slot.rule.clone(), row)),
    );
    Ok(())
}

fn sooner(next: &mut Option<Time>, at: Time) {
    *next = Some(next.map_or(at, |before| before.min(at)));
}

/// When the window opens, if it is closed now; `None` when it is open or there is none.
pub(super) fn closed_until(pipeline: &Pipeline, window: Option<&str>, now: Time) -> Option<Time> {
    let window = pipeline.windows.get(window?)?;
    let never = || now.plus(Span::from_hours(24));
    (!window.is_open(now)).then(|| window.opens_after(now).unwrap_or_else(never))
}

/// When the window that is open now closes; `None` when there is none.
pub(super) fn closes_at(pipeline: &Pipeline, window: Option<&str>, now: Time) -> Option<Time> {
    let (_, closes) = pipeline.windows.get(window?)?.current(now)?;
    Some(closes)
}

/// True while all sending is stopped.
pub(super) fn stopped(view: &View<'_>) -> Result<bool, StoreError> {
    Ok(view
        .switch(SwitchKind::Stop, "*")?
        .is_some_and(|switch| switch.on))
}
