//! The table as it was: three moments of a night, and what cannot be done to them.

use super::world::{Console, World, midnight};
use crate::model::time::{Span, Time};
use crate::tui::event::{Effect, Event};
use crate::tui::state::Mode;

fn at(world: &World, moment: Time) -> Console {
    let mut console = world.console((120, 40));
    console.state.look_back(moment, midnight());
    console.refresh();
    console
}

/// Phases with rows in them, as the table counts them.
fn phases(console: &Console) -> Vec<(String, u64)> {
    let phases = console.state.data.phases.iter();
    phases
        .filter(|(_, rows)| *rows > 0)
        .map(|(phase, rows)| (phase.clone().unwrap_or_default(), *rows))
        .collect()
}

#[test]
fn the_table_of_three_moments_is_what_it_was_then() {
    let world = World::new(21);
    let begun = midnight().minus(Span::from_hours(6));
    // Before the first row, when all were in Jamf, and after three of the six steps.
    assert_eq!(phases(&at(&world, begun.minus(Span::from_secs(1)))), []);
    let early = at(&world, begun.plus(Span::from_mins(10)));
    assert_eq!(phases(&early), [("In Jamf".to_owned(), 21)]);
    let later = at(&world, begun.plus(Span::from_mins(3 * 55 + 10)));
    let of = |phase: &str, rows| (phase.to_owned(), rows);
    assert_eq!(
        phases(&later),
        [
            of("Between", 12),
            of("Leaving Jamf", 3),
            of("Asked", 3),
            of("In Jamf", 3)
        ]
    );
    // What is there now is the same whichever way it is read.
    let now = at(&world, midnight());
    let mut live = world.console((120, 40));
    live.refresh();
    assert_eq!(phases(&now), phases(&live));
    for id in &live.state.data.list.ids {
        let (then, row) = (now.state.data.lines.get(id), live.state.data.lines.get(id));
        assert_eq!(then.map(|line| &line.row), row.map(|line| &line.row));
    }
}

#[test]
fn conditions_order_and_gates_are_judged_on_the_rows_as_they_were() {
    let world = World::new(21);
    let then = midnight()
        .minus(Span::from_hours(6))
        .plus(Span::from_mins(3 * 55 + 10));
    let mut console = at(&world, then);
    console.press("/");
    console.type_text("phase:Between");
    console.press("enter");
    assert_eq!(console.state.data.list.ids.len(), 12);
    let line = console.state.data.lines.values().next().unwrap();
    assert_eq!(line.row.phase.as_deref(), Some("Between"));
    assert_eq!(line.row.phase_since, then.minus(Span::from_mins(10)));
    assert_eq!(line.row.updated_at, then.minus(Span::from_mins(10)));
    assert!(line.row.get("enrolled_at").is_null());
    console.press("enter");
    let text = console.text();
    assert!(text.contains("Between for 10m"), "{text}");
    assert!(!text.contains("Complete is"), "{text}");
    let dossier = console.state.data.dossier.as_ref().unwrap();
    assert!(dossier.changes.iter().all(|change| change.at <= then));
    let transfer = dossier
        .explained
        .iter()
        .find(|one| one.rule == "transfer")
        .unwrap();
    let met: Vec<bool> = transfer
        .conditions
        .iter()
        .map(|one| one.met == crate::store::Met::Yes)
        .collect();
    assert_eq!(met, [true, false, true, false], "{transfer:?}");
    assert!(
        console
            .state
            .data
            .journal
            .entries
            .iter()
            .all(|entry| entry.at <= then)
    );
    assert!(!console.state.data.journal.entries.is_empty());
}

#[test]
fn steps_go_by_minutes_and_by_changes_and_never_beyond_now() {
    let world = World::new(7);
    let begun = midnight().minus(Span::from_hours(6));
    let mut console = at(&world, midnight());
    assert!(
        console.text().contains("as of 00:10:00"),
        "{}",
        console.text()
    );
    console.press("]");
    assert_eq!(console.state.now, midnight());
    console.press("[ [");
    assert_eq!(console.state.now, midnight().minus(Span::from_mins(10)));
    assert!(console.text().contains("10m ago"), "{}", console.text());
    console.press("{");
    assert_eq!(console.state.now, begun.plus(Span::from_mins(330)));
    console.press("{");
    assert_eq!(console.state.now, begun.plus(Span::from_mins(275)));
    console.press("} }");
    assert_eq!(console.state.now, begun.plus(Span::from_mins(330)));
    // Time that goes on does not move it.
    let later = midnight().plus(Span::from_mins(1));
    console.event(Event::Tick {
        now: later,
        demo: None,
        up: std::time::Duration::from_secs(1),
    });
    assert_eq!(console.state.now, begun.plus(Span::from_mins(330)));
    assert_eq!(console.state.past.unwrap().present, later);
    console.press("{ { { { { { { { {");
    assert_eq!(console.state.now, begun);
    assert!(
        console.text().contains("nothing changed"),
        "{}",
        console.text()
    );
}

#[test]
fn what_was_is_not_acted_on_and_says_so() {
    let world = World::new(7);
    let mut console = at(&world, midnight().minus(Span::from_hours(1)));
    for key in ["S", "r", "h", "u", "R", "x", "s", "t"] {
        console.press(key);
        assert!(matches!(console.state.mode, Mode::Browse), "{key}");
        assert!(
            console.text().contains("nothing can be done to it"),
            "{key}"
        );
    }
    for key in ["4", "5", "6"] {
        console.press(key);
        assert!(
            console.text().contains("start the console without --at"),
            "{key}"
        );
    }
    assert!(
        !console
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Ask(..)))
    );
    let mut now = world.console((120, 40));
    now.press("[");
    assert!(now.text().contains("this is now"), "{}", now.text());
}

#[test]
fn the_main_screen_of_then() {
    let world = World::new(300);
    let mut console = at(&world, midnight().minus(Span::from_mins(200)));
    insta::assert_snapshot!("past", console.text());
    console.press("2");
    for size in [(80, 24), (40, 12), (1, 1)] {
        console.event(Event::Resize(size.0, size.1));
        console.frame();
    }
}
