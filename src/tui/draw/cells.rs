//! A line of a list, cell by cell, so that lines stand in columns.

use super::page::pad;
use super::pen::Span;
use crate::tui::look::{Look, Meaning};
use crate::tui::text;

/// A line being put together.
pub struct Cells<'a> {
    look: &'a Look,
    spans: Vec<Span>,
}

impl<'a> Cells<'a> {
    pub fn new(look: &'a Look) -> Self {
        Self {
            look,
            spans: Vec::new(),
        }
    }

    /// Text from wherever in a column of this width, and a space after it. A column without width is left out.
    pub fn put(&mut self, said: &str, wide: usize, meaning: Meaning) -> &mut Self {
        if wide > 0 {
            let said = text::cell(said);
            let said = text::fit(&said, wide, self.look.signs.cut);
            self.spans.push((format!("{} ", pad(&said, wide)), meaning));
        }
        self
    }

    /// As [`Cells::put`], against the right edge of the column.
    pub fn right(&mut self, said: &str, wide: usize, meaning: Meaning) -> &mut Self {
        let room = wide.saturating_sub(text::width(said));
        self.put(&format!("{}{said}", " ".repeat(room)), wide, meaning)
    }

    pub fn done(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.spans)
    }
}
