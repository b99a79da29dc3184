//! A filter being typed. What matches is shown while it is typed; what was shown before comes back when it is left.

use super::{State, Table};
use crate::model::row::RowId;
use crate::tui::filter::{self, Completion, Condition};
use tui_input::Input;

/// The line, and how the table stood before.
#[derive(Clone, Debug)]
pub struct Filtering {
    pub line: Input,
    before: Before,
    /// Which of the last used ones stands in the line; `None` is what is typed.
    pub recalled: Option<usize>,
}

#[derive(Clone, Debug)]
struct Before {
    filter: String,
    condition: Condition,
    cursor: Option<RowId>,
    pinned: bool,
    at: usize,
    top: usize,
}

impl Filtering {
    pub fn new(table: &Table) -> Self {
        Self {
            line: table.filter.clone().into(),
            before: Before {
                filter: table.filter.clone(),
                condition: table.condition.clone(),
                cursor: table.cursor,
                pinned: table.pinned,
                at: table.at,
                top: table.top,
            },
            recalled: None,
        }
    }

    /// What may come next at the caret.
    pub fn next(&self, state: &State) -> Completion {
        let before: String = self.line.value().chars().take(self.line.cursor()).collect();
        let facts = &state.facts;
        filter::complete(&before, &facts.shape, &facts.names, &state.waves())
    }

    /// Puts the filter back, and leaves the cursor where it is.
    pub fn filter_before(&self, table: &mut Table) {
        table.filter.clone_from(&self.before.filter);
        table.condition.clone_from(&self.before.condition);
    }

    /// Puts everything back.
    pub fn undo(self, table: &mut Table) {
        self.filter_before(table);
        let before = self.before;
        (table.cursor, table.pinned) = (before.cursor, before.pinned);
        (table.at, table.top) = (before.at, before.top);
    }
}
