//! Why a row moves or does not: each condition of each rule, as the database judges it.

use super::records::{Explained, Judged, Met};
use super::sql::Result;
use super::view::View;
use crate::model::row::{Row, RowId};
use crate::model::rule::Rule;
use crate::model::time::Time;
use crate::model::value::Value;
use rusqlite::types::Value as Cell;
use std::collections::BTreeMap;

impl View<'_> {
    /// Every rule for one row, in order, each condition with what it reads.
    pub fn explain(&self, row: RowId, now: Time) -> Result<Vec<Explained>> {
        let Some(found) = self.row(row)? else {
            return Ok(Vec::new());
        };
        let since = self.last_changes(row)?;
        let mut queued = self.queued_at(row, now)?;
        let mut holds = self.holds_of(row)?;
        let every = holds.iter().find(|hold| hold.rule == "*").cloned();
        let before = self.now();
        self.context.set_now(now);
        let rules = self.context.brain.rules.rules.iter().enumerate();
        let explained = rules
            .map(|(index, rule)| {
                let mut take_hold = || {
                    let at = holds.iter().position(|hold| hold.rule == rule.name)?;
                    Some(holds.swap_remove(at))
                };
                Ok(Explained {
                    rule: rule.name.clone(),
                    kind: rule.kind,
                    conditions: self.judged(index, rule, &found, &since)?,
                    hold: take_hold().or_else(|| every.clone()),
                    queued: queued
                        .iter()
                        .position(|entry| entry.rule == rule.name)
                        .map(|at| queued.swap_remove(at)),
                    kept_back: self
                        .unmet_checks(&rule.name, now)?
                        .iter()
                        .map(|check| check.keeps_back(now))
                        .collect(),
                })
            })
            .collect();
        self.context.set_now(before);
        explained
    }

    fn judged(
        &self,
        index: usize,
        rule: &Rule,
        row: &Row,
        since: &BTreeMap<String, Time>,
    ) -> Result<Vec<Judged>> {
        let brain = &self.context.brain;
        let cells = self
            .context
            .ask(&brain.whole[index], row.id)?
            .unwrap_or_default();
        let about = brain.reads[index].iter().zip(&brain.spans[index]);
        Ok(rule
            .conditions
            .iter()
            .zip(about)
            .zip(cells)
            .map(|((condition, (reads, span)), cell)| {
                let columns = reads.columns.iter();
                Judged {
                    title: condition.title.clone(),
                    sql: condition.sql.clone(),
                    met: match cell {
                        Cell::Integer(0) => Met::Yes,
                        Cell::Null => Met::Unknown,
                        _ => Met::No,
                    },
                    due: span.zip(condition.ago.as_ref()).and_then(|(span, ago)| {
                        row.get(&ago.column).as_time().map(|at| at.plus(span))
                    }),
                    since: columns.clone().filter_map(|c| since.get(c)).max().copied(),
                    reads: columns
                        .map(|column| (column.clone(), value_of(row, column)))
                        .collect(),
                }
            })
            .collect())
    }

    /// When each column of the row got the value it has.
    fn last_changes(&self, row: RowId) -> Result<BTreeMap<String, Time>> {
        let found = self.all(
            "SELECT \"column\", at, max(id) FROM change WHERE row = ?1 GROUP BY \"column\"",
            [row],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(found.into_iter().collect())
    }
}

fn value_of(row: &Row, column: &str) -> serde_json::Value {
    match column {
        "wave" => row.wave.clone().into(),
        "phase" => row.phase.clone().into(),
        _ => row
            .values
            .get(column)
            .map_or_else(|| Value::Null.to_json(), Value::to_json),
    }
}
