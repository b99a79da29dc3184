//! The ids of a whole list, in order, and whether it may have changed.
//!
//! The table is read as it lies and put in order in memory (`order`): to fetch each row in the order of its key, as the
//! database would, takes several times as long.

use super::judge::Author;
use super::order::{By, Found};
use super::records::Query;
use super::sql::Result;
use super::view::View;
use crate::model::row::RowId;
use crate::model::rule::mentions_ago;
use crate::model::value::ValueType;
use rusqlite::params;
use std::collections::BTreeSet;

/// Changes looked through before a list is simply read again.
const MOST_CHANGES: i64 = 10_000;
/// A table with more rows than this is looked through in two halves.
const LARGE: i64 = 10_000;

/// Half of a list, not yet in order.
pub struct Half(Found);

impl View<'_> {
    pub fn ids(&self, query: &Query) -> Result<Vec<RowId>> {
        let plain = |query: &Query| self.select("id", query, |row| row.get(0));
        if query.offset > 0 || query.limit.is_some() {
            return plain(query);
        }
        if query.condition.is_none() && query.parts.is_empty() && query.order.is_empty() {
            return plain(query);
        }
        // Keys are all different, so that nothing after the key matters.
        let key = &self.context.brain.shape.key;
        if let Some((_, ascending)) = query.order.first().filter(|(name, _)| name == key)
            && query.condition.is_none()
            && query.parts.is_empty()
        {
            let mut ids = plain(&Query::all())?;
            if !ascending {
                ids.reverse();
            }
            return Ok(ids);
        }
        self.in_order(query, self.found(query, None)?)
    }

    /// The number of a row in the middle of the table, where that is large and all of it must be looked through: two
    /// connections do that in half the time ([`Self::half`], [`Self::joined`]).
    pub fn middle(&self, query: &Query) -> Result<Option<RowId>> {
        let part = query.offset > 0 || query.limit.is_some() || !query.parts.is_empty();
        let key = &self.context.brain.shape.key;
        let by_key = query.order.first().is_none_or(|(name, _)| name == key);
        if part || query.condition.is_none() && by_key {
            return Ok(None);
        }
        let subject = &self.context.brain.subject;
        let sql = format!("SELECT max(id) FROM {subject}");
        let last: Option<i64> = self.one(&sql, [], |row| row.get(0))?.flatten();
        Ok(last
            .filter(|last| *last > LARGE)
            .map(|last| RowId(last / 2)))
    }

    /// What the list has among the rows up to and with `middle`, or after it; not yet in order.
    pub fn half(&self, query: &Query, middle: RowId, after: bool) -> Result<Half> {
        let sign = if after { ">" } else { "<=" };
        let half = format!("id {sign} {}", middle.0);
        self.found(query, Some(&half)).map(Half)
    }

    /// The ids of two halves, in order.
    pub fn joined(&self, query: &Query, mut one: Half, other: Half) -> Result<Vec<RowId>> {
        one.0.append(other.0);
        self.in_order(query, one.0)
    }

    /// Every row that matches, and is of this part of the table, with what it is sorted by.
    fn found(&self, query: &Query, part: Option<&str>) -> Result<Found> {
        let mut found = Found::default();
        let mut names = vec!["id".to_owned()];
        for ((name, ascending), (term, _)) in query.order.iter().zip(self.order_terms(query)?) {
            let by = self.by(name);
            // The names of phases are read as they are: to rank each in SQL takes as long as to read the table.
            let ranked = matches!(by, By::Rank(_));
            names.push(if ranked { name.clone() } else { term });
            found.sort(by, *ascending);
        }
        let names = names.join(", ");
        self.select_part(&names, query, part, |row| found.take(row))?;
        Ok(found)
    }

    fn in_order(&self, query: &Query, found: Found) -> Result<Vec<RowId>> {
        if found.ids.is_empty() {
            return Ok(Vec::new());
        }
        let plain = |query: &Query| self.select("id", query, |row| row.get(0));
        // By the index of the key alone, which never touches the table.
        let by_key = plain(&Query::all())?;
        match found.in_order(&by_key) {
            Some(ids) => Ok(ids),
            None => plain(query),
        }
    }

    fn by(&self, column: &str) -> By {
        let brain = &self.context.brain;
        let ranks = brain.rules.phases.iter().map(|phase| phase.name.as_bytes());
        match column {
            "phase" if ranks.len() > 0 => By::Rank(ranks.map(<[u8]>::to_vec).collect()),
            "phase_since" | "created_at" | "updated_at" => By::Moment,
            _ if brain.kind(column) == Some(ValueType::Time) => By::Moment,
            _ => By::Value,
        }
    }

    /// The number of the newest change to any row; it only grows.
    pub fn newest_change(&self) -> Result<i64> {
        let newest = self.one("SELECT max(id) FROM change", [], |row| row.get(0))?;
        Ok(newest.flatten().unwrap_or_default())
    }

    /// False when the list is surely what it was at the change of that number. A condition that reads the time may
    /// always have changed.
    pub fn list_changed(&self, query: &Query, since: i64) -> Result<bool> {
        let newest = self.newest_change()?;
        let condition = query.condition.as_deref();
        // What a part asks is no column of the row, and moves with time.
        if !query.parts.is_empty()
            || condition.is_some_and(mentions_ago)
            || newest - since > MOST_CHANGES
        {
            return Ok(true);
        }
        if newest == since {
            return Ok(false);
        }
        let brain = &self.context.brain;
        let mut reads: BTreeSet<String> =
            query.order.iter().map(|(name, _)| name.clone()).collect();
        // A new row begins with its key.
        reads.insert(brain.shape.key.clone());
        if let Some(condition) = condition {
            let judged = brain.judge.check(&brain.shape, condition, Author::Operator);
            reads.extend(judged.map(|reads| reads.columns).unwrap_or_default());
        }
        if ["version", "updated_at"]
            .iter()
            .any(|name| reads.contains(*name))
        {
            return Ok(true);
        }
        if reads.contains("phase_since") {
            reads.insert("phase".into());
        }
        let changed: Vec<String> = self.all(
            "SELECT DISTINCT \"column\" FROM change WHERE id > ?1",
            params![since],
            |row| row.get(0),
        )?;
        Ok(changed.iter().any(|column| reads.contains(column)))
    }
}
