//! Every screen, by its key and by its name, and what is opened on it.

use super::night::{Night, home};

/// A key, what its screen shows, and steps on it: keys with what is seen then.
type Walk = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const WALKS: [Walk; 11] = [
    ("\r", "you can", &[("G", "not enrolled in Fleet")]),
    // A cause has rows, a row a dossier.
    (
        "4",
        "no host in Fleet has the serial",
        &[("\r", "10 of 13 match /fault:"), ("\r", "─ device HOST00")],
    ),
    (
        "5",
        "Took",
        &[
            ("\r", "What was sent and what came back"),
            ("\r", "─ device HOST"),
        ],
    ),
    ("6", "What it did", &[("\r", "─ event"), ("\r", "─ device")]),
    (
        "7",
        "pilot",
        &[
            ("\r", "1 of 13 match /wave:pilot"),
            ("\r", "─ device PILOT"),
        ],
    ),
    (
        "8",
        "▸ ✓ fleet",
        &[("j", "▸ ✓ jamf"), ("\r", "there is nothing to open")],
    ),
    ("9", "Time per stage", &[("G", "Leave Jamf")]),
    (
        "?",
        "Show what every key does",
        &[("G", "Leave the columns as they were.")],
    ),
    (
        "2",
        "▸ Host details",
        &[("j", "▸ Leave Jamf"), ("\r", "match /stage:unenroll")],
    ),
    (
        "3",
        "parked for",
        &[
            ("/no such words\r", "no entry before this one has"),
            ("g", " newer "),
        ],
    ),
    // A column more, which is then left out again.
    ("c", "columns: 8 of", &[("jjjjjjj ", "columns: 9 of")]),
];

#[test]
fn every_screen_is_reached_and_something_on_it_opened_and_left() {
    let night = Night::new();
    night.add("serial,wave\nPILOT1,pilot\n");
    let mut terminal = night.console((120, 40), "", "");
    terminal.wait_for("HOST00");
    for (key, part, steps) in WALKS {
        terminal.press(key);
        terminal.wait_for(part);
        for (keys, part) in steps {
            terminal.press(keys);
            terminal.wait_for(part);
        }
        home(&mut terminal);
    }
    // Five hundred keys at once, of which some are sequences, then the last one.
    terminal.press(&"j\x1b[B".repeat(250));
    terminal.wait_for("13/13");
    terminal.press("g");
    terminal.wait_for("1/13");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    terminal.with_screen(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    });
    let status = night.company.types(&["status"]);
    assert!(status.out.contains("engine running"), "{status:?}");
}

#[test]
fn every_screen_is_reached_by_its_name() {
    let night = Night::new();
    let mut terminal = night.console((120, 40), "", "");
    terminal.wait_for("HOST00");
    for (name, part) in [
        ("faults", "no host in Fleet has the serial"),
        ("history", "─ history"),
        ("inbox", "─ inbox"),
        ("waves", "no device is in a wave"),
        ("services", "─ services"),
        ("progress", "Time per stage"),
        ("help", "Show what every key does"),
        ("columns", "columns: 8 of"),
        ("stages pane", "▸ Host details"),
        ("HOST07", "▸  HOST07"),
    ] {
        terminal.press(":");
        terminal.wait_for("type a few letters");
        terminal.press(name);
        terminal.wait_for(&format!(": {name}"));
        // A row is looked up, which takes a moment.
        terminal.wait_for("▸ ");
        terminal.wait("something by that name", |terminal| {
            !terminal.text().contains("palette: 0 matches")
        });
        terminal.press("\r");
        terminal.wait_for(part);
        home(&mut terminal);
    }
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}
