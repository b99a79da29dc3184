//! Signs: the second channel beside colour, in two sets.

use crate::pipeline::definition::Tone;
use crate::store::{Level, Met};

/// Every sign the console draws. Each is one column wide.
#[derive(Debug)]
pub struct Signs {
    pub cursor: &'static str,
    pub mark: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub unknown: &'static str,
    pub idle: &'static str,
    pub active: &'static str,
    pub waiting: &'static str,
    pub warning: &'static str,
    pub alive: &'static str,
    pub dead: &'static str,
    pub cut: &'static str,
    pub rule: &'static str,
    pub wall: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub bar: &'static str,
    pub bar_rest: &'static str,
    pub none: &'static str,
    pub dot: &'static str,
    pub corners: [&'static str; 4],
    /// Where a label belongs on a line across.
    pub tick: &'static str,
    /// From a little to a whole cell, from below.
    pub levels: [&'static str; 8],
    /// What may be.
    pub band: &'static str,
}

impl Signs {
    pub const UNICODE: Self = Self {
        cursor: "▸",
        mark: "●",
        yes: "✓",
        no: "✗",
        unknown: "?",
        idle: "·",
        active: "»",
        waiting: "~",
        warning: "!",
        alive: "●",
        dead: "✗",
        cut: "…",
        rule: "─",
        wall: "│",
        up: "▲",
        down: "▼",
        bar: "█",
        bar_rest: "░",
        none: "·",
        dot: "·",
        corners: ["┌", "┐", "└", "┘"],
        tick: "┴",
        levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        band: "░",
    };

    pub const ASCII: Self = Self {
        cursor: ">",
        mark: "*",
        yes: "+",
        no: "x",
        unknown: "?",
        idle: ".",
        active: ">",
        waiting: "~",
        warning: "!",
        alive: "*",
        dead: "x",
        cut: "~",
        rule: "-",
        wall: "|",
        up: "^",
        down: "v",
        bar: "#",
        bar_rest: ".",
        none: ".",
        dot: "-",
        corners: ["+", "+", "+", "+"],
        tick: "+",
        levels: [".", ".", ".", "*", "*", "*", "#", "#"],
        band: ":",
    };

    pub fn tone(&self, tone: Tone) -> &'static str {
        match tone {
            Tone::Idle => self.idle,
            Tone::Active => self.active,
            Tone::Waiting => self.waiting,
            Tone::Warning => self.warning,
            Tone::Done => self.yes,
        }
    }

    pub fn met(&self, met: Met) -> &'static str {
        match met {
            Met::Yes => self.yes,
            Met::No => self.no,
            Met::Unknown => self.unknown,
        }
    }

    pub fn level(&self, level: Level) -> &'static str {
        match level {
            Level::Debug | Level::Info => " ",
            Level::Warning => self.warning,
            Level::Alarm => self.no,
        }
    }

    /// Text of ours, in ASCII when only that can be shown. What came from outside is shown as it is.
    pub fn own<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        if self.cut == Self::ASCII.cut && !text.is_ascii() {
            let plain = text.chars().map(|c| match c {
                '→' => '>',
                '–' | '—' | '·' => '-',
                '…' | '≈' => '~',
                c => c,
            });
            plain.collect::<String>().into()
        } else {
            text.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn every_sign_is_one_column_and_the_ascii_ones_are_ascii() {
        for (signs, ascii) in [(&Signs::UNICODE, false), (&Signs::ASCII, true)] {
            let shown = format!("{signs:?}");
            let all = shown.split('"').skip(1).step_by(2);
            for sign in all {
                assert_eq!(sign.width(), 1, "{sign}");
                assert!(!ascii || sign.is_ascii(), "{sign}");
            }
        }
    }
}
