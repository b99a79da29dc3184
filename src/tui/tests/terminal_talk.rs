//! What is said to a real pseudo-terminal beside frames: modes, the clipboard, calls.

use super::terminal::Terminal;
use rustix::process::Signal;
use std::collections::BTreeMap;

/// Every private mode that was set or reset, with the state each was left in, and whether it was ever set.
fn modes(sent: &str) -> BTreeMap<String, (bool, bool)> {
    let mut modes = BTreeMap::new();
    for part in sent.split("\x1b[?").skip(1) {
        let Some(end) = part.find(|c: char| c.is_ascii_alphabetic()) else {
            continue;
        };
        let on = match &part[end..=end] {
            "h" => true,
            "l" => false,
            _ => continue,
        };
        for mode in part[..end].split(';') {
            let known: &mut (bool, bool) = modes.entry(mode.to_owned()).or_default();
            *known = (on, known.1 || on);
        }
    }
    modes
}

/// The terminal is as it was found: what was turned on is off, and the cursor, which was turned off, is on.
fn left_as_found(sent: &str, mouse: bool) {
    let modes = modes(sent);
    for (mode, (on, ever)) in &modes {
        assert_eq!(*on, mode == "25", "mode {mode}");
        assert!(*ever || mode == "25", "mode {mode} was never on");
    }
    for mode in ["25", "1004", "1049", "2004"] {
        assert!(modes.contains_key(mode), "mode {mode} was not used");
    }
    for mode in ["1000", "1006"] {
        assert_eq!(modes.contains_key(mode), mouse, "mode {mode}");
    }
    // Motion is never asked for.
    assert!(!modes.contains_key("1002") && !modes.contains_key("1003"));
}

#[test]
fn the_mouse_is_off_until_asked_for_and_a_press_moves_the_cursor() {
    let mut terminal = Terminal::start(24, 80, "");
    terminal.wait_for("1/300");
    assert!(!terminal.sent().contains("\x1b[?1000h"));
    terminal.press("M");
    terminal.wait_for("the mouse is heard");
    terminal.wait("the mouse on", |terminal| {
        terminal.sent().contains("\x1b[?1000h\x1b[?1006h")
    });
    terminal.press("\x1b[<0;20;9M\x1b[<0;20;9m");
    terminal.wait_for("5/300");
    terminal.press("\x1b[<65;20;9M");
    terminal.wait_for("devices 300");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    terminal.wait_for("ended with Ok(Left)");
    left_as_found(&terminal.sent(), true);
}

#[test]
fn leaving_by_order_and_coming_back_turn_everything_off_and_on_again() {
    let mut terminal = Terminal::of("a_console_in_tmux", 24, 80, "");
    terminal.wait_for("devices 300");
    let mouse_on = |terminal: &Terminal| terminal.sent().matches("\x1b[?1000h").count();
    assert_eq!(mouse_on(&terminal), 1);
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.wait("the mouse on again", |terminal| mouse_on(terminal) == 2);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.code(), 143);
    terminal.wait_for("ended with Ok(Terminated)");
    left_as_found(&terminal.sent(), true);
}

#[test]
fn without_the_mouse_its_modes_are_never_touched() {
    let mut terminal = Terminal::start(24, 80, "");
    terminal.wait_for("devices 300");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    terminal.wait_for("ended with Ok(Left)");
    left_as_found(&terminal.sent(), false);
}

#[test]
fn a_copy_reaches_the_terminal_itself_also_through_tmux() {
    // C0200000Q is the first serial.
    let copy = "\x1b]52;c;QzAyMDAwMDBR\x07";
    let mut plain = Terminal::start(24, 80, "");
    plain.wait_for("1/300");
    plain.press("y");
    plain.wait_for("sent 9 B to the terminal's clipboard: 1 serial");
    plain.wait("the copy", |terminal| terminal.sent().contains(copy));
    assert!(!plain.sent().contains("\x1bP"));
    plain.press("q");
    assert_eq!(plain.code(), 0);
    let mut tmux = Terminal::of("a_console_in_tmux", 24, 80, "");
    tmux.wait_for("1/300");
    tmux.press("y");
    let wrapped = format!("\x1bPtmux;\x1b{copy}\x1b\\");
    tmux.wait("the copy", |terminal| terminal.sent().contains(&wrapped));
    tmux.press("q");
    assert_eq!(tmux.code(), 0);
}

#[test]
fn whoever_looks_elsewhere_hears_a_bell_at_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let here = format!("cd '{}'; ", folder.path().display());
    let mut terminal = Terminal::of("a_console_with_an_alarm", 24, 80, &here);
    terminal.wait_for("devices 300");
    // Then a key, whose effect shows that the word about the focus before it was heard.
    terminal.press("\x1b[Oj");
    terminal.wait_for("2/300");
    std::fs::write(folder.path().join("alarm"), "").unwrap();
    terminal.wait_for("1 alarm");
    let call = "\x1b]9;drover: the brake is on\x07\x07";
    terminal.wait("the call", |terminal| terminal.sent().contains(call));
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    assert_eq!(terminal.sent().matches(call).count(), 1);
}
