//! Frames as they look, on a fixed clock.

use super::world::World;
use crate::tui::event::Event;
use crate::tui::look::{Look, ThemeName};

#[test]
fn the_main_screen_at_three_sizes() {
    let world = World::new(300);
    for size in [(40, 12), (80, 24), (120, 40), (220, 60)] {
        let console = world.console(size);
        insta::assert_snapshot!(format!("main-{}x{}", size.0, size.1), console.text());
    }
}

#[test]
fn the_other_screens() {
    let world = World::new(60);
    for (name, keys) in [
        ("dossier", "j j j j enter"),
        ("stages", "2 j"),
        ("log", "3"),
        ("help", "?"),
        ("preview", "space space space space space r"),
        ("stop", "S"),
        ("filter", "/ c 0 2"),
    ] {
        let mut console = world.console((80, 24));
        console.press(keys);
        insta::assert_snapshot!(name, console.text());
    }
}

#[test]
fn the_palette_and_the_column_chooser() {
    let world = World::new(60);
    for size in [(80, 24), (120, 40)] {
        for (name, keys) in [
            ("palette", ":"),
            ("matches", ": h o s t"),
            ("columns", "c j space j"),
        ] {
            let mut console = world.console(size);
            console.press(keys);
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), console.text());
        }
    }
}

#[test]
fn an_empty_store_and_a_screen_too_small_say_what_they_need() {
    let world = World::new(0);
    let mut console = world.console((80, 24));
    assert!(
        console.text().contains("no device is known yet"),
        "{}",
        console.text()
    );
    console.event(Event::Resize(20, 5));
    assert!(
        console.text().contains("drover needs 40×12"),
        "{}",
        console.text()
    );
}

#[test]
fn ascii_mode_draws_nothing_of_its_own_beyond_ascii() {
    let world = World::new(3);
    for keys in ["", "?", "S", "tab", "tab tab", "/"] {
        let mut console = world.console((120, 40));
        console.state.facts.look = Look::new(ThemeName::Mono, true, false).unwrap();
        console.press(keys);
        // Names of people are shown as they are.
        let odd: String = console
            .text()
            .chars()
            .filter(|c| !c.is_ascii() && !"東京太郎".contains(*c))
            .collect();
        assert_eq!(odd, "", "at \"{keys}\"");
    }
}
