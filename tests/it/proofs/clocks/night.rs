//! A night in a town: the real engine over a real store, and time that passes as a test says.

use super::town::{Town, Witness};
use crate::engine::world::World;
use drover::model::clock::Clock;
use drover::model::time::{Span, Time};
use drover::store::HaltKind;
use std::sync::Arc;

/// Sends once in the window, waits until it shows, and presses when that takes far too long.
const NIGHT: &str = r#"
sent_at = "time"
[windows.nightly]
days = "daily"
from = "22:00"
to   = "TO"
[[stage]]
name     = "send"
window   = "nightly"
parallel = 2
[stage.gate]
"wanted"   = "wanted"
"not sent" = "sent_at IS NULL"
[[stage.step]]
name = "send"
call = "svc.send"
with = { to = "{{ row.serial }}" }
[stage.set]
sent_at = "{{ now }}"
[[stage]]
name     = "confirm"
parallel = 50
then     = "ticket"
retry    = { attempts = 1, wait = "1m" }
[stage.gate]
"sent"     = "sent_at IS NOT NULL"
"not done" = "done_at IS NULL"
[[stage.step]]
name    = "confirm"
call    = "svc.confirm"
with    = { to = "{{ row.serial }}" }
wait_if = "not result.there"
wait    = { every = "5m", most = "4h" }
[stage.set]
done_at = "{{ now }}"
[[ladder]]
name  = "overdue"
title = "Sent, and nothing shows"
after = "ticket"
text  = "{{ row.serial }} does not show"
[ladder.stuck]
"sent long ago" = "sent_at < ago('5h')"
"not done"      = "done_at IS NULL"
[[ladder.rung]]
title = "press"
call  = "svc.put"
with  = { to = "{{ row.serial }}" }
limit = 9
wait  = "10m"
"#;

pub(super) fn at(text: &str) -> Time {
    Time::parse(&format!("2026-03-{text}Z")).unwrap()
}

pub(super) struct Night {
    pub(super) world: World,
    pub(super) town: Arc<Town>,
    pub(super) witness: Arc<Witness>,
}

impl Night {
    /// An engine started at this moment on a machine whose wall is so far ahead.
    pub(super) fn begin(start: Time, to: &str, ahead: i64) -> Self {
        let mut night = Self::asleep(start, to);
        night.town.set_wall(ahead);
        night.start();
        night
    }

    pub(super) fn asleep(start: Time, to: &str) -> Self {
        let town = Town::new(start);
        let clock = Clock::watching(town.clone());
        let witness = Witness::new(town.clone(), clock);
        let mut world = World::asleep(&NIGHT.replace("TO", to));
        world.others.push(witness.clone());
        Self {
            world,
            town,
            witness,
        }
    }

    /// A new process: its clock knows nothing of the one before.
    pub(super) fn start(&mut self) {
        let clock = Clock::watching(self.town.clone());
        self.witness.answers(clock.clone());
        self.world.clock = clock;
        self.world.start();
        self.settle();
    }

    pub(super) fn kill(&mut self) {
        self.world.kill();
        self.start();
    }

    /// Waits until the machine was looked at and the engine has nothing more to do.
    pub(super) fn settle(&self) {
        for _ in 0..2 {
            self.world.clock.look_again();
            let before = self.town.looks();
            self.world.until("the watch looks", |_| {
                (self.town.looks() >= before + 3).then_some(())
            });
            self.world.settle();
        }
    }

    pub(super) fn pass(&self, span: Span) {
        self.town.pass(span);
        self.settle();
    }

    /// In steps no longer than a watch expects of a machine that runs.
    pub(super) fn pass_until(&self, to: Time) {
        while self.town.truth() < to {
            let left = to.since(self.town.truth());
            self.pass(left.min(Span::from_secs(50)));
        }
    }

    pub(super) fn until_sent(&self, count: usize) {
        self.world.until("the sends", |_| {
            (self.witness.sends().len() == count).then_some(())
        });
    }

    pub(super) fn until_believed(&self) {
        self.world.until("the clock is believed", |_| {
            self.why().is_none().then_some(())
        });
    }

    pub(super) fn why(&self) -> Option<String> {
        let halts = self.world.look(|view| view.halts());
        let clock = halts.into_iter().find(|halt| halt.kind == HaltKind::Clock);
        clock.map(|halt| halt.why)
    }
}
