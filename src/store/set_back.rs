//! After the engine's clock was set back: what was written under the later time must not wait until it comes round again.

use super::sql::Result;
use super::tx::Tx;
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use rusqlite::params;

/// A message that is looked for, or backs off, waits no longer than this.
const MESSAGES: Span = Span::from_mins(30);

impl Tx<'_> {
    /// The clock was just set back by `by`. Attempts that wait look again at once, and wait on if it is too early; a
    /// back-off begun under the later time is moved by as much; what was said to have come later than now comes now.
    pub fn set_back(&mut self, by: Span) -> Result<()> {
        let now = self.now();
        self.run("UPDATE attempt SET wake_at = ?1 WHERE wake_at > ?1", [now])?;
        let holds: Vec<(RowId, String, Time, Time)> = self.all(
            "SELECT row, rule, at, until FROM hold WHERE kind = 'backing_off' AND at > ?1 AND until IS NOT NULL",
            [now],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        for (row, rule, at, until) in holds {
            self.run(
                "UPDATE hold SET at = ?3, until = ?4 WHERE row = ?1 AND rule = ?2",
                params![row, rule, at.minus(by), until.minus(by)],
            )?;
            self.touch(row, &super::records::Cause::Schedule);
        }
        self.run(
            "UPDATE queue SET since = ?1, at = ?1 WHERE since > ?1 AND due IS NULL",
            [now],
        )?;
        self.run(
            "UPDATE message SET not_before = ?1 WHERE state IN ('pending', 'sending') AND not_before > ?2",
            params![now, now.plus(MESSAGES)],
        )?;
        self.run("UPDATE switch SET at = ?1 WHERE at > ?1", [now])?;
        Ok(())
    }
}
