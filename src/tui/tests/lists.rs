//! Faults, history and inbox: what each line and each detail says, and that the cursor stays where it is.

use super::rough::{group_of, hear, rough};
use super::world::{Console, World};
use crate::model::row::RowId;
use crate::tui::event::Event;
use crate::tui::state::{Act, Mode, Screen};

fn has(console: &Console, said: &[&str]) {
    let text = console.text();
    for said in said {
        assert!(text.contains(said), "\"{said}\" is missing in\n{text}");
    }
}

fn has_not(console: &Console, said: &str) {
    let text = console.text();
    assert!(!text.contains(said), "\"{said}\" is in\n{text}");
}

/// The line of the cursor.
fn at_cursor(console: &Console) -> String {
    let text = console.text();
    let found = text.lines().find(|line| line.starts_with('▸'));
    found.unwrap_or_default().to_owned()
}

#[test]
fn the_faults_say_who_is_behind_each_cause_and_what_to_do() {
    let world = rough();
    for size in [(80, 24), (120, 40)] {
        let mut console = world.console(size);
        console.press("4");
        has(
            &console,
            &[
                "3 causes, 2 of them now",
                "15 Jamf removal",
                "server error",
                "next     10 parked: nobody retries by itself; 3 tried again by itself, the",
                "first in 4m",
                "macOS 26.1: 14 of 15 here, 16 of 60 overall",
            ],
        );
        assert!(at_cursor(&console).starts_with("▸ ✗"), "it happens now");
        insta::assert_snapshot!(format!("faults-{}x{}", size.0, size.1), console.text());
        console.press("j");
        assert!(at_cursor(&console).starts_with("▸ ·"), "it is long over");
        assert!(at_cursor(&console).contains("not allowed"));
        has(&console, &["give the token's"]);
    }
    let mut console = world.console((220, 60));
    console.press("4");
    has(
        &console,
        &[
            "15 attempts of 15 devices",
            ": it happens now",
            "2 no longer wanted by the stage",
            "C0239595Q",
        ],
    );
    let mut console = world.console((40, 12));
    console.press("4");
    has(&console, &["15 Jamf removal", "Fleet answered 502"]);
}

#[test]
fn acts_on_a_cause_are_about_its_rows_and_never_about_the_marks_of_the_table() {
    let world = rough();
    let mut console = world.console((120, 40));
    console.press("space space 4 r");
    let Mode::Preview(preview) = &console.state.mode else {
        panic!("no preview:\n{}", console.text())
    };
    let Act::Rows { chosen, .. } = &preview.act else {
        panic!("{:?}", preview.act)
    };
    let wanted: Vec<RowId> = (6..=20).map(RowId).collect();
    assert_eq!(*chosen.rows, wanted);
}

#[test]
fn the_cursor_stays_on_its_cause_when_another_outgrows_it() {
    let world = rough();
    let mut console = world.console((120, 40));
    console.press("4");
    let before = at_cursor(&console);
    group_of(&world, "confirm", 22..=45);
    console.refresh();
    assert!(console.text().contains("24 Enrollment watcher"));
    assert_eq!(at_cursor(&console), before);
    console.press("g");
    assert!(at_cursor(&console).contains("24 Enrollment watcher"));
    assert_eq!(console.state.chosen().len(), 24);
}

#[test]
fn causes_are_searched_and_escape_shows_all_before_it_leaves() {
    let world = rough();
    let mut console = world.console((120, 40));
    console.press("4 /");
    console.type_text("stage:removal 502");
    console.press("enter");
    has(&console, &["/stage:removal 502", "1 cause"]);
    has_not(&console, "Host transfer");
    console.press("esc");
    has(&console, &["Host transfer", "3 causes"]);
    console.press("esc");
    assert_eq!(console.state.screen(), &Screen::Main);
}

#[test]
fn the_history_is_newest_first_and_an_attempt_shows_all_that_was_said() {
    let world = rough();
    for size in [(80, 24), (120, 40)] {
        let mut console = world.console(size);
        console.press("5");
        has(&console, &["✗ failed", "? unknown", "Jamf removal, try 2"]);
        insta::assert_snapshot!(format!("history-{}x{}", size.0, size.1), console.text());
        console.press("/");
        console.type_text("state:failed C02");
        console.press("enter");
        has_not(&console, "✓ done");
        console.press("esc /");
        console.type_text("removal 502");
        console.press("enter enter");
        has(
            &console,
            &[
                "server error: Fleet answered 502",
                "Wait for the service to recover",
                "start  fleet.run_script",
                "✗ failed",
                "502 in 12 ms  POST",
                "\"host_id\": 20",
                "sent  {",
            ],
        );
        insta::assert_snapshot!(format!("attempt-{}x{}", size.0, size.1), console.text());
        console.press("G");
        has(&console, &["<h1>Bad Gateway</h1>", "東京"]);
        assert_eq!(console.state.chosen(), [RowId(20)]);
        console.press("enter");
        assert!(matches!(
            console.state.screen(),
            Screen::Dossier { row: RowId(20), .. }
        ));
    }
}

#[test]
fn words_of_promise_three_stand_beside_every_step() {
    let world = rough();
    let mut console = world.console((120, 60));
    console.press("5 /");
    console.type_text("state:unknown");
    console.press("enter enter");
    has(
        &console,
        &[
            "? unknown   leave  jamf.remove_profile   changes",
            "✓ done   look  jamf.get_computer   reads",
            "Look in the service whether it took effect before you retry",
        ],
    );
}

#[test]
fn the_history_and_the_inbox_follow_at_the_top_and_stay_when_read() {
    let world = rough();
    let mut console = world.console((120, 40));
    console.press("5");
    let top = at_cursor(&console);
    group_of(&world, "confirm", 30..=40);
    console.refresh();
    assert_ne!(at_cursor(&console), top, "it follows what is new");
    console.press("j j");
    let read = at_cursor(&console);
    group_of(&world, "removal_check", 30..=40);
    console.refresh();
    assert_eq!(at_cursor(&console), read);
    let top = console.state.screen().pick().unwrap().top;
    assert_eq!(top, 11, "what is read stays where it is");

    console.press("6 j");
    let read = at_cursor(&console);
    hear(&world, 5);
    console.refresh();
    assert_eq!(at_cursor(&console), read);
}

#[test]
fn an_attempt_that_ends_is_shown_as_it_ended_and_found_by_it() {
    let world = rough();
    let mut console = world.console((120, 40));
    console.press("5 /");
    console.type_text("state:running");
    console.press("enter");
    assert!(at_cursor(&console).contains("» running"));
    let row = console.state.chosen()[0];
    world.write(move |tx| {
        let open = tx.attempts_of(row, 9)?;
        let open = open.iter().find(|known| known.state.is_open()).unwrap().id;
        tx.end(open, crate::store::AttemptState::Done, None, None)
    });
    console.refresh();
    assert_ne!(console.state.chosen(), [row], "{}", console.text());
}

#[test]
fn a_long_history_is_read_as_far_as_the_cursor_goes() {
    let world = rough();
    for _ in 0..30 {
        group_of(&world, "confirm", 22..=60);
    }
    let mut console = world.console((120, 40));
    console.press("5");
    has(&console, &["1/500+"]);
    console.press("G");
    console.press("G G");
    let many = console.state.topic_ids().len();
    assert!(many > 1_100, "{many}");
    has(
        &console,
        &[&format!("{}/", crate::tui::text::thousands(many as u64))],
    );
    has_not(&console, "+ ─");
    console.press("/");
    console.type_text("forbidden-nothing");
    console.press("enter");
    has(&console, &["nothing has these words"]);
    console.press("esc /");
    console.type_text("maintainer");
    console.press("enter");
    assert_eq!(console.state.topic_ids().len(), 2);
}

#[test]
fn the_inbox_says_what_each_event_did_and_what_nobody_could_use() {
    let world = rough();
    for size in [(80, 24), (120, 40)] {
        let mut console = world.console(size);
        console.press("6");
        has(
            &console,
            &[
                "1 malformed, 1 unmatched",
                "✗ malformed",
                "? unmatched",
                "✓ applied",
                "· ignored",
                "Migration trigger",
                "wrote Asked",
                "+2",
            ],
        );
        insta::assert_snapshot!(format!("inbox-{}x{}", size.0, size.1), console.text());
        console.press("/");
        console.type_text("applied trigger");
        console.press("enter enter");
        has(
            &console,
            &[
                "heard 2.0s later",
                "What it changed",
                "Asked was 6h",
                "What was heard",
                "\"hardware_serial\":",
            ],
        );
        insta::assert_snapshot!(format!("event-{}x{}", size.0, size.1), console.text());
        assert_eq!(console.state.chosen(), [RowId(9)]);
        console.press("esc /");
        console.press("enter /");
        console.type_text("unmatched");
        console.press("enter");
        assert_eq!(console.state.chosen(), [], "it has no row");
        console.press("r");
        assert!(matches!(console.state.mode, Mode::Browse));
        console.press("enter enter");
        has(&console, &["it is about no row"]);
    }
}

#[test]
fn nothing_hostile_reaches_the_frame_and_every_size_draws() {
    let world = rough();
    let mut console = world.console((120, 40));
    for keys in ["4", "5", "5 enter", "6", "6 enter", "4 j", "6 j enter"] {
        for size in [(40, 12), (80, 24), (120, 40), (220, 60), (1, 1), (41, 19)] {
            console.begin(size);
            console.press(keys);
            let buffer = console.frame();
            let odd = |c: char| {
                c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            };
            for cell in buffer.content() {
                assert!(!cell.symbol().contains(odd), "{keys} at {size:?}");
            }
            console.event(Event::Resize(80, 24));
            console.press("j G k");
            console.frame();
        }
    }
}

#[test]
fn with_nothing_in_them_they_say_so() {
    let world = World::new(0);
    for (key, said) in [
        ("4", "nothing has failed"),
        ("5", "nothing was tried yet"),
        ("6", "nothing was heard yet"),
    ] {
        for size in [(40, 12), (80, 24)] {
            let mut console = world.console(size);
            console.press(key);
            has(&console, &[said]);
            console.press("enter");
            has(&console, &["there is nothing to open"]);
        }
    }
}

#[test]
fn a_cause_opens_as_the_table_of_its_rows() {
    let world = rough();
    let mut console = world.console((120, 40));
    console.press("4 enter");
    assert_eq!(console.state.screen(), &Screen::Main);
    assert!(console.state.table.filter.starts_with("fault:"));
    let mut rows = console.state.data.list.ids.clone();
    rows.sort_unstable();
    let wanted: Vec<RowId> = (6..=20).map(RowId).collect();
    assert_eq!(rows, wanted, "{}", console.text());
    has(&console, &["15 of 60 match"]);
}
