//! Leaves a service alone that fails call after call, and comes back to it slowly (`reliability.md` C9, C12).
//!
//! While it is open nobody is failed: calls wait for their turn. After a pause one call tries; when it fares well, two
//! go, then four, and so on, as a service that has just come back falls over under a crowd.

use crate::model::clock::Clock;
use crate::model::time::{Span, Time};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Calls that fail one after the other before the breaker opens.
const MANY: u32 = 5;
const FIRST_PAUSE: Span = Span::from_secs(5);
/// A service that is back is noticed within a minute.
const LONGEST_PAUSE: Span = Span::from_secs(45);

pub(super) struct Breaker {
    clock: Clock,
    parallel: usize,
    state: Mutex<State>,
    /// Somebody's turn may have come.
    freed: Notify,
}

struct State {
    troubles: u32,
    /// Calls that may be out at once.
    allowed: usize,
    out: usize,
    shut_until: Option<Time>,
    pause: Span,
    /// How often it opened: what was out before says nothing about the service now.
    opened: u64,
}

/// One call's turn; it ends when this is dropped.
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    opened: u64,
}

enum Asked {
    Go(u64),
    Wait(Option<Time>),
}

impl Breaker {
    pub(super) fn new(clock: Clock, parallel: usize) -> Self {
        Self {
            clock,
            parallel,
            state: Mutex::new(State {
                troubles: 0,
                allowed: parallel,
                out: 0,
                shut_until: None,
                pause: FIRST_PAUSE,
                opened: 0,
            }),
            freed: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once a call may go; sleeps on the clock until then.
    pub(super) async fn pass(&self) -> Pass<'_> {
        loop {
            // Made before the question, so that a turn given meanwhile is heard of.
            let freed = self.freed.notified();
            let asked = self.state().ask(self.clock.now());
            match asked {
                Asked::Go(opened) => {
                    return Pass {
                        breaker: self,
                        opened,
                    };
                }
                Asked::Wait(Some(until)) => self.clock.sleep_until(until).await,
                Asked::Wait(None) => freed.await,
            }
        }
    }

    /// Until when nobody is let through, if so.
    pub(super) fn shut_until(&self) -> Option<Time> {
        let now = self.clock.now();
        self.state().shut_until.filter(|until| *until > now)
    }
}

impl Pass<'_> {
    /// The call came to its end.
    pub(super) fn ended(&self, in_trouble: bool) {
        let breaker = self.breaker;
        let mut state = breaker.state();
        if self.opened != state.opened {
            return;
        }
        if in_trouble {
            state.trouble(breaker.clock.now(), breaker.parallel);
        } else {
            state.fine(breaker.parallel);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.breaker.state().out -= 1;
        self.breaker.freed.notify_waiters();
    }
}

impl State {
    fn ask(&mut self, now: Time) -> Asked {
        // Further ahead than any pause is the time of a clock that was set back.
        let ahead = |until: &Time| *until > now && until.since(now) <= LONGEST_PAUSE;
        if let Some(until) = self.shut_until.filter(ahead) {
            return Asked::Wait(Some(until));
        }
        if self.out >= self.allowed {
            return Asked::Wait(None);
        }
        self.out += 1;
        Asked::Go(self.opened)
    }

    fn fine(&mut self, parallel: usize) {
        self.troubles = 0;
        self.shut_until = None;
        self.pause = FIRST_PAUSE;
        self.allowed = (self.allowed * 2).min(parallel);
    }

    fn trouble(&mut self, now: Time, parallel: usize) {
        self.troubles = self.troubles.saturating_add(1);
        if self.troubles < MANY && self.allowed >= parallel {
            return;
        }
        self.opened += 1;
        self.shut_until = Some(now.plus(self.pause));
        self.pause = self.pause.times(2.0).min(LONGEST_PAUSE);
        self.allowed = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> (Clock, Breaker) {
        let clock = Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap());
        (clock.clone(), Breaker::new(clock, 8))
    }

    /// A call that goes at once, and how it ends.
    async fn call(breaker: &Breaker, in_trouble: bool) {
        breaker.pass().await.ended(in_trouble);
    }

    async fn open(breaker: &Breaker) {
        for _ in 0..MANY {
            call(breaker, true).await;
        }
    }

    fn goes(breaker: &Breaker) -> bool {
        let asked = breaker.state().ask(breaker.clock.now());
        matches!(asked, Asked::Go(_))
    }

    #[tokio::test]
    async fn it_opens_after_five_troubles_in_a_row_and_not_after_five_with_a_success_among_them() {
        let (_, breaker) = breaker();
        for in_trouble in [true, true, true, true, false, true, true, true, true] {
            call(&breaker, in_trouble).await;
        }
        assert_eq!(breaker.shut_until(), None);
        call(&breaker, true).await;
        assert!(breaker.shut_until().is_some() && !goes(&breaker));
    }

    #[tokio::test]
    async fn one_call_tries_after_each_pause_and_the_pauses_grow_to_less_than_a_minute() {
        let (clock, breaker) = breaker();
        open(&breaker).await;
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let until = breaker.shut_until().unwrap();
            pauses.push(until.since(clock.now()).millis() / 1_000);
            clock.turn_to(until);
            let trial = breaker.pass().await;
            assert!(!goes(&breaker), "only one tries");
            trial.ended(true);
        }
        assert_eq!(pauses, [5, 10, 20, 40, 45, 45]);
    }

    #[tokio::test]
    async fn a_service_that_is_back_is_asked_by_one_then_two_then_four_at_once() {
        let (clock, breaker) = breaker();
        open(&breaker).await;
        clock.turn(FIRST_PAUSE);
        for crowd in [1, 2, 4, 8] {
            let mut out = Vec::new();
            for _ in 0..crowd {
                out.push(breaker.pass().await);
            }
            assert!(!goes(&breaker), "no more than {crowd}");
            // One answer is enough to let more go.
            out[0].ended(false);
        }
        open(&breaker).await;
        assert_eq!(breaker.shut_until(), Some(clock.now().plus(FIRST_PAUSE)));
    }

    #[tokio::test]
    async fn answers_to_calls_that_were_out_before_it_opened_change_nothing() {
        let (clock, breaker) = breaker();
        let old = breaker.pass().await;
        open(&breaker).await;
        let until = breaker.shut_until();
        old.ended(false);
        assert_eq!(breaker.shut_until(), until);
        old.ended(true);
        assert_eq!(breaker.shut_until(), until, "nor is the pause made longer");
        drop(old);
        clock.turn(FIRST_PAUSE);
        assert!(goes(&breaker));
    }
}
