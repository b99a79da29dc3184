//! The ids of a whole list, in order, and whether it may have changed.
//!
//! The table is read as it lies and put in order here: to fetch each row in the order of its key, as the database would,
//! takes several times as long.

use super::judge::Author;
use super::records::Query;
use super::sql::Result;
use super::view::View;
use crate::model::row::RowId;
use crate::model::rule::mentions_ago;
use rusqlite::params;
use rusqlite::types::ValueRef;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Changes looked through before a list is simply read again.
const MOST_CHANGES: i64 = 10_000;
/// No row's place is known.
const NOWHERE: u32 = u32::MAX;

impl View<'_> {
    pub fn ids(&self, query: &Query) -> Result<Vec<RowId>> {
        let plain = |query: &Query| self.select("id", query, |row| row.get(0));
        if query.offset > 0 || query.limit.is_some() {
            return plain(query);
        }
        let terms = self.order_terms(query)?;
        if query.condition.is_none() && terms.is_empty() {
            return plain(query);
        }
        let mut found = Found::new(&terms);
        let names = terms.iter().map(|(name, _)| name.as_str());
        let names: Vec<&str> = std::iter::once("id").chain(names).collect();
        self.select_as(&names.join(", "), query, "", |row| found.take(row))?;
        if found.ids.is_empty() {
            return Ok(Vec::new());
        }
        // By the index of the key alone, which never touches the table.
        let by_key = plain(&Query::all())?;
        match found.places(by_key.len()) {
            Some(places) => Ok(found.in_order(&by_key, &places)),
            None => plain(query),
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

/// What was read, as the table lies.
struct Found {
    ids: Vec<RowId>,
    columns: Vec<Column>,
}

/// What one column is sorted by.
struct Column {
    ascending: bool,
    cells: Vec<Cell>,
    /// All texts, one after the other.
    texts: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Cell {
    Null,
    Number(i64),
    /// Where its text begins and ends.
    Text(u32, u32),
}

impl Found {
    fn new(terms: &[(String, bool)]) -> Self {
        let column = |(_, ascending): &(String, bool)| Column {
            ascending: *ascending,
            cells: Vec::new(),
            texts: Vec::new(),
        };
        Self {
            ids: Vec::new(),
            columns: terms.iter().map(column).collect(),
        }
    }

    fn take(&mut self, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
        self.ids.push(row.get(0)?);
        for (at, column) in (1..).zip(&mut self.columns) {
            let cell = match row.get_ref(at)? {
                ValueRef::Integer(number) => Cell::Number(number),
                ValueRef::Text(text) => {
                    let start = column.texts.len() as u32;
                    column.texts.extend_from_slice(text);
                    Cell::Text(start, column.texts.len() as u32)
                }
                // A strict table holds no other kinds.
                _ => Cell::Null,
            };
            column.cells.push(cell);
        }
        Ok(())
    }

    /// Where each id was found. `None` when the ids are too far apart for a plain array.
    fn places(&self, rows: usize) -> Option<Vec<u32>> {
        let largest = self.ids.iter().map(|id| id.0).max().unwrap_or_default();
        let largest = usize::try_from(largest).ok()?;
        if largest > rows.saturating_mul(8) + 1_024 {
            return None;
        }
        let mut places = vec![NOWHERE; largest + 1];
        for (at, id) in (0..).zip(&self.ids) {
            *places.get_mut(usize::try_from(id.0).ok()?)? = at;
        }
        Some(places)
    }

    fn in_order(mut self, by_key: &[RowId], places: &[u32]) -> Vec<RowId> {
        let place = |id: &RowId| usize::try_from(id.0).ok().and_then(|id| places.get(id));
        let mut order: Vec<u32> = by_key
            .iter()
            .filter_map(|id| place(id).copied().filter(|at| *at != NOWHERE))
            .collect();
        // The last column first: each sort leaves what is equal to it as it was.
        while let Some(column) = self.columns.pop() {
            order = column.sorted(&order);
        }
        order.into_iter().map(|at| self.ids[at as usize]).collect()
    }
}

impl Column {
    /// What is missing comes last, whichever the way.
    fn sorted(&self, order: &[u32]) -> Vec<u32> {
        let common = self.common();
        let (mut found, mut missing) = (Vec::with_capacity(order.len()), Vec::new());
        for at in order {
            match self.head(*at, common) {
                Some(head) => found.push((head, *at)),
                None => missing.push(*at),
            }
        }
        let compare = |a: &(u64, u32), b: &(u64, u32)| -> Ordering {
            a.0.cmp(&b.0)
                .then_with(|| self.text(a.1).cmp(self.text(b.1)))
        };
        if self.ascending {
            found.sort_by(compare);
        } else {
            found.sort_by(|a, b| compare(b, a));
        }
        found.into_iter().map(|(_, at)| at).chain(missing).collect()
    }

    fn text(&self, at: u32) -> &[u8] {
        match self.cells[at as usize] {
            Cell::Text(start, end) => &self.texts[start as usize..end as usize],
            Cell::Null | Cell::Number(_) => &[],
        }
    }

    /// How many bytes all texts begin with alike: those of moments differ only at their ends.
    fn common(&self) -> usize {
        let mut texts = (0..self.cells.len() as u32)
            .filter(|at| matches!(self.cells[*at as usize], Cell::Text(..)))
            .map(|at| self.text(at));
        let Some(first) = texts.next() else { return 0 };
        texts.fold(first.len(), |common, text| {
            let alike = first[..common].iter().zip(text).take_while(|(a, b)| a == b);
            alike.count()
        })
    }

    /// The first bytes that may differ, as a number that sorts as they do.
    fn head(&self, at: u32, common: usize) -> Option<u64> {
        match self.cells[at as usize] {
            Cell::Null => None,
            Cell::Number(number) => Some(number.cast_unsigned() ^ (1 << 63)),
            Cell::Text(..) => {
                let rest = &self.text(at)[common..];
                let mut head = [0; 8];
                let most = rest.len().min(8);
                head[..most].copy_from_slice(&rest[..most]);
                Some(u64::from_be_bytes(head))
            }
        }
    }
}
