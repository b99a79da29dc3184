//! Everything that can be written. All of it runs on the writer thread, in one savepoint of a group commit. What there
//! is to write of each noun stands in that noun's file.

use super::context::Context;
use super::decide::decide;
use super::handle::StoreError;
use super::records::Cause;
use super::sql::Result;
use super::view::View;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::Params;
use std::collections::BTreeMap;
use std::ops::Deref;

/// A write under way. Everything readable is readable here too, with what was just written; but the queue and the
/// phases are brought up to date when the closure ends.
pub struct Tx<'a> {
    view: View<'a>,
    now: Time,
    /// Rows to decide afresh, and why they changed.
    touched: BTreeMap<RowId, Cause>,
    /// There is no room on the disk for anything new.
    short: bool,
    refused: bool,
    /// Rows made here whose key's first change is not yet written.
    made: BTreeMap<RowId, String>,
}

impl<'a> Deref for Tx<'a> {
    type Target = View<'a>;
    fn deref(&self) -> &View<'a> {
        &self.view
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(context: &'a Context, now: Time, short: bool) -> Self {
        context.set_now(now);
        Self {
            view: View::new(context),
            now,
            short,
            refused: false,
            touched: BTreeMap::new(),
            made: BTreeMap::new(),
        }
    }

    /// Engine time of this write; the same for all of it.
    pub fn now(&self) -> Time {
        self.now
    }

    /// To be asked before anything is begun that wants room for what follows it: an event, an attempt, an intent, a
    /// message. [`StoreError::Full`] while there is none; records of what is under way are always taken.
    pub(super) fn begin_something(&mut self) -> Result<()> {
        self.refused |= self.short;
        if self.short {
            Err(StoreError::Full)
        } else {
            Ok(())
        }
    }

    pub(super) fn was_refused(&self) -> bool {
        self.refused
    }

    pub(super) fn touch(&mut self, row: RowId, cause: &Cause) {
        self.touched.insert(row, cause.clone());
    }

    /// A row was made; its key is recorded as a change of whatever is written to it next.
    pub(super) fn made(&mut self, row: RowId, key: &str) {
        self.made.insert(row, key.to_owned());
        self.touch(row, &Cause::Schedule);
    }

    pub(super) fn take_made(&mut self, row: RowId) -> Option<String> {
        self.made.remove(&row)
    }

    /// Judges one row afresh now and not at the end, for whoever must know what phase it is in. Answers that phase.
    pub fn phase_now(&mut self, row: RowId) -> Result<Option<String>> {
        if let Some(cause) = self.touched.remove(&row) {
            decide(self.context, row, self.now, &cause)?;
        }
        self.phase(row)
    }

    /// After the closure: every row it touched is judged afresh.
    pub(super) fn settle(&mut self) -> Result<()> {
        for (row, key) in std::mem::take(&mut self.made) {
            self.note_key(row, &key, &Cause::Schedule)?;
        }
        for (row, cause) in std::mem::take(&mut self.touched) {
            decide(self.context, row, self.now, &cause)?;
        }
        Ok(())
    }

    pub(super) fn run<P: Params>(&self, sql: &str, params: P) -> Result<usize> {
        Ok(self.context.conn.prepare_cached(sql)?.execute(params)?)
    }

    /// As `run`, for an insert: the new row's id.
    pub(super) fn insert<P: Params>(&self, sql: &str, params: P) -> Result<i64> {
        self.run(sql, params)?;
        Ok(self.context.conn.last_insert_rowid())
    }
}

/// Fails unless exactly one record was there to be changed.
pub(super) fn found(changed: usize, what: &str, id: i64) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Bad(format!("there is no {what} {id}")))
}
