//! Tables: aligned for a terminal; lines of CSV.

use super::error::CliError;
use super::output::{Output, Paint};
use crate::model::sheet;
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cells between two columns.
const GAP: usize = 2;
/// No column is cut below this many cells.
const NARROWEST: usize = 6;

/// A table for people.
#[derive(Default)]
pub struct Table {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

pub struct Cell {
    pub text: String,
    pub paint: Paint,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            paint: Paint::Plain,
        }
    }
}

impl Cell {
    pub fn painted(paint: Paint, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            paint,
        }
    }
}

impl Table {
    pub fn new<'a>(titles: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            titles: titles.into_iter().map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints the table; on a terminal lines are cut to its width, into a pipe they never are.
    pub fn print(&self, out: &mut Output) -> Result<(), CliError> {
        let widths = self.widths(out.width);
        let titles: Vec<Cell> = self
            .titles
            .iter()
            .map(|title| Cell::painted(Paint::Bold, title.as_str()))
            .collect();
        for cells in std::iter::once(&titles).chain(&self.rows) {
            let mut line = String::new();
            let mut owed = 0;
            for (cell, width) in cells.iter().zip(&widths) {
                let text = cut(&cell.text, *width);
                line.extend(std::iter::repeat_n(' ', owed));
                line.push_str(&out.paint(cell.paint, &text));
                owed = width - text.width() + GAP;
            }
            out.line(line)?;
        }
        Ok(())
    }

    fn widths(&self, most: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.titles.iter().map(|title| title.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        let Some(most) = most else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > most {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// At most `width` cells of a text, with `…` where it was cut. Line breaks are shown as spaces.
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    let flat: Cow<'_, str> = if text.contains('\n') {
        text.replace('\n', " ").into()
    } else {
        text.into()
    };
    if flat.width() <= width {
        return flat;
    }
    let mut kept = String::new();
    for cluster in flat.graphemes(true) {
        if kept.width() + cluster.width() + 1 > width {
            break;
        }
        kept.push_str(cluster);
    }
    kept.push('…');
    kept.into()
}

/// One line of CSV, with its line break.
pub fn csv_line<'a>(cells: impl IntoIterator<Item = Cow<'a, str>>) -> Result<String, CliError> {
    sheet::csv_line(cells)
        .map_err(|error| CliError::failed(format!("a line of CSV cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["Serial", "Name"]);
        table.push(["C02A".into(), "Zoë 東京".into()]);
        table.push(["C02LONGER".into(), "a name that is much too long".into()]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_they_need_and_never_wider_than_the_terminal() {
        assert_eq!(table().widths(None), [9, 28]);
        let widths = table().widths(Some(30));
        assert_eq!(widths.iter().sum::<usize>() + GAP, 30);
        assert_eq!(table().widths(Some(3)), [NARROWEST, NARROWEST]);
    }

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        assert_eq!(cut("東京都", 4), "東…");
        assert_eq!(cut("東京都", 6), "東京都");
        assert_eq!(cut("two\nlines", 20), "two lines");
    }
}
