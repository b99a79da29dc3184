//! What is newer than an event that comes late: answers from the inbox and from the record of changes.

use super::records::{Cause, EventId};
use super::sql::{Kept, Result};
use super::view::View;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::params;

/// How far back an intake's events of one row are looked through. Nothing is this late, and a flood of events for one row
/// must not make each of them dearer than the one before.
const FAR: i64 = 100;

impl View<'_> {
    /// When the newest event was sent that this intake wrote to the row, by its sender's clock.
    pub fn newest_sent(&self, row: RowId, intake: &str) -> Result<Option<Time>> {
        let newest = self.one(
            "SELECT max(sent_at) FROM (SELECT sent_at FROM event WHERE row = ?1 AND intake = ?2 AND state = 'applied'
             ORDER BY id DESC LIMIT ?3)",
            params![row, intake, FAR],
            |found| found.get(0),
        )?;
        Ok(newest.flatten())
    }

    /// When the event was sent that changed this column last; nothing when it was no event that changed it.
    pub fn sent_of(&self, row: RowId, column: &str) -> Result<Option<Time>> {
        let cause: Option<Kept<Cause>> = self.one(
            "SELECT cause FROM change WHERE row = ?1 AND \"column\" = ?2 ORDER BY id DESC LIMIT 1",
            params![row, column],
            |found| found.get(0),
        )?;
        match cause {
            Some(Kept(Cause::Event(EventId(event)))) => {
                let sent = self.one(
                    "SELECT sent_at FROM event WHERE id = ?1",
                    [event],
                    |found| found.get(0),
                )?;
                Ok(sent.flatten())
            }
            _ => Ok(None),
        }
    }
}
