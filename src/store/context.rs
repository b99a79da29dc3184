//! One connection and what it judges by.

use super::ago::Now;
use super::brain::{Asked, Brain, bind};
use super::handle::StoreError;
use super::sql::Result;
use crate::model::clock::Stopwatch;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often SQLite asks whether it should stop, in steps of its machine.
const STEPS: i32 = 20_000;

pub(super) struct Context {
    pub(super) conn: Connection,
    pub(super) brain: Arc<Brain>,
    now: Now,
    patience: Patience,
}

/// The real time left for what an operator asked.
#[derive(Clone, Default)]
struct Patience {
    on: Arc<AtomicBool>,
    left: Arc<Mutex<Option<(Stopwatch, Duration)>>>,
}

impl Patience {
    fn is_over(&self) -> bool {
        self.on.load(Ordering::Relaxed)
            && self
                .left
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some_and(|(since, most)| since.elapsed() > most)
    }

    fn set(&self, most: Option<Duration>) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) =
            most.map(|most| (Stopwatch::start(), most));
        self.on.store(most.is_some(), Ordering::Relaxed);
    }
}

/// Ends the time limit when it is dropped.
pub(super) struct Limited<'a>(&'a Patience);

impl Drop for Limited<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Context {
    pub(super) fn new(mut conn: Connection, brain: Arc<Brain>) -> Result<Self> {
        let now = Now::default();
        super::ago::teach(&conn, now.clone())?;
        super::contains::teach(&conn)?;
        super::hash::teach(&conn)?;
        let patience = Patience::default();
        let asked = patience.clone();
        conn.progress_handler(STEPS, Some(move || asked.is_over()))?;
        conn.set_prepared_statement_cache_capacity(256);
        Ok(Self {
            conn,
            brain,
            now,
            patience,
        })
    }

    pub(super) fn set_now(&self, now: Time) {
        self.now.set(now);
    }

    pub(super) fn now(&self) -> Time {
        self.now.get()
    }

    /// Interrupts whatever runs longer than `most`, while the answer lives.
    pub(super) fn limited(&self, most: Duration) -> Limited<'_> {
        self.patience.set(Some(most));
        Limited(&self.patience)
    }

    /// The expressions' values for a row; `None` when there is no such row. One that cannot be evaluated (malformed
    /// JSON, an overflow) is NULL, so that one odd value holds up its own condition only.
    pub(super) fn ask(&self, asked: &Asked, row: RowId) -> Result<Option<Vec<Cell>>> {
        match self.ask_sql(&asked.sql, row, asked.list.len()) {
            Err(StoreError::Bad(_)) => {}
            answer => return answer,
        }
        let mut cells = Vec::with_capacity(asked.list.len());
        for index in 0..asked.list.len() {
            let one = asked.one(&self.brain.subject, index);
            match self.ask_sql(&one, row, 1) {
                Ok(Some(mut cell)) => cells.append(&mut cell),
                Ok(None) => return Ok(None),
                Err(StoreError::Bad(_)) => cells.push(Cell::Null),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(cells))
    }

    fn ask_sql(&self, sql: &str, row: RowId, count: usize) -> Result<Option<Vec<Cell>>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        bind(&mut statement, &self.brain.rules.params, Some(row))?;
        let mut rows = statement.raw_query();
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let cells = (0..count)
            .map(|i| row.get(i))
            .collect::<rusqlite::Result<_>>()?;
        Ok(Some(cells))
    }
}
