//! The world as services hold it.

use super::state::{Making, State};
use crate::model::clock::{Busy, Clock};
use crate::model::time::Time;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A handle to the world. Cheap to clone; clones share one world.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    clock: Clock,
    state: Mutex<State>,
    /// There is something for the driver to do earlier than it thought.
    changed: Notify,
    driver: Mutex<Driver>,
}

/// What the world knows of the task that drives it.
#[derive(Default)]
struct Driver {
    /// What it sleeps for.
    wakes_at: Option<Time>,
    /// Keeps the clock from being skipped past a moment the driver has not heard of yet.
    guard: Option<Busy>,
}

impl World {
    pub fn new(making: Making, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            state: Mutex::new(State::new(making)),
            changed: Notify::new(),
            driver: Mutex::default(),
        }))
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Brings the world up to the present, then does `act` in it. Every access goes through here; the lock is held for
    /// as long as `act` runs, so it must neither wait nor call the world again.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let (answer, next, waiting) = {
            let mut state = lock(&self.0.state);
            state.advance(self.0.clock.now());
            let answer = act(&mut state);
            (answer, state.next_moment(), !state.outbox.is_empty())
        };
        let mut driver = lock(&self.0.driver);
        let sooner = match (next, driver.wakes_at) {
            (Some(next), Some(wakes_at)) => next < wakes_at,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if sooner || waiting {
            driver.guard = Some(self.0.clock.busy());
            self.0.changed.notify_one();
        }
        answer
    }

    /// Waits until the agenda's next moment or an earlier change. The clock may be skipped only once the driver sleeps
    /// for the right moment.
    pub(in crate::sim) async fn next_moment(&self) {
        let next = {
            // Both locks: what is added after this is compared with the new `wakes_at`, so no change is missed.
            let mut driver = lock(&self.0.driver);
            let state = lock(&self.0.state);
            if !state.outbox.is_empty() {
                return;
            }
            driver.wakes_at = state.next_moment();
            driver.wakes_at
        };
        let Some(next) = next else {
            lock(&self.0.driver).guard = None;
            self.0.changed.notified().await;
            return;
        };
        let mut sleep = std::pin::pin!(self.0.clock.sleep_until(next));
        // The first poll enters the sleeper in the clock's list; from then on skipping finds it.
        let ready = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(Future::poll(sleep.as_mut(), cx).is_ready())
        })
        .await;
        lock(&self.0.driver).guard = None;
        if ready {
            return;
        }
        tokio::select! {
            () = sleep => {}
            () = self.0.changed.notified() => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
