//! The duties and the loop that drives them.

use super::shared::{Parts, Shared};
use crate::model::clock::{Clock, Stopwatch, real_sleep};
use crate::model::time::{Span, Time};
use crate::store::{Level, NewEntry, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// After the store would not take something, in real time.
const BREATH: Duration = Duration::from_secs(1);

/// A running engine. Dropping it does not stop it; [`Engine::stop`] does.
#[derive(Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
    /// The taking duty's last look.
    round: Arc<Round>,
    tasks: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

/// When the taking duty last looked at the table.
pub(super) struct Round {
    /// Engine time.
    at: AtomicI64,
    /// Real time, in milliseconds of `watch`.
    real: AtomicU64,
    watch: Stopwatch,
}

impl Round {
    fn new(now: Time) -> Self {
        Self {
            at: AtomicI64::new(now.millis()),
            real: AtomicU64::new(0),
            watch: Stopwatch::start(),
        }
    }

    fn begins(&self, now: Time) {
        self.at.store(now.millis(), Ordering::Relaxed);
        self.real.store(self.ms(), Ordering::Relaxed);
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.watch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Real time since the last look.
    fn still_for(&self) -> Duration {
        Duration::from_millis(self.ms().saturating_sub(self.real.load(Ordering::Relaxed)))
    }
}

/// The taking duty looks at the table this often in real time, whatever there is to do, so that standing still shows.
const TICK: Duration = Duration::from_secs(10);
/// Real time without a look after which the engine is called stalled.
const STALLED_AFTER: Duration = Duration::from_secs(30);

/// A duty that found nothing due looks again after this, whatever it was told: a missed wake-up costs minutes, not a
/// night.
const AT_LEAST_EVERY: Span = Span::from_mins(5);

impl Engine {
    /// Takes up what an earlier process left open, then starts the duties.
    pub async fn start(parts: Parts) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::new(parts)?);
        shared.doubt_the_clock().await?;
        shared.rescue().await?;
        shared.tell_connectors().await;
        super::leave::heed(&shared);
        let round = Arc::new(Round::new(shared.clock.now()));
        let engine = Self {
            shared: shared.clone(),
            round: round.clone(),
            tasks: Arc::default(),
        };
        let mut tasks = engine.tasks.lock().await;
        tasks.spawn(super::look_back::look_back(shared.clone()));
        tasks.spawn(taking(shared.clone(), round));
        tasks.spawn(super::checks::ask_on(shared.clone()));
        tasks.spawn(super::leave::follow(shared.clone()));
        tasks.spawn(super::outbox::deliver(shared.clone()));
        tasks.spawn(super::pulse::pulse(shared.clone()));
        tasks.spawn(super::room::watch_room(shared.clone()));
        tasks.spawn(super::clock_watch::watch(shared.clone()));
        tasks.spawn(super::proof::prove(shared.clone()));
        for place in 0..shared.pipeline.mirrors.len() {
            tasks.spawn(super::mirrors::mirror(shared.clone(), place));
        }
        tasks.spawn(super::outbox::board(shared));
        drop(tasks);
        Ok(engine)
    }

    /// Starts nothing more and waits until what is under way has come to its next record.
    pub async fn stop(&self) {
        self.shared.stop.send_replace(true);
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    /// Returns when the engine is to end, by [`Engine::stop`] or an operator's word.
    pub async fn ended(&self) {
        let mut stop = self.shared.stop.subscribe();
        let _ = stop.wait_for(|stopped| *stopped).await;
    }

    /// Engine time at which the taking duty last looked at the table: when this stands still the engine does.
    pub fn looked_at(&self) -> Time {
        Time::from_millis(self.round.at.load(Ordering::Relaxed))
    }

    /// That nothing goes on although the process lives: the taking duty has not looked at the table for half a minute
    /// of real time.
    pub fn stalled(&self) -> Option<String> {
        let still = self.round.still_for();
        (still >= STALLED_AFTER).then(|| format!("stalled for {} s", still.as_secs()))
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }
}

/// Takes rows from their queues and wakes what waits.
async fn taking(shared: Arc<Shared>, round: Arc<Round>) {
    let mut changed = shared.store.revision();
    let mut nudged = shared.nudge.subscribe();
    let mut stop = shared.stop.subscribe();
    let mut attempts = JoinSet::new();
    let mut swept = shared.clock.now();
    shared.tell_of_odd_nights().await;
    while !*stop.borrow_and_update() {
        let busy = shared.clock.busy();
        changed.borrow_and_update();
        nudged.borrow_and_update();
        round.begins(shared.clock.now());
        let now = shared.clock.now();
        if now.since(swept) >= AT_LEAST_EVERY {
            swept = now;
            shared.take_up_orphans().await;
            shared.tell_of_odd_nights().await;
        }
        let next = match shared.plan().await {
            Ok(plan) => {
                let next = plan.next;
                shared
                    .start_planned(plan, &mut attempts)
                    .await
                    .map(|()| next)
            }
            Err(error) => Err(error),
        };
        let next = match next {
            Ok(next) => next,
            Err(error) => {
                // A full disk answers at once, and would be asked again at once.
                tracing::error!("looking at the queue: {error}");
                real_sleep(BREATH).await;
                None
            }
        };
        while attempts.try_join_next().is_some() {}
        drop(busy);
        let latest = shared.clock.now().plus(AT_LEAST_EVERY);
        tokio::select! {
            _ = changed.changed() => {}
            _ = nudged.changed() => {}
            _ = stop.changed() => {}
            () = real_sleep(TICK) => {}
            () = shared.clock.sleep_until(next.map_or(latest, |next| next.min(latest))) => {}
        }
    }
    while attempts.join_next().await.is_some() {}
}

impl Shared {
    /// Writes journal lines of their own; trouble with that goes to the log only.
    pub async fn say(
        &self,
        level: Level,
        source: &str,
        row: Option<crate::model::row::RowId>,
        text: String,
    ) {
        let entry = NewEntry {
            level,
            source: source.to_owned(),
            row,
            text,
        };
        if let Err(error) = self.store.write(move |tx| tx.say(entry)).await {
            tracing::error!("writing the journal: {error}");
        }
    }
}
