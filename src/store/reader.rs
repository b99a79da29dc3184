//! The console's handle: read-only, from any process, engine or not.

use super::brain::Brain;
use super::context::Context;
use super::handle::StoreError;
use super::sql::Result;
use super::view::View;
use super::{meta, migrate, open, pool, subject};
use crate::model::clock::real_now;
use crate::model::rule::Shape;
use crate::model::time::Time;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A read-only handle for the console and the CLI, from any process, engine or not.
pub struct Reader {
    path: PathBuf,
    shape: Shape,
    context: Mutex<Context>,
}

impl Reader {
    /// Opens an existing store; needs no pipeline, as the store remembers its shape and rules.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Err(open::bad(
                path,
                "is not there; `drover run` makes it, or name another with `store`",
            ));
        }
        let conn = open::reader(path)?;
        migrate::must_be_current(&conn, path)?;
        let brain = Arc::new(remembered(&conn)?);
        Self::with(path, conn, brain)
    }

    fn with(path: &Path, conn: rusqlite::Connection, brain: Arc<Brain>) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            shape: brain.shape.clone(),
            context: Mutex::new(Context::new(conn, brain)?),
        })
    }

    /// Another connection to the same store, for what is read on the side, which neither waits for this one nor holds it up. Cheap: what the store
    /// remembers is not read again.
    pub fn another(&self) -> Result<Self> {
        let conn = open::reader(&self.path)?;
        // What is read on the side is read once: little is kept of it.
        conn.pragma_update(None, "cache_size", -1_000)?;
        let brain = Arc::clone(&self.lock().brain);
        Self::with(&self.path, conn, brain)
    }

    /// Breaks off what runs on this connection, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.lock().conn.get_interrupt_handle())
    }

    /// The shape as it was when this was opened.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// One consistent look, at the machine's time. See [`Reader::look_at`].
    pub fn look<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        self.look_at(real_now(), work)
    }

    /// One consistent look. `now`, engine time, is what `ago` in an operator's condition is judged by; an engine that
    /// runs faster than the wall has told the console its time.
    pub fn look_at<T>(&self, now: Time, work: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let mut context = self.lock();
        refresh(&mut context)?;
        pool::look(&context, now, work)
    }

    /// A number that changes when anything was committed; cheap (`PRAGMA data_version`).
    pub fn revision(&self) -> Result<u64> {
        let context = self.lock();
        let version: i64 = context
            .conn
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        Ok(version.cast_unsigned())
    }

    fn lock(&self) -> MutexGuard<'_, Context> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Reader::interrupter`].
pub struct Interrupter(rusqlite::InterruptHandle);

impl Interrupter {
    /// What is broken off fails; with nothing under way this does nothing.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

/// Takes over the rules of an engine that was started with another pipeline since.
fn refresh(context: &mut Context) -> Result<()> {
    let version = meta::get(&context.conn, "rules_version")?;
    if version.as_deref() != Some(context.brain.rules.version.as_str()) {
        context.brain = Arc::new(remembered(&context.conn)?);
    }
    Ok(())
}

/// Shape and rules as the last engine left them, read as of one moment.
fn remembered(conn: &rusqlite::Connection) -> Result<Brain> {
    let moment = conn.unchecked_transaction()?;
    let conn = &*moment;
    let shape = meta::get(conn, "shape")?.ok_or_else(|| {
        StoreError::Bad("the store has no table yet; start the engine once".into())
    })?;
    Brain::new(
        subject::read_shape(&shape)?,
        meta::read_rules(conn)?,
        subject::known_kinds(conn)?,
    )
}
