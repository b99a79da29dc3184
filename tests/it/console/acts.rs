//! Acts, from the marks to their results, and those that are refused.

use super::night::{NAMES, Night};
use crate::support::{SOON, until};

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
fn without_an_engine_an_act_says_how_to_start_one_and_what_is_pasted_presses_nothing() {
    let night = Night::new();
    let mut terminal = night.console((120, 40), "", "");
    terminal.wait_for("engine runs");
    let Night { company, engine } = night;
    engine.kill();
    terminal.wait_for("no engine");
    terminal.press("S");
    terminal.wait_for("[ Stop all sending ]");
    terminal.press("\x1b[200~looks wrong\nq\x1b[201~");
    terminal.wait_for("looks wrong");
    assert!(terminal.text().contains("[ Stop all sending ]"));
    terminal.press("\t\r");
    terminal.wait_for("start one with");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    drop(company);
}
