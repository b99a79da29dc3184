//! Where the lines go: cleaned, without a sign of ours that cannot be read aloud, and no longer than the width.

use crate::model::text::clean;
use crate::tui::text;
use std::io::{self, Write};

/// For a pipe, which has no width of its own.
pub const WIDTH: usize = 80;
/// Narrower than this a line is no line.
const NARROWEST: usize = 20;
/// Lines that go on are never indented deeper than this.
const DEEPEST: usize = 12;

/// What is written on. Nothing but what [`Paper::say`] lets through ever reaches it.
pub struct Paper<W: Write> {
    out: io::BufWriter<W>,
    wide: usize,
    /// Only ASCII can be shown.
    ascii: bool,
}

impl<W: Write> Paper<W> {
    pub fn new(out: W, wide: usize, ascii: bool) -> Self {
        Self {
            out: io::BufWriter::new(out),
            wide: wide.max(NARROWEST),
            ascii,
        }
    }

    pub fn wide(&self) -> usize {
        self.wide
    }

    pub fn set_wide(&mut self, wide: usize) {
        self.wide = wide.max(NARROWEST);
    }

    /// One statement, in as many lines as it takes; the later ones stand a little deeper.
    pub fn say(&mut self, said: &str) -> io::Result<()> {
        let said = self.readable(said);
        let said = said.trim_end();
        let indent = (said.len() - said.trim_start().len()).min(self.wide / 2);
        let deeper = (indent + 2).min(DEEPEST);
        let first = self.wide - indent;
        let lines = text::wrap_after(said.trim_start(), first, self.wide - deeper);
        for (at, line) in lines.iter().enumerate() {
            let before = if at == 0 { indent } else { deeper };
            let line = line.trim_end();
            let before = if line.is_empty() { 0 } else { before };
            writeln!(self.out, "{}{line}", " ".repeat(before))?;
        }
        Ok(())
    }

    /// What is asked, with the caret behind it.
    pub fn ask(&mut self, said: &str) -> io::Result<()> {
        let said = self.readable(said);
        write!(self.out, "{said}")?;
        self.flush()
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Without anything that steers, and with words or plain signs for ours.
    fn readable(&self, said: &str) -> String {
        let cleaned = clean(said);
        let mut out = String::with_capacity(cleaned.len());
        for c in text::cell(&cleaned).chars() {
            match c {
                '–' | '—' | '·' => out.push('-'),
                '…' => out.push_str("..."),
                '→' => out.push_str("->"),
                c if self.ascii && !c.is_ascii() => out.push('?'),
                c => out.push(c),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(wide: usize, ascii: bool, said: &str) -> String {
        let mut out = Vec::new();
        let mut paper = Paper::new(&mut out, wide, ascii);
        paper.say(said).unwrap();
        paper.flush().unwrap();
        drop(paper);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_are_no_longer_than_the_width_and_go_on_a_little_deeper() {
        assert_eq!(
            written(20, false, "  one two three four five six"),
            "  one two three four\n    five six\n"
        );
        assert_eq!(written(20, false, "   "), "\n");
    }

    #[test]
    fn nothing_that_steers_and_no_sign_of_ours_is_written() {
        assert_eq!(
            written(80, false, "a\u{1b}[31m – b… → c\u{202e}"),
            "a-[31m - b... -> c-\n"
        );
        assert_eq!(written(80, true, "Zoë 東京"), "Zo? ??\n");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_said_no_line_is_too_long_and_none_has_a_control(
            said in "(?s).{0,200}", wide in 20_usize..100
        ) {
            for line in written(wide, false, &said).lines() {
                proptest::prop_assert!(text::width(line) <= wide, "{line:?} in {wide}");
                proptest::prop_assert!(!line.contains(|c: char| c.is_control()));
            }
        }
    }
}
