//! The duty that looks at the machine once a second and does what follows.

use super::belief::{Belief, STOOD_STILL, Sight, Verdict};
use crate::engine::shared::Shared;
use crate::model::clock::{Stopwatch, real_sleep};
use crate::model::machine::Steady;
use crate::model::time::{Span, Time};
use crate::pipeline::definition::{Rhythm, Source};
use crate::store::{HaltKind, Level, StoreError, View};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Milliseconds of drift that are not worth waking every sleeper for.
const NOTHING: i64 = 20;
/// Looks between two askings of services.
const ASK_EVERY: u32 = 5;
/// Polls that were missed in a sleep are waited for so long, in the machine's time.
const POLLS: Duration = Duration::from_mins(2);

/// What the watch shares with whoever resumes.
#[derive(Default)]
pub struct ClockWatch {
    belief: Mutex<Option<Belief>>,
    asking: AtomicBool,
    heard: Notify,
    /// The machine's count at the last look, in milliseconds.
    looked: AtomicU64,
}

impl ClockWatch {
    fn looked_at(&self, up: Duration) {
        let millis = u64::try_from(up.as_millis()).unwrap_or(u64::MAX);
        self.looked.store(millis, Ordering::SeqCst);
    }

    fn belief(&self) -> MutexGuard<'_, Option<Belief>> {
        self.belief.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Before anything else: a watched clock is not believed until it is borne out. Quiet, as that is mostly a moment.
    pub async fn doubt_the_clock(&self) -> Result<(), StoreError> {
        let Some(steady) = self.clock.steady() else {
            return Ok(());
        };
        let latest = self.store.read(latest).await?;
        let (up, awake) = (steady.machine().up(), steady.machine().awake());
        *self.clock_watch.belief() = Some(Belief::new(up, awake, latest));
        self.clock_watch.looked_at(up);
        let why = "the machine's clock is being compared with those of the services";
        self.halts.begin(HaltKind::Clock, why, self.clock.now());
        Ok(())
    }

    /// Why nothing may be sent now, if so: what halts the engine, or a machine that has just woken and was not looked at.
    pub fn why_not(&self) -> Option<String> {
        let asleep = || {
            let up = self.clock.steady()?.machine().up();
            let looked = Duration::from_millis(self.clock_watch.looked.load(Ordering::SeqCst));
            (up.saturating_sub(looked) > STOOD_STILL)
                .then(|| "this machine has slept, and the time is not compared yet".to_owned())
        };
        self.halts.why().or_else(asleep)
    }

    /// An operator resumes: the machine's clock is right, whatever was said of it.
    pub async fn vouch_for_the_clock(&self, actor: &str) {
        let vouched = self
            .clock_watch
            .belief()
            .as_mut()
            .is_some_and(Belief::vouch);
        if vouched {
            let wall = self.clock.steady().map(|steady| steady.machine().wall());
            let ahead = wall.map_or(0, |wall| wall.millis() - self.clock.now().millis());
            self.carry_out(Verdict::Set(ahead)).await;
            let said = format!("{actor} says that the machine's clock is right: sending goes on");
            self.carry_out(Verdict::GoOn(Some(said))).await;
        }
    }

    async fn carry_out(&self, verdict: Verdict) {
        match verdict {
            Verdict::Set(ahead) => self.set_clock(ahead).await,
            Verdict::Halt { why, news: true } => self.halt_anew(HaltKind::Clock, &why).await,
            Verdict::Halt { why, news: false } => self.halt(HaltKind::Clock, &why).await,
            Verdict::GoOn(Some(said)) => self.go_on(HaltKind::Clock, &said).await,
            Verdict::GoOn(None) => self.go_on_quietly(HaltKind::Clock).await,
            Verdict::Warn(text) => self.say(Level::Alarm, "engine", None, text).await,
        }
    }

    /// Sets the engine's time. Where that is back, what was written under the later time must not wait for it.
    async fn set_clock(&self, ahead: i64) {
        if ahead.abs() < NOTHING {
            return;
        }
        self.clock
            .set(Time::from_millis(self.clock.now().millis() + ahead));
        let back = Span::from_millis(-ahead);
        if back < Span::from_secs(1) {
            return;
        }
        if let Err(error) = self.store.write(move |tx| tx.set_back(back)).await {
            tracing::error!("after the clock was set back: {error}");
        }
        self.nudge();
    }

    /// Asks every service for its time, one asking at a time.
    fn ask_for_the_time(self: &Arc<Self>) {
        if self.clock_watch.asking.swap(true, Ordering::SeqCst) {
            return;
        }
        let shared = self.clone();
        tokio::spawn(async move {
            let mut asked = tokio::task::JoinSet::new();
            for connector in shared.registry.iter() {
                let (connector, shared) = (connector.clone(), shared.clone());
                asked.spawn(async move {
                    connector.tell_time().await;
                    shared.clock_watch.heard.notify_one();
                });
            }
            while asked.join_next().await.is_some() {}
            shared.clock_watch.asking.store(false, Ordering::SeqCst);
        });
    }

    /// Whether every poll that was due when the machine woke has been made since.
    async fn caught_up(&self, woke: Time) -> bool {
        let pipeline = self.pipeline.clone();
        let polls = self.store.read(move |view| {
            for intake in &pipeline.intakes {
                let Source::Poll { rhythm, .. } = &intake.source else {
                    continue;
                };
                let Some(last) = last_poll(view, &intake.name)? else {
                    continue;
                };
                let due = match rhythm {
                    Rhythm::Every(span) => Some(last.plus(*span)),
                    Rhythm::At(cron) => cron.next_after(last),
                };
                if due.is_some_and(|due| due <= woke) {
                    return Ok(false);
                }
            }
            Ok(true)
        });
        polls.await.unwrap_or(true)
    }
}

/// When the intake's last whole round began, as its poll keeps it.
fn last_poll(view: &View<'_>, intake: &str) -> Result<Option<Time>, StoreError> {
    let note = view.note(&format!("poll/{intake}"))?;
    Ok(note.and_then(|note| Time::parse(note["last_at"].as_str()?).ok()))
}

/// The latest time the store knows of.
fn latest(view: &View<'_>) -> Result<Option<Time>, StoreError> {
    let line = view
        .journal_before(None, None, 1)?
        .pop()
        .map(|line| line.at);
    let beat = view.note("engine")?;
    let beat = beat.and_then(|note| Time::parse(note["clock"].as_str()?).ok());
    Ok(line.max(beat))
}

/// Compares until the engine stops. Returns at once when the clock is not the machine's.
pub(in crate::engine) async fn watch(shared: Arc<Shared>) {
    let Some(steady) = shared.clock.steady() else {
        return;
    };
    let rhythm = steady.machine().rhythm();
    let mut stop = shared.stop.subscribe();
    let mut asked: Option<Stopwatch> = None;
    let mut woke: Option<(Duration, Time)> = None;
    let mut last = steady.machine().up();
    while !*stop.borrow_and_update() {
        let up = steady.machine().up();
        if up.saturating_sub(last) > STOOD_STILL {
            woke = Some((up, shared.clock.now()));
            // Whoever slept on the machine's other clock does not know yet what time it is.
            shared.clock.look_again();
        }
        last = up;
        let caught_up = match woke {
            Some((at, _)) if up.saturating_sub(at) > POLLS => true,
            Some((_, when)) => shared.caught_up(when).await,
            None => true,
        };
        if caught_up {
            woke = None;
        }
        let wonders = shared.look_at_the_clock(steady, caught_up).await;
        if wonders && asked.is_none_or(|at| at.elapsed() >= rhythm * ASK_EVERY) {
            asked = Some(Stopwatch::start());
            shared.ask_for_the_time();
        } else if !wonders {
            asked = None;
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = shared.clock_watch.heard.notified() => {}
            () = real_sleep(rhythm) => {}
        }
    }
}

impl Shared {
    /// One look; true while services should be asked.
    async fn look_at_the_clock(&self, steady: &Steady, caught_up: bool) -> bool {
        let machine = steady.machine();
        let now = self.clock.now();
        let sight = Sight {
            now,
            wall_ahead: machine.wall().millis() - now.millis(),
            up: machine.up(),
            awake: machine.awake(),
            tellers: self.registry.iter().any(|connector| connector.tells_time()),
            caught_up,
        };
        let (verdicts, wonders) = {
            let mut belief = self.clock_watch.belief();
            let Some(belief) = belief.as_mut() else {
                return false;
            };
            let words = steady.heard(belief.since(sight.up));
            (belief.look(&sight, &words), belief.wonders())
        };
        for verdict in verdicts {
            self.carry_out(verdict).await;
        }
        // Only now: a halt that this look brought is on.
        self.clock_watch.looked_at(sight.up);
        wonders
    }
}
