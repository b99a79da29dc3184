//! Every column change, and the table as it once was.

use super::records::{Change, Query};
use super::sql::{Kept, Result, cell};
use super::view::View;
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use rusqlite::{Params, params};

impl View<'_> {
    /// Newest first. `wave` and `phase` are among the columns.
    pub fn changes_of(&self, row: RowId, limit: usize) -> Result<Vec<Change>> {
        self.changes_where(
            "row = ?1 ORDER BY id DESC LIMIT ?2",
            params![row, limit as i64],
        )
    }

    /// As [`View::rows`], with every column as it was at `at`; rows made later are left out. The condition and the
    /// order are judged by what is there now.
    pub fn rows_at(&self, query: &Query, at: Time) -> Result<Vec<Row>> {
        let rows = self.rows(query)?.into_iter();
        rows.filter(|row| row.created_at <= at)
            .map(|row| self.as_of(row, at))
            .collect()
    }

    fn as_of(&self, mut row: Row, at: Time) -> Result<Row> {
        let later =
            self.changes_where("row = ?1 AND at > ?2 ORDER BY id DESC", params![row.id, at])?;
        for change in later {
            match change.column.as_str() {
                "wave" => row.wave = change.old.as_text().map(str::to_owned),
                "phase" => {
                    row.phase = change.old.as_text().map(str::to_owned);
                    row.phase_since = self.phase_since(row.id, at)?.unwrap_or(row.created_at);
                }
                column => {
                    if let Some(value) = row.values.get_mut(column) {
                        *value = change.old;
                    }
                }
            }
        }
        Ok(row)
    }

    fn phase_since(&self, row: RowId, at: Time) -> Result<Option<Time>> {
        self.one(
            "SELECT at FROM change WHERE row = ?1 AND \"column\" = 'phase' AND at <= ?2 ORDER BY id DESC LIMIT 1",
            params![row, at],
            |row| row.get(0),
        )
    }

    fn changes_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Change>> {
        let sql =
            format!("SELECT row, \"column\", old, new, cause, at FROM change WHERE {condition}");
        self.all(&sql, params, |row| {
            let column: String = row.get(1)?;
            let kind = self.context.brain.kind(&column).unwrap_or(ValueType::Text);
            let value = |at| -> rusqlite::Result<Value> { Ok(cell(kind, row.get_ref(at)?)?) };
            Ok(Change {
                row: row.get(0)?,
                old: value(2)?,
                new: value(3)?,
                column,
                cause: row.get::<_, Kept<_>>(4)?.0,
                at: row.get(5)?,
            })
        })
    }
}
