//! Reading on: the log's search and its row, standing still, the first line of all, the footer.

use super::finding::flash;
use super::world::{Console, World};
use crate::model::row::RowId;
use crate::model::value::Value;
use crate::store::{Cause, Level, NewEntry};
use crate::tui::event::{Effect, Event};
use crate::tui::kept::{Change, Kept};
use crate::tui::state::Screen;

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
        up: std::time::Duration::from_mins(3),
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
