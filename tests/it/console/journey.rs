//! Every screen, and an act from the marks to its results.

use super::night::{NAMES, Night};
use crate::support::{SOON, until};

#[test]
fn every_screen_is_reached_and_left() {
    let night = Night::new();
    let mut terminal = night.console((120, 40), "", "");
    terminal.wait_for("HOST00");
    for (key, part) in [
        ("\r", "Stages"),
        ("4", "no host in Fleet has the serial"),
        ("5", "Leave Jamf"),
        ("6", "applied"),
        ("7", "wave"),
        ("8", "jamf"),
        ("9", "Asked"),
        ("?", "Show what every key does"),
    ] {
        terminal.press(key);
        terminal.wait_for(part);
        terminal.press("1");
        terminal.wait_for("Waits for");
    }
    terminal.press(":");
    terminal.wait_for("palette");
    terminal.press("faults\r");
    terminal.wait_for("no host in Fleet has the serial");
    terminal.press("q");
    terminal.wait_for("Waits for");
    // Five hundred keys at once, of which some are sequences, then the last one.
    terminal.press(&"j\x1b[B".repeat(250));
    terminal.wait_for("12/12");
    terminal.press("g");
    terminal.wait_for("1/12");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    terminal.with_screen(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    });
    assert_eq!(
        night.company.types(&["status"]).code,
        3,
        "the engine goes on"
    );
}

#[test]
fn marked_rows_are_tried_again_through_the_preview() {
    let night = Night::new();
    let before = night.faulty_attempts().1;
    let mut terminal = night.console((120, 40), "", "");
    terminal.wait_for("HOST00");
    terminal.press("/serial:HOST\r");
    terminal.wait_for(&format!("{} of 12 match", NAMES.len()));
    terminal.press("*");
    terminal.wait_for(&format!("{} marked", NAMES.len()));
    terminal.press("r");
    terminal.wait_for(&format!("{} will, 0 will not", NAMES.len()));
    // Cancel has the focus: an eager enter asks nothing.
    terminal.press("\r");
    terminal.wait_for("nothing was asked");
    terminal.press("r");
    terminal.wait_for("will, 0 will not");
    // Without a reason, and then without the count, nothing is asked either.
    terminal.press("\t\t\t\r");
    terminal.wait_for("say why");
    terminal.press("Fleet knows them now\t\t\r");
    terminal.wait_for(&format!("type {}", NAMES.len()));
    terminal.press(&format!("{}\t\r", NAMES.len()));
    terminal.wait_for(&format!("{} done, 0 not", NAMES.len()));
    until(SOON, "each was tried again", || {
        (night.faulty_attempts().1 >= before + NAMES.len() as u64).then_some(())
    });
    terminal.press("qq");
    assert_eq!(terminal.code(), 0);
    let journal = night.company.types(&["journal"]);
    assert!(
        journal.out.contains("Fleet knows them now"),
        "{}",
        journal.out
    );
}

#[test]
fn a_console_that_may_only_look_refuses_every_act() {
    let night = Night::new();
    let mut terminal = night.console((120, 40), "", "--read-only");
    terminal.wait_for("HOST00");
    terminal.wait_for("read-only");
    for key in ["r", "x", "h", "u", "s", "R", "t", "=", "o", "S", "B"] {
        terminal.press(key);
        terminal.wait_for("this console is read-only");
        terminal.press("j");
        terminal.wait("the sentence goes", |terminal| {
            !terminal.text().contains("this console is read-only")
        });
    }
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}

#[test]
fn it_becomes_small_and_large_again() {
    let night = Night::new();
    let mut terminal = night.console((120, 40), "", "");
    terminal.wait_for("HOST00");
    let large = |terminal: &super::terminal::Terminal| terminal.text().contains("Waits for");
    terminal.resize(40, 12);
    terminal.wait("the small layout", |terminal| {
        let text = terminal.text();
        text.contains("HOST00") && !text.contains("Waits for") && text.lines().count() <= 12
    });
    terminal.resize(10, 3);
    terminal.wait_for("needs");
    terminal.resize(120, 40);
    terminal.wait("the large layout", large);
    // A storm of sizes ends in the last one.
    for step in 0..60 {
        terminal.resize(40 + step, 12 + step / 2);
    }
    terminal.resize(120, 40);
    terminal.press("G");
    terminal.wait_for("12/12");
    terminal.wait("the large layout", large);
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
}
