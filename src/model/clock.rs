//! The only place that asks the time or sleeps.
//!
//! *Engine time* is what pipelines and services state: windows, waits, rates, `Retry-After`. It may run faster than
//! real time (`--speed`), or stand still until a test turns it. *Real time* is for sockets, group commit and the
//! screen: [`Stopwatch`] and [`real_sleep`].

use super::machine::{Machine, Steady, ThisMachine};
use super::time::{Span, Time};
use std::sync::atomic::{AtomicI64, AtomicIsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Engine time. Cheap to clone; clones share the same time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    mode: Mode,
    /// Milliseconds added by [`Clock::turn_to`] and [`Clock::turn`].
    offset: AtomicI64,
    turned: watch::Sender<u64>,
    sleepers: Mutex<std::collections::BTreeSet<(Time, u64)>>,
    next_sleeper: std::sync::atomic::AtomicU64,
    busy: AtomicIsize,
}

enum Mode {
    System,
    /// The machine's, believed only as far as it is borne out.
    Watched(Steady),
    Scaled {
        start: Time,
        from: Stopwatch,
        speed: f64,
    },
    Manual {
        start: Time,
    },
}

/// Held while its holder is doing something that is not waiting for the clock. See [`Clock::skip_if_quiet`].
pub struct Busy(Clock);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The other way round: held by somebody who is busy while it waits for the outside, which has the clock to itself.
pub struct Away(Clock);

impl Drop for Away {
    fn drop(&mut self) {
        self.0.0.busy.fetch_add(1, Ordering::SeqCst);
    }
}

impl Clock {
    fn new(mode: Mode) -> Self {
        Self(Arc::new(Inner {
            mode,
            offset: AtomicI64::new(0),
            turned: watch::channel(0).0,
            sleepers: Mutex::default(),
            next_sleeper: 0.into(),
            busy: AtomicIsize::new(0),
        }))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Mode::System)
    }

    /// The machine's clock as an engine takes it: what jumps is the machine's, not this one. Somebody must watch it
    /// (`engine`), or it drifts from the machine's by as much as that is set.
    pub fn watched() -> Self {
        Self::watching(Arc::new(ThisMachine::new()))
    }

    /// The same over any machine.
    pub fn watching(machine: Arc<dyn Machine>) -> Self {
        Self::new(Mode::Watched(Steady::new(machine)))
    }

    /// What is known of the machine's clock, when this is a watched one.
    pub fn steady(&self) -> Option<&Steady> {
        match &self.0.mode {
            Mode::Watched(steady) => Some(steady),
            _ => None,
        }
    }

    /// A service said what time it is, just now. Only a watched clock cares.
    pub fn hear(&self, who: &str, said: Option<Time>) {
        if let Some(steady) = self.steady() {
            steady.hear(who, said);
        }
    }

    /// Sets a watched clock, and lets every sleeper look at it again. A sleeper for a moment that came later under the
    /// old time is woken early: whoever sleeps looks again anyway.
    pub fn set(&self, to: Time) {
        if let Some(steady) = self.steady() {
            let turned = Span::from_millis(self.0.offset.load(Ordering::SeqCst));
            steady.set(to.minus(turned));
            self.look_again();
        }
    }

    /// Lets every sleeper look at the time again: it may have gone on while the machine slept.
    pub fn look_again(&self) {
        self.0.turned.send_modify(|n| *n += 1);
    }

    /// Starts at `start` and runs `speed` times as fast as real time.
    pub fn scaled(start: Time, speed: f64) -> Self {
        Self::new(Mode::Scaled {
            start,
            from: Stopwatch::start(),
            speed,
        })
    }

    /// Stands at `start` until [`Clock::turn`] or [`Clock::turn_to`] moves it.
    pub fn manual(start: Time) -> Self {
        Self::new(Mode::Manual { start })
    }

    /// How many times faster than real time this runs; 0 for a hand-turned clock.
    pub fn speed(&self) -> f64 {
        match &self.0.mode {
            Mode::System => 1.0,
            Mode::Watched(steady) => steady.machine().speed(),
            Mode::Scaled { speed, .. } => *speed,
            Mode::Manual { .. } => 0.0,
        }
    }

    pub fn now(&self) -> Time {
        let base = match &self.0.mode {
            Mode::System => system_now(),
            Mode::Watched(steady) => steady.now(),
            Mode::Scaled { start, from, speed } => Time::from_millis(
                start.millis() + (from.elapsed().as_secs_f64() * 1_000.0 * speed) as i64,
            ),
            Mode::Manual { start } => *start,
        };
        Time::from_millis(base.millis() + self.0.offset.load(Ordering::SeqCst))
    }

    /// Moves engine time forward by `by` and wakes whoever's moment has come.
    pub fn turn(&self, by: Span) {
        self.0.offset.fetch_add(by.millis(), Ordering::SeqCst);
        self.0.turned.send_modify(|n| *n += 1);
    }

    /// Moves engine time forward to `to`; does nothing when that is not ahead.
    pub fn turn_to(&self, to: Time) {
        let by = to.since(self.now());
        if by > Span::ZERO {
            self.turn(by);
        }
    }

    /// Returns once engine time has reached `until`, or earlier when a watched clock was set back: what was asked for
    /// then meant another moment.
    pub async fn sleep_until(&self, until: Time) {
        let mut turned = self.0.turned.subscribe();
        let _entry = Sleeper::enter(self, until);
        let set_back = || self.steady().map_or(0, Steady::set_back);
        let before = set_back();
        loop {
            let left = until.since(self.now());
            if left == Span::ZERO || set_back() != before {
                return;
            }
            match &self.0.mode {
                Mode::Manual { .. } => {
                    let _ = turned.changed().await;
                }
                Mode::System | Mode::Watched(_) | Mode::Scaled { .. } => {
                    let real = left.secs_f64() / self.speed();
                    tokio::select! {
                        () = real_sleep(std::time::Duration::from_secs_f64(real.max(0.0005))) => {}
                        _ = turned.changed() => {}
                    }
                }
            }
        }
    }

    pub async fn sleep(&self, span: Span) {
        self.sleep_until(self.now().plus(span)).await;
    }

    /// The earliest moment somebody sleeps for.
    pub fn next_wake(&self) -> Option<Time> {
        self.0.sleepers.lock().ok()?.first().map(|(at, _)| *at)
    }

    /// Says that work is under way until the guard is dropped. Never hold it across a long [`Clock::sleep`].
    pub fn busy(&self) -> Busy {
        self.0.busy.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }

    /// Says that whoever holds one [`Busy`] guard here only waits for an answer, until this is dropped: a simulated
    /// service that takes its time then lets the clock be skipped.
    pub fn away(&self) -> Away {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
        Away(self.clone())
    }

    /// True while anybody is busy and not away.
    pub fn is_busy(&self) -> bool {
        self.0.busy.load(Ordering::SeqCst) > 0
    }

    /// If nobody is busy and somebody sleeps, turns the clock to the next wake-up. True when it turned.
    pub fn skip_if_quiet(&self) -> bool {
        if self.is_busy() {
            return false;
        }
        match self.next_wake() {
            Some(at) if at > self.now() => {
                self.turn_to(at);
                true
            }
            _ => false,
        }
    }
}

/// Registers a sleeper for [`Clock::next_wake`] while it sleeps, however its future ends.
struct Sleeper {
    clock: Clock,
    key: (Time, u64),
}

impl Sleeper {
    fn enter(clock: &Clock, until: Time) -> Self {
        let key = (until, clock.0.next_sleeper.fetch_add(1, Ordering::Relaxed));
        if let Ok(mut sleepers) = clock.0.sleepers.lock() {
            sleepers.insert(key);
        }
        Self {
            clock: clock.clone(),
            key,
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Ok(mut sleepers) = self.clock.0.sleepers.lock() {
            sleepers.remove(&self.key);
        }
    }
}

/// Measures real time.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "this is time's one home")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// How long this machine has been up, with the time it slept.
pub(super) fn up() -> std::time::Duration {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    // Elsewhere the monotonic clock goes on in sleep.
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let up = rustix::time::clock_gettime(clock);
    std::time::Duration::new(up.tv_sec.unsigned_abs(), up.tv_nsec as u32)
}

#[expect(clippy::disallowed_methods, reason = "this is time's one home")]
fn system_now() -> Time {
    Time::from_chrono(chrono::Utc::now())
}

/// The machine's time, whatever engine time is: for file names, logs about the process itself, TLS.
pub fn real_now() -> Time {
    system_now()
}

/// Sleeps in real time: sockets, group commit, watchdogs, the screen. Anything a pipeline states sleeps on a [`Clock`].
#[expect(clippy::disallowed_methods, reason = "this is sleep's one home")]
pub async fn real_sleep(span: std::time::Duration) {
    tokio::time::sleep(span).await;
}

/// Blocks a plain thread in real time.
#[expect(clippy::disallowed_methods, reason = "this is sleep's one home")]
pub fn real_pause(span: std::time::Duration) {
    std::thread::sleep(span);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Time {
        Time::parse("2026-03-02T12:00:00Z").unwrap()
    }

    #[tokio::test]
    async fn a_hand_turned_clock_wakes_its_sleepers_only_when_turned() {
        let clock = Clock::manual(noon());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep(Span::from_mins(10)).await;
                clock.now()
            }
        });
        while clock.next_wake().is_none() {
            tokio::task::yield_now().await;
        }
        clock.turn(Span::from_mins(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.turn(Span::from_mins(1));
        assert_eq!(sleeper.await.unwrap(), noon().plus(Span::from_mins(10)));
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn a_quiet_clock_skips_to_the_next_appointment_and_a_busy_one_does_not() {
        let clock = Clock::scaled(noon(), 1.0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Span::from_hours(8)).await }
        });
        while clock.next_wake().is_none() {
            tokio::task::yield_now().await;
        }
        let busy = clock.busy();
        assert!(!clock.skip_if_quiet());
        drop(busy);
        assert!(clock.skip_if_quiet());
        sleeper.await.unwrap();
        assert!(clock.now() >= noon().plus(Span::from_hours(8)));
    }

    #[test]
    fn a_scaled_clock_runs_faster_than_the_wall() {
        let clock = Clock::scaled(noon(), 1_000_000.0);
        let watch = Stopwatch::start();
        while watch.elapsed().as_millis() < 2 {}
        assert!(clock.now().since(noon()) >= Span::from_mins(10));
    }
}
