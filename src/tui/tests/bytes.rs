//! What goes to the terminal: one write a frame, few bytes, no control characters of anybody else.

use super::world::{Console, World};
use crate::tui::event::Event;
use crate::tui::term::Canvas;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn terminal(lines: u16, columns: u16) -> vt100::Parser {
    vt100::Parser::new(lines.try_into().unwrap(), columns.try_into().unwrap(), 0)
}

/// Draws the console's frames, counts their writes and answers their bytes.
fn drawing(size: (u16, u16)) -> (Wire, impl FnMut(&Console) -> usize) {
    let wire = Wire::default();
    let mut canvas = Canvas::new(wire.clone(), size, true);
    let sent = wire.clone();
    let draw = move |console: &Console| {
        let bytes = canvas
            .draw(size, |buffer| {
                crate::tui::draw::draw(&console.state, buffer);
            })
            .unwrap();
        let writes = std::mem::take(&mut *sent.0.lock().unwrap());
        assert_eq!(writes.len(), usize::from(bytes > 0), "one write a frame");
        let text = String::from_utf8(writes.concat()).unwrap();
        let count = |order: &str| text.matches(order).count();
        let large = usize::from(bytes > 300);
        assert!(count("\x1b[?2026h") >= large && count("\x1b[?2026h") == count("\x1b[?2026l"));
        let regions = text.split("\x1b[").filter(|order| {
            let end = order.find(|c: char| !c.is_ascii_digit() && c != ';');
            end.is_some_and(|end| end > 0 && order[end..].starts_with('r'))
        });
        assert_eq!(
            regions.count(),
            count("\x1b[r"),
            "a region that is set is taken back"
        );
        bytes
    };
    (wire, draw)
}

#[test]
fn a_frame_is_one_write_and_small_changes_are_few_bytes() {
    let world = World::new(300);
    let size = (200, 60);
    let mut console = world.console(size);
    let (_, mut draw) = drawing(size);
    assert!(draw(&console) > 4_000);
    assert_eq!(draw(&console), 0);
    console.event(Event::Tick {
        now: console.now,
        demo: None,
        up: std::time::Duration::from_secs(1),
    });
    console.refresh();
    assert_eq!(draw(&console), 0, "nothing changed");
    console.press("j");
    draw(&console);
    console.press("j");
    let moved = draw(&console);
    assert!((1..500).contains(&moved), "{moved}");
    let row = console.state.table.cursor.unwrap();
    world.write(move |tx| {
        let value = crate::model::value::Value::Text("26.2".into());
        tx.set(
            row,
            &[("macos_version".to_owned(), value)].into(),
            &crate::store::Cause::Schedule,
        )
        .map(|_| ())
    });
    console.press("k");
    draw(&console);
    console.refresh();
    let changed = draw(&console);
    assert!((1..250).contains(&changed), "{changed}");
}

#[test]
fn a_scrolled_line_is_few_bytes() {
    let world = World::new(300);
    let size = (200, 60);
    let mut console = world.console(size);
    let (_, mut draw) = drawing(size);
    let whole = draw(&console);
    for _ in 1..console.state.table_height() {
        console.press("j");
    }
    draw(&console);
    for keys in ["j", "j", "j", "j"] {
        console.press(keys);
        let scrolled = draw(&console);
        assert!((1..600).contains(&scrolled), "{scrolled} of {whole}");
    }
}

#[test]
fn no_control_character_of_a_name_reaches_the_terminal_and_columns_stay_aligned() {
    let world = World::new(60);
    let console = world.console((160, 40));
    let wire = Wire::default();
    let mut canvas = Canvas::new(wire.clone(), (160, 40), false);
    canvas
        .draw((160, 40), |buffer| {
            crate::tui::draw::draw(&console.state, buffer);
        })
        .unwrap();
    let sent: Vec<u8> = wire.0.lock().unwrap().concat();
    let text = String::from_utf8(sent.clone()).unwrap();
    assert!(!text.contains("\u{202e}") && !text.contains("\u{200d}"));
    let mut screen = terminal(40, 160);
    // This terminal leaves the substitute out, where others show it in one column.
    screen.process(text.replace('\u{FFFD}', "?").as_bytes());
    let frame = console.frame();
    for y in 0..40_u16 {
        for x in 0..160_u16 {
            let cell = screen.screen().cell(y, x).unwrap();
            let drawn = frame[(x, y)].symbol().replace('\u{FFFD}', "?");
            if !cell.is_wide_continuation() {
                assert_eq!(
                    cell.contents().trim(),
                    drawn.trim(),
                    "column {x} of line {y}"
                );
            }
        }
    }
}

#[test]
fn without_colour_the_cursor_is_still_to_be_seen() {
    crossterm::style::force_color_output(true);
    let world = World::new(10);
    let mut console = world.console((80, 24));
    console.state.facts.look =
        crate::tui::look::Look::new(crate::tui::ThemeName::Dark, true, true).unwrap();
    let wire = Wire::default();
    let mut canvas = Canvas::new(wire.clone(), (80, 24), false);
    canvas
        .draw((80, 24), |buffer| {
            crate::tui::draw::draw(&console.state, buffer);
        })
        .unwrap();
    let sent: Vec<u8> = wire.0.lock().unwrap().concat();
    let mut screen = terminal(24, 80);
    screen.process(&sent);
    let line = console.state.areas().table.y;
    let cell = |x| screen.screen().cell(line, x).unwrap();
    assert!((0..80).all(|x| cell(x).inverse()));
    assert!((0..24).all(|y| {
        (0..80).all(|x| screen.screen().cell(y, x).unwrap().fgcolor() == vt100::Color::Default)
    }));
}
