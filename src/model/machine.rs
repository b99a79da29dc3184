//! The machine's clocks, and a time of our own that does not jump with them.
//!
//! The wall clock of a machine can be set by anybody: a wrong battery, a wrong time server, a hand. What goes on is the
//! count since the machine was started. So the engine counts on from what it once believed, and whoever watches decides,
//! with what services say of the time, when the wall is believed anew.

use super::clock::{Stopwatch, real_now, up};
use super::time::{Span, Time};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a machine tells of time.
pub trait Machine: Send + Sync {
    /// What its wall clock shows.
    fn wall(&self) -> Time;
    /// Time since some start, with the time it slept. Never goes back.
    fn up(&self) -> Duration;
    /// The same without the time it slept.
    fn awake(&self) -> Duration;
    /// How many times faster than real time its clocks run.
    fn speed(&self) -> f64 {
        1.0
    }
    /// How often its wall is compared with the count, in real time.
    fn rhythm(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// The machine this runs on.
pub struct ThisMachine(Stopwatch);

impl ThisMachine {
    pub fn new() -> Self {
        Self(Stopwatch::start())
    }
}

impl Default for ThisMachine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine for ThisMachine {
    fn wall(&self) -> Time {
        real_now()
    }

    fn up(&self) -> Duration {
        up()
    }

    fn awake(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A `Date` is cut to the second: the middle of it is the best guess.
const HALF_A_SECOND: i64 = 500;

/// Time counted on from what was once believed.
pub struct Steady {
    machine: Arc<dyn Machine>,
    /// Milliseconds between the count and what it stands for.
    anchor: AtomicI64,
    set_back: AtomicU64,
    heard: Mutex<BTreeMap<String, Heard>>,
}

/// The last a service said of the time.
#[derive(Clone, Copy, Debug)]
struct Heard {
    /// As [`Steady::anchor`] would be if the service were right; `None` when it answered without saying.
    anchor: Option<i64>,
    at: Duration,
}

/// What a service said of the time, against ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub who: String,
    /// Milliseconds by which the service is ahead; `None` when it answered and did not say.
    pub ahead: Option<i64>,
    /// The count when it was heard.
    pub at: Duration,
}

impl Steady {
    pub fn new(machine: Arc<dyn Machine>) -> Self {
        let anchor = machine.wall().millis() - millis(machine.up());
        Self {
            machine,
            anchor: AtomicI64::new(anchor),
            set_back: AtomicU64::new(0),
            heard: Mutex::default(),
        }
    }

    pub fn now(&self) -> Time {
        Time::from_millis(millis(self.machine.up()) + self.anchor.load(Ordering::SeqCst))
    }

    pub fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    pub(super) fn set(&self, to: Time) {
        let back = self.now().since(to);
        self.anchor
            .store(to.millis() - millis(self.machine.up()), Ordering::SeqCst);
        // Less is drift, and nobody's appointment.
        if back > Span::from_secs(1) {
            self.set_back.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// How often it was set back.
    pub(super) fn set_back(&self) -> u64 {
        self.set_back.load(Ordering::SeqCst)
    }

    pub(super) fn hear(&self, who: &str, said: Option<Time>) {
        let at = self.machine.up();
        let heard = Heard {
            anchor: said.map(|said| said.millis() + HALF_A_SECOND - millis(at)),
            at,
        };
        let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(who.to_owned(), heard);
    }

    /// What was heard since the count stood at `since`.
    pub fn heard(&self, since: Duration) -> Vec<Word> {
        let ours = self.anchor.load(Ordering::SeqCst);
        let all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = all.iter().filter(|(_, heard)| heard.at >= since);
        fresh
            .map(|(who, heard)| Word {
                who: who.clone(),
                ahead: heard.anchor.map(|anchor| anchor - ours),
                at: heard.at,
            })
            .collect()
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;

    /// Wall and count, in milliseconds.
    struct Two(AtomicI64, AtomicI64);

    impl Machine for Two {
        fn wall(&self) -> Time {
            Time::from_millis(self.0.load(Ordering::SeqCst))
        }
        fn up(&self) -> Duration {
            Duration::from_millis(self.1.load(Ordering::SeqCst) as u64)
        }
        fn awake(&self) -> Duration {
            self.up()
        }
    }

    #[test]
    fn a_jump_of_the_wall_is_none_of_ours_until_we_are_set() {
        let two = Arc::new(Two(1_000_000.into(), 5_000.into()));
        let clock = Clock::watching(two.clone());
        two.0.fetch_add(86_400_000, Ordering::SeqCst);
        two.1.fetch_add(2_000, Ordering::SeqCst);
        assert_eq!(clock.now(), Time::from_millis(1_002_000));
        clock.hear("fleet", Some(Time::from_millis(1_001_600)));
        clock.hear("other", None);
        let heard = clock.steady().unwrap().heard(Duration::ZERO);
        let told: Vec<_> = heard.iter().map(|word| (&*word.who, word.ahead)).collect();
        assert_eq!(told, [("fleet", Some(100)), ("other", None)]);
        clock.set(two.wall());
        assert_eq!(clock.now(), Time::from_millis(87_400_000));
    }

    #[tokio::test]
    async fn whoever_sleeps_is_woken_when_the_clock_is_set_back() {
        let two = Arc::new(Two(1_000_000.into(), 5_000.into()));
        let clock = Clock::watching(two);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Span::from_hours(24)).await }
        });
        while clock.next_wake().is_none() {
            tokio::task::yield_now().await;
        }
        clock.set(Time::from_millis(500_000));
        sleeper.await.unwrap();
    }
}
