//! Opening the store, its writer thread and its readers.

use super::records::{AttemptId, Query};
use super::tx::Tx;
use super::view::View;
use crate::model::clock::Clock;
use crate::model::rule::{Rules, Shape};
use std::path::Path;
use tokio::sync::watch;

/// Why the store could not do something. Each text says what, where and what to do.
#[derive(Debug, thiserror::Error)]
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
pub struct Store {}

impl Store {
    /// Takes the engine's lock (`<path>.lock`), creates or migrates the file, checks its pragmas, adds columns the
    /// shape has gained, and rebuilds the queue when the rules' version changed.
    pub fn open(_path: &Path, _setup: Setup) -> Result<Self, StoreError> {
        todo!()
    }

    /// Runs `work` on the writer thread in a savepoint of the next group commit; answers once that commit is on disk.
    /// An error rolls back this closure's writes only.
    pub async fn write<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        todo!()
    }

    /// Runs `work` on a reader, off the async threads.
    pub async fn read<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        todo!()
    }

    /// A number that grows with every commit. Carries nothing but "look again".
    pub fn revision(&self) -> watch::Receiver<u64> {
        todo!()
    }

    /// Finishes what is queued, checkpoints and closes. Later writes answer [`StoreError::Closed`].
    pub async fn close(self) {
        todo!()
    }
}

/// A read-only handle for the console and the CLI, from any process, engine or not.
pub struct Reader {}

impl Reader {
    /// Opens an existing store; needs no pipeline, as the store remembers its shape and rules.
    pub fn open(_path: &Path) -> Result<Self, StoreError> {
        todo!()
    }

    pub fn shape(&self) -> &Shape {
        todo!()
    }

    /// One consistent look. `now` is what `ago` and due moments are judged by.
    pub fn look<T>(
        &self,
        _work: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        todo!()
    }

    /// A number that changes when anything was committed; cheap (`PRAGMA data_version`).
    pub fn revision(&self) -> Result<u64, StoreError> {
        todo!()
    }
}

impl Query {
    pub fn all() -> Self {
        Self::default()
    }
}
