//! Failures, grouped by cause.

use super::handle::StoreError;
use super::records::{AttemptId, FaultGroup, FaultShare, FaultShares, FaultStanding};
use super::sql::{Result, cell, quoted};
use super::view::View;
use crate::model::row::RowId;
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use rusqlite::params_from_iter;
use std::collections::HashMap;
use std::fmt::Write;

/// A value that fewer rows of a group have says nothing of the group.
const FEWEST: u64 = 3;
/// Nor does one that a smaller part of it has.
const LEAST_PART: u64 = 5;
/// Values of one column that are counted over the whole table.
const MOST_VALUES: usize = 3;

/// A column by its place, a value in it, and how many rows of the group have it.
type Common = (usize, Value, u64);

impl View<'_> {
    /// Failures grouped by cause, of rows whose latest attempt for that rule failed; most rows first. `attempts` and
    /// the times count every attempt that met this cause.
    pub fn faults(&self) -> Result<Vec<FaultGroup>> {
        let found = self.all(
            "SELECT fault_group, sum(latest), count(*), min(finished_at), max(finished_at), max(CASE latest WHEN 1 THEN id END)
             FROM attempt WHERE fault_group IS NOT NULL GROUP BY fault_group HAVING sum(latest) > 0
             ORDER BY 2 DESC, 5 DESC",
            [],
            |row| {
                let rows: i64 = row.get(1)?;
                let attempts: i64 = row.get(2)?;
                let example: AttemptId = row.get(5)?;
                Ok((
                    row.get::<_, String>(0)?,
                    rows.cast_unsigned(),
                    attempts.cast_unsigned(),
                    row.get(3)?,
                    row.get(4)?,
                    example,
                ))
            },
        )?;
        let mut groups = Vec::with_capacity(found.len());
        for (id, rows, attempts, first_at, last_at, example) in found {
            groups.extend(self.one(
                "SELECT rule, connector, fault_kind, cause_text FROM attempt WHERE id = ?1",
                [example],
                |row| {
                    Ok(FaultGroup {
                        id,
                        rule: row.get(0)?,
                        connector: row.get(1)?,
                        kind: row.get(2)?,
                        cause: row.get(3)?,
                        rows,
                        attempts,
                        first_at,
                        last_at,
                        example,
                    })
                },
            )?);
        }
        Ok(groups)
    }

    /// The rows of a group, in the order in which they failed.
    pub fn rows_of_fault(&self, group: &str) -> Result<Vec<RowId>> {
        self.all(
            "SELECT row FROM attempt WHERE fault_group = ?1 AND latest = 1 ORDER BY id",
            [group],
            |row| row.get(0),
        )
    }

    /// How the rows of a group stand now: who waits for a person, who goes on by itself.
    pub fn fault_standing(&self, group: &str) -> Result<FaultStanding> {
        let counts = self.all(
            "SELECT coalesce(w.kind, h.kind, CASE WHEN q.row IS NULL THEN 'passed' ELSE 'ready' END), count(*), min(h.until)
             FROM attempt a
             LEFT JOIN hold w ON w.row = a.row AND w.rule = '*'
             LEFT JOIN hold h ON h.row = a.row AND h.rule = a.rule
             LEFT JOIN queue q ON q.row = a.row AND q.rule = a.rule
             WHERE a.fault_group = ?1 AND a.latest = 1 GROUP BY 1",
            [group],
            |row| {
                let count: i64 = row.get(1)?;
                Ok((
                    row.get::<_, String>(0)?,
                    count.cast_unsigned(),
                    row.get::<_, Option<Time>>(2)?,
                ))
            },
        )?;
        let mut standing = FaultStanding::default();
        for (kind, rows, until) in counts {
            match kind.as_str() {
                "parked" => standing.parked = rows,
                "held" => standing.held = rows,
                "skipped" => standing.skipped = rows,
                "backing_off" => (standing.backing_off, standing.next) = (rows, until),
                "ready" => standing.ready = rows,
                _ => standing.passed = rows,
            }
        }
        Ok(standing)
    }

    /// Which values several rows of a group have in the given columns (`wave` may be one). How many rows of the table
    /// have them is left to [`View::count_shares`].
    pub fn fault_shares(&self, group: &str, columns: &[String]) -> Result<FaultShares> {
        let kinds = columns
            .iter()
            .map(|name| {
                self.context.brain.kind(name).ok_or_else(|| {
                    StoreError::Bad(format!("there is no column \"{name}\" to look at"))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let (rows, common) = self.common_values(group, columns, &kinds)?;
        let values = common.into_iter().map(|(column, value, here)| FaultShare {
            column: columns[column].clone(),
            value,
            here,
            overall: 0,
        });
        Ok(FaultShares {
            rows,
            values: values.collect(),
            ..FaultShares::default()
        })
    }

    /// Counts the next `ids` row ids of the table for those values, so that a long table is counted in many short looks.
    /// True when all are counted.
    pub fn count_shares(&self, shares: &mut FaultShares, ids: i64) -> Result<bool> {
        let subject = &self.context.brain.subject;
        let last: Option<i64> = self.one(&format!("SELECT max(id) FROM {subject}"), [], |row| {
            row.get::<_, Option<i64>>(0).map(Option::unwrap_or_default)
        })?;
        let (from, to) = (shares.to, shares.to.saturating_add(ids));
        let mut sql = String::from("SELECT count(*)");
        for (at, share) in (1..).zip(&shares.values) {
            let _ = write!(sql, ", sum({} IS ?{at})", quoted(&share.column));
        }
        let _ = write!(sql, " FROM {subject} WHERE id > {from} AND id <= {to}");
        let values = shares.values.iter().map(|share| &share.value);
        let counts: Vec<i64> = self
            .one(&sql, params_from_iter(values), |row| {
                (0..=shares.values.len())
                    .map(|at| Ok(row.get::<_, Option<i64>>(at)?.unwrap_or_default()))
                    .collect()
            })?
            .unwrap_or_default();
        let mut counts = counts.into_iter().map(i64::cast_unsigned);
        shares.total += counts.next().unwrap_or_default();
        for (share, count) in shares.values.iter_mut().zip(counts) {
            share.overall += count;
        }
        shares.to = to;
        Ok(last.unwrap_or_default() <= to)
    }

    /// How many rows the group has, and the values that several of them have, by column.
    fn common_values(
        &self,
        group: &str,
        columns: &[String],
        kinds: &[ValueType],
    ) -> Result<(u64, Vec<Common>)> {
        let mut names = String::new();
        for name in columns {
            let _ = write!(names, ", d.{}", quoted(name));
        }
        let sql = format!(
            "SELECT d.id{names} FROM attempt a JOIN {} d ON d.id = a.row WHERE a.fault_group = ?1 AND a.latest = 1",
            self.context.brain.subject
        );
        // What a cell has is kept as text while it is counted: values cannot be hashed.
        let mut seen: Vec<HashMap<String, (Value, u64)>> = vec![HashMap::new(); columns.len()];
        let rows = self.all(&sql, [group], |row| {
            for (at, kind) in kinds.iter().enumerate() {
                let value = cell(*kind, row.get_ref(at + 1)?)?;
                if !value.is_null() {
                    let entry = seen[at].entry(value.to_string());
                    entry.or_insert_with(|| (value, 0)).1 += 1;
                }
            }
            Ok(())
        })?;
        let rows = rows.len() as u64;
        let mut common = Vec::new();
        for (at, values) in seen.into_iter().enumerate() {
            let mut values: Vec<(Value, u64)> = values
                .into_values()
                .filter(|(_, here)| *here >= FEWEST && here * LEAST_PART >= rows)
                .collect();
            values.sort_by_key(|(value, here)| (std::cmp::Reverse(*here), value.to_string()));
            values.truncate(MOST_VALUES);
            common.extend(values.into_iter().map(|(value, here)| (at, value, here)));
        }
        Ok((rows, common))
    }
}
