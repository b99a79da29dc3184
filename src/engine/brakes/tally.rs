//! How a stage went lately, row by row, as one brake sees it.

use super::slice::Slice;
use crate::model::row::RowId;
use crate::model::time::Time;
use crate::store::{AttemptState, Tried};
use std::collections::BTreeMap;

/// A switch of the brake on one slice.
#[derive(Clone, Debug)]
pub(super) struct Stopped {
    pub slice: Slice,
    /// Tripped now; else released at `at`.
    pub on: bool,
    pub at: Time,
}

/// What is known of one row: its last end, and whether it is worked on.
#[derive(Clone, Debug)]
pub(super) struct One {
    pub slice: Vec<Option<String>>,
    pub failed_at: Option<Time>,
    pub done_at: Option<Time>,
    pub open: bool,
    /// Of a slice that is stopped: its failures are explained.
    pub explained: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub failed: u64,
    pub done: u64,
}

impl Count {
    pub fn all(self) -> u64 {
        self.failed + self.done
    }

    pub fn without(self, part: Self) -> Self {
        Self {
            failed: self.failed.saturating_sub(part.failed),
            done: self.done.saturating_sub(part.done),
        }
    }
}

#[derive(Debug)]
pub(super) struct Tally {
    columns: Vec<String>,
    pub rows: BTreeMap<RowId, One>,
}

impl Tally {
    /// Of each row its last end counts: who failed and went well at the next try has not failed. What failed before its
    /// slice was released is forgiven.
    pub fn new(columns: &[String], tried: Vec<Tried>, stopped: &[Stopped]) -> Self {
        let mut rows = BTreeMap::<RowId, One>::new();
        for one in tried {
            let row = rows.entry(one.row).or_insert_with(|| One {
                slice: one.slice,
                failed_at: None,
                done_at: None,
                open: false,
                explained: false,
            });
            match one.state {
                AttemptState::Done => row.done_at = row.done_at.max(Some(one.at)),
                AttemptState::Failed | AttemptState::Unknown => {
                    row.failed_at = row.failed_at.max(Some(one.at));
                }
                _ => row.open = true,
            }
        }
        let mut tally = Self {
            columns: columns.to_vec(),
            rows,
        };
        let columns = columns.to_vec();
        for row in tally.rows.values_mut() {
            if row.failed_at > row.done_at {
                row.done_at = None;
            } else {
                row.failed_at = None;
            }
            for stop in stopped
                .iter()
                .filter(|stop| is_in(&columns, &row.slice, &stop.slice))
            {
                if stop.on {
                    row.explained = true;
                } else if row.failed_at.is_some_and(|at| at <= stop.at) {
                    row.failed_at = None;
                }
            }
        }
        tally
    }

    /// Every slice some row that failed since `since` is in; those of stopped slices apart.
    pub fn suspects(&self, since: Time) -> Vec<Slice> {
        let failed = self
            .rows
            .values()
            .filter(|row| !row.explained && row.failed_at.is_some_and(|at| at >= since));
        let mut found: Vec<Slice> = failed
            .flat_map(|row| slices(&self.columns, &row.slice))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Ends of the rows of `slice` (of all rows without one): failures since `since`, and what went well.
    pub fn count(&self, slice: Option<&Slice>, since: Time) -> Count {
        let mut count = Count::default();
        for row in self.of(slice).filter(|row| !row.explained) {
            if row.failed_at.is_some_and(|at| at >= since) {
                count.failed += 1;
            }
            if row.done_at.is_some() {
                count.done += 1;
            }
        }
        count
    }

    /// Failures of the slice since `since`, with those that another slice's stop explains.
    pub fn failed_at_all(&self, slice: &Slice, since: Time) -> u64 {
        let failed = self
            .of(Some(slice))
            .filter(|row| row.failed_at.is_some_and(|at| at >= since));
        failed.count() as u64
    }

    pub fn of<'a>(&'a self, slice: Option<&'a Slice>) -> impl Iterator<Item = &'a One> {
        self.rows
            .values()
            .filter(move |row| slice.is_none_or(|slice| is_in(&self.columns, &row.slice, slice)))
    }
}

/// The slices a row with these texts is in.
pub(super) fn slices(columns: &[String], texts: &[Option<String>]) -> Vec<Slice> {
    let pairs = columns.iter().zip(texts);
    let known = |(column, text): (&String, &Option<String>)| {
        Some(Slice {
            column: column.clone(),
            text: text.clone()?,
        })
    };
    pairs.filter_map(known).collect()
}

pub(super) fn is_in(columns: &[String], texts: &[Option<String>], slice: &Slice) -> bool {
    let mut pairs = columns.iter().zip(texts);
    pairs.any(|(column, text)| *column == slice.column && text.as_deref() == Some(&slice.text))
}
