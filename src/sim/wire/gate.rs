//! Rate limits, and whether callers keep the pauses they were asked for.

use crate::model::clock::{Clock, Stopwatch};
use crate::model::time::{Span, Time};
use crate::sim::ledger::Ledger;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a call may be under way on a busy machine, in real time.
const UNDER_WAY: Duration = Duration::from_millis(20);

/// A token bucket in engine time.
#[derive(Clone, Debug)]
pub struct Bucket {
    per_second: f64,
    most: f64,
    level: f64,
    at: Option<Time>,
}

impl Bucket {
    /// Refills `per_second` and holds at most `burst`; starts full.
    pub fn new(per_second: f64, burst: f64) -> Self {
        Self {
            per_second,
            most: burst,
            level: burst,
            at: None,
        }
    }

    /// Takes one, or says how long until there is one.
    pub fn take(&mut self, now: Time) -> Result<(), Span> {
        if let Some(at) = self.at {
            self.level = (self.level + now.since(at).secs_f64() * self.per_second).min(self.most);
        }
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
        if self.level >= 1.0 {
            self.level -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.level) / self.per_second.max(f64::MIN_POSITIVE);
        Err(Span::from_millis((wait * 1_000.0).ceil() as i64))
    }
}

/// Remembers which buckets are shut and reports calls that come before the moment they were told.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    service: &'static str,
    clock: Clock,
    ledger: Ledger,
    /// Real time in which a call may still arrive because it was already under way.
    grace: Duration,
    shut: Mutex<HashMap<String, Shut>>,
}

struct Shut {
    until: Time,
    told: Stopwatch,
    window: Span,
}

impl Gate {
    pub fn new(service: &'static str, clock: Clock, ledger: Ledger, grace: Duration) -> Self {
        Self(Arc::new(Inner {
            service,
            clock,
            ledger,
            grace,
            shut: Mutex::default(),
        }))
    }

    /// A caller of this bucket was told to come back at `until`.
    pub fn shut(&self, bucket: &str, until: Time) {
        let shut = Shut {
            until,
            told: Stopwatch::start(),
            window: until.since(self.0.clock.now()),
        };
        self.lock().insert(bucket.to_owned(), shut);
    }

    /// A call arrives; a violation when it comes before the moment its bucket's callers were told.
    pub fn arrive(&self, bucket: &str, now: Time) {
        let mut all = self.lock();
        let Some(shut) = all.get(bucket) else { return };
        if now >= shut.until {
            all.remove(bucket);
            return;
        }
        if shut.told.elapsed() >= self.grace(shut.window) {
            let text = format!(
                "{}: a call to {bucket} came {} before its Retry-After had passed",
                self.0.service,
                shut.until.since(now)
            );
            drop(all);
            self.0.ledger.violation(text);
        }
    }

    /// In hurried time the whole pause may be shorter than the grace; one that is over before a call under way can have
    /// arrived is not judged.
    fn grace(&self, window: Span) -> Duration {
        let speed = self.0.clock.speed();
        if speed <= 1.0 {
            return self.0.grace;
        }
        let half = window.to_std().div_f64(speed * 2.0);
        self.0.grace.min(half.max(UNDER_WAY))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Shut>> {
        self.0.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_allows_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::new(1.0, 3.0);
        let now = Time::from_millis(0);
        assert!((0..3).all(|_| bucket.take(now).is_ok()));
        assert_eq!(bucket.take(now), Err(Span::from_secs(1)));
        assert_eq!(bucket.take(now.plus(Span::from_secs(1))), Ok(()));
        assert!(bucket.take(now.plus(Span::from_secs(1))).is_err());
    }

    #[test]
    fn a_call_inside_the_pause_is_a_violation_and_one_after_it_is_not() {
        let clock = Clock::manual(Time::from_millis(0));
        let ledger = Ledger::in_memory();
        let gate = Gate::new("slack", clock.clone(), ledger.clone(), Duration::ZERO);
        gate.shut("post C1", clock.now().plus(Span::from_secs(30)));
        gate.arrive("post C2", clock.now());
        assert!(ledger.report().is_clean());
        clock.turn(Span::from_secs(29));
        gate.arrive("post C1", clock.now());
        assert_eq!(ledger.report().violations.len(), 1);
        clock.turn(Span::from_secs(1));
        gate.arrive("post C1", clock.now());
        assert_eq!(ledger.report().violations.len(), 1);
    }
}
