//! How fast a service may be asked: one bucket for all callers, in engine time, that learns from the service.

use super::limits::Said;
use crate::model::clock::Clock;
use crate::model::time::{Span, Time};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a service without a configured rate is slowed to by its first 429.
const FIRST_GUESS: f64 = 8.0;
/// Above this a learned rate of a service without a configured one is dropped again.
const NO_LONGER_FELT: f64 = 100.0;
/// A learned rate never falls lower: one request in ten seconds.
const SLOWEST: f64 = 0.1;
/// Engine time between two raises.
const RAISE_EVERY: Span = Span::from_secs(10);
/// Callers look at the clock a moment before they take their turn; more than this is another clock.
const SET_BACK: Span = Span::from_secs(1);
const FIRST_BACK_OFF: Span = Span::from_secs(1);
const LONGEST_BACK_OFF: Span = Span::from_secs(60);
/// So many seconds' worth of requests may go at once after a pause.
const BURST_SECONDS: f64 = 0.5;

/// The budget of one service.
pub(super) struct Budget {
    clock: Clock,
    configured: Option<f64>,
    state: Mutex<State>,
}

struct State {
    /// Requests a second allowed now; infinite when nothing limits.
    rate: f64,
    tokens: f64,
    filled_at: Time,
    limited_until: Option<Time>,
    back_off: Span,
    changed_at: Time,
}

impl Budget {
    pub(super) fn new(clock: Clock, configured: Option<f64>) -> Self {
        let now = clock.now();
        let rate = configured.unwrap_or(f64::INFINITY);
        Self {
            state: Mutex::new(State {
                rate,
                tokens: burst(rate),
                filled_at: now,
                limited_until: None,
                back_off: FIRST_BACK_OFF,
                changed_at: now,
            }),
            clock,
            configured,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once one request may be sent, and the engine time of that; sleeps on the clock until then.
    pub(super) async fn take(&self) -> Time {
        loop {
            let now = self.clock.now();
            let Some(until) = self.state().take(now) else {
                return now;
            };
            self.clock.sleep_until(until).await;
        }
    }

    /// Learns from an answer to a request sent at `sent_at`. Returns how long the service is left alone, if it is.
    pub(super) fn learn(&self, sent_at: Time, status: u16, said: Said) -> Option<Span> {
        let now = self.clock.now();
        let mut state = self.state();
        let asked = said.retry_after.filter(|span| *span > Span::ZERO);
        if status == 429 {
            // Answers to requests that were already out tell nothing new about the lowered rate.
            if sent_at >= state.changed_at {
                state.slow_down(now);
            }
            let span = asked.unwrap_or(state.back_off);
            if asked.is_none() {
                state.back_off = state.back_off.times(2.0).min(LONGEST_BACK_OFF);
            }
            state.block(now.plus(span));
            return Some(span);
        }
        if status == 503 && asked.is_some() {
            state.block(now.plus(asked.unwrap_or_default()));
            return asked;
        }
        if status < 400 {
            state.back_off = FIRST_BACK_OFF;
            state.speed_up(now, self.configured);
        }
        if let Some((left, reset)) = said.left.filter(|(_, reset)| *reset > Span::ZERO) {
            state.pace(now, left, reset);
        }
        None
    }

    /// The rate allowed now, and until when nothing is sent.
    pub(super) fn standing(&self) -> (f64, Option<Time>) {
        let now = self.clock.now();
        let state = self.state();
        (state.rate, state.limited_until.filter(|until| *until > now))
    }
}

fn burst(rate: f64) -> f64 {
    (rate * BURST_SECONDS).max(1.0)
}

impl State {
    /// Takes a token, or says when to look again.
    fn take(&mut self, now: Time) -> Option<Time> {
        if self.filled_at.since(now) > SET_BACK {
            // The clock was set back: what was learned under the later time would last until it comes round again.
            (self.filled_at, self.changed_at) = (now, now);
            self.limited_until = None;
        }
        if let Some(until) = self.limited_until {
            if until > now {
                return Some(until);
            }
            // After a pause start slowly: what was saved up meanwhile does not count.
            self.limited_until = None;
            self.tokens = 1.0;
            self.filled_at = now;
        }
        if self.rate.is_infinite() {
            return None;
        }
        let gained = now.since(self.filled_at).secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(burst(self.rate));
        self.filled_at = self.filled_at.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return None;
        }
        let wait = ((1.0 - self.tokens) / self.rate * 1_000.0).ceil() as i64;
        Some(now.plus(Span::from_millis(wait.max(1))))
    }

    fn block(&mut self, until: Time) {
        self.limited_until = self.limited_until.max(Some(until));
    }

    fn slow_down(&mut self, now: Time) {
        self.rate = if self.rate.is_infinite() {
            FIRST_GUESS
        } else {
            (self.rate / 2.0).max(SLOWEST.min(self.rate))
        };
        self.tokens = self.tokens.min(burst(self.rate));
        self.changed_at = now;
    }

    fn speed_up(&mut self, now: Time, configured: Option<f64>) {
        let most = configured.unwrap_or(f64::INFINITY);
        if self.rate >= most || now.since(self.changed_at) < RAISE_EVERY {
            return;
        }
        let raised = self.rate * 1.25;
        self.rate = if configured.is_none() && raised > NO_LONGER_FELT {
            f64::INFINITY
        } else {
            raised.min(most)
        };
        self.changed_at = now;
    }

    fn pace(&mut self, now: Time, left: f64, reset: Span) {
        if left < 1.0 {
            self.block(now.plus(reset));
            return;
        }
        let fits = (left / reset.secs_f64()).max(SLOWEST);
        if fits < self.rate {
            self.rate = fits;
            self.changed_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap())
    }

    /// Requests that go out while the clock is turned through `span`, step by step.
    fn sent_within(budget: &Budget, clock: &Clock, span: Span) -> usize {
        let (end, mut sent) = (clock.now().plus(span), 0);
        loop {
            let until = budget.state().take(clock.now());
            match until {
                None => sent += 1,
                Some(until) if until > end => {
                    clock.turn_to(end);
                    return sent;
                }
                Some(until) => clock.turn_to(until),
            }
        }
    }

    #[test]
    fn the_configured_rate_is_kept_in_engine_time() {
        let clock = clock();
        let budget = Budget::new(clock.clone(), Some(4.0));
        let sent = sent_within(&budget, &clock, Span::from_secs(60));
        assert!((240..=243).contains(&sent), "{sent}");
    }

    #[test]
    fn nothing_goes_out_before_the_service_allows_it_and_the_pace_recovers_slowly() {
        let clock = clock();
        let budget = Budget::new(clock.clone(), Some(8.0));
        let said = Said {
            retry_after: Some(Span::from_secs(30)),
            left: None,
        };
        let sent_at = clock.now();
        assert_eq!(budget.learn(sent_at, 429, said), Some(Span::from_secs(30)));
        assert_eq!(sent_within(&budget, &clock, Span::from_millis(29_999)), 0);
        assert_eq!(budget.standing().0.to_bits(), 4.0_f64.to_bits());
        // A second 429 to a request that was out already does not halve the rate again.
        budget.learn(sent_at.minus(Span::from_millis(1)), 429, said);
        assert_eq!(budget.standing().0.to_bits(), 4.0_f64.to_bits());
        clock.turn(Span::from_mins(1));
        for _ in 0..20 {
            clock.turn(Span::from_secs(11));
            budget.learn(clock.now(), 200, Said::default());
        }
        assert_eq!(budget.standing().0.to_bits(), 8.0_f64.to_bits());
        assert_eq!(budget.standing().1, None);
    }

    #[test]
    fn without_a_header_the_back_off_doubles_to_a_minute_and_success_resets_it() {
        let clock = clock();
        let budget = Budget::new(clock.clone(), None);
        let spans: Vec<i64> = (0..8)
            .map(|_| {
                let span = budget.learn(clock.now(), 429, Said::default()).unwrap();
                clock.turn(span);
                span.millis() / 1_000
            })
            .collect();
        assert_eq!(spans, [1, 2, 4, 8, 16, 32, 60, 60]);
        budget.learn(clock.now(), 200, Said::default());
        let zero = Said {
            retry_after: Some(Span::ZERO),
            left: None,
        };
        assert_eq!(budget.learn(clock.now(), 429, zero), Some(FIRST_BACK_OFF));
    }

    #[test]
    fn a_nearly_spent_allowance_is_spread_and_a_spent_one_waited_for() {
        let clock = clock();
        let budget = Budget::new(clock.clone(), Some(20.0));
        let left = |left| Said {
            retry_after: None,
            left: Some((left, Span::from_secs(10))),
        };
        budget.learn(clock.now(), 200, left(5.0));
        assert_eq!(budget.standing().0.to_bits(), 0.5_f64.to_bits());
        budget.learn(clock.now(), 200, left(0.0));
        assert_eq!(
            budget.standing().1,
            Some(clock.now().plus(Span::from_secs(10)))
        );
    }
}
