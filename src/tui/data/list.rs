//! The table's order: the ids of every row that matches, and nothing else of them.

use crate::model::row::RowId;
use crate::store::{Query, StoreError, View};
use crate::tui::filter::Condition;
use std::sync::OnceLock;

/// Which rows, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListWant {
    pub condition: Condition,
    /// Columns, each ascending or descending.
    pub order: Vec<(String, bool)>,
}

impl ListWant {
    pub fn query(&self) -> Query {
        Query {
            condition: self.condition.sql.clone(),
            parts: self.condition.parts.clone(),
            order: self.order.clone(),
            ..Query::default()
        }
    }
}

/// The rows that match, in order.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub want: ListWant,
    pub ids: Vec<RowId>,
    /// Why the condition could not be used; then the ids are those of before.
    pub fault: Option<String>,
    /// A bit for each row, made when it is first asked whether one is in the list.
    held: OnceLock<Vec<u64>>,
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        (&self.want, &self.fault) == (&other.want, &other.fault) && self.ids == other.ids
    }
}

impl Eq for List {}

impl List {
    pub fn read(
        view: &View<'_>,
        want: &ListWant,
        before: Option<&Self>,
    ) -> Result<Self, StoreError> {
        Self::of(want, view.ids(&want.query()), before)
    }

    /// The list of these ids, or of those before and why they could not be read.
    pub fn of(
        want: &ListWant,
        ids: Result<Vec<RowId>, StoreError>,
        before: Option<&Self>,
    ) -> Result<Self, StoreError> {
        match ids {
            Ok(ids) => Ok(Self {
                want: want.clone(),
                ids,
                ..Self::default()
            }),
            // What was typed is at fault, not the store.
            Err(StoreError::Bad(why)) => Ok(Self::faulty(want, before, why)),
            Err(error) => Err(error),
        }
    }

    /// The rows of before, and why they are not those that are wanted.
    pub fn faulty(want: &ListWant, before: Option<&Self>, why: String) -> Self {
        Self {
            want: want.clone(),
            ids: before.map(|before| before.ids.clone()).unwrap_or_default(),
            fault: Some(why),
            held: OnceLock::new(),
        }
    }

    /// Where the row stands.
    pub fn position(&self, row: RowId) -> Option<usize> {
        self.ids.iter().position(|id| *id == row)
    }

    /// Whether the row is among them; costs the same however long the list is.
    pub fn holds(&self, row: RowId) -> bool {
        let Some((word, bit)) = place(row) else {
            return self.ids.contains(&row);
        };
        let held = self.held.get_or_init(|| {
            let places = || self.ids.iter().filter_map(|id| place(*id));
            let words = places().map(|(word, _)| word + 1).max();
            let mut held = vec![0; words.unwrap_or_default()];
            places().for_each(|(word, bit)| held[word] |= bit);
            held
        });
        held.get(word).is_some_and(|held| held & bit != 0)
    }
}

/// Rows are numbered from one on, so that a bit for each costs little; `None` for a number that no row should have.
fn place(row: RowId) -> Option<(usize, u64)> {
    const MOST: usize = 1 << 25;
    let at = usize::try_from(row.0).ok().filter(|at| *at < MOST)?;
    Some((at / 64, 1 << (at % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_in_the_list_wherever_its_number_lies() {
        let ids = [3, 64, 65, 1 << 40].map(RowId).to_vec();
        let list = List {
            ids: ids.clone(),
            ..List::default()
        };
        assert!(ids.iter().all(|id| list.holds(*id)));
        for other in [0, 1, 63, 66, 100_000, -1, 1 << 41] {
            assert!(!list.holds(RowId(other)), "{other}");
        }
        assert_eq!(list.position(RowId(65)), Some(2));
    }
}
