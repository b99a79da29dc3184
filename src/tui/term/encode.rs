//! Cells as the bytes that show them: as few as every terminal understands.

use crate::tui::text;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::io::Write;

/// A cell that differs, and where it is.
pub type Change<'a> = (u16, u16, &'a Cell);

/// Unchanged cells between two changed ones that are written again rather than stepped over.
const SHORT_GAP: u16 = 3;
/// From so many blanks at the end of a line on, the line is cut off instead.
const LONG_END: u16 = 4;

/// How a cell looks. A frame begins and ends with nothing set.
#[derive(Clone, Copy, Default, PartialEq)]
struct Style {
    front: Color,
    back: Color,
    modifier: Modifier,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        Self {
            front: cell.fg,
            back: cell.bg,
            modifier: cell.modifier,
        }
    }
}

/// Appends what brings the screen to `next`. The changes are in order of lines and columns.
pub fn encode(out: &mut Vec<u8>, next: &Buffer, changes: &[Change<'_>]) {
    let mut writer = Writer {
        out,
        next,
        at: None,
        style: Style::default(),
    };
    for line in changes.chunk_by(|(_, a, _), (_, b, _)| a == b) {
        let Some((_, y, _)) = line.first() else {
            continue;
        };
        let end = blank_from(next, *y);
        let written = line.iter().take_while(|(x, ..)| *x < end).count();
        let (written, blank) = line.split_at(written);
        for change in written {
            writer.cell(*change);
        }
        match blank.first() {
            // All that is left of the line is blank, whatever of it was before.
            Some((x, ..)) if next.area.right() - x >= LONG_END => writer.cut(*x, *y),
            _ => {
                for change in blank {
                    writer.cell(*change);
                }
            }
        }
    }
    writer.restyle(Style::default());
}

/// The column from which on the line is blank to its end.
fn blank_from(buffer: &Buffer, y: u16) -> u16 {
    let area = buffer.area;
    let last = (area.left()..area.right()).rev().find(|x| {
        let cell = &buffer[(*x, y)];
        cell.symbol() != " " || Style::of(cell) != Style::default()
    });
    last.map_or(area.left(), |x| {
        x + text::width(buffer[(x, y)].symbol()).max(1) as u16
    })
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    next: &'a Buffer,
    /// Where the terminal's cursor is, when that is sure.
    at: Option<(u16, u16)>,
    style: Style,
}

impl Writer<'_> {
    fn cell(&mut self, (x, y, cell): Change<'_>) {
        self.go(x, y);
        self.restyle(Style::of(cell));
        self.symbol(cell);
        // After what is wider, or last in its line, terminals disagree about where the cursor is.
        let sure = text::width(cell.symbol()) == 1 && x + 1 < self.next.area.right();
        self.at = sure.then_some((x + 1, y));
    }

    /// A cell whose text is empty is shown as a blank.
    fn symbol(&mut self, cell: &Cell) {
        let symbol = cell.symbol();
        let shown = if symbol.is_empty() { " " } else { symbol };
        self.out.extend_from_slice(shown.as_bytes());
    }

    /// Clears the line from here on.
    fn cut(&mut self, x: u16, y: u16) {
        self.go(x, y);
        // What is cleared takes the background that is set.
        self.restyle(Style::default());
        self.out.extend_from_slice(b"\x1b[K");
    }

    fn go(&mut self, x: u16, y: u16) {
        match self.at {
            Some(at) if at == (x, y) => {}
            Some((from, line)) if line == y && self.passes(from, x, y) => {
                for x in from..x {
                    self.symbol(&self.next[(x, y)]);
                }
            }
            Some((_, line)) if line == y => self.order(format_args!("\x1b[{}G", x + 1)),
            _ if x == 0 => self.order(format_args!("\x1b[{}H", y + 1)),
            _ => self.order(format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
    }

    /// A short gap of plain cells in the look that is set.
    fn passes(&self, from: u16, to: u16, y: u16) -> bool {
        from < to
            && to - from <= SHORT_GAP
            && (from..to).all(|x| {
                let cell = &self.next[(x, y)];
                cell.symbol().len() == 1 && Style::of(cell) == self.style
            })
    }

    fn restyle(&mut self, to: Style) {
        if self.style == to {
            return;
        }
        let mut from = std::mem::replace(&mut self.style, to);
        if to == Style::default() {
            self.out.extend_from_slice(b"\x1b[m");
            return;
        }
        let mut codes = Codes(self.out, b"\x1b[");
        if !to.modifier.contains(from.modifier) {
            codes.put(format_args!("0"));
            from = Style::default();
        }
        for (modifier, code) in MODIFIERS {
            if (to.modifier - from.modifier).contains(modifier) {
                codes.put(format_args!("{code}"));
            }
        }
        if to.front != from.front {
            codes.color(to.front, 30);
        }
        if to.back != from.back {
            codes.color(to.back, 40);
        }
        self.out.push(b'm');
    }

    fn order(&mut self, order: std::fmt::Arguments<'_>) {
        // To write to memory cannot fail.
        let _ = self.out.write_fmt(order);
    }
}

const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// The numbers of one order, and what goes before the next of them.
struct Codes<'a>(&'a mut Vec<u8>, &'static [u8]);

impl Codes<'_> {
    fn put(&mut self, code: std::fmt::Arguments<'_>) {
        self.0.extend_from_slice(self.1);
        self.1 = b";";
        let _ = self.0.write_fmt(code);
    }

    /// `base` is 30 for the front and 40 for the back.
    fn color(&mut self, color: Color, base: u8) {
        let plain = |at: u8| if at < 8 { base + at } else { base + 52 + at };
        let code = match color {
            Color::Reset => base + 9,
            Color::Black => plain(0),
            Color::Red => plain(1),
            Color::Green => plain(2),
            Color::Yellow => plain(3),
            Color::Blue => plain(4),
            Color::Magenta => plain(5),
            Color::Cyan => plain(6),
            Color::Gray => plain(7),
            Color::DarkGray => plain(8),
            Color::LightRed => plain(9),
            Color::LightGreen => plain(10),
            Color::LightYellow => plain(11),
            Color::LightBlue => plain(12),
            Color::LightMagenta => plain(13),
            Color::LightCyan => plain(14),
            Color::White => plain(15),
            Color::Indexed(number) => {
                return self.put(format_args!("{};5;{number}", base + 8));
            }
            Color::Rgb(red, green, blue) => {
                return self.put(format_args!("{};2;{red};{green};{blue}", base + 8));
            }
        };
        self.put(format_args!("{code}"));
    }
}
