//! Opening the store, and the engine's handle to it.

use super::brain::Brain;
use super::context::Context;
use super::lock::EngineLock;
use super::records::AttemptId;
use super::tx::Tx;
use super::view::View;
use super::writer::{self, Message, Ran, Writer};
use super::{meta, migrate, open, pool, rebuild, subject};
use crate::model::clock::Clock;
use crate::model::rule::{Rules, Shape};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Why the store could not do something. Each text says what, where and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("another engine runs on this store: {0}")]
    Locked(String),
    #[error("the row has an open attempt for this rule already ({0:?})")]
    AlreadyOpen(AttemptId),
    #[error("a mutating call for this row and action is in flight already")]
    InFlight,
    #[error("{0}")]
    Bad(String),
    #[error("the disk is full; intake answers busy and nothing is sent until there is room")]
    Full,
    #[error("the store failed and must not be trusted until it was looked at: {0}")]
    Broken(String),
    #[error("the engine is stopping")]
    Closed,
}

/// What the engine opens a store with.
#[derive(Clone)]
pub struct Setup {
    pub shape: Shape,
    pub rules: Rules,
    pub clock: Clock,
}

/// The engine's handle. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Message>,
    readers: Arc<pool::Pool>,
    revision: watch::Receiver<u64>,
}

impl Store {
    /// Takes the engine's lock (`<path>.lock`), creates or migrates the file, checks its pragmas, adds columns the
    /// shape has gained, and rebuilds the queue when the rules' version changed.
    pub fn open(path: &Path, setup: Setup) -> Result<Self, StoreError> {
        subject::check(&setup.shape)?;
        let lock = EngineLock::take(path)?;
        let mut conn = open::writer(path)?;
        open::quick_check(&mut conn, path)?;
        let context = prepare(conn, path, setup.shape, setup.rules, &setup.clock)?;
        let readers = (0..pool::SIZE)
            .map(|_| Context::new(open::reader(path)?, Arc::clone(&context.brain)))
            .collect::<Result<Vec<_>, _>>()?;
        let readers = Arc::new(pool::Pool::new(readers, setup.clock.clone()));
        let (jobs, inbox) = mpsc::channel(writer::WAITING);
        let (told, revision) = watch::channel(0);
        let writer = Writer::new(context, setup.clock, told, lock)?;
        std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.run(inbox))
            .map_err(|error| StoreError::Bad(format!("the writer cannot start: {error}")))?;
        Ok(Self {
            jobs,
            readers,
            revision,
        })
    }

    /// Lets a group read the store: mode 0640 and this group, on the file and what SQLite keeps beside it. For
    /// `[control] group`; without it everything is 0600.
    pub fn share_with_group(path: &Path, gid: u32) -> Result<(), StoreError> {
        open::share(path, gid)
    }

    /// Runs `work` on the writer thread in a savepoint of the next group commit; answers once that commit is on disk.
    /// An error rolls back this closure's writes only.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (tell, hear) = oneshot::channel();
        let job = move |tx: Result<&mut Tx<'_>, StoreError>| {
            let result = tx.and_then(|tx| {
                let answer = catch_unwind(AssertUnwindSafe(|| work(tx)));
                let answer = answer.unwrap_or_else(|panic| Err(panicked(&*panic)))?;
                tx.settle()?;
                Ok(answer)
            });
            Ran {
                failed: result.as_ref().err().cloned(),
                answer: Box::new(move |committed: Result<(), StoreError>| {
                    let _ = tell.send(committed.and(result));
                }),
            }
        };
        self.jobs
            .send(Message::Work(Box::new(job)))
            .await
            .map_err(|_| StoreError::Closed)?;
        hear.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `work` on a reader, off the async threads.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        Arc::clone(&self.readers).read(work).await
    }

    /// A number that grows with every commit. Carries nothing but "look again".
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.revision.clone()
    }

    /// Finishes what is queued, checkpoints and closes. Later writes answer [`StoreError::Closed`].
    pub async fn close(self) {
        self.readers.close().await;
        let (tell, hear) = oneshot::channel();
        if self.jobs.send(Message::Close(tell)).await.is_ok() {
            let _ = hear.await;
        }
    }
}

/// A panic in a closure, as an error of that closure.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> StoreError {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    StoreError::Bad(format!(
        "a closure given to the store panicked, and nothing of it was kept: {said}"
    ))
}

/// Brings the file up to this build and this pipeline, all in one transaction.
fn prepare(
    conn: rusqlite::Connection,
    path: &Path,
    shape: Shape,
    rules: Rules,
    clock: &Clock,
) -> Result<Context, StoreError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    migrate::migrate(&conn, path, &shape.subject)?;
    subject::sync(&conn, &shape)?;
    let kinds = subject::known_kinds(&conn)?;
    let brain = Arc::new(Brain::new(shape, rules, kinds)?);
    let context = Context::new(conn, brain)?;
    let now = clock.now();
    context.set_now(now);
    meta::name_store(&context.conn)?;
    let known = meta::get(&context.conn, "rules_version")?;
    if known.as_deref() != Some(context.brain.rules.version.as_str()) {
        meta::write_rules(&context.conn, &context.brain.rules)?;
        rebuild::rebuild(&context, now)?;
    }
    context.conn.execute_batch("COMMIT")?;
    Ok(context)
}
