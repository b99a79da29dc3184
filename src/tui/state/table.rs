//! The table's cursor, marks, order and filter. Rows are known by their ids; line numbers are only where they stand now.

use super::pick::top_with;
use super::{Column, Facts, Range};
use crate::model::row::RowId;
use crate::model::value::ValueType;
use crate::tui::data::{List, Snapshot};
use crate::tui::filter::Condition;
use crate::tui::{ages, text};
use std::collections::BTreeSet;

/// By which column the table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: Column,
    /// Largest, latest or longest first.
    pub descending: bool,
}

/// No column is made wider than this by what it holds.
const WIDEST: usize = 24;

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    pub cursor: Option<RowId>,
    /// An operator put the cursor where it is; until then it stays on the first line, whatever row that is.
    pub pinned: bool,
    /// Where the cursor stood when the list was last seen.
    pub at: usize,
    /// The first line shown.
    pub top: usize,
    pub marks: BTreeSet<RowId>,
    pub sort: Sort,
    /// What the filter says, and what it means.
    pub filter: String,
    pub condition: Condition,
    /// Rows marked by moving, while that goes on.
    pub range: Option<Range>,
    /// The columns shown where there is room, in order, with the widest thing seen in each so far.
    pub columns: Vec<(Column, usize)>,
    names: Vec<String>,
    key: String,
}

impl Table {
    pub fn new(facts: &Facts) -> Self {
        let shape = &facts.shape;
        let columns = Column::shown(facts).into_iter();
        let columns = columns.map(|column| (column, column.room(facts))).collect();
        Self {
            cursor: None,
            pinned: false,
            at: 0,
            top: 0,
            marks: BTreeSet::new(),
            sort: Sort {
                column: Column::Key,
                descending: false,
            },
            filter: String::new(),
            condition: Condition::default(),
            range: None,
            columns,
            names: shape
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            key: shape.key.clone(),
        }
    }

    /// The order as the store takes it. Rows that are alike stand longest in their phase first.
    pub fn order(&self) -> Vec<(String, bool)> {
        let ascending = !self.sort.descending;
        // The longest age is the earliest moment.
        let by_age = ("phase_since".to_owned(), true);
        match self.sort.column {
            Column::Phase => vec![("phase".into(), ascending), by_age],
            Column::Age => vec![("phase_since".into(), !ascending)],
            Column::Declared(at) => match self.names.get(at) {
                Some(name) => vec![(name.clone(), ascending), by_age],
                None => Vec::new(),
            },
            Column::Key if self.sort.descending => vec![(self.key.clone(), false)],
            // The store breaks ties by the key anyway.
            Column::Key | Column::Waits => Vec::new(),
        }
    }

    /// Shows these columns. Widths known already stay.
    pub fn show(&mut self, columns: &[Column], facts: &Facts) {
        let known = std::mem::take(&mut self.columns);
        let width = |column: Column| {
            let seen = known.iter().find(|(other, _)| *other == column);
            seen.map_or_else(|| column.room(facts), |(_, width)| *width)
        };
        let mut kept: Vec<(Column, usize)> = Vec::new();
        for column in columns {
            if kept.iter().all(|(other, _)| other != column) {
                kept.push((*column, width(*column)));
            }
        }
        if kept.iter().all(|(column, _)| *column != Column::Key) {
            kept.insert(0, (Column::Key, width(Column::Key)));
        }
        self.columns = kept;
    }

    /// Sorts by the next column, or the one before.
    pub fn sort_by_neighbour(&mut self, right: bool) {
        let sortable: Vec<Column> = self
            .columns
            .iter()
            .map(|(column, _)| *column)
            .filter(|c| *c != Column::Waits)
            .collect();
        // A column that is not shown may be the one sorted by; then the first is its neighbour.
        let at = sortable
            .iter()
            .position(|column| *column == self.sort.column)
            .unwrap_or(0);
        let count = sortable.len();
        let next = if right {
            (at + 1) % count
        } else {
            (at + count - 1) % count
        };
        self.sort = Sort {
            column: sortable[next],
            descending: sortable[next] == Column::Age,
        };
    }

    /// Sorts by this column; by the one it is sorted by already, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        if column == self.sort.column {
            self.sort.descending = !self.sort.descending;
        } else if column != Column::Waits {
            self.sort = Sort {
                column,
                descending: column == Column::Age,
            };
        }
    }

    /// Moves the window by lines; the cursor stays on its row while that is in sight.
    pub fn scroll(&mut self, list: &List, by: isize, height: usize) {
        let (count, height) = (list.ids.len(), height.max(1));
        let last = count.saturating_sub(height);
        self.top = self.top.saturating_add_signed(by).min(last);
        let at = self.at.clamp(self.top, self.top + height - 1);
        let at = at.min(count.saturating_sub(1));
        if at != self.at && count > 0 {
            (self.at, self.cursor) = (at, Some(list.ids[at]));
        }
        // Whoever scrolls wants to see what is there, not what comes to be first.
        self.pinned = true;
    }

    /// Moves the cursor by lines, and the window with it.
    pub fn step(&mut self, list: &List, by: isize, height: usize) {
        if list.ids.is_empty() {
            return;
        }
        self.pinned = true;
        let last = list.ids.len() - 1;
        self.at = self.at.min(last).saturating_add_signed(by).min(last);
        self.cursor = Some(list.ids[self.at]);
        self.keep_in_sight(list.ids.len(), height);
        self.mark_range(list);
    }

    /// Begins a range at the cursor.
    pub fn begin_range(&mut self, list: &List) {
        self.range = self.cursor.map(|row| Range::new(row, &self.marks));
        self.mark_range(list);
    }

    /// The marks are those of before and the rows from where the range began to the cursor. Rows that come in between
    /// by themselves are marked once the cursor moves, so that what is marked is what was seen.
    fn mark_range(&mut self, list: &List) {
        if let Some(range) = &mut self.range {
            match range.marks(list, self.at) {
                Some(marks) => self.marks = marks,
                None => self.range = None,
            }
        }
    }

    /// Puts the cursor on a row; where it stands is known once the list has it.
    pub fn go_to(&mut self, row: RowId, list: &List, height: usize) {
        (self.cursor, self.pinned, self.range) = (Some(row), true, None);
        if let Some(at) = list.position(row) {
            self.at = at;
            self.keep_in_sight(list.ids.len(), height);
        }
    }

    /// Moves the window so that the cursor is in it, and no emptier than it need be.
    pub fn keep_in_sight(&mut self, count: usize, height: usize) {
        self.top = top_with(self.at, self.top, count, height);
    }

    /// A new list came: the cursor stays on its row and the row on its line, as far as can be. Answers false when the row
    /// is no longer in the list.
    pub fn settle(&mut self, list: &List, height: usize) -> bool {
        if !self.pinned {
            (self.at, self.top) = (0, 0);
            self.cursor = list.ids.first().copied();
            return true;
        }
        let found = self.cursor.map(|row| list.position(row));
        let kept = match found {
            Some(Some(at)) => {
                let line = self.at.saturating_sub(self.top);
                self.at = at;
                self.top = at.saturating_sub(line);
                true
            }
            other => {
                self.at = self.at.min(list.ids.len().saturating_sub(1));
                self.cursor = list.ids.get(self.at).copied();
                other.is_none()
            }
        };
        self.keep_in_sight(list.ids.len(), height);
        kept
    }

    /// Columns grow to what they hold and never shrink again, so that nothing jumps while scrolling.
    pub fn measure(&mut self, facts: &Facts, data: &Snapshot) {
        for (column, widest) in &mut self.columns {
            for line in data.lines.values() {
                let seen = match column {
                    Column::Key => text::width(&text::cell(&line.row.key)),
                    Column::Declared(at) => {
                        let declared = &facts.shape.columns[*at];
                        match (declared.kind, line.row.get(&declared.name)) {
                            (ValueType::Time, _) => 7,
                            (ValueType::Text, value) => value
                                .as_text()
                                .map_or(0, |said| text::width(&text::cell(said))),
                            (_, value) => text::width(&value.to_string()),
                        }
                    }
                    Column::Phase | Column::Age | Column::Waits => 0,
                };
                *widest = (*widest).max(seen.min(WIDEST));
            }
        }
    }

    /// What the cell of a declared column says.
    pub fn said(
        facts: &Facts,
        row: &crate::model::row::Row,
        at: usize,
        now: crate::model::time::Time,
    ) -> String {
        let value = row.get(&facts.shape.columns[at].name);
        match value.as_time() {
            Some(moment) => ages::short(ages::between(now, moment)),
            None if value.is_null() => String::new(),
            None => text::cell(&value.to_string()).into_owned(),
        }
    }
}
