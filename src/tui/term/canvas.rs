//! Frames: drawn whole into a buffer, written as what differs from the last one, in one write.

use super::encode::encode;
use super::shift::Shift;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{self, Write};

/// A frame shorter than this goes out without the synchronized-output bracket: some multiplexers repaint the whole pane
/// for one (`console.md` §4.4).
const TINY: usize = 256;
/// What is between these is shown at once, where the terminal knows them (DEC private mode 2026).
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What is on the screen, and where it is written.
pub struct Canvas<W: Write> {
    out: W,
    shown: Buffer,
    next: Buffer,
    /// Nothing on the screen can be relied on.
    unknown: bool,
    synchronized: bool,
}

impl<W: Write> Canvas<W> {
    /// `synchronized` brackets larger frames, so that terminals show them at once.
    pub fn new(out: W, size: (u16, u16), synchronized: bool) -> Self {
        let area = Rect::new(0, 0, size.0, size.1);
        Self {
            out,
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            unknown: true,
            synchronized,
        }
    }

    /// The next frame is drawn from nothing.
    pub fn forget(&mut self) {
        self.unknown = true;
    }

    /// Draws a frame and writes what changed; nothing is written when nothing did. An error means that the terminal is
    /// gone. Answers the bytes written.
    pub fn draw(&mut self, size: (u16, u16), paint: impl FnOnce(&mut Buffer)) -> io::Result<usize> {
        let area = Rect::new(0, 0, size.0, size.1);
        if self.next.area != area {
            self.next.resize(area);
            self.unknown = true;
        }
        self.next.reset();
        paint(&mut self.next);
        let frame = self.frame(area);
        if !frame.is_empty() {
            self.out.write_all(&frame)?;
            self.out.flush()?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(frame.len())
    }

    /// Says something to the terminal beside the frames, as one write that changes nothing on the screen.
    pub fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    fn frame(&mut self, area: Rect) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.unknown {
            self.shown.resize(area);
            self.shown.reset();
            bytes.extend_from_slice(b"\x1b[m\x1b[2J\x1b[?25l");
            self.unknown = false;
        }
        let mut changes = self.shown.diff(&self.next);
        if let Some(shift) = Shift::find(&self.shown, &self.next, &changes) {
            shift.write(&mut bytes);
            shift.apply(&mut self.shown);
            changes = self.shown.diff(&self.next);
        }
        encode(&mut bytes, &self.next, &changes);
        if !self.synchronized || bytes.len() < TINY {
            return bytes;
        }
        [BEGIN, &bytes, END].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    /// Counts the writes and keeps the bytes.
    #[derive(Default)]
    struct Counting {
        writes: usize,
        bytes: Vec<u8>,
    }

    impl Write for &mut Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            self.bytes.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn page(buffer: &mut Buffer, mark: &str) {
        for y in 0..buffer.area.height {
            buffer.set_string(
                0,
                y,
                "the quick brown fox jumps over the lazy dog",
                Style::new().bold(),
            );
        }
        buffer.set_string(0, 0, mark, Style::new());
    }

    #[test]
    fn a_frame_is_one_write_and_an_unchanged_one_none() {
        let mut out = Counting::default();
        let mut canvas = Canvas::new(&mut out, (80, 24), true);
        let first = canvas.draw((80, 24), |buffer| page(buffer, "a")).unwrap();
        assert!(first > 1_000);
        assert_eq!(
            canvas.draw((80, 24), |buffer| page(buffer, "a")).unwrap(),
            0
        );
        let small = canvas.draw((80, 24), |buffer| page(buffer, "b")).unwrap();
        assert!((1..60).contains(&small), "{small}");
        canvas.draw((60, 20), |buffer| page(buffer, "b")).unwrap();
        canvas.forget();
        canvas.draw((60, 20), |buffer| page(buffer, "b")).unwrap();
        canvas.say(b"\x07").unwrap();
        assert_eq!(
            canvas.draw((60, 20), |buffer| page(buffer, "b")).unwrap(),
            0
        );
        assert_eq!(out.writes, 5);
        let text = String::from_utf8(out.bytes).unwrap();
        assert_eq!(
            text.matches("\x1b[?2026h").count(),
            3,
            "the tiny frame has no bracket"
        );
        assert_eq!(text.matches("\x1b[?2026l").count(), 3);
    }

    #[test]
    fn a_terminal_that_is_gone_is_an_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(5))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(
            Canvas::new(Gone, (10, 2), true)
                .draw((10, 2), |buffer| page(buffer, "a"))
                .is_err()
        );
    }
}
