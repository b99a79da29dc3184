//! The screens that tell how the night goes.

use super::world::{Console, World};
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::store::*;
use crate::tui::look::{Look, ThemeName};

/// Two waves by rows, one by its switch alone; a name nobody should have given.
fn waved(rows: usize) -> World {
    let world = World::new(rows);
    world.write(move |tx| {
        for at in 0..rows {
            let wave = ["pilot", "the \u{202e}rest 東京", ""][at % 3];
            if !wave.is_empty() {
                let name = crate::model::text::clean(wave);
                tx.set_wave(RowId(at as i64 + 1), Some(&name), &Cause::Schedule)?;
            }
        }
        let by = Actor::Engine;
        tx.set_switch(SwitchKind::Wave, "pilot", true, "monday, as agreed", &by)?;
        tx.set_switch(SwitchKind::Wave, "late", true, "too early", &by)
    });
    world
}

#[test]
fn progress_services_and_waves_at_four_sizes() {
    let world = waved(300);
    for size in [(40, 12), (80, 24), (120, 40), (220, 60)] {
        let mut console = world.console(size);
        for (name, keys) in [("progress", "9"), ("services", "8 j j"), ("waves", "7 j")] {
            console.press(keys);
            let name = format!("{name}-{}x{}", size.0, size.1);
            insta::assert_snapshot!(name, console.text());
        }
    }
}

#[test]
fn an_intake_has_its_own_detail() {
    let world = World::new(20);
    let mut console = world.console((100, 30));
    console.press("8 G");
    let text = console.text();
    assert!(text.contains("poll: 3h 10m ago"), "{text}");
    assert!(text.contains("fleet.list_hosts"), "{text}");
}

#[test]
fn a_wave_opens_as_a_filter_of_the_table() {
    let world = waved(30);
    let mut console = world.console((120, 40));
    console.press("7 enter");
    assert_eq!(console.state.table.filter, "wave:pilot");
    assert_eq!(console.state.data.list.ids.len(), 10);
    console.press("7 j enter");
    assert_eq!(console.state.data.list.ids.len(), 10);
    console.press("7 j j enter");
    assert_eq!(console.state.table.filter, "wave:late");
    assert!(console.state.data.list.ids.is_empty());
    console.press("7 G enter");
    assert_eq!(console.state.table.filter, "wave:none");
    assert_eq!(console.state.data.list.ids.len(), 10);
}

#[test]
fn no_waves_and_nothing_at_all_are_said_plainly() {
    let world = World::new(0);
    let mut console = world.console((100, 30));
    for (keys, said) in [
        ("7", "no device is in a wave"),
        ("9", "no device is known yet"),
        ("9 G", "no stage has finished anything yet"),
    ] {
        console.press(keys);
        assert!(console.text().contains(said), "{}", console.text());
    }
}

#[test]
fn without_notes_of_an_engine_nothing_is_made_up() {
    let world = World::new(10);
    world.write(|tx| {
        tx.set_note("engine", &serde_json::Value::Null)?;
        tx.set_note("services", &serde_json::Value::Null)
    });
    let mut console = world.console((100, 30));
    assert!(
        console.text().contains("? engine not heard yet"),
        "{}",
        console.text()
    );
    console.press("8");
    let text = console.text();
    assert!(text.contains("the engine was never heard"), "{text}");
    assert!(text.contains("migrate"), "{text}");
}

/// Columns at which numbers of the stages pane end, line by line.
fn ends(console: &Console) -> Vec<Vec<usize>> {
    let text = console.text();
    let pane = text.lines().skip_while(|line| !line.contains(" stages "));
    let of = |line: &str| {
        let line: Vec<char> = line.chars().collect();
        let stands = |at: usize| line[at].is_ascii_digit() || line[at] == '·';
        (30..line.len().min(66))
            .filter(|at| stands(*at) && line.get(at + 1).is_none_or(|c| *c == ' '))
            .collect()
    };
    pane.skip(2).take(8).map(of).collect()
}

#[test]
fn the_numbers_of_the_stages_are_aligned_and_stay_inside() {
    let world = World::new(300);
    let mut console = world.console((80, 40));
    console.press("2");
    let ends = ends(&console);
    assert!(ends[0].len() >= 4, "{ends:?}\n{}", console.text());
    assert!(
        ends.iter().all(|line| *line == ends[0]),
        "{ends:?}\n{}",
        console.text()
    );
    for wide in 40..=240 {
        console.begin((wide, 40));
        console.press("2");
        let widest = console.text().lines().map(crate::tui::text::width).max();
        assert!(widest.unwrap_or(0) <= usize::from(wide));
    }
}

#[test]
fn screens_of_any_size_draw_with_and_without_colour() {
    let world = waved(40);
    for size in [
        (1, 1),
        (39, 11),
        (40, 12),
        (63, 13),
        (64, 19),
        (79, 20),
        (140, 25),
        (300, 100),
    ] {
        let mut console = world.console(size);
        for keys in ["7", "8", "8 G", "9", "9 G", "1", "2 G", "3"] {
            console.press(keys);
            let _ = console.text();
        }
        console.state.facts.look = Look::new(ThemeName::Mono, true, false).unwrap();
        for keys in ["7", "8", "9"] {
            console.press(keys);
            let odd: String = (console.text().chars())
                .filter(|c| !c.is_ascii() && !"東京\u{fffd}".contains(*c))
                .collect();
            // What is missing on a screen too small is said with a cross.
            assert_eq!(odd.replace('×', ""), "", "{size:?} {keys}");
        }
    }
}
