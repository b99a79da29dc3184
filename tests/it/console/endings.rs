//! How the console ends, and that the engine does not.

use super::night::Night;
use drover::model::clock::Stopwatch;
use rustix::process::Signal;
use std::time::Duration;

#[test]
fn a_hang_up_ends_it_within_two_seconds_and_the_engine_goes_on() {
    let mut night = Night::new();
    for before in ["", "trap '' HUP;"] {
        let mut terminal = night.console((80, 24), before, "");
        terminal.wait_for("HOST00");
        let watch = Stopwatch::start();
        terminal.hang_up();
        assert_eq!(terminal.code(), 129);
        assert!(
            watch.elapsed() < Duration::from_secs(2),
            "{:?}",
            watch.elapsed()
        );
        assert!(night.engine.is_running());
    }
    let status = night.company.types(&["status"]);
    assert!(status.out.contains("engine running"), "{status:?}");
}

#[test]
fn an_order_to_end_restores_the_terminal() {
    let mut night = Night::new();
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("HOST00");
    assert!(terminal.with_screen(|screen| screen.alternate_screen()));
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.code(), 143);
    terminal.with_screen(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
    });
    assert!(night.engine.is_running());
}

#[test]
fn a_shell_stops_it_and_brings_it_back() {
    let night = Night::new();
    // A shell with job control, in which the console is a job of its own.
    let program = env!("CARGO_BIN_EXE_drover");
    let mut terminal = night.shell((80, 24));
    terminal.press(&format!("'{program}'\r"));
    terminal.wait_for("HOST00");
    terminal.press("\x1a");
    terminal.wait("the shell's own screen", |terminal| {
        !terminal.with_screen(vt100::Screen::alternate_screen)
    });
    terminal.wait_for("Stopped");
    terminal.press("fg\r");
    terminal.wait("the console's screen", |terminal| {
        terminal.with_screen(vt100::Screen::alternate_screen) && terminal.text().contains("HOST00")
    });
    terminal.press("q");
    terminal.wait("the shell's own screen", |terminal| {
        !terminal.with_screen(vt100::Screen::alternate_screen)
    });
    terminal.press("exit\r");
    assert_eq!(terminal.code(), 0);
}

#[test]
fn without_a_shell_it_is_not_stopped_and_whoever_stops_it_can_go_on() {
    let night = Night::new();
    let mut terminal = night.console((80, 24), "", "");
    terminal.wait_for("HOST00");
    terminal.press("\x1a");
    terminal.wait_for("no shell started this console");
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.press("?");
    terminal.wait_for("─ help");
    terminal.press("qq");
    assert_eq!(terminal.code(), 0);
}
