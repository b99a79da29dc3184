//! Finding: the palette, and everything in it by name.

use super::world::{Console, World};
use crate::model::row::RowId;
use crate::store::{Cause, Level};
use crate::tui::event::{Effect, End};
use crate::tui::kept::Change;
use crate::tui::keys::{Action, Where};
use crate::tui::state::{Does, Entry, Mode, Palette, Pane, Screen};
use std::collections::BTreeSet;

fn palette(console: &Console) -> &Palette {
    match &console.state.mode {
        Mode::Palette(palette) => palette,
        other => panic!("no palette: {other:?}"),
    }
}

fn entries(console: &mut Console) -> Vec<Entry> {
    console.press(":");
    let entries = palette(console).entries.clone();
    console.press("esc");
    entries
}

/// Opens the palette, types a name and takes the first match.
pub(super) fn say(console: &mut Console, name: &str) {
    console.press(":");
    console.type_text(name);
    console.press("enter");
}

pub(super) fn flash(console: &Console) -> &str {
    console.state.flash.as_ref().map_or("", |flash| &flash.text)
}

#[test]
fn every_action_that_is_no_typing_is_reached_from_the_palette() {
    let world = World::new(30);
    let mut reached = BTreeSet::from([Action::Palette]);
    let places = [
        "", "2", "3", "enter", "4", "5", "6", "7", "8", "9", "0", "?",
    ];
    // Its own acts only a pipeline with some offers.
    let own = super::handover::handover();
    let mut consoles = [&world, &own].map(|world| world.console((120, 40)));
    for (place, console) in places
        .into_iter()
        .flat_map(|place| [(place, 0), (place, 1)])
    {
        let console = &mut consoles[console];
        console.begin((120, 40));
        console.press(place);
        for entry in entries(console) {
            if let Does::Key(action, _) = entry.does {
                assert!(
                    !entry.key.is_empty() && !entry.about.is_empty(),
                    "{action:?}"
                );
                reached.insert(action);
            }
        }
    }
    // The others are for typing, for a list in a window, and for the preview.
    let typing = [
        Where::Text,
        Where::Filter,
        Where::Preview,
        Where::Palette,
        Where::Columns,
    ];
    let keymap = crate::tui::keys::Keymap::load(None).unwrap();
    for action in Action::ALL {
        let mut rows = keymap.rows().iter().filter(|row| row.action == *action);
        let elsewhere = rows.any(|row| !typing.contains(&row.place));
        assert_eq!(elsewhere, reached.contains(action), "{action:?}");
    }
}

#[test]
fn everything_there_is_has_a_line_of_its_own() {
    let world = World::new(60);
    world.write(|tx| tx.set_wave(RowId(1), Some("it"), &Cause::Schedule));
    let mut console = world.console((120, 40));
    let entries = entries(&mut console);
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    for name in [
        "stage off Host transfer",
        "trigger Host transfer",
        "queue Host transfer",
        "skip Host transfer",
        "remedy Out of Jamf, not in Fleet",
        "phase: In Jamf",
        "sort by User",
        "sort by For descending",
        "hide column User",
        "show column Email",
        "log level alarms",
        "theme light",
        "view needs a person",
        "filter none",
        "help",
        "quit",
        "retry",
        "faults",
    ] {
        assert!(names.contains(&name), "{name} is missing: {names:#?}");
    }
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two lines have one name");
}

#[test]
fn every_line_of_the_palette_does_something_harmless() {
    let world = World::new(12);
    let mut console = world.console((100, 30));
    for at in 0..entries(&mut console).len() {
        console.begin((100, 30));
        console.press(":");
        if let Mode::Palette(palette) = &mut console.state.mode {
            palette.at = at;
        }
        console.press("enter");
        console.frame();
        assert!(!matches!(console.state.mode, Mode::Palette(_)) || console.state.flash.is_none());
        assert!(
            !console
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::Ask(..)))
        );
        assert_eq!(console.state.data.list.fault, None);
    }
}

#[test]
fn typing_narrows_and_enter_does_it() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    say(&mut console, "phase jamf");
    assert!(
        console.state.table.filter.starts_with("phase:"),
        "{}",
        console.state.table.filter
    );
    say(&mut console, "filter none");
    assert_eq!(console.state.table.filter, "");
    say(&mut console, "so by user desc");
    assert!(console.state.table.sort.descending);
    assert_eq!(
        console.state.table.sort.column.title(&console.state.facts),
        "User"
    );
    say(&mut console, "queue host tr");
    assert_eq!(console.state.table.filter, "stage:transfer");
    assert!(!console.state.data.list.ids.is_empty());
    say(&mut console, "log level ala");
    assert_eq!(console.state.log.level, Level::Alarm);
    say(&mut console, "view needs");
    assert_eq!(console.state.table.filter, "is:held");
    assert_eq!(console.state.data.list.ids.len(), 2);
    // In another pane, and on another screen.
    say(&mut console, "next match");
    assert_eq!(console.state.pane, Pane::Log);
    say(&mut console, "servic");
    assert!(matches!(console.state.screen(), Screen::Services(_)));
    say(&mut console, "quit");
    assert_eq!(console.effects.last(), Some(&Effect::End(End::Left)));
}

#[test]
fn what_cannot_work_says_why_and_does_nothing() {
    let world = World::new(0);
    let mut console = world.console((120, 40));
    say(&mut console, "retry");
    assert!(flash(&console).contains("no row"), "{}", flash(&console));
    console.state.facts.read_only = true;
    for name in ["retry", "stage off Host", "stop"] {
        say(&mut console, name);
        assert!(
            flash(&console).contains("read-only"),
            "{name}: {}",
            flash(&console)
        );
        assert!(matches!(console.state.mode, Mode::Browse));
    }
    console.press(":");
    console.type_text("nothing is called so");
    assert!(console.text().contains("nothing here is called so"));
    console.press("enter");
    assert!(matches!(console.state.mode, Mode::Palette(_)));
    console.press("esc");
    assert!(matches!(console.state.mode, Mode::Browse));
}

#[test]
fn the_last_used_come_first_and_tab_completes() {
    let world = World::new(10);
    let mut console = world.console((120, 40));
    say(&mut console, "theme mono");
    say(&mut console, "theme light");
    assert!(
        console
            .effects
            .contains(&Effect::Keep(Change::Used("theme light".into())))
    );
    console.press(":");
    let names: Vec<&str> = palette(&console)
        .shown()
        .iter()
        .map(|e| e.name.as_str())
        .take(2)
        .collect();
    assert_eq!(names, ["theme light", "theme mono"]);
    assert!(console.text().contains("last used"));
    // Enter alone does the last again, down and enter the one before.
    console.press("down enter");
    assert_eq!(console.state.kept.used[0], "theme mono");
    console.press(":");
    console.type_text("the");
    console.press("tab");
    assert_eq!(palette(&console).line.value(), "theme ");
    console.type_text("l");
    console.press("tab");
    assert_eq!(palette(&console).line.value(), "theme light");
}

#[test]
fn a_key_of_a_row_goes_to_that_row_even_past_a_filter() {
    let world = World::new(200);
    let mut console = world.console((120, 40));
    let row = *console.state.data.list.ids.last().unwrap();
    console.press("G");
    let key = console.state.key_of(row).unwrap().to_owned();
    console.press("g");
    say(&mut console, &key);
    assert_eq!(console.state.table.cursor, Some(row));
    assert_eq!(console.state.table.at, 199);
    console.press("g /");
    console.type_text("phase:Complete");
    console.press("enter");
    assert!(!console.state.data.list.ids.contains(&row));
    console.press(":");
    console.type_text(&key[..5].to_lowercase());
    assert!(
        console.text().contains(&format!("row {key}")),
        "{}",
        console.text()
    );
    console.press("esc");
    say(&mut console, &format!("row {key}"));
    assert_eq!(console.state.table.cursor, Some(row));
    assert!(flash(&console).contains("cleared"));
    assert_eq!(console.state.data.list.ids[console.state.table.at], row);
}
