//! What is said to a terminal beside frames: modes, the clipboard, calls; and the first word to a newcomer.

use super::night::Night;
use crate::support::Terminal;
use rustix::process::Signal;
use std::collections::BTreeMap;

/// A terminal that says it is tmux's.
const TMUX: &str = "TMUX=/tmp/tmux-1/default,1,0";

/// How a private mode was left, and whether it was ever on.
#[derive(Default)]
struct Mode {
    on: bool,
    ever: bool,
}

/// Every private mode that was set or reset.
fn modes(sent: &str) -> BTreeMap<String, Mode> {
    let mut modes: BTreeMap<String, Mode> = BTreeMap::new();
    for part in sent.split("\x1b[?").skip(1) {
        let Some(end) = part.find(|c: char| c.is_ascii_alphabetic()) else {
            continue;
        };
        let on = match &part[end..=end] {
            "h" => true,
            "l" => false,
            _ => continue,
        };
        for name in part[..end].split(';') {
            let mode = modes.entry(name.to_owned()).or_default();
            mode.on = on;
            mode.ever |= on;
        }
    }
    modes
}

/// The terminal is as it was found: what was turned on is off, and the cursor, which was turned off, is on.
fn left_as_found(sent: &str, mouse: bool) {
    let modes = modes(sent);
    for (name, mode) in &modes {
        assert_eq!(mode.on, name == "25", "mode {name}");
        assert!(mode.ever || name == "25", "mode {name} was never on");
    }
    for name in ["25", "1004", "1049", "2004"] {
        assert!(modes.contains_key(name), "mode {name} was not used");
    }
    for name in ["1000", "1006"] {
        assert_eq!(modes.contains_key(name), mouse, "mode {name}");
    }
    // Motion is never asked for.
    assert!(!modes.contains_key("1002") && !modes.contains_key("1003"));
}

#[test]
fn the_mouse_is_off_until_asked_for_then_presses_move_and_the_wheel_scrolls() {
    let night = Night::new();
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("1/12");
    assert!(!terminal.sent().contains("\x1b[?1000h"));
    terminal.press("M");
    terminal.wait_for("the mouse is heard");
    terminal.wait("the mouse on", |terminal| {
        terminal.sent().contains("\x1b[?1000h\x1b[?1006h")
    });
    terminal.press("\x1b[<0;20;9M\x1b[<0;20;9m");
    terminal.wait_for("5/12");
    terminal.resize(40, 12);
    terminal.wait("the small layout", |terminal| {
        let text = terminal.text();
        text.contains("HOST00")
            && text
                .lines()
                .last()
                .is_some_and(|line| line.contains("leave"))
    });
    terminal.press("\x1b[<65;20;9M");
    terminal.wait("the first lines gone", |terminal| {
        let text = terminal.text();
        !text.contains("HOST00") && text.contains("HOST04")
    });
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    left_as_found(&terminal.sent(), true);
}

#[test]
fn leaving_by_order_and_coming_back_turn_everything_off_and_on_again() {
    let night = Night::new();
    let mut terminal = night.console((80, 24), TMUX, "--mouse");
    terminal.wait_for("HOST00");
    let mouse_on = |terminal: &Terminal| terminal.sent().matches("\x1b[?1000h").count();
    assert_eq!(mouse_on(&terminal), 1);
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.wait("the mouse on again", |terminal| mouse_on(terminal) == 2);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.code(), 143);
    left_as_found(&terminal.sent(), true);
}

#[test]
fn without_the_mouse_its_modes_are_never_touched() {
    let night = Night::new();
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("HOST00");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    left_as_found(&terminal.sent(), false);
}

#[test]
fn a_copy_reaches_the_terminal_itself_also_through_tmux() {
    // HOST00 in base64.
    let copy = "\x1b]52;c;SE9TVDAw\x07";
    let wrapped = format!("\x1bPtmux;\x1b{copy}\x1b\\");
    let night = Night::new();
    for (before, through_tmux) in [("", false), (TMUX, true)] {
        let mut terminal = night.console((80, 24), before, "");
        terminal.wait_for("HOST00");
        terminal.press("/serial:HOST00\r");
        terminal.wait_for("1 of 12 match");
        terminal.press("y");
        terminal.wait_for("sent 6 B to the terminal's clipboard: 1 serial");
        terminal.wait("the copy", |terminal| terminal.sent().contains(copy));
        terminal.press("q");
        assert_eq!(terminal.code(), 0);
        let sent = terminal.sent();
        assert_eq!(sent.contains(&wrapped), through_tmux, "{sent:?}");
        assert_eq!(sent.contains("\x1bP"), through_tmux);
    }
}

#[test]
fn whoever_looks_elsewhere_hears_a_bell_at_an_alarm_and_whoever_is_here_does_not() {
    let night = Night::new();
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("1/12");
    // Then a key, whose effect shows that the word about the focus before it was heard.
    terminal.press("\x1b[Oj");
    terminal.wait_for("2/12");
    night.add("serial,fleet_id,requested_at\nLATE00,9900,2026-03-01T01:00:00Z\n");
    let call = "\x1b]9;drover: LATE00: parked for ticket: not found";
    terminal.wait("the call and the bell", |terminal| {
        let sent = terminal.sent();
        let said = sent.split_once(call).map(|(_, rest)| rest.to_owned());
        said.is_some_and(|rest| rest.contains("\x07\x07"))
    });
    terminal.press("\x1b[Ik");
    terminal.wait_for("1/13");
    night.add("serial,fleet_id,requested_at\nLATE01,9901,2026-03-01T01:00:00Z\n");
    terminal.wait_for("12 alarms");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    assert_eq!(terminal.sent().matches("\x1b]9;").count(), 1);
}

#[test]
fn the_first_start_is_greeted_until_the_first_key_and_no_later_one_is() {
    let night = Night::new();
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("everything by name");
    terminal.press("j");
    terminal.wait_for("2/12");
    terminal.wait("the keys in its place", |terminal| {
        let text = terminal.text();
        text.contains("enter open") && !text.contains("everything by name")
    });
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("enter open ");
    assert!(!terminal.sent().contains("everything by name"));
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}
