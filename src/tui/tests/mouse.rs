//! The mouse: what is pressed is what is drawn there, and no single press acts.

use super::world::{Console, World};
use crate::tui::draw::spot::{self, Spot};
use crate::tui::event::{Effect, Event};
use crate::tui::keys::{Mouse, MouseKind};
use crate::tui::state::{Field, Mode, Pane, Screen};
use proptest::prelude::*;

fn mouse(console: &mut Console, kind: MouseKind, (column, line): (u16, u16)) {
    console.event(Event::Mouse(Mouse { column, line, kind }));
}

fn press(console: &mut Console, at: (u16, u16)) {
    mouse(console, MouseKind::Press, at);
}

/// Where a text stands on the screen.
fn find(console: &Console, text: &str) -> (u16, u16) {
    let shown = console.text();
    let found = shown.lines().zip(0..).find_map(|(line, y)| {
        let x = crate::tui::text::width(&line[..line.find(text)?]);
        Some((x as u16, y))
    });
    found.unwrap_or_else(|| panic!("no \"{text}\" in:\n{shown}"))
}

fn asked(console: &Console) -> bool {
    let mut effects = console.effects.iter();
    effects.any(|effect| matches!(effect, Effect::Ask(..)))
}

#[test]
fn a_press_on_a_row_moves_there_and_a_second_one_opens_it() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    let line = console.state.areas().table.y + 5;
    let row = console.state.data.list.ids[5];
    press(&mut console, (20, line));
    assert_eq!(console.state.table.cursor, Some(row));
    assert_eq!(*console.state.screen(), Screen::Main);
    press(&mut console, (20, line));
    assert_eq!(*console.state.screen(), Screen::Dossier { row, scroll: 0 });
}

#[test]
fn a_press_in_the_gutter_marks_and_unmarks_and_one_on_a_heading_sorts() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    let line = console.state.areas().table.y + 3;
    let row = console.state.data.list.ids[3];
    press(&mut console, (1, line));
    assert!(console.state.table.marks.contains(&row));
    assert_eq!(console.state.table.cursor, Some(row));
    press(&mut console, (1, line));
    assert!(console.state.table.marks.is_empty());
    let before = console.state.data.list.ids.clone();
    let heading = find(&console, "Serial");
    press(&mut console, heading);
    let turned: Vec<_> = console.state.data.list.ids.iter().rev().copied().collect();
    assert_eq!(before, turned);
    let heading = find(&console, "For ");
    press(&mut console, heading);
    assert!(console.state.table.sort.descending, "the longest first");
    press(&mut console, heading);
    assert!(!console.state.table.sort.descending);
}

#[test]
fn panes_get_the_keys_where_they_are_pressed_and_the_wheel_scrolls_without_that() {
    let world = World::new(200);
    let mut console = world.console((120, 40));
    let stage = find(&console, "  Host transfer");
    press(&mut console, stage);
    assert_eq!(console.state.pane, Pane::Stages);
    let chosen = &console.state.data.counts[console.state.stage].rule;
    assert_eq!(console.state.facts.names.rule(chosen), "Host transfer");
    let log = console.state.areas().log.unwrap();
    let inside = (log.x + 4, log.y + 2);
    mouse(&mut console, MouseKind::WheelUp, inside);
    assert!(console.state.log.anchor.is_some());
    assert_eq!(
        console.state.pane,
        Pane::Stages,
        "the keys stay where they are"
    );
    mouse(&mut console, MouseKind::WheelDown, inside);
    assert_eq!(console.state.log.anchor, None);
    press(&mut console, inside);
    assert_eq!(console.state.pane, Pane::Log);
    let table = (30, console.state.areas().table.y + 4);
    let row = console.state.table.cursor;
    mouse(&mut console, MouseKind::WheelDown, table);
    assert_eq!(console.state.table.top, 3);
    assert_ne!(console.state.table.cursor, row, "it was pushed along");
    let row = console.state.table.cursor;
    mouse(&mut console, MouseKind::WheelUp, table);
    assert_eq!(
        (console.state.table.top, console.state.table.cursor),
        (0, row)
    );
    for _ in 0..200 {
        mouse(&mut console, MouseKind::WheelDown, table);
    }
    let ids = &console.state.data.list.ids;
    assert_eq!(
        console.state.table.top + console.state.table_height(),
        ids.len()
    );
    console.press("?");
    mouse(&mut console, MouseKind::WheelDown, (5, 5));
    assert_eq!(console.state.screen().scroll(), 3);
}

#[test]
fn an_act_is_never_one_stray_press_away() {
    let world = World::new(20);
    let mut console = world.console((120, 40));
    console.press("h");
    console.type_text("desk move");
    let go = find(&console, "[ Hold 1 ]");
    let cancel = find(&console, "[ Cancel ]");
    press(&mut console, go);
    assert!(!asked(&console));
    assert!(matches!(&console.state.mode, Mode::Preview(preview) if preview.field == Field::Go));
    press(&mut console, (2, 5));
    assert!(!asked(&console) && matches!(console.state.mode, Mode::Preview(_)));
    press(&mut console, cancel);
    assert!(
        matches!(console.state.mode, Mode::Preview(_)),
        "the focus only"
    );
    press(&mut console, go);
    press(&mut console, go);
    assert!(asked(&console));
    console.press("h");
    let cancel = find(&console, "[ Cancel ]");
    press(&mut console, cancel);
    assert!(
        matches!(console.state.mode, Mode::Browse),
        "it had the focus already"
    );
}

#[test]
fn nothing_is_pressed_while_something_is_typed() {
    let world = World::new(20);
    let mut console = world.console((120, 40));
    console.press("/ c 0");
    let row = console.state.table.cursor;
    let line = console.state.areas().table.y + 4;
    press(&mut console, (20, line));
    assert!(matches!(console.state.mode, Mode::Filter(_)));
    assert_eq!(console.state.table.cursor, row);
}

#[test]
fn what_is_not_on_the_screen_cannot_be_pressed() {
    let world = World::new(20);
    let console = world.console((80, 24));
    for (column, line) in [(80, 3), (3, 24), (u16::MAX, u16::MAX)] {
        assert_eq!(spot::at(&console.state, column, line), None);
    }
    assert_eq!(spot::at(&console.state, 5, 0), None, "the header");
    let row = console.state.data.list.ids[0];
    let line = console.state.areas().table.y;
    assert_eq!(spot::at(&console.state, 79, line), Some(Spot::Row(row)));
    assert_eq!(spot::at(&console.state, 2, line), Some(Spot::Gutter(row)));
}

#[test]
fn the_key_turns_it_on_and_off_and_the_header_says_so() {
    let world = World::new(5);
    let mut console = world.console((120, 40));
    let header = |console: &Console| console.text().lines().next().unwrap_or_default().to_owned();
    assert!(!header(&console).contains("mouse"));
    console.press("M");
    assert_eq!(console.effects.pop(), Some(Effect::Mouse(true)));
    assert!(header(&console).contains("mouse"), "{}", console.text());
    console.press("M");
    assert_eq!(console.effects.pop(), Some(Effect::Mouse(false)));
    assert!(!header(&console).contains("mouse"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn any_presses_on_any_screen_never_panic_and_never_act(
        places in prop::collection::vec((0_u16..130, 0_u16..45, 0_u8..3), 1..40),
        begun in prop::sample::select(vec!["", "tab", "enter", "?", "r", "/", ":", "c", "4", "5", "6", "7", "8", "9", "S"]),
        size in (1_u16..130, 1_u16..45),
    ) {
        thread_local!(static WORLD: World = World::new(60));
        WORLD.with(|world| {
            let mut console = world.console(size);
            console.press(begun);
            for (column, line, kind) in places {
                let kind = [MouseKind::Press, MouseKind::WheelUp, MouseKind::WheelDown][usize::from(kind)];
                mouse(&mut console, kind, (column, line));
                console.frame();
                let ids = &console.state.data.list.ids;
                assert!(console.state.table.cursor.is_none_or(|row| ids.contains(&row)));
            }
            assert!(!asked(&console), "no reason was ever typed");
        });
    }
}
