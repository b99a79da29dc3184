//! Every screen on a terminal that becomes small and large again.

use super::night::Night;
use crate::support::Terminal;

const LARGE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (40, 12);

/// The keys from the main screen, what stands there on a large screen, and what on the smallest: a part of its first lines
/// and one of its last.
const PLACES: [(&str, &str, [&str; 2]); 15] = [
    ("", "Waits for", ["Serial", "q leave"]),
    ("2", "Host transfer", ["─ stages", "q leave"]),
    ("3", "parked for", ["─ log", "q leave"]),
    ("\r", "Stages", ["─ device", "q leave"]),
    ("4", "devices Stage", ["─ faults", "q leave"]),
    ("5", "Took", ["─ history", "q leave"]),
    ("5\r", "What was sent", ["─ attempt", "q leave"]),
    ("6", "Host inventory", ["─ inbox", "q leave"]),
    ("6\r", "Host inventory", ["─ event", "q leave"]),
    ("7", "no device is in a wave", ["─ waves", "q leave"]),
    ("8", "budget", ["─ services", "q leave"]),
    ("9", "Time per stage", ["─ progress", "q leave"]),
    ("?", "Draw the whole screen", ["─ help", "q leave"]),
    (":", "type a few letters", ["─ palette", "┘"]),
    ("c", "esc cancel", ["─ columns", "space show"]),
];

fn is_small(terminal: &Terminal, [first, last]: [&str; 2]) -> bool {
    let text = terminal.text();
    let lines: Vec<&str> = text.lines().collect();
    let (wide, high) = SMALL;
    lines.len() == usize::from(high)
        && lines[..3].iter().any(|line| line.contains(first))
        && lines[usize::from(high) - 1].contains(last)
        && lines
            .iter()
            .all(|line| line.chars().count() <= usize::from(wide))
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
    leave(&mut terminal);
    for (keys, part, small) in PLACES {
        terminal.press(keys);
        terminal.wait(part, |terminal| is_large(terminal, part));
        terminal.resize(SMALL.0, SMALL.1);
        terminal.wait(&format!("the small \"{part}\""), |terminal| {
            is_small(terminal, small)
        });
        terminal.resize(LARGE.0, LARGE.1);
        terminal.wait(&format!("the large \"{part}\""), |terminal| {
            is_large(terminal, part)
        });
        leave(&mut terminal);
    }
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}

/// Back to the main screen, from a form as well.
fn leave(terminal: &mut Terminal) {
    terminal.press("\x1b");
    terminal.wait("no form", |terminal| {
        let text = terminal.text();
        !text.contains("─ palette") && !text.contains("─ columns")
    });
    terminal.press("1");
    terminal.wait("the main screen", |terminal| {
        is_large(terminal, "Waits for") && terminal.text().contains("enter open")
    });
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
