//! Opening the store, and the engine's handle to it.

use super::brain::Brain;
use super::context::Context;
use super::epoch::Epoch;
use super::lock::EngineLock;
use super::records::AttemptId;
use super::room::Room;
use super::tx::Tx;
use super::view::View;
use super::writer::{self, LastWords, Message, Ran, Writer};
use super::{ground, meta, migrate, open, pool, rebuild, subject};
use crate::model::clock::{Clock, real_sleep};
use crate::model::rule::{Rules, Shape};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
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
    /// The disk is full before the engine has started.
    #[error("{0}")]
    NotNow(String),
    /// Another program holds the lock on the file.
    #[error("{0}")]
    Busy(String),
    #[error("the store failed and must not be trusted until it was looked at: {0}")]
    Broken(String),
    #[error("the engine is stopping")]
    Closed,
}

/// How soon what must be kept is tried again, in real time.
const AGAIN: Duration = Duration::from_millis(250);

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
    pub(super) room: Arc<Room>,
    last_words: LastWords,
    leaving: Arc<AtomicBool>,
    told: Arc<str>,
}

impl Store {
    /// Takes the engine's lock (`<path>.lock`), creates or migrates the file, checks its pragmas, adds columns the
    /// shape has gained, and rebuilds the queue when the rules' version changed. A place where nothing can be kept
    /// safely, a damaged file and a full disk are refused, each in a sentence.
    pub fn open(path: &Path, setup: Setup) -> Result<Self, StoreError> {
        Self::start(path, setup).map_err(|error| ground::at_start(path, error))
    }

    fn start(path: &Path, setup: Setup) -> Result<Self, StoreError> {
        subject::check(&setup.shape)?;
        let lock = EngineLock::take(path)?;
        ground::check_log(path)?;
        let mut conn = open::writer(path)?;
        open::quick_check(&mut conn, path)?;
        let told = open::told(&conn)?;
        let (context, epoch) = prepare(conn, path, setup.shape, setup.rules, &setup.clock)?;
        epoch.mark(&context.conn)?;
        let told = format!("{}: {told}, start {}", path.display(), epoch.number());
        let room = Arc::new(Room::new(path));
        let last_words = LastWords::default();
        let readers = (0..pool::SIZE)
            .map(|_| Context::new(open::reader(path)?, Arc::clone(&context.brain)))
            .collect::<Result<Vec<_>, _>>()?;
        let readers = pool::Pool::new(readers, setup.clock.clone(), Arc::clone(&last_words));
        let readers = Arc::new(readers);
        let (jobs, inbox) = mpsc::channel(writer::WAITING);
        let (changed, revision) = watch::channel(0);
        let writer = Writer::new(writer::Parts {
            context,
            clock: setup.clock,
            told: changed,
            lock,
            epoch,
            room: Arc::clone(&room),
            last_words: Arc::clone(&last_words),
            path: path.to_owned(),
        })?;
        std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.run(inbox))
            .map_err(|error| StoreError::Bad(format!("the writer cannot start: {error}")))?;
        Ok(Self {
            jobs,
            readers,
            revision,
            room,
            last_words,
            leaving: Arc::default(),
            told: told.into(),
        })
    }

    /// SQLite's version, what it says of how it keeps this file, and which start this is.
    pub fn told(&self) -> &str {
        &self.told
    }

    /// What is done, once and on the thread that found it, when a read, a write or a sync fails, the file is damaged, or
    /// another engine took it over. Nothing is written, answered or begun after it: it should end the process, as only
    /// a new start reads what is really on disk.
    pub fn when_broken(&self, last_words: impl Fn(&StoreError) + Send + Sync + 'static) {
        let _ = self.last_words.set(Box::new(last_words));
    }

    /// Why there is no room on the disk for anything new; `None` while there is.
    pub fn room(&self) -> watch::Receiver<Option<String>> {
        self.room.watch()
    }

    /// Asks the disk how much room there is, at most once a second.
    pub fn look_for_room(&self) {
        self.room.look();
    }

    /// Writes down, in the file beside the store, how far it has come: an older copy put in its place shows by that.
    pub async fn mark(&self) {
        let _ = self.jobs.send(Message::Mark).await;
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

    /// As [`Self::write`], for what must not be lost: how a call ended. While there is no room, or another program holds
    /// the lock, it is tried again, until the engine leaves.
    pub async fn keep<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let work = Arc::new(Mutex::new(work));
        loop {
            let again = Arc::clone(&work);
            let answer = self
                .write(move |tx| again.lock().unwrap_or_else(PoisonError::into_inner)(tx))
                .await;
            match answer {
                Err(StoreError::Full | StoreError::Busy(_))
                    if !self.leaving.load(Ordering::Relaxed) =>
                {
                    real_sleep(AGAIN).await;
                }
                answer => return answer,
            }
        }
    }

    /// The engine leaves: from now on [`Self::keep`] tries once. What it cannot keep is looked up by the next engine.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
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
) -> Result<(Context, Epoch), StoreError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    migrate::migrate(&conn, path, &shape.subject)?;
    subject::sync(&conn, &shape)?;
    let kinds = subject::known_kinds(&conn)?;
    let brain = Arc::new(Brain::new(shape, rules, kinds)?);
    let context = Context::new(conn, brain)?;
    let now = clock.now();
    context.set_now(now);
    meta::name_store(&context.conn)?;
    let epoch = Epoch::take(&context.conn, path)?;
    let known = meta::get(&context.conn, "rules_version")?;
    if known.as_deref() != Some(context.brain.rules.version.as_str()) {
        meta::write_rules(&context.conn, &context.brain.rules)?;
        rebuild::rebuild(&context, now)?;
    }
    context.conn.execute_batch("COMMIT")?;
    Ok((context, epoch))
}
