//! The column chooser: the table behind it shows at once what is chosen.

use super::{Column, Facts, Table};

/// Every column, and how the table stood before.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub at: usize,
    /// Each column, and whether it is shown.
    pub all: Vec<(Column, bool)>,
    before: Vec<(Column, usize)>,
}

impl Columns {
    /// Those shown first, in their order; then the others.
    pub fn new(table: &Table, facts: &Facts) -> Self {
        let shown: Vec<Column> = table.columns.iter().map(|(column, _)| *column).collect();
        let mut all: Vec<(Column, bool)> = shown.iter().map(|column| (*column, true)).collect();
        let others = Column::all(facts).into_iter();
        all.extend(
            others
                .filter(|column| !shown.contains(column))
                .map(|column| (column, false)),
        );
        // It stays at the end, as it takes the room that is left.
        if let Some(at) = all.iter().position(|(column, _)| *column == Column::Waits) {
            let waits = all.remove(at);
            all.push(waits);
        }
        Self {
            at: 0,
            all,
            before: table.columns.clone(),
        }
    }

    pub fn step(&mut self, by: isize) {
        let last = self.all.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }

    /// Shows the column, or leaves it out. The error is a sentence.
    pub fn toggle(&mut self) -> Result<(), &'static str> {
        match self.all.get_mut(self.at) {
            Some((Column::Key, _)) => Err("a row is known by this column: it stays"),
            Some((_, shown)) => {
                *shown = !*shown;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Moves the column by one place. The error is a sentence.
    pub fn shift(&mut self, by: isize) -> Result<(), &'static str> {
        let to = self.at.saturating_add_signed(by);
        let waits = |at: usize| matches!(self.all.get(at), Some((Column::Waits, _)));
        if waits(self.at) {
            return Err("\"Waits for\" takes the room that is left, so it stays at the end");
        }
        if to < self.all.len() && !waits(to) {
            self.all.swap(self.at, to);
            self.at = to;
        }
        Ok(())
    }

    /// What the table shows of it.
    pub fn chosen(&self) -> Vec<Column> {
        let shown = self.all.iter().filter(|(_, shown)| *shown);
        shown.map(|(column, _)| *column).collect()
    }

    /// Puts the table's columns back.
    pub fn undo(self, table: &mut Table) {
        table.columns = self.before;
    }
}
