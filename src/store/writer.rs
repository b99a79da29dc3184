//! The one thread that writes: closures in, group commits out.

use super::context::Context;
use super::epoch::Epoch;
use super::handle::StoreError;
use super::holders::{Holding, told};
use super::lock::EngineLock;
use super::records::{Level, NewEntry};
use super::room::Room;
use super::tx::Tx;
use crate::model::clock::{Clock, Stopwatch};
use rusqlite::wal::CheckpointMode;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Closures that may wait; more wait in their callers.
pub(super) const WAITING: usize = 4_096;
/// Closures in one commit, at most.
const GROUP: usize = 200;
/// Pages in the log from which an idle writer checkpoints.
const IDLE_PAGES: i32 = 1_000;
/// Pages in the log from which even a busy writer checkpoints: about 32 MiB.
const BUSY_PAGES: i32 = 8_000;

/// Pages in the log from which somebody who reads for long is named: 64 MiB.
const TOO_MANY_PAGES: i32 = 16_384;
/// How long the lock is waited for, in real time.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What is done at the first failure of the disk or the file, once; it may end the process.
pub(super) type LastWords = Arc<OnceLock<Box<dyn Fn(&StoreError) + Send + Sync>>>;

/// One closure, asked to run, or told why it cannot.
pub(super) type Job = Box<dyn FnOnce(Result<&mut Tx<'_>, StoreError>) -> Ran + Send>;

/// A closure that has run, and whoever waits for it.
pub(super) struct Ran {
    pub(super) failed: Option<StoreError>,
    pub(super) answer: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

pub(super) enum Message {
    Work(Job),
    /// Writes down, beside the store, how far it has come.
    Mark,
    Close(oneshot::Sender<()>),
}

/// What a writer is made of.
pub(super) struct Parts {
    pub(super) context: Context,
    pub(super) clock: Clock,
    pub(super) told: watch::Sender<u64>,
    pub(super) lock: EngineLock,
    pub(super) epoch: Epoch,
    pub(super) room: Arc<Room>,
    pub(super) last_words: LastWords,
    pub(super) path: PathBuf,
}

pub(super) struct Writer {
    context: Context,
    clock: Clock,
    told: watch::Sender<u64>,
    epoch: Epoch,
    room: Arc<Room>,
    last_words: LastWords,
    path: PathBuf,
    /// Since when another program holds the lock, and which.
    kept_out: Option<(Stopwatch, String)>,
    /// The log grows because somebody reads for long, and the journal says so.
    held_up: bool,
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Set for good by the first failure of the disk or the file.
    broken: Option<StoreError>,
    _lock: EngineLock,
}

impl Writer {
    pub(super) fn new(parts: Parts) -> Result<Self, StoreError> {
        let mut context = parts.context;
        let pages = Arc::new(AtomicI32::new(0));
        let seen = Arc::clone(&pages);
        context
            .conn
            .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count| {
                seen.store(count, Ordering::Relaxed);
                Ok(())
            }))?;
        Ok(Self {
            context,
            clock: parts.clock,
            told: parts.told,
            epoch: parts.epoch,
            room: parts.room,
            last_words: parts.last_words,
            path: parts.path,
            kept_out: None,
            held_up: false,
            pages,
            broken: None,
            _lock: parts.lock,
        })
    }

    /// Runs until closed, or until every handle is gone.
    pub(super) fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut closing = None;
        while closing.is_none() {
            let first = if let Ok(message) = inbox.try_recv() {
                Some(message)
            } else {
                self.checkpoint(IDLE_PAGES);
                inbox.blocking_recv()
            };
            match first {
                Some(Message::Work(job)) => closing = self.group(job, &mut inbox),
                Some(Message::Mark) => self.mark(),
                Some(Message::Close(tell)) => closing = Some(tell),
                None => break,
            }
            self.checkpoint(BUSY_PAGES);
        }
        drop(inbox);
        self.mark();
        if self.broken.is_none() {
            let _ = self
                .context
                .conn
                .wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE);
        }
        drop(self);
        if let Some(tell) = closing {
            let _ = tell.send(());
        }
    }

    /// One commit: this job and what waits behind it. Answers whoever waits once it is on disk.
    fn group(
        &mut self,
        first: Job,
        inbox: &mut mpsc::Receiver<Message>,
    ) -> Option<oneshot::Sender<()>> {
        let mut closing = None;
        let mut ran = Vec::new();
        self.room.look();
        let mut verdict = self.begin();
        let mut next = Some(first);
        while let Some(job) = next.take() {
            ran.push(match &verdict {
                Ok(()) => self.one(job, &mut verdict),
                Err(error) => job(Err(error.clone())),
            });
            if ran.len() < GROUP {
                match inbox.try_recv() {
                    Ok(Message::Work(job)) => next = Some(job),
                    Ok(Message::Close(tell)) => closing = Some(tell),
                    // Told again within the minute.
                    Ok(Message::Mark) | Err(_) => {}
                }
            }
        }
        let kept = ran.iter().any(|ran| ran.failed.is_none());
        let verdict = verdict.and_then(|()| Ok(self.context.conn.execute_batch("COMMIT")?));
        self.conclude(&verdict);
        if verdict.is_ok() && kept {
            self.told.send_modify(|revision| *revision += 1);
        }
        for ran in ran {
            (ran.answer)(verdict.clone());
        }
        if verdict.is_ok() {
            self.back_in();
        }
        closing
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let begun = self.context.conn.execute_batch("BEGIN IMMEDIATE");
        match begun.map_err(StoreError::from) {
            Ok(()) => self.epoch.is_ours(&self.context.conn),
            Err(StoreError::Busy(_)) => {
                let who = told(&self.path, Holding::Writing);
                let (_, who) = self.kept_out.get_or_insert((Stopwatch::start(), who));
                Err(StoreError::Busy(format!(
                    "{who} holds the store's lock, and nothing can be written; close it"
                )))
            }
            Err(error) => Err(error),
        }
    }

    /// Another program had the lock, and has let go.
    fn back_in(&mut self) {
        if let Some((since, who)) = self.kept_out.take() {
            let span = (since.elapsed() + PATIENCE).as_secs();
            self.say(format!(
                "{who} held the store's lock for {span} s, and nothing could be recorded or sent; nobody but the engine \
                 should write to {}",
                self.path.display()
            ));
        }
    }

    /// An alarm of the writer's own.
    fn say(&mut self, text: String) {
        let said = self.begin().and_then(|()| {
            let mut tx = Tx::new(&self.context, self.clock.now(), false);
            tx.say(NewEntry {
                level: Level::Alarm,
                source: "store".into(),
                row: None,
                text,
            })?;
            Ok(self.context.conn.execute_batch("COMMIT")?)
        });
        self.conclude(&said);
        if said.is_ok() {
            self.told.send_modify(|revision| *revision += 1);
        }
    }

    fn mark(&mut self) {
        if self.broken.is_none() {
            let marked = self.epoch.mark(&self.context.conn);
            self.conclude(&marked);
        }
    }

    /// One closure in its savepoint. A full disk or a broken file ends the whole group.
    fn one(&self, job: Job, verdict: &mut Result<(), StoreError>) -> Ran {
        let conn = &self.context.conn;
        if let Err(error) = conn.execute_batch("SAVEPOINT closure") {
            *verdict = Err(error.into());
        }
        if let Err(error) = verdict {
            return job(Err(error.clone()));
        }
        let mut tx = Tx::new(&self.context, self.clock.now(), self.room.is_short());
        let ran = job(Ok(&mut tx));
        let end = match &ran.failed {
            // Refused before anything was tried: the others go on.
            Some(StoreError::Full) if tx.was_refused() && !conn.is_autocommit() => {
                conn.execute_batch("ROLLBACK TO closure; RELEASE closure")
            }
            Some(StoreError::Full | StoreError::Broken(_)) => {
                *verdict = ran.failed.clone().map_or(Ok(()), Err);
                return ran;
            }
            _ if conn.is_autocommit() => {
                *verdict = Err(StoreError::Full);
                return ran;
            }
            Some(_) => conn.execute_batch("ROLLBACK TO closure; RELEASE closure"),
            None => conn.execute_batch("RELEASE closure"),
        };
        if let Err(error) = end {
            *verdict = Err(error.into());
        }
        ran
    }

    /// After a failed commit: roll back; and after a failure of the disk or the file, never write again.
    fn conclude(&mut self, verdict: &Result<(), StoreError>) {
        let Err(error) = verdict else { return };
        if let StoreError::Broken(_) = error {
            self.fail(error.clone());
        }
        if !self.context.conn.is_autocommit() {
            let _ = self.context.conn.execute_batch("ROLLBACK");
        }
        if *error == StoreError::Full {
            self.room.hit();
        }
    }

    /// The end: what comes now may be a lie of the disk, so nothing more is asked of it.
    fn fail(&mut self, error: StoreError) {
        if self.broken.is_none() {
            if let Some(last_words) = self.last_words.get() {
                last_words(&error);
            }
            self.broken = Some(error);
        }
    }

    /// Moves the log into the file without waiting for anybody.
    fn checkpoint(&mut self, from: i32) {
        if self.broken.is_some() || self.pages.load(Ordering::Relaxed) < from {
            return;
        }
        self.pages.store(0, Ordering::Relaxed);
        let conn = &self.context.conn;
        match conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE) {
            Ok((pages, moved)) => self.watch_log(pages, moved),
            Err(error) => match StoreError::from(error) {
                StoreError::Full => self.room.hit(),
                error @ StoreError::Broken(_) => self.fail(error),
                _ => {}
            },
        }
        self.room.look();
    }

    /// The log is used again from its start once nobody reads an old state of it any more. Somebody who does for very
    /// long is named; afterwards the file is cut back.
    fn watch_log(&mut self, pages: i32, moved: i32) {
        if pages >= TOO_MANY_PAGES && moved < pages && !self.held_up {
            self.held_up = true;
            let who = told(&self.path, Holding::Reading);
            let mib = pages / 256;
            self.say(format!(
                "the store's log has grown to {mib} MiB, because {who} has been reading one state of it for long; close \
                 that (a console, sqlite3, a backup tool), and the log shrinks by itself"
            ));
        } else if self.held_up && moved == pages {
            let conn = &self.context.conn;
            let _ = conn.busy_timeout(Duration::ZERO);
            let cut = conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE);
            let _ = conn.busy_timeout(PATIENCE);
            self.held_up = cut.is_err();
        }
    }
}
