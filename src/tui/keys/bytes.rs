//! From the bytes a terminal sends to keys, pasted text, the mouse and the focus.
//!
//! Its own small reader, as the library's keeps a thread on the terminal for the life of the process, spins on a
//! terminal that hung up, and cannot be told that nothing more comes after a lone escape.

use super::key::{Code, Key};
use super::mouse::{self, Mouse};

/// A sequence longer than this is noise and is dropped.
const LONGEST: usize = 64;

/// Holds what has not yet made a whole key.
#[derive(Default)]
pub struct Decoder {
    pending: Vec<u8>,
    /// Inside a bracketed paste: its text so far.
    paste: Option<Vec<u8>>,
    /// What was just given out as an escape because nothing followed it in time.
    settled: Vec<u8>,
}

/// What the bytes were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// Text pasted as one piece.
    Paste(String),
    Mouse(Mouse),
    /// The terminal got the focus, or lost it.
    Focus(bool),
}

const PASTE_ENDS: &[u8] = b"\x1b[201~";
/// More pasted text than this is cut.
const LONGEST_PASTE: usize = 64 * 1024;

impl Decoder {
    /// Takes bytes and answers every whole key among them.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        // A slow line may tear a report in two behind its escape. Nobody types the rest of one at once.
        let settled = std::mem::take(&mut self.settled);
        if !settled.is_empty() && is_report(&[&settled, bytes].concat()) {
            self.pending = settled;
        }
        self.pending.extend_from_slice(bytes);
        let mut found = Vec::new();
        loop {
            if self.paste.is_some() {
                if !self.take_paste(&mut found) {
                    return found;
                }
                continue;
            }
            match read(&self.pending) {
                Read::Nothing => return found,
                Read::Key(taken, key) => {
                    self.pending.drain(..taken);
                    found.extend(key.map(Input::Key));
                }
                Read::Report(taken, report) => {
                    self.pending.drain(..taken);
                    found.extend(report);
                }
                Read::PasteBegins(taken) => {
                    self.pending.drain(..taken);
                    self.paste = Some(Vec::new());
                }
            }
        }
    }

    /// Whether an escape waits to be known as a key of its own. A report of the mouse that is half here is none, and
    /// waits for its other half as long as it takes.
    pub fn waits(&self) -> bool {
        !self.pending.is_empty() && self.paste.is_none() && !self.is_half_a_report()
    }

    fn is_half_a_report(&self) -> bool {
        self.pending.starts_with(b"\x1b[<")
    }

    /// Nothing more came: what waits is a lone escape, or noise.
    pub fn settle(&mut self) -> Vec<Input> {
        if self.is_half_a_report() {
            return Vec::new();
        }
        let pending = std::mem::take(&mut self.pending);
        let mut found = Vec::new();
        if let [0x1b, rest @ ..] = pending.as_slice() {
            found.push(Input::Key(Key::plain(Code::Esc)));
            if let [0x1b] = rest {
                found.push(Input::Key(Key::plain(Code::Esc)));
            }
        }
        if pending.len() <= 2 {
            self.settled = pending;
        }
        found
    }

    /// True when the paste ended.
    fn take_paste(&mut self, found: &mut Vec<Input>) -> bool {
        let Some(text) = &mut self.paste else {
            return true;
        };
        let end = self
            .pending
            .windows(PASTE_ENDS.len())
            .position(|part| part == PASTE_ENDS);
        let whole = end.is_some();
        let keep = if whole { 0 } else { PASTE_ENDS.len() - 1 };
        let take = end.unwrap_or_else(|| self.pending.len().saturating_sub(keep));
        text.extend(self.pending.drain(..take));
        text.truncate(LONGEST_PASTE);
        if whole {
            self.pending.drain(..PASTE_ENDS.len());
            let text = self.paste.take().unwrap_or_default();
            found.push(Input::Paste(String::from_utf8_lossy(&text).into_owned()));
        }
        whole
    }
}

enum Read {
    /// More bytes are needed.
    Nothing,
    /// This many bytes were a key, or noise.
    Key(usize, Option<Key>),
    /// This many bytes were the terminal's own word, or one that says nothing to us.
    Report(usize, Option<Input>),
    PasteBegins(usize),
}

fn read(bytes: &[u8]) -> Read {
    match bytes {
        [] | [0x1b] => Read::Nothing,
        [0x1b, b'[', rest @ ..] => csi(rest),
        [0x1b, b'O', rest @ ..] => match rest {
            [] => Read::Nothing,
            [last, ..] => Read::Key(3, letter(*last).map(Key::plain)),
        },
        [0x1b, 0x1b, ..] => Read::Key(1, Some(Key::plain(Code::Esc))),
        [0x1b, rest @ ..] => match plain(rest) {
            Read::Key(taken, key) => Read::Key(taken + 1, key.map(|key| Key { alt: true, ..key })),
            other => other,
        },
        _ => plain(bytes),
    }
}

/// A key without an escape before it.
fn plain(bytes: &[u8]) -> Read {
    let first = bytes[0];
    let code = match first {
        b'\r' | b'\n' => Code::Enter,
        b'\t' => Code::Tab,
        0x7f | 0x08 => Code::Backspace,
        0 => {
            return Read::Key(
                1,
                Some(Key {
                    ctrl: true,
                    ..Key::char(' ')
                }),
            );
        }
        1..=26 => {
            let c = char::from(first - 1 + b'a');
            return Read::Key(
                1,
                Some(Key {
                    ctrl: true,
                    ..Key::char(c)
                }),
            );
        }
        27..=31 => return Read::Key(1, None),
        _ => {
            let long = match first {
                0..=0x7f => 1,
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf7 => 4,
                _ => return Read::Key(1, None),
            };
            let Some(part) = bytes.get(..long) else {
                return Read::Nothing;
            };
            return match std::str::from_utf8(part)
                .ok()
                .and_then(|text| text.chars().next())
            {
                Some(c) if !c.is_control() => Read::Key(long, Some(Key::char(c))),
                Some(_) => Read::Key(long, None),
                None => Read::Key(1, None),
            };
        }
    };
    Read::Key(1, Some(Key::plain(code)))
}

/// What follows `ESC [`.
fn csi(rest: &[u8]) -> Read {
    if let [b'M', bytes @ ..] = rest {
        return match bytes.first_chunk() {
            Some(three) => Read::Report(6, mouse::old(*three).map(Input::Mouse)),
            None => Read::Nothing,
        };
    }
    // A control byte ends the sequence that it breaks into, and is read for itself.
    let ends = |byte: &u8| (0x40..=0x7e).contains(byte) || *byte < 0x20;
    let Some(end) = rest.iter().position(ends) else {
        return if rest.len() > LONGEST {
            Read::Key(rest.len() + 2, None)
        } else {
            Read::Nothing
        };
    };
    if rest[end] < 0x20 {
        return Read::Key(end + 2, None);
    }
    let taken = end + 3;
    match (&rest[..end], rest[end]) {
        ([b'<', numbers @ ..], last) => {
            return Read::Report(taken, mouse::sgr(numbers, last).map(Input::Mouse));
        }
        ([], b'I') => return Read::Report(taken, Some(Input::Focus(true))),
        ([], b'O') => return Read::Report(taken, Some(Input::Focus(false))),
        _ => {}
    }
    let numbers: Vec<u16> = rest[..end]
        .split(|byte| *byte == b';')
        .map(|part| {
            std::str::from_utf8(part)
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        })
        .collect();
    let first = numbers.first().copied().unwrap_or(0);
    let code = match rest[end] {
        b'~' => match first {
            1 | 7 => Some(Code::Home),
            2 => Some(Code::Insert),
            3 => Some(Code::Delete),
            4 | 8 => Some(Code::End),
            5 => Some(Code::PageUp),
            6 => Some(Code::PageDown),
            11..=15 => Some(Code::F((first - 10) as u8)),
            17..=21 => Some(Code::F((first - 11) as u8)),
            23 | 24 => Some(Code::F((first - 12) as u8)),
            200 => return Read::PasteBegins(taken),
            _ => None,
        },
        b'Z' => {
            return Read::Key(
                taken,
                Some(Key {
                    shift: true,
                    ..Key::plain(Code::Tab)
                }),
            );
        }
        last => letter(last),
    };
    let held = numbers.get(1).copied().unwrap_or(1).saturating_sub(1);
    let key = code.map(|code| Key {
        code,
        shift: held & 1 != 0,
        alt: held & 2 != 0,
        ctrl: held & 4 != 0,
    });
    Read::Key(taken, key)
}

/// Whether the terminal's own word begins here: about the mouse, or about the focus and nothing more.
fn is_report(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x1b, b'[', b'<', b'0'..=b'9', ..] | [0x1b, b'[', b'I' | b'O']
    )
}

fn letter(last: u8) -> Option<Code> {
    Some(match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'F' => Code::End,
        b'H' => Code::Home,
        b'M' => Code::Enter,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(decoder: &mut Decoder, bytes: &[u8]) -> String {
        let said = decoder.feed(bytes).into_iter().map(|input| match input {
            Input::Key(key) => key.to_string(),
            Input::Paste(text) => format!("paste({text})"),
            Input::Mouse(Mouse { column, line, kind }) => format!("{kind:?}({column},{line})"),
            Input::Focus(here) => format!("focus({here})"),
        });
        said.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn bytes_become_the_keys_that_were_pressed() {
        for (bytes, keys) in [
            (&b"jG /"[..], "j G space /"),
            (b"\x04\x1b[A\x1bOB\x1b[1;2B", "ctrl-d up down shift-down"),
            (b"\x1b[5~\x1b[6~\x1b[H\x1b[4~", "pgup pgdn home end"),
            (b"\r\t\x1b[Z\x7f", "enter tab shift-tab backspace"),
            (b"\x1bx\x1b[15~\x1bOP", "alt-x f5 f1"),
            ("é東".as_bytes(), "é 東"),
            (b"\x1b[200~a\nb\x1b[201~c", "paste(a\nb) c"),
            (
                b"\x1b[I\x1b[<0;3;4Mq\x1b[O",
                "focus(true) Press(2,3) q focus(false)",
            ),
            (b"\x1b[<64;1;1M\x1b[<81;7;9M", "WheelUp(0,0) WheelDown(6,8)"),
            (b"\x1b[<0;3;4m\x1b[<2;3;4M\x1b[<35;3;4Mx", "x"),
            (b"\x1b[M !\"\x1b[M#!!x", "Press(0,1) x"),
            (
                b"\x1b[200~\x1b[<0;3;4M\x1b[I\x1b[201~c",
                "paste(\x1b[<0;3;4M\x1b[I) c",
            ),
        ] {
            assert_eq!(names(&mut Decoder::default(), bytes), keys, "{bytes:?}");
        }
    }

    #[test]
    fn a_sequence_may_come_in_pieces_and_a_lone_escape_is_a_key() {
        let mut decoder = Decoder::default();
        for byte in b"\x1b[1;5" {
            assert_eq!(names(&mut decoder, &[*byte]), "");
        }
        assert_eq!(names(&mut decoder, b"C"), "ctrl-right");
        assert_eq!(names(&mut decoder, b"\x1b"), "");
        assert!(decoder.waits());
        assert_eq!(decoder.settle(), [Input::Key(Key::plain(Code::Esc))]);
        assert!(!decoder.waits());
    }

    #[test]
    fn a_report_that_no_terminal_would_send_is_nothing() {
        for bytes in [
            "\x1b[<0;0;4M",
            "\x1b[<0;99999;4M",
            "\x1b[<0;-1;4M",
            "\x1b[<0;+1;4M",
            "\x1b[<0; 1;4M",
            "\x1b[<0;1M",
            "\x1b[<0;1;2;3M",
            "\x1b[<;;M",
            "\x1b[<M",
            "\x1b[<0;3;4A",
            "\x1b[<0;3;4\x1b[<0;3;4m",
        ] {
            assert_eq!(
                names(&mut Decoder::default(), format!("{bytes}q").as_bytes()),
                "q",
                "{bytes:?}"
            );
        }
        let endless = format!("\x1b[<{}", "9".repeat(200));
        let mut decoder = Decoder::default();
        assert_eq!(names(&mut decoder, endless.as_bytes()), "");
        assert_eq!(names(&mut decoder, b"q"), "q");
    }

    #[test]
    fn a_report_in_pieces_is_never_keys_however_late_they_come() {
        let report = b"\x1b[<0;12;5M";
        for cut in 1..report.len() {
            let mut decoder = Decoder::default();
            let mut said = names(&mut decoder, &report[..cut]);
            let settled: Vec<Input> = decoder.settle();
            said.push_str(&names(&mut decoder, &report[cut..]));
            // Only the escape alone could be a key, and was taken for one.
            let escaped = usize::from(cut <= 2);
            assert_eq!(settled.len(), escaped, "cut at {cut}");
            assert_eq!(said, "Press(11,4)", "cut at {cut}");
        }
        let mut decoder = Decoder::default();
        decoder.feed(b"\x1b[<0;1");
        assert!(!decoder.waits(), "half a report asks for no timer");
        assert_eq!(names(&mut decoder, b"\x1b[A"), "up");
    }

    proptest::proptest! {
        #[test]
        fn a_report_torn_anywhere_among_keys_is_one_report(
            column in 1_u16..500, line in 1_u16..200, cut in 0_usize..30,
        ) {
            let bytes = format!("j\x1b[<0;{column};{line}Mk");
            let cut = cut.min(bytes.len());
            let mut decoder = Decoder::default();
            let mut said = names(&mut decoder, &bytes.as_bytes()[..cut]);
            said.push(' ');
            said.push_str(&names(&mut decoder, &bytes.as_bytes()[cut..]));
            let expected = format!("j Press({},{}) k", column - 1, line - 1);
            proptest::prop_assert_eq!(said.split_whitespace().collect::<Vec<_>>().join(" "), expected);
        }

        #[test]
        fn no_bytes_are_kept_for_ever_or_make_it_panic(bytes: Vec<u8>) {
            let mut decoder = Decoder::default();
            decoder.feed(&bytes);
            proptest::prop_assert!(decoder.pending.len() <= bytes.len());
            decoder.settle();
        }
    }
}
