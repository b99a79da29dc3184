//! The one thread that writes: closures in, group commits out.

use super::context::Context;
use super::handle::StoreError;
use super::lock::EngineLock;
use super::tx::Tx;
use crate::model::clock::Clock;
use rusqlite::wal::CheckpointMode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use tokio::sync::{mpsc, oneshot, watch};

/// Closures that may wait; more wait in their callers.
pub(super) const WAITING: usize = 4_096;
/// Closures in one commit, at most.
const GROUP: usize = 200;
/// Pages in the log from which an idle writer checkpoints.
const IDLE_PAGES: i32 = 1_000;
/// Pages in the log from which even a busy writer checkpoints: about 32 MiB.
const BUSY_PAGES: i32 = 8_000;

/// One closure, asked to run, or told why it cannot.
pub(super) type Job = Box<dyn FnOnce(Result<&mut Tx<'_>, StoreError>) -> Ran + Send>;

/// A closure that has run, and whoever waits for it.
pub(super) struct Ran {
    pub(super) failed: Option<StoreError>,
    pub(super) answer: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

pub(super) enum Message {
    Work(Job),
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    context: Context,
    clock: Clock,
    told: watch::Sender<u64>,
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Set for good by the first failure of the disk or the file.
    broken: Option<StoreError>,
    _lock: EngineLock,
}

impl Writer {
    pub(super) fn new(
        mut context: Context,
        clock: Clock,
        told: watch::Sender<u64>,
        lock: EngineLock,
    ) -> Result<Self, StoreError> {
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
            clock,
            told,
            pages,
            broken: None,
            _lock: lock,
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
                Some(Message::Close(tell)) => closing = Some(tell),
                None => break,
            }
            self.checkpoint(BUSY_PAGES);
        }
        drop(inbox);
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
                    Err(_) => {}
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
        closing
    }

    fn begin(&self) -> Result<(), StoreError> {
        match &self.broken {
            Some(error) => Err(error.clone()),
            None => Ok(self.context.conn.execute_batch("BEGIN IMMEDIATE")?),
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
        let mut tx = Tx::new(&self.context, self.clock.now());
        let ran = job(Ok(&mut tx));
        let end = match &ran.failed {
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
        if !self.context.conn.is_autocommit() {
            let _ = self.context.conn.execute_batch("ROLLBACK");
        }
        if let StoreError::Broken(_) = error {
            self.broken = Some(error.clone());
        }
    }

    /// Moves the log into the file without waiting for anybody.
    fn checkpoint(&mut self, from: i32) {
        if self.broken.is_some() || self.pages.load(Ordering::Relaxed) < from {
            return;
        }
        self.pages.store(0, Ordering::Relaxed);
        let done = self
            .context
            .conn
            .wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE);
        if let Err(error) = done
            && let error @ StoreError::Broken(_) = StoreError::from(error)
        {
            self.broken = Some(error);
        }
    }
}
