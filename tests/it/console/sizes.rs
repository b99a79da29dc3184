//! Every screen on a terminal that becomes small and large again.

use super::night::{Night, home};
use crate::support::Terminal;

const LARGE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (40, 12);

/// Keys from the main screen, each with what a large screen shows then; and what stands on the smallest: a part of its first
/// lines and one of its last.
type Place = (&'static [(&'static str, &'static str)], [&'static str; 2]);

const PLACES: [Place; 15] = [
    (&[("g", "Waits for")], ["Serial", "q leave"]),
    (&[("2", "Host transfer")], ["─ stages", "q leave"]),
    (&[("3", "parked for")], ["─ log", "q leave"]),
    (&[("\r", "you can")], ["─ device", "q leave"]),
    (&[("4", "devices Stage")], ["─ faults", "q leave"]),
    (&[("5", "Took")], ["─ history", "q leave"]),
    (
        &[("5", "Took"), ("\r", "What was sent")],
        ["─ attempt", "q leave"],
    ),
    (&[("6", "Host inventory")], ["─ inbox", "q leave"]),
    (
        &[("6", "Host inventory"), ("\r", "─ event")],
        ["─ event", "q leave"],
    ),
    (&[("7", "no device is in a wave")], ["─ waves", "q leave"]),
    (&[("8", "budget")], ["─ services", "q leave"]),
    (&[("9", "Time per stage")], ["─ progress", "q leave"]),
    (&[("?", "Draw the whole screen")], ["─ help", "q leave"]),
    (&[(":", "type a few letters")], ["─ palette", "┘"]),
    (&[("c", "esc cancel")], ["─ columns", "space show"]),
];

fn is_small(terminal: &Terminal, [first, last]: [&str; 2]) -> bool {
    let text = terminal.text();
    let (wide, high) = SMALL;
    let fits = |line: &str| line.chars().count() <= usize::from(wide);
    text.lines().count() <= usize::from(high)
        && text.lines().all(fits)
        && text.lines().last().is_some_and(|line| line.contains(last))
        && text.lines().take(3).any(|line| line.contains(first))
}

fn is_large(terminal: &Terminal, part: &str) -> bool {
    let text = terminal.text();
    // The log or a form may leave the last lines empty.
    text.contains(part) && text.lines().count() > 30
}

#[test]
fn every_screen_becomes_small_and_large_again() {
    let night = Night::new();
    let mut terminal = night.console(LARGE, "", "");
    terminal.wait_for("HOST00");
    home(&mut terminal);
    for (steps, small) in PLACES {
        let mut part = "";
        for (keys, shown) in steps {
            terminal.press(keys);
            terminal.wait(shown, |terminal| is_large(terminal, shown));
            part = shown;
        }
        terminal.resize(SMALL.0, SMALL.1);
        terminal.wait(&format!("the small \"{part}\""), |terminal| {
            is_small(terminal, small)
        });
        terminal.resize(LARGE.0, LARGE.1);
        terminal.wait(&format!("the large \"{part}\""), |terminal| {
            is_large(terminal, part)
        });
        home(&mut terminal);
    }
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}

#[test]
fn a_screen_too_small_says_what_it_needs_and_a_storm_of_sizes_ends_in_the_last() {
    let night = Night::new();
    let mut terminal = night.console(LARGE, "", "");
    terminal.wait_for("HOST00");
    terminal.resize(10, 3);
    terminal.wait_for("needs");
    terminal.resize(LARGE.0, LARGE.1);
    terminal.wait_for("Waits for");
    for step in 0..60 {
        terminal.resize(40 + step, 12 + step / 2);
    }
    terminal.resize(LARGE.0, LARGE.1);
    terminal.press("G");
    terminal.wait_for("12/12");
    terminal.wait("the large layout", |terminal| {
        is_large(terminal, "Waits for")
    });
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}
