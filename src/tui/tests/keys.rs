//! Every key, everywhere, with nothing, one row and many.

use super::world::{Console, World};
use crate::tui::data::List;
use crate::tui::event::{Effect, End, Event};
use crate::tui::keys::{Key, Where};
use crate::tui::state::{Mode, Pane, Screen};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Ways to get to every mode and screen.
const PLACES: [&str; 29] = [
    "",
    "tab",
    "tab tab",
    "/",
    "/ a",
    "enter",
    "?",
    "S",
    "r",
    "space space h",
    "* u tab",
    "enter ? q",
    "4",
    "5 enter",
    "6",
    ":",
    ": t h",
    "c j",
    "v j j",
    "3 / a enter",
    "P L w x",
    "t",
    "space space s",
    "= enter",
    "2 o",
    "x enter",
    "0",
    "0 enter",
    "7 d",
];

fn all_keys() -> Vec<Key> {
    let keymap = crate::tui::keys::Keymap::load(None).unwrap();
    let mut keys: BTreeSet<Key> = keymap
        .rows()
        .iter()
        .flat_map(|row| row.keys.clone())
        .collect();
    keys.extend(
        ["x", "é", "f12", "insert", "alt-x", "ctrl-space"].map(|name| Key::parse(name).unwrap()),
    );
    keys.into_iter().collect()
}

fn asked(console: &Console) -> bool {
    let mut effects = console.effects.iter();
    effects.any(|effect| matches!(effect, Effect::Ask(..)))
}

/// Gets to each place once, and from there presses each key twice.
fn every_key_in_every_place(rows: usize, size: (u16, u16)) {
    every_key(&World::new(rows), size, &PLACES);
}

/// As [`every_key_in_every_place`], in these places of this world.
pub fn every_key(world: &World, size: (u16, u16), places: &[&str]) {
    let rows = world.console(size).state.data.list.ids.len();
    let mut console = world.console(size);
    let keys = all_keys();
    for place in places {
        console.begin(size);
        console.press(place);
        assert!(!asked(&console), "at \"{place}\" with {rows} rows");
        let there = console.state.clone();
        for key in &keys {
            console.state = there.clone();
            console.effects.clear();
            console.event(Event::Key(*key));
            console.event(Event::Key(*key));
            console.frame();
            assert!(
                !asked(&console),
                "{key} at \"{place}\" with {rows} rows acted without a reason"
            );
            let ids = &console.state.data.list.ids;
            let cursor = console.state.table.cursor;
            assert_eq!(cursor.is_none(), ids.is_empty(), "{key} at \"{place}\"");
            assert!(cursor.is_none_or(|row| ids.contains(&row)));
            assert!(!console.state.screens.is_empty());
        }
    }
}

#[test]
fn every_key_in_every_place_is_harmless_without_rows() {
    every_key_in_every_place(0, (80, 24));
}

#[test]
fn every_key_in_every_place_is_harmless_with_one_row_on_a_small_screen() {
    every_key_in_every_place(1, (40, 12));
}

#[test]
fn every_key_in_every_place_is_harmless_on_a_screen_that_is_too_small() {
    every_key_in_every_place(1, (3, 2));
}

#[test]
fn every_key_in_every_place_is_harmless_with_many_rows() {
    every_key_in_every_place(40, (80, 24));
}

#[test]
fn the_cursor_is_a_row_and_stays_on_it_while_others_come() {
    let world = World::new(30);
    let mut console = world.console((80, 24));
    console.press("j j j j j");
    let (row, line) = (
        console.state.table.cursor,
        console.state.table.at - console.state.table.top,
    );
    world.write(|tx| tx.row_of("AAA").map(|_| ()));
    console.refresh();
    assert_eq!(console.state.table.cursor, row);
    assert_eq!(console.state.table.at, 6);
    assert!(line.abs_diff(console.state.table.at - console.state.table.top) <= 1);
}

#[test]
fn a_row_that_no_longer_matches_gives_the_cursor_to_its_neighbour_and_says_so() {
    let world = World::new(30);
    let mut console = world.console((80, 24));
    console.press("/");
    console.type_text("phase:\"In Jamf\"");
    console.press("enter j");
    let row = console.state.table.cursor.unwrap();
    world.write(move |tx| {
        let now = crate::model::value::Value::Time(tx.now());
        tx.set(
            row,
            &[("requested_at".to_owned(), now)].into(),
            &crate::store::Cause::Schedule,
        )
        .map(|_| ())
    });
    console.refresh();
    assert_ne!(console.state.table.cursor, Some(row));
    assert_eq!(console.state.table.at, 1);
    assert!(
        console
            .state
            .flash
            .as_ref()
            .unwrap()
            .text
            .contains("no longer matches")
    );
}

#[test]
fn marks_are_rows_and_hidden_ones_are_counted() {
    let world = World::new(30);
    let mut console = world.console((100, 30));
    console.press("space space shift-down");
    assert_eq!(console.state.table.marks.len(), 4);
    console.press("/");
    console.type_text("phase:Complete");
    console.press("enter");
    let hidden = console.state.hidden_marks();
    assert!(hidden > 0);
    assert!(
        console
            .text()
            .contains(&format!("4 marked ({hidden} hidden by the filter)"))
    );
    console.press("h");
    let Mode::Preview(preview) = &console.state.mode else {
        panic!("no preview")
    };
    assert_eq!(preview.act.rows().unwrap().1.hidden.len(), hidden);
    assert!(
        console
            .text()
            .contains(&format!("{hidden} of them the filter does not show")),
        "{}",
        console.text()
    );
    console.press("esc esc esc");
    assert!(console.state.table.marks.is_empty());
}

#[test]
fn escape_never_leaves_and_q_goes_back_before_it_leaves() {
    let world = World::new(3);
    let mut console = world.console((80, 24));
    console.press("enter ? esc esc esc esc tab esc esc");
    assert_eq!(
        (console.state.screen(), console.state.pane),
        (&Screen::Main, Pane::Table)
    );
    assert!(console.effects.is_empty());
    console.press("enter q");
    assert!(console.effects.is_empty());
    console.press("q");
    assert_eq!(console.effects, [Effect::End(End::Left)]);
}

#[test]
fn a_filter_that_is_no_sql_is_explained_and_the_list_stays() {
    let world = World::new(30);
    let mut console = world.console((120, 40));
    for (typed, why) in [
        ("= nope = 1", "no such column: nope"),
        ("= 1; DROP TABLE device", "condition"),
        ("nope:1", "no column"),
    ] {
        console.press("/ ctrl-u");
        console.type_text(typed);
        console.press("enter");
        assert!(console.text().contains(why), "{typed}: {}", console.text());
        assert_eq!(console.state.data.list.ids.len(), 30);
        console.press("esc esc");
    }
    for (typed, some) in [
        ("idle:>1m", true),
        ("idle:<1s", false),
        ("c02", true),
        ("!c02", false),
        ("fleet_online:no", true),
    ] {
        console.press("/ ctrl-u");
        console.type_text(typed);
        console.press("enter");
        assert_eq!(console.state.data.list.fault, None, "{typed}");
        assert_eq!(!console.state.data.list.ids.is_empty(), some, "{typed}");
    }
}

#[test]
fn every_sortable_column_sorts_both_ways() {
    let world = World::new(30);
    let mut console = world.console((120, 40));
    for _ in 0..=console.state.table.columns.len() {
        console.press("> i");
        let one: Vec<_> = console.state.data.list.ids.clone();
        console.press("i");
        assert_eq!(console.state.data.list.fault, None);
        assert_eq!(one.len(), console.state.data.list.ids.len());
    }
    let sort = |console: &super::world::Console| List::clone(&console.state.data.list).want.order;
    console.press("i");
    assert!(!sort(&console).is_empty());
}

#[test]
fn the_log_stays_where_it_was_read_and_follows_again_at_its_end() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    console.press("3 k k k k");
    let anchor = console.state.log.anchor;
    assert!(anchor.is_some());
    let before = console.text();
    let shown = |text: &str| {
        text.lines()
            .skip(26)
            .map(|l| l.chars().skip(67).collect::<String>())
            .collect::<Vec<_>>()
    };
    world.write(|tx| {
        tx.say(crate::store::NewEntry {
            level: crate::store::Level::Alarm,
            source: "engine".into(),
            row: None,
            text: "the sky falls".into(),
        })
    });
    console.refresh();
    assert_eq!(console.state.log.anchor, anchor);
    assert_eq!(shown(&before), shown(&console.text()));
    assert!(console.text().contains("5 newer"), "{}", console.text());
    console.press("G");
    assert_eq!(console.state.log.anchor, None);
    assert!(console.text().contains("the sky falls"));
    assert!(console.text().contains("1 alarm"));
    console.press("a");
    assert!(!console.text().contains("1 alarm "), "{}", console.text());
}

#[test]
fn footer_and_help_are_made_of_the_rows_of_the_key_map() {
    let world = World::new(3);
    let mut console = world.console((120, 400));
    console.press("?");
    let help = console.text();
    for row in console.state.facts.keymap.rows() {
        let sentence: String = row.sentence.chars().take(40).collect();
        assert!(help.contains(&sentence), "{sentence}");
    }
    assert_eq!(console.state.place(), Where::List);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn any_keys_on_any_screen_of_any_size_never_panic(
        picks in prop::collection::vec(0_usize..70, 0..60),
        sizes in prop::collection::vec((1_u16..300, 1_u16..100), 1..4),
    ) {
        thread_local!(static WORLD: World = World::new(60));
        let keys = all_keys();
        WORLD.with(|world| {
            let mut console = world.console(sizes[0]);
            for (at, pick) in picks.iter().enumerate() {
                console.event(Event::Key(keys[pick % keys.len()]));
                if at % 9 == 0 {
                    let (wide, high) = sizes[at % sizes.len()];
                    console.event(Event::Resize(wide, high));
                }
                console.frame();
            }
        });
    }
}
