//! Holds: why a (row, rule) is not taken though its gate holds.

use super::handle::StoreError;
use super::records::{Cause, Hold, HoldKind};
use super::sql::{Kept, Result};
use super::tx::Tx;
use super::view::View;
use crate::model::row::RowId;
use rusqlite::{Params, Row, params};

impl View<'_> {
    pub fn hold(&self, row: RowId, rule: &str) -> Result<Option<Hold>> {
        let mut found = self.holds_where("row = ?1 AND rule = ?2", params![row, rule])?;
        Ok(found.pop())
    }

    pub fn holds_of(&self, row: RowId) -> Result<Vec<Hold>> {
        self.holds_where("row = ?1 ORDER BY rule", [row])
    }

    /// Newest first.
    pub fn holds(&self, kind: Option<HoldKind>, limit: usize) -> Result<Vec<Hold>> {
        match kind {
            Some(kind) => self.holds_where(
                "kind = ?1 ORDER BY at DESC, row LIMIT ?2",
                params![kind, limit as i64],
            ),
            None => self.holds_where("1 ORDER BY at DESC, row LIMIT ?1", [limit as i64]),
        }
    }

    fn holds_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Hold>> {
        let sql = format!(
            "SELECT row, rule, kind, reason, until, owner, actor, attempt, fault, at FROM hold WHERE {condition}"
        );
        self.all(&sql, params, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Hold> {
    Ok(Hold {
        row: row.get(0)?,
        rule: row.get(1)?,
        kind: row.get(2)?,
        reason: row.get(3)?,
        until: row.get(4)?,
        owner: row.get(5)?,
        by: row.get::<_, Kept<_>>(6)?.0,
        attempt: row.get(7)?,
        fault: row.get(8)?,
        at: row.get(9)?,
    })
}

impl Tx<'_> {
    /// Puts the hold in place of any earlier one of the same (row, rule).
    pub fn hold(&mut self, hold: Hold) -> Result<()> {
        if hold.kind == HoldKind::BackingOff && hold.until.is_none() {
            return Err(StoreError::Bad(
                "a back-off must say until when it lasts".into(),
            ));
        }
        self.run(
            "INSERT OR REPLACE INTO hold (row, rule, kind, reason, until, owner, actor, attempt, fault, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                hold.row,
                hold.rule,
                hold.kind,
                hold.reason,
                hold.until,
                hold.owner,
                Kept(&hold.by),
                hold.attempt,
                hold.fault,
                hold.at
            ],
        )?;
        let cause = hold.attempt.map_or(Cause::Schedule, Cause::Attempt);
        self.touch(hold.row, &cause);
        Ok(())
    }

    /// Lifts the hold of (row, rule), and starts retries and rungs from zero when `fresh`. True when there was one.
    pub fn release(&mut self, row: RowId, rule: &str, fresh: bool) -> Result<bool> {
        let lifted = self.run(
            "DELETE FROM hold WHERE row = ?1 AND rule = ?2",
            params![row, rule],
        )?;
        if fresh {
            self.run(
                "INSERT INTO fresh_start VALUES (?1, ?2, (SELECT coalesce(max(id), 0) FROM attempt), ?3)
                 ON CONFLICT DO UPDATE SET attempt = excluded.attempt, at = excluded.at",
                params![row, rule, self.now()],
            )?;
        }
        self.touch(row, &Cause::Schedule);
        Ok(lifted > 0)
    }
}
