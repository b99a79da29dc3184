//! Tables: aligned for a terminal, guarded for a spreadsheet.

use super::error::CliError;
use super::output::{Output, Paint};
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

/// A cell for a spreadsheet. One that a spreadsheet would run as a formula gets an apostrophe before it.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// What [`guarded`] was given.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if matches!(guarded(rest), Cow::Owned(_)) => rest,
        _ => text,
    }
}

/// One line of CSV, with its line break.
pub fn csv_line<'a>(cells: impl IntoIterator<Item = Cow<'a, str>>) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells: Vec<Cow<'a, str>> = cells.into_iter().collect();
    let broken = |why: String| CliError::failed(format!("a line of CSV cannot be written: {why}"));
    writer
        .write_record(cells.iter().map(|cell| cell.as_bytes()))
        .map_err(|error| broken(error.to_string()))?;
    let bytes = writer
        .into_inner()
        .map_err(|error| broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| broken(error.to_string()))
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

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_comes_back() {
        for (raw, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("-5", "'-5"),
            ("C02A", "C02A"),
            ("'quoted", "'quoted"),
            ("", ""),
        ] {
            assert_eq!(guarded(raw), written);
            assert_eq!(unguarded(&guarded(raw)), raw);
        }
        let line = csv_line(["a,b".into(), "say \"x\"".into()]).unwrap();
        assert_eq!(line, "\"a,b\",\"say \"\"x\"\"\"\n");
    }
}
