//! What brakes and ceilings ask: how a stage went lately, by slices of the rows, and how many calls were made.

use super::queue::OPEN;
use super::records::AttemptState;
use super::sql::{Result, quoted};
use super::view::View;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::types::Value as Cell;
use rusqlite::{Row, params_from_iter};
use std::fmt::Write;

/// Attempts looked at for each end they can have: the newest.
const NEWEST: usize = 512;

/// One attempt, with what the row has in the columns that were asked for (as text; `None` where it has nothing).
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    pub row: RowId,
    pub state: AttemptState,
    /// When it ended; of an open one, when it began.
    pub at: Time,
    pub slice: Vec<Option<String>>,
}

/// A row that may be taken, with what it has in the columns that were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    pub row: RowId,
    pub slice: Vec<Option<String>>,
}

/// `, CAST(s."a" AS TEXT), …`: a slice is known by its text, whatever the column's type.
fn texts(columns: &[String]) -> String {
    let mut sql = String::new();
    for column in columns {
        let _ = write!(sql, ", CAST(s.{} AS TEXT)", quoted(column));
    }
    sql
}

fn slice(row: &Row<'_>, from: usize, columns: &[String]) -> rusqlite::Result<Vec<Option<String>>> {
    (from..from + columns.len()).map(|at| row.get(at)).collect()
}

impl View<'_> {
    /// The newest attempts of `rule` that ended since `since`, and those open that began since `open_since`.
    pub fn tried_lately(
        &self,
        rule: &str,
        (since, open_since): (Time, Time),
        columns: &[String],
    ) -> Result<Vec<Tried>> {
        let mut parts = Vec::new();
        for state in ["done", "failed", "unknown"] {
            parts.push(format!(
                "SELECT * FROM (SELECT row, state, finished_at AS at FROM attempt
                   WHERE rule = ?1 AND state = '{state}' AND finished_at >= ?2 AND finished_at IS NOT NULL
                   ORDER BY finished_at DESC LIMIT {NEWEST})"
            ));
        }
        parts.push(
            "SELECT row, state, started_at FROM attempt
               WHERE rule = ?1 AND state IN ('running', 'waiting', 'probing') AND started_at >= ?3"
                .to_owned(),
        );
        let sql = format!(
            "SELECT a.row, a.state, a.at{} FROM ({}) a JOIN {} s ON s.id = a.row",
            texts(columns),
            parts.join(" UNION ALL "),
            self.context.brain.subject
        );
        self.all(&sql, rusqlite::params![rule, since, open_since], |row| {
            Ok(Tried {
                row: row.get(0)?,
                state: row.get(1)?,
                at: row.get(2)?,
                slice: slice(row, 3, columns)?,
            })
        })
    }

    /// Attempts of `rule` that ended done since `since`.
    pub fn done_since(&self, rule: &str, since: Time) -> Result<u64> {
        let count: Option<i64> = self.one(
            "SELECT count(*) FROM attempt
             WHERE rule = ?1 AND state = 'done' AND finished_at >= ?2 AND finished_at IS NOT NULL",
            rusqlite::params![rule, since],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default().cast_unsigned())
    }

    /// How many rows there are, and how many of them have this text in the column.
    pub fn share_of(&self, column: &str, text: &str) -> Result<(u64, u64)> {
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE CAST({} AS TEXT) = ?1) FROM {}",
            quoted(column),
            self.context.brain.subject
        );
        let counts = self.one(&sql, [text], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
        let (all, of) = counts.unwrap_or_default();
        Ok((all.cast_unsigned(), of.cast_unsigned()))
    }

    /// What the row has in these columns.
    pub fn slice_of(&self, row: RowId, columns: &[String]) -> Result<Vec<Option<String>>> {
        let sql = format!(
            "SELECT 0{} FROM {} s WHERE s.id = ?1",
            texts(columns),
            self.context.brain.subject
        );
        let found = self.one(&sql, [row], |row| slice(row, 1, columns))?;
        Ok(found.unwrap_or_else(|| vec![None; columns.len()]))
    }

    /// As [`View::ready`] (or, with `since`, [`View::ready_for_sweep`]), without the rows that have one of these texts
    /// in one of these columns: those that are stopped must not stand in the others' way.
    pub fn ready_apart(
        &self,
        (rule, since): (&str, Option<Time>),
        now: Time,
        columns: &[String],
        apart: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<Ready>> {
        let mut bound = vec![
            Cell::Text(rule.to_owned()),
            Cell::Text(now.to_string()),
            Cell::Integer(limit.try_into().unwrap_or(i64::MAX)),
        ];
        let (at, order) = match since {
            None => ("q.at <= ?2", "q.at, q.row"),
            Some(since) => {
                bound.push(Cell::Text(since.to_string()));
                ("q.tried < ?4 AND +q.at <= ?2", "q.tried, q.row")
            }
        };
        let mut conditions = String::new();
        for (column, text) in apart {
            bound.push(Cell::Text(text.clone()));
            let _ = write!(
                conditions,
                " AND CAST(s.{} AS TEXT) IS NOT ?{}",
                quoted(column),
                bound.len()
            );
        }
        let sql = format!(
            "SELECT q.row{} FROM queue q JOIN {} s ON s.id = q.row
             WHERE q.rule = ?1 AND {at} AND {}{conditions} ORDER BY {order} LIMIT ?3",
            texts(columns),
            self.context.brain.subject,
            OPEN.replace("shut", "q.shut").replace("state", "q.state"),
        );
        self.all(&sql, params_from_iter(bound), |row| {
            Ok(Ready {
                row: row.get(0)?,
                slice: slice(row, 1, columns)?,
            })
        })
    }

    /// Calls of these actions since `since` that landed or may have, with the moment of the first. Of actions that must
    /// land once, every one that did not is known, as it was looked for; of the others, `maybe` counts those whose
    /// answer was lost as well.
    pub fn calls_since(
        &self,
        (actions, maybe): (&[&str], &[&str]),
        since: Time,
    ) -> Result<(u64, Option<Time>)> {
        let landed = "outcome IS NOT NULL";
        let lost =
            "(outcome IS NOT NULL OR (json_extract(fault, '$.kind') IN ('timeout', 'cancelled')
                     AND json_extract(fault, '$.message') NOT LIKE 'nothing was sent%'))";
        let (mut all, mut first) = (0, None::<Time>);
        let each = actions.iter().map(|action| (action, landed));
        for (action, condition) in each.chain(maybe.iter().map(|action| (action, lost))) {
            let found = self.one(
                &format!(
                    "SELECT count(*), min(started_at) FROM step
                     WHERE action = ?1 AND started_at >= ?2 AND mutates = 1 AND {condition}"
                ),
                rusqlite::params![action, since],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Time>>(1)?)),
            )?;
            let (count, earliest) = found.unwrap_or_default();
            all += count.cast_unsigned();
            first = match (first, earliest) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok((all, first))
    }

    /// How often this very call was made on the row since `since` and the last word of an operator on it, and landed
    /// or may have.
    pub fn same_calls(
        &self,
        row: RowId,
        (action, input): (&str, &serde_json::Value),
        since: Time,
    ) -> Result<u64> {
        let count: Option<i64> = self.one(
            "SELECT count(*) FROM step
             WHERE action = ?1 AND started_at >= max(?2, coalesce((SELECT max(at) FROM fresh_start WHERE row = ?3), ''))
               AND mutates = 1 AND outcome IS NOT NULL AND row = ?3 AND input = ?4",
            rusqlite::params![action, since, row, super::sql::Kept(input)],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default().cast_unsigned())
    }
}
