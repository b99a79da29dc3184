//! What is said to the terminal beside frames: for its clipboard, and to call somebody.

use crate::model::text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands between the console and the terminal, and must be told to pass things on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Multiplexer {
    #[default]
    None,
    Tmux,
    Screen,
}

/// More than this many bytes no clipboard is sent: with its frame that is 100,000 bytes encoded, where the common
/// terminals stop reading.
pub const MOST_COPIED: usize = 74_994;
/// Characters of a notice.
const LONGEST_NOTICE: usize = 120;
/// Bytes of one string that every version of screen passes on, its four bytes of frame taken off.
const SCREEN_PIECE: usize = 252;

impl Multiplexer {
    /// By `$TMUX`, `$STY` and `$TERM`: over SSH only the last of them comes along.
    pub fn detect(tmux: Option<&str>, sty: Option<&str>, term: Option<&str>) -> Self {
        let set = |variable: Option<&str>| variable.is_some_and(|text| !text.is_empty());
        if set(tmux) || term.is_some_and(|term| term.starts_with("tmux")) {
            Self::Tmux
        } else if set(sty) {
            Self::Screen
        } else {
            Self::None
        }
    }

    fn wrap(self, sequence: &str) -> String {
        match self {
            Self::None => sequence.to_owned(),
            Self::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
            // The sequence ends in a bell, as what ends a string would end screen's own as well.
            Self::Screen => {
                let mut wrapped = String::new();
                let mut rest = sequence;
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(cut(rest));
                    wrapped.push_str("\x1bP");
                    wrapped.push_str(piece);
                    wrapped.push_str("\x1b\\");
                    rest = after;
                }
                wrapped
            }
        }
    }
}

/// The end of the first piece, never inside a character.
fn cut(text: &str) -> usize {
    text.floor_char_boundary(SCREEN_PIECE)
}

/// Text for the terminal's clipboard (OSC 52). Line breaks stay; other control characters were cleaned away.
pub fn clipboard(multiplexer: Multiplexer, text: &str) -> Vec<u8> {
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text::clean_lines(text)));
    let mut said = multiplexer.wrap(&sequence);
    if multiplexer == Multiplexer::Tmux {
        // It passes strings on only if told to; a tmux that keeps its own clipboard heeds the bare one.
        said.push_str(&sequence);
    }
    said.into_bytes()
}

/// A word to whoever is elsewhere (OSC 9), and the bell for terminals that know no other way.
pub fn notice(multiplexer: Multiplexer, said: &str) -> Vec<u8> {
    let said = text::clean_short(said, LONGEST_NOTICE);
    // The name in front also keeps a text of digits from being one of the terminal's own commands.
    let mut bytes = multiplexer
        .wrap(&format!("\x1b]9;drover: {said}\x07"))
        .into_bytes();
    bytes.push(0x07);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_one_sequence_wrapped_for_what_stands_between() {
        let plain = "\x1b]52;c;QzAyCkMwMw==\x07";
        let bare = |multiplexer| String::from_utf8(clipboard(multiplexer, "C02\nC03")).unwrap();
        assert_eq!(bare(Multiplexer::None), plain);
        let tmux = format!("\x1bPtmux;\x1b{plain}\x1b\\{plain}");
        assert_eq!(bare(Multiplexer::Tmux), tmux);
        assert_eq!(bare(Multiplexer::Screen), format!("\x1bP{plain}\x1b\\"));
        let long = "x".repeat(1_000);
        let sent = String::from_utf8(clipboard(Multiplexer::Screen, &long)).unwrap();
        let pieces: Vec<&str> = sent.split_inclusive("\x1b\\").collect();
        assert!(pieces.len() > 4 && pieces.iter().all(|piece| piece.len() <= 256));
        let joined: String = pieces
            .iter()
            .map(|piece| piece.trim_start_matches("\x1bP").trim_end_matches("\x1b\\"))
            .collect();
        assert_eq!(joined.as_bytes(), clipboard(Multiplexer::None, &long));
    }

    #[test]
    fn the_largest_copy_is_a_hundred_thousand_bytes() {
        let most = clipboard(Multiplexer::None, &"x".repeat(MOST_COPIED));
        assert_eq!(most.len(), 100_000);
    }

    #[test]
    fn nothing_in_a_text_can_end_the_sequence_it_is_in() {
        let evil = "a\x07b\x1b\\c\u{9c}d\n\u{202e}9;4;1";
        let said = notice(Multiplexer::Tmux, evil);
        let text = String::from_utf8(said).unwrap();
        assert!(text.starts_with("\x1bPtmux;\x1b\x1b]9;drover: a\u{FFFD}b\u{FFFD}\\c\u{FFFD}d "));
        assert!(text.ends_with("\x07\x1b\\\x07"));
        assert_eq!(text.matches('\x07').count(), 2);
        assert_eq!(text.matches('\x1b').count(), 4);
        assert!(notice(Multiplexer::None, &"é".repeat(500)).len() < 300);
    }

    #[test]
    fn what_stands_between_is_known_by_its_variables() {
        let detect = Multiplexer::detect;
        assert_eq!(
            detect(Some("/tmp/x,1,0"), Some("1.x"), None),
            Multiplexer::Tmux
        );
        assert_eq!(detect(None, None, Some("tmux-256color")), Multiplexer::Tmux);
        assert_eq!(
            detect(None, Some("1.x"), Some("screen")),
            Multiplexer::Screen
        );
        assert_eq!(detect(Some(""), None, Some("xterm")), Multiplexer::None);
    }
}
