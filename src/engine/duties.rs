//! The duties and the loop that drives them.

use super::shared::{Parts, Shared};
use crate::model::clock::{Clock, real_sleep};
use crate::model::time::{Span, Time};
use crate::store::{Level, NewEntry, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::task::JoinSet;

/// After the store would not take something, in real time.
const BREATH: std::time::Duration = std::time::Duration::from_secs(1);

/// A running engine. Dropping it does not stop it; [`Engine::stop`] does.
#[derive(Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
    /// Engine time of the taking duty's last look, for `/healthz`.
    looked_at: Arc<AtomicI64>,
    tasks: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

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
        let looked_at = Arc::new(AtomicI64::new(shared.clock.now().millis()));
        let engine = Self {
            shared: shared.clone(),
            looked_at: looked_at.clone(),
            tasks: Arc::default(),
        };
        let mut tasks = engine.tasks.lock().await;
        tasks.spawn(taking(shared.clone(), looked_at));
        tasks.spawn(super::leave::follow(shared.clone()));
        tasks.spawn(super::outbox::deliver(shared.clone()));
        tasks.spawn(super::pulse::pulse(shared.clone()));
        tasks.spawn(super::clock_watch::watch(shared.clone()));
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
        Time::from_millis(self.looked_at.load(Ordering::Relaxed))
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }
}

/// Takes rows from their queues and wakes what waits.
async fn taking(shared: Arc<Shared>, looked_at: Arc<AtomicI64>) {
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
        looked_at.store(shared.clock.now().millis(), Ordering::Relaxed);
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
