//! Finding, choosing and keeping: the palette, columns, views, ranges, the log's search, standing still.

use super::world::{Console, World};
use crate::model::row::RowId;
use crate::model::value::Value;
use crate::store::{Cause, Level, NewEntry};
use crate::tui::event::{Effect, End, Event};
use crate::tui::kept::{Change, Kept};
use crate::tui::keys::{Action, Where};
use crate::tui::state::{Column, Does, Entry, Mode, Palette, Pane, Screen};
use proptest::prelude::*;
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
fn say(console: &mut Console, name: &str) {
    console.press(":");
    console.type_text(name);
    console.press("enter");
}

fn flash(console: &Console) -> &str {
    console.state.flash.as_ref().map_or("", |flash| &flash.text)
}

#[test]
fn every_action_that_is_no_typing_is_reached_from_the_palette() {
    let world = World::new(30);
    let mut console = world.console((120, 40));
    let mut reached = BTreeSet::from([Action::Palette]);
    for place in ["", "2", "3", "enter", "4", "5", "6", "7", "8", "9", "?"] {
        console.begin((120, 40));
        console.press(place);
        for entry in entries(&mut console) {
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

#[test]
fn columns_are_chosen_with_the_table_in_sight_and_put_back_by_escape() {
    let world = World::new(20);
    let mut console = world.console((120, 40));
    let before = console.state.table.columns.clone();
    console.press("c");
    let Mode::Columns(columns) = &console.state.mode else {
        panic!("no chooser")
    };
    // Every declared column, the phase, the age and what it waits for; the key is among the declared.
    assert_eq!(
        columns.all.len(),
        console.state.facts.shape.columns.len() + 3
    );
    console.press("space");
    assert!(flash(&console).contains("stays"));
    console.press("j space j J");
    let shown = |console: &Console| -> Vec<Column> {
        console
            .state
            .table
            .columns
            .iter()
            .map(|(column, _)| *column)
            .collect()
    };
    assert!(!shown(&console).contains(&Column::Phase));
    assert_eq!(shown(&console)[2], Column::Age);
    assert!(!console.text().lines().nth(3).unwrap().contains("Phase"));
    console.press("esc");
    assert_eq!(console.state.table.columns, before);
    console.press("c j space G enter");
    assert!(!shown(&console).contains(&Column::Phase));
    let kept = console.state.kept.clone();
    assert!(matches!(
        console.effects.last(),
        Some(Effect::Keep(Change::Columns { .. }))
    ));
    // The next session begins with them.
    console.begin((120, 40));
    assert!(shown(&console).contains(&Column::Phase));
    console.state.remember(Ok(Some(kept)), false);
    assert!(!shown(&console).contains(&Column::Phase));
    assert_eq!(shown(&console)[0], Column::Key);
}

#[test]
fn a_view_is_kept_applied_and_forgotten() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    console.press("/");
    console.type_text("phase:clean");
    console.press("enter > > i w");
    console.type_text("mine");
    console.press("enter");
    let (sort, count) = (console.state.table.sort, console.state.data.list.ids.len());
    say(&mut console, "view all");
    assert_eq!(console.state.data.list.ids.len(), 60);
    assert_ne!(console.state.table.sort, sort);
    say(&mut console, "view mine");
    assert_eq!(console.state.table.filter, "phase:clean");
    assert_eq!(
        (console.state.table.sort, console.state.data.list.ids.len()),
        (sort, count)
    );
    say(&mut console, "view mine forget");
    say(&mut console, "view mine");
    assert!(
        !console
            .state
            .kept
            .of("jamf-to-fleet")
            .views
            .iter()
            .any(|view| view.name == "mine")
    );
    console.press("esc w space enter");
    assert!(flash(&console).contains("needs a name"));
}

#[test]
fn a_filter_is_seen_while_it_is_typed_and_escape_puts_everything_back() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    console.press("j j j");
    let (row, at) = (console.state.table.cursor, console.state.table.at);
    console.press("/");
    console.type_text("phase:clean");
    let shown = console.state.data.list.ids.len();
    assert!(shown < 60 && shown > 0);
    console.press("esc");
    assert_eq!(console.state.data.list.ids.len(), 60);
    assert_eq!(
        (console.state.table.cursor, console.state.table.at),
        (row, at)
    );
    assert_eq!(console.state.table.filter, "");
    // SQL waits until it is whole.
    console.press("/");
    console.type_text("= phase = 'Clean'");
    assert_eq!(console.state.data.list.ids.len(), 60);
    console.press("enter");
    assert_eq!(console.state.data.list.ids.len(), shown);
    // Up brings back what was used before; tab completes.
    console.press("/ ctrl-u up");
    let Mode::Filter(filtering) = &console.state.mode else {
        panic!("no filter")
    };
    assert_eq!(filtering.line.value(), "= phase = 'Clean'");
    console.press("down");
    console.type_text("stage:tr");
    console.press("tab enter");
    assert_eq!(console.state.table.filter, "stage:transfer");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn the_marks_are_always_those_of_before_and_the_range(
        before in prop::collection::btree_set(0_usize..40, 0..12),
        from in 0_usize..40,
        moves in prop::collection::vec(prop::sample::select(vec!["j", "k", "G", "g", "ctrl-d", "ctrl-u"]), 0..20),
        leave in any::<bool>(),
    ) {
        thread_local!(static WORLD: World = World::new(40));
        WORLD.with(|world| {
            let mut console = world.console((80, 24));
            let ids = console.state.data.list.ids.clone();
            let before: BTreeSet<RowId> = before.iter().map(|at| ids[*at]).collect();
            console.state.table.marks = before.clone();
            for _ in 0..from {
                console.press("j");
            }
            console.press("v");
            let mut range = BTreeSet::from([ids[from]]);
            for key in moves {
                console.press(key);
                let at = console.state.table.at;
                range = ids[from.min(at)..=from.max(at)].iter().copied().collect();
                let both: BTreeSet<RowId> = before.union(&range).copied().collect();
                assert_eq!(console.state.table.marks, both);
                assert!(console.text().contains(&format!("range {}", range.len())));
            }
            console.press(if leave { "esc" } else { "v" });
            let left = if leave { before.clone() } else { before.union(&range).copied().collect() };
            assert_eq!(console.state.table.marks, left);
            console.press("j k");
            assert_eq!(console.state.table.marks, left);
        });
    }
}

fn say_in_log(world: &World, row: Option<RowId>, text: &str) {
    let text = text.to_owned();
    world.write(move |tx| {
        tx.say(NewEntry {
            level: Level::Info,
            source: "engine".into(),
            row,
            text,
        })
    });
}

#[test]
fn the_log_is_searched_in_both_directions_and_says_how_far() {
    let world = World::new(60);
    say_in_log(&world, None, "needle one");
    world.write(|tx| {
        (0..12_000).try_for_each(|at| {
            tx.say(NewEntry {
                level: Level::Info,
                source: "engine".into(),
                row: None,
                text: format!("hay {at}"),
            })
        })
    });
    say_in_log(&world, None, "Needle two");
    say_in_log(&world, None, "hay at last");
    let mut console = world.console((120, 40));
    console.press("3 /");
    console.type_text("needle");
    console.press("enter");
    let entry = |console: &Console| {
        let entry = console.state.log.entry(&console.state.data.journal);
        entry.map(|entry| entry.text.clone()).unwrap_or_default()
    };
    assert_eq!(entry(&console), "Needle two");
    // Twelve thousand entries are more than are looked through at once.
    console.press("N");
    assert!(
        flash(&console).contains("searched back to"),
        "{}",
        flash(&console)
    );
    assert_eq!(entry(&console), "Needle two");
    console.press("N");
    assert_eq!(entry(&console), "needle one");
    console.press("N");
    assert!(
        flash(&console).contains("no entry before"),
        "{}",
        flash(&console)
    );
    console.press("n n");
    assert!(
        entry(&console).to_lowercase().contains("needle"),
        "{}",
        entry(&console)
    );
    console.press("/ ctrl-u enter n");
    assert!(flash(&console).contains("nothing is searched for"));
}

#[test]
fn the_log_follows_a_row_and_its_cursor_opens_one() {
    let world = World::new(30);
    let mut console = world.console((120, 40));
    console.press("j L");
    let row = console.state.table.cursor.unwrap();
    let entries = |console: &Console| console.state.data.journal.entries.clone();
    assert!(entries(&console).iter().all(|entry| entry.row == Some(row)));
    let key = console.state.key_of(row).unwrap().to_owned();
    assert!(
        console.text().contains(&format!("log of {key}")),
        "{}",
        console.text()
    );
    console.press("j j");
    let other = console.state.table.cursor.unwrap();
    assert!(
        entries(&console)
            .iter()
            .all(|entry| entry.row == Some(other))
    );
    console.press("L");
    assert!(
        entries(&console)
            .iter()
            .any(|entry| entry.row != Some(other))
    );
    // The entry with the cursor is seen, from the last to the very first.
    say_in_log(&world, Some(row), "the end");
    console.refresh();
    console.press("3");
    let cursor = console.facts_cursor();
    assert!(
        console
            .text()
            .lines()
            .any(|line| line.contains(cursor) && line.contains("the end")),
        "{}",
        console.text()
    );
    console.press("enter");
    assert!(
        matches!(console.state.screen(), Screen::Dossier { row: opened, .. } if *opened == row)
    );
    console.press("esc");
    for _ in 0..60 {
        console.press("pgup");
    }
    let first = console
        .state
        .log
        .entry(&console.state.data.journal)
        .unwrap()
        .id;
    assert_eq!(first, 1);
    assert!(
        console
            .text()
            .lines()
            .filter(|line| line.contains("told to leave Jamf") || line.contains("Jamf"))
            .count()
            > 3
    );
}

#[test]
fn standing_still_keeps_what_is_shown_and_lets_through_what_is_asked() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    console.press("P");
    let (list, phases) = (
        console.state.data.list.clone(),
        console.state.data.phases.clone(),
    );
    let first = console.state.data.lines[&list.ids[0]].clone();
    let row = list.ids[0];
    world.write(move |tx| {
        tx.row_of("AAA")?;
        let user = [("assigned_user".to_owned(), Value::Text("changed".into()))].into();
        tx.set(row, &user, &Cause::Schedule)?;
        Ok(())
    });
    console.refresh();
    assert_eq!(console.state.data.list, list);
    assert_eq!(console.state.data.phases, phases);
    assert_eq!(console.state.data.lines[&row], first);
    console.event(Event::Tick {
        now: console.now.plus(crate::model::time::Span::from_mins(3)),
        demo: None,
        up: std::time::Duration::from_secs(180),
    });
    assert!(console.text().contains("PAUSED 3m"), "{}", console.text());
    // Rows further down are read when they are scrolled to, and an act's rows are read afresh.
    console.press("G");
    let last = console.state.table.cursor.unwrap();
    assert!(console.state.data.lines.contains_key(&last));
    console.press("r");
    assert!(console.state.data.members.is_some());
    console.press("esc P");
    assert_eq!(console.state.data.list.ids.len(), 61);
    assert!(!console.text().contains("PAUSED"));
}

#[test]
fn the_first_start_is_greeted_until_the_first_key() {
    let world = World::new(3);
    let mut console = world.console((80, 24));
    console.state.remember(Ok(None), false);
    assert!(
        console.text().contains("everything by name"),
        "{}",
        console.text()
    );
    console.press("j");
    assert!(!console.text().contains("everything by name"));
    assert_eq!(console.effects, [Effect::Keep(Change::Met)]);
    console.begin((80, 24));
    console.state.remember(Ok(Some(Kept::default())), false);
    assert!(!console.text().contains("everything by name"));
    console.state.remember(Err("it is broken".into()), false);
    assert!(console.text().contains("it is broken"));
}

#[test]
fn the_footer_never_cuts_a_word_and_always_shows_the_ways_on() {
    let world = World::new(10);
    for place in ["", "2", "3", "enter", "4", "5", "?"] {
        for wide in [40, 41, 57, 80, 99, 120] {
            let mut console = world.console((wide, 24));
            console.press(place);
            let text = console.text();
            let footer = text.lines().last().unwrap().to_owned();
            for known in [": palette", "? help", "q leave"] {
                assert!(footer.contains(known), "{footer}");
            }
            let feet: Vec<String> = console
                .state
                .facts
                .keymap
                .rows_at(console.state.place())
                .filter_map(|row| Some(format!("{} {}", row.keys.first()?, row.foot.as_ref()?)))
                .collect();
            for part in footer.trim().split("  ") {
                assert!(
                    feet.iter().any(|foot| foot == part.trim()),
                    "{part} in {footer}"
                );
            }
        }
    }
}
