//! A range of marks that grows and shrinks with the cursor.

use crate::model::row::RowId;
use crate::tui::data::List;
use std::collections::BTreeSet;

/// Where it began, and what was marked before: the marks are always those and the range, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: RowId,
    pub before: BTreeSet<RowId>,
    /// Rows in it.
    pub count: usize,
}

impl Range {
    pub fn new(from: RowId, marks: &BTreeSet<RowId>) -> Self {
        Self {
            from,
            before: marks.clone(),
            count: 1,
        }
    }

    /// The marks when the cursor is on this line. `None` when the row it began at is no longer in the list.
    pub fn marks(&mut self, list: &List, at: usize) -> Option<BTreeSet<RowId>> {
        let from = list.position(self.from)?;
        let last = list.ids.len().checked_sub(1)?;
        let (first, end) = (from.min(at), from.max(at).min(last));
        let rows = &list.ids[first..=end];
        self.count = rows.len();
        let mut marks = self.before.clone();
        marks.extend(rows.iter().copied());
        Some(marks)
    }
}
