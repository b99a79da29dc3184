//! The table's order: the ids of every row that matches, and nothing else of them.

use crate::model::row::RowId;
use crate::store::{Query, StoreError, View};
use crate::tui::filter::Condition;

/// Which rows, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListWant {
    pub condition: Condition,
    /// Columns, each ascending or descending.
    pub order: Vec<(String, bool)>,
}

/// The rows that match, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    pub want: ListWant,
    pub ids: Vec<RowId>,
    /// Why the condition could not be used; then the ids are those of before.
    pub fault: Option<String>,
}

impl List {
    pub fn read(view: &View<'_>, want: &ListWant, before: &Self) -> Result<Self, StoreError> {
        let query = Query {
            condition: want.condition.sql.clone(),
            parts: want.condition.parts.clone(),
            order: want.order.clone(),
            ..Query::default()
        };
        match view.ids(&query) {
            Ok(ids) => Ok(Self {
                want: want.clone(),
                ids,
                fault: None,
            }),
            // What was typed is at fault, not the store.
            Err(StoreError::Bad(why)) => Ok(Self {
                want: want.clone(),
                ids: before.ids.clone(),
                fault: Some(why),
            }),
            Err(error) => Err(error),
        }
    }

    /// Where the row stands.
    pub fn position(&self, row: RowId) -> Option<usize> {
        self.ids.iter().position(|id| *id == row)
    }
}
