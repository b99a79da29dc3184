//! The engine's readers: a few connections, used off the async threads.

use super::context::Context;
use super::handle::{StoreError, panicked};
use super::view::View;
use super::writer::LastWords;
use crate::model::clock::Clock;
use crate::model::time::Time;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

pub(super) const SIZE: usize = 4;

pub(super) struct Pool {
    idle: Mutex<Vec<Context>>,
    free: Arc<Semaphore>,
    clock: Clock,
    last_words: LastWords,
}

impl Pool {
    pub(super) fn new(readers: Vec<Context>, clock: Clock, last_words: LastWords) -> Self {
        Self {
            free: Arc::new(Semaphore::new(readers.len())),
            idle: Mutex::new(readers),
            clock,
            last_words,
        }
    }

    pub(super) async fn read<T, F>(self: Arc<Self>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.free).acquire_owned();
        let permit = permit.await.map_err(|_| StoreError::Closed)?;
        let context = self.take().ok_or(StoreError::Closed)?;
        let pool = Arc::clone(&self);
        let now = self.clock.now();
        let done = tokio::task::spawn_blocking(move || {
            let answer = look(&context, now, work);
            if let Err(error @ StoreError::Broken(_)) = &answer
                && let Some(last_words) = pool.last_words.get()
            {
                last_words(error);
            }
            pool.give(context);
            drop(permit);
            answer
        });
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// Waits for the looks under way, then closes every connection.
    pub(super) async fn close(&self) {
        if let Ok(all) = self.free.acquire_many(SIZE as u32).await {
            all.forget();
        }
        self.free.close();
        self.lock().clear();
    }

    fn take(&self) -> Option<Context> {
        self.lock().pop()
    }

    fn give(&self, context: Context) {
        self.lock().push(context);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Context>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One consistent look, in a read transaction of its own. A panic inside is an error of that look.
pub(super) fn look<T>(
    context: &Context,
    now: Time,
    work: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    context.set_now(now);
    context.conn.execute_batch("BEGIN")?;
    let answer = catch_unwind(AssertUnwindSafe(|| work(&View::new(context))));
    context.conn.execute_batch("ROLLBACK")?;
    answer.unwrap_or_else(|panic| Err(panicked(&*panic)))
}
