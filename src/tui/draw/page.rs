//! A screen of lines that scrolls as a whole.

use super::pen::Span;
use crate::tui::look::Meaning;
use crate::tui::text;

/// Lines that go on are indented to where the text began, unless that is deeper than this; then they are less so.
const DEEPEST: usize = 24;
const SHALLOW: usize = 8;

/// A title and lines of pieces.
#[derive(Default)]
pub struct Page {
    pub title: String,
    pub lines: Vec<Vec<Span>>,
}

impl Page {
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            lines: Vec::new(),
        }
    }

    /// A heading, with an empty line before it unless it is the first.
    pub fn heading(&mut self, said: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        self.lines.push(vec![(said.to_owned(), Meaning::Title)]);
    }

    pub fn line(&mut self, spans: Vec<Span>) {
        self.lines.push(spans);
    }

    /// Two pages side by side, the left one in so many columns and what stands between them.
    pub fn beside(&mut self, left: Self, right: Self, (wide, between): (usize, &str), cut: &str) {
        let high = left.lines.len().max(right.lines.len());
        let (mut left, mut right) = (left.lines.into_iter(), right.lines.into_iter());
        for _ in 0..high {
            let mut line = cut_to(left.next().unwrap_or_default(), wide, cut);
            line.push((between.to_owned(), Meaning::Rule));
            line.extend(right.next().unwrap_or_default());
            self.lines.push(line);
        }
    }

    /// Text after some pieces, broken into as many lines as it takes; the later ones are indented to where it began.
    pub fn flow(&mut self, before: Vec<Span>, said: &str, meaning: Meaning, wide: usize) {
        let taken: usize = before.iter().map(|(said, _)| text::width(said)).sum();
        let indent = if taken > DEEPEST { SHALLOW } else { taken };
        let room = |taken: usize| wide.saturating_sub(taken + 2).max(10);
        let mut first = Some(before);
        for part in text::wrap_after(said, room(taken), room(indent)) {
            let mut spans = first
                .take()
                .unwrap_or_else(|| vec![(" ".repeat(indent), Meaning::Text)]);
            spans.push((part, meaning));
            self.lines.push(spans);
        }
    }
}

/// Pieces in exactly so many columns, those that stick out cut.
fn cut_to(spans: Vec<Span>, wide: usize, cut: &str) -> Vec<Span> {
    let mut used = 0;
    let mut fitted = Vec::new();
    for (said, meaning) in spans {
        let part = text::fit(&said, wide - used, cut).into_owned();
        let whole = part == said;
        used += text::width(&part);
        fitted.push((part, meaning));
        if !whole {
            break;
        }
    }
    fitted.push((" ".repeat(wide - used), Meaning::Text));
    fitted
}

/// The text and spaces up to a width.
pub fn pad(said: &str, wide: usize) -> String {
    let used = text::width(said);
    format!("{said}{}", " ".repeat(wide.saturating_sub(used)))
}
