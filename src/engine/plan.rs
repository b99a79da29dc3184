//! One look at the table: what may be started now, what wakes, and when to look again.

use super::brakes::Standing;
use super::opening::{Opening, openings};
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
    /// Waves whose moment has come, each with why.
    pub opens: Vec<(String, String)>,
    /// When to look again if nothing changes before.
    pub next: Option<Time>,
}

/// Rows read at a time where brakes may keep some of them back.
const PAGE: usize = 64;

/// One rule as the plan sees it: how many rows more it may take.
struct Slot {
    kind: RuleKind,
    rule: String,
    window: Option<String>,
    sweep: Option<crate::pipeline::definition::Cron>,
    free: usize,
    /// A ceiling or a check keeps new rows of it back; what waits may still wake.
    shut: bool,
}

impl Shared {
    pub async fn plan(&self) -> Result<Plan, StoreError> {
        let (pipeline, now) = (self.pipeline.clone(), self.clock.now());
        if self.why_not().is_some() {
            return Ok(Plan::default());
        }
        let mut slots = self.slots();
        let ceiling = self.ceiling().await;
        for slot in &mut slots {
            slot.shut = ceiling.is_some() && self.destroys(&slot.rule);
        }
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
                for (wave, opening) in openings(view, &pipeline)? {
                    match opening {
                        Opening::At(at, why) if at <= now => plan.opens.push((wave, why)),
                        Opening::At(at, _) => sooner(&mut plan.next, at),
                        Opening::Braked | Opening::Unproven | Opening::ByHand => {}
                    }
                }
                plan.wake = wakes(view, now, &slots, &working)?;
                if let Some(until) = ceiling {
                    sooner(&mut plan.next, until);
                }
                for slot in slots {
                    let mut slot = slot.without(&plan.wake);
                    slot.shut |= !view.unmet_checks(&slot.rule, now)?.is_empty();
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
            shut: false,
        });
        let ladders = self.pipeline.ladders.iter().map(|ladder| Slot {
            kind: RuleKind::Ladder,
            rule: ladder.name.clone(),
            window: ladder.window.clone(),
            sweep: None,
            free: ladder
                .parallel
                .saturating_sub(self.working_on(&ladder.name)),
            shut: false,
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
    if let Some(opens) = closed_until(pipeline, slot.window.as_deref(), now) {
        sooner(&mut plan.next, opens);
        return Ok(());
    }
    if let Some(next) = slot.sweep.as_ref().and_then(|sweep| sweep.next_after(now)) {
        sooner(&mut plan.next, next);
    }
    if slot.free == 0 || slot.shut {
        return Ok(());
    }
    // Rows this process works on may still look ready to a reader that began before their attempt was committed.
    let most = slot.free + working.len();
    let since = match slot.sweep.as_ref() {
        Some(sweep) => match sweep.last_before(now) {
            Some(since) => Some(since),
            None => return Ok(()),
        },
        None => None,
    };
    let is_new = |row: &RowId| !working.contains(&(slot.rule.clone(), *row));
    let new: Vec<RowId> = if let Some(mut brakes) = Standing::of(view, pipeline, &slot.rule)? {
        let page = PAGE.max(most);
        admitted(&mut brakes, view, (slot, since), (now, page), &is_new)?
    } else {
        let ready = match since {
            Some(since) => view.ready_for_sweep(&slot.rule, since, now, most)?,
            None => view.ready(&slot.rule, now, most)?,
        };
        ready.into_iter().filter(is_new).take(slot.free).collect()
    };
    plan.take.extend(
        new.into_iter()
            .map(|row| (slot.kind, slot.rule.clone(), row)),
    );
    Ok(())
}

/// The first rows that no brake keeps back: those of a stopped slice do not stand in the others' way.
fn admitted(
    brakes: &mut Standing<'_>,
    view: &View<'_>,
    (slot, since): (&Slot, Option<Time>),
    (now, page): (Time, usize),
    is_new: &dyn Fn(&RowId) -> bool,
) -> Result<Vec<RowId>, StoreError> {
    let mut found: Vec<RowId> = Vec::new();
    // Each time round fewer slices are left to ask for.
    while found.len() < slot.free && !brakes.is_shut() {
        let apart = brakes.apart();
        let columns = brakes.columns.clone();
        let ready = view.ready_apart((&slot.rule, since), now, &columns, &apart, page)?;
        let whole = ready.len() < page;
        for one in ready {
            let fits = found.len() < slot.free && is_new(&one.row) && !found.contains(&one.row);
            if fits && brakes.admits(&one.slice) {
                brakes.take(&one.slice);
                found.push(one.row);
            }
        }
        if whole || brakes.apart() == apart {
            break;
        }
    }
    Ok(found)
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
