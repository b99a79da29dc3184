//! Whatever moved and whatever changed, the screen is what a frame drawn from nothing would be.

use crate::tui::term::Canvas;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use std::io::{self, Write};

const SIZE: (u16, u16) = (60, 20);
/// Lines of the document, and those of it in sight.
const LINES: usize = 80;
const SEEN: u16 = 12;

/// A terminal that keeps what it was sent.
struct Shown(vt100::Parser);

impl Shown {
    fn new() -> Self {
        let (columns, lines) = (SIZE.0.try_into(), SIZE.1.try_into());
        Self(vt100::Parser::new(lines.unwrap(), columns.unwrap(), 0))
    }
}

impl Write for &mut Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.process(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is looked at.
#[derive(Clone, Debug)]
struct Page {
    top: usize,
    cursor: u16,
    log: usize,
    /// A line that says something new, and what.
    odd: (usize, u8),
}

fn line(buffer: &mut Buffer, page: &Page, at: usize, y: u16) {
    const TEXTS: [&str; 6] = [
        "plain",
        "東京都庁の人",
        "zoë\u{301}",
        "",
        "ends at the edge",
        "✓ done",
    ];
    const COLORS: [Color; 6] = [
        Color::Reset,
        Color::Red,
        Color::DarkGray,
        Color::Indexed(120),
        Color::Rgb(1, 2, 3),
        Color::White,
    ];
    let style = Style::new().fg(COLORS[at * 7 % 6]);
    let style = if at.is_multiple_of(5) {
        style.bold()
    } else {
        style
    };
    buffer.set_string(1, y, format!("C{:03}", at * 37 % 1_000), Style::new());
    buffer.set_string(8, y, TEXTS[at % 6], style);
    if at % 6 == 4 {
        buffer.set_string(SIZE.0 - 3, y, "end", style.bg(Color::Blue));
    }
    if page.odd.0 == at {
        buffer.set_string(24, y, format!("odd {}", page.odd.1), style.underlined());
    }
}

fn paint(buffer: &mut Buffer, page: &Page) {
    buffer.set_string(
        0,
        0,
        format!("drover {}/{LINES}", page.top),
        Style::new().bold(),
    );
    buffer.set_string(0, 1, "─".repeat(60), Style::new().fg(Color::DarkGray));
    for y in 0..SEEN {
        line(buffer, page, page.top + usize::from(y), y + 2);
    }
    let cursor = page.cursor % SEEN + 2;
    for x in 0..SIZE.0 {
        buffer[(x, cursor)].set_style(Style::new().add_modifier(Modifier::REVERSED));
    }
    for y in SEEN + 2..SIZE.1 {
        buffer.set_string(0, y, "stage      · 12 3", Style::new());
        let said = format!("said {}", page.log + usize::from(y));
        buffer.set_string(30, y, said, Style::new().fg(Color::Green));
    }
}

/// As the terminal is to name it.
fn color(color: Color) -> vt100::Color {
    match color {
        Color::Red => vt100::Color::Idx(1),
        Color::Green => vt100::Color::Idx(2),
        Color::Blue => vt100::Color::Idx(4),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::White => vt100::Color::Idx(15),
        Color::Indexed(number) => vt100::Color::Idx(number),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        _ => vt100::Color::Default,
    }
}

/// The first cell that is not as drawn.
fn differs(shown: &Shown, drawn: &Buffer) -> Option<(u16, u16)> {
    let screen = shown.0.screen();
    let places = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y)));
    places.into_iter().find(|(x, y)| {
        let (cell, wanted) = (screen.cell(*y, *x).unwrap(), &drawn[(*x, *y)]);
        if cell.is_wide_continuation() {
            return false;
        }
        let looks = (
            cell.contents().trim(),
            color(wanted.fg) == cell.fgcolor() || wanted.symbol() == " ",
            cell.bgcolor(),
            cell.inverse(),
            cell.bold() || wanted.symbol() == " ",
            cell.underline(),
        );
        let has = |modifier| wanted.modifier.contains(modifier);
        looks
            != (
                wanted.symbol().trim(),
                true,
                color(wanted.bg),
                has(Modifier::REVERSED),
                has(Modifier::BOLD) || wanted.symbol() == " ",
                has(Modifier::UNDERLINED),
            )
    })
}

fn pages() -> impl Strategy<Value = Vec<Page>> {
    let step = (
        -15_i32..=15,
        0_u16..40,
        0_usize..3,
        (0_usize..LINES, 0_u8..9),
    );
    let small = (-2_i32..=2, 0_u16..3, 0_usize..2, (0_usize..LINES, 0_u8..2));
    prop::collection::vec(prop_oneof![step, small], 1..24).prop_map(|steps| {
        let mut page = Page {
            top: 30,
            cursor: 0,
            log: 0,
            odd: (0, 0),
        };
        let most = (LINES - usize::from(SEEN)) as i32;
        let next = |(by, cursor, said, odd): (i32, u16, usize, (usize, u8))| {
            page.top = (page.top as i32 + by).clamp(0, most) as usize;
            page.cursor += cursor;
            page.log += said;
            page.odd = odd;
            page.clone()
        };
        steps.into_iter().map(next).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_screen_is_what_was_drawn_however_lines_moved(pages in pages()) {
        let mut shown = Shown::new();
        let mut canvas = Canvas::new(&mut shown, SIZE, true);
        let mut drawn = Vec::new();
        for page in &pages {
            let mut kept = Buffer::default();
            canvas.draw(SIZE, |buffer| {
                paint(buffer, page);
                kept = buffer.clone();
            }).unwrap();
            drawn.push(kept);
        }
        drop(canvas);
        prop_assert_eq!(differs(&shown, drawn.last().unwrap()), None);
        // Nothing stays set: what comes next is neither coloured nor held in a region.
        (&mut shown).write_all(b"\x1b[20H\r\n").unwrap();
        let screen = shown.0.screen();
        prop_assert_eq!(screen.fgcolor(), vt100::Color::Default);
        prop_assert!(!screen.inverse() && !screen.bold() && screen.hide_cursor());
        prop_assert_eq!(screen.cell(0, 0).unwrap().contents(), "─");
    }
}

#[test]
fn lines_that_moved_are_not_sent_again() {
    let mut shown = Shown::new();
    let mut canvas = Canvas::new(&mut shown, SIZE, true);
    let page = |top: usize, cursor| Page {
        top,
        cursor,
        log: 0,
        odd: (0, 0),
    };
    let mut draw = |page: &Page| canvas.draw(SIZE, |buffer| paint(buffer, page)).unwrap();
    let whole = draw(&page(10, 11));
    for (top, most) in [(11, 220), (12, 220), (11, 220), (14, 330), (9, 450)] {
        let bytes = draw(&page(top, 11));
        assert!((20..most).contains(&bytes), "{bytes} of {whole} to {top}");
    }
}
