//! The console in lines, through pipes and on a terminal that can draw nothing.

use super::bench::Bench;
use crate::support::{Company, SOON, Terminal, until};
use drover::control::protocol::Request;
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use std::io::Write;
use std::process::{Command, Stdio};

/// What it says when these lines are piped in.
fn piped(command: &mut Command, lines: &str) -> (i32, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !said.contains('\u{1b}') && !error.contains('\u{1b}'),
        "{said}{error}"
    );
    (output.status.code().unwrap(), said + &error)
}

#[test]
fn a_pipe_without_lines_gets_the_state_once_and_starts_no_engine() {
    let bench = Bench::new();
    for words in [&[][..], &["--linear"], &["--read-only"]] {
        let typed = bench.types(words);
        assert_eq!(typed.code, 0, "{}", typed.err);
        for part in [
            "What is not moving, and why:",
            "What happens next:",
            "May you sleep:",
        ] {
            assert!(typed.out.contains(part), "{}", typed.out);
        }
        assert!(typed.out.contains("No: 1 device parked"), "{}", typed.out);
        assert_eq!(typed.err, "");
    }
    assert!(!bench.folder.path().join("drover.db.log").exists());
}

#[test]
fn piped_lines_are_obeyed_in_order_and_an_act_needs_its_word() {
    let bench = Bench::new();
    let engine = bench.engine();
    let lines = "list\nretry 2 --- looked\nno\nretry 1-3 --- looked\nyes\nhold C02C\ndesk move\nyes\nC02B\nquit\nlist\n";
    let (code, said) = piped(&mut bench.command(&[]), lines);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the engine runs"), "{said}");
    assert!(said.contains("1 to 3 of 3 devices."), "{said}");
    assert!(said.contains("3 rows: 1 will, 2 will not."), "{said}");
    assert!(said.contains("Zoë 東京"), "{said}");
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
    let asked: Vec<Request> = engine
        .heard()
        .into_iter()
        .filter(|request| *request != Request::Hello)
        .collect();
    assert_eq!(
        asked,
        [
            Request::Retry {
                rows: vec![bench.ids[1]],
                stage: None,
                from_start: false,
                reason: "looked".into()
            },
            Request::Hold {
                rows: vec![bench.ids[2]],
                stage: None,
                reason: "desk move".into()
            }
        ]
    );
    let (_, said) = piped(
        &mut bench.command(&["--read-only"]),
        "hold C02C --- x\nyes\n",
    );
    assert!(said.contains("this console is read-only"), "{said}");
    assert_eq!(
        engine
            .heard()
            .iter()
            .filter(|r| **r != Request::Hello)
            .count(),
        2
    );
}

#[test]
fn what_was_is_told_and_not_acted_on() {
    let bench = Bench::new();
    let engine = bench.engine();
    let (code, said) = piped(
        &mut bench.command(&["--at", "-1ms"]),
        "list\nhold all --- x\nyes\nstages\nlog\n",
    );
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("as of ") && said.contains("This is what was"),
        "{said}"
    );
    assert!(said.contains("1 to 3 of 3 devices."), "{said}");
    assert!(
        said.contains("nothing can be done to it: start the console without"),
        "{said}"
    );
    let (code, said) = piped(&mut bench.command(&["--at", "-2h"]), "list\n");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("There are no rows."), "{said}");
    for bad in ["soon", "2999-01-01T00:00:00Z"] {
        let typed = bench.types(&["--at", bad]);
        assert_eq!(typed.code, 2, "{}", typed.err);
        assert!(typed.err.contains(bad), "{}", typed.err);
    }
    assert!(engine.heard().is_empty());
}

#[test]
fn a_live_engine_obeys_what_was_agreed_to() {
    let company = Company::open(600, &["--devices", "8"]);
    let engine = company.engine();
    until(SOON, "rows come", || {
        let status = company.json(&["status"]);
        (status["rows"].as_u64() == Some(8)).then_some(())
    });
    let lines = "list\nhold 1 --- desk move\nyes\nfilter = serial IS NULL\nhold all --- x\nyes\nstop smoke\nyes\nstate\nresume fine\nyes\n";
    let (code, said) = piped(&mut company.command(&[]), lines);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("hold, command 1: 1 done, 0 not."), "{said}");
    assert!(said.contains("say which rows"), "{said}");
    assert!(said.contains("all sending was stopped by"), "{said}");
    let listed = company.json(&["list"]);
    let first = listed[0]["serial"].as_str().unwrap();
    let row = company.json(&["show", first]);
    assert!(row.to_string().contains("desk move"), "{row}");
    let mut engine = engine;
    assert!(engine.is_running());
}

/// A terminal that can draw nothing, once it was asked for the first line.
fn dumb(bench: &Bench) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_drover"));
    command.args(["--store", "drover.db"]);
    command.env_clear();
    command.env("TERM", "dumb");
    command.cwd(bench.folder.path());
    let terminal = Terminal::start(command, (60, 24));
    terminal.wait("a prompt", |terminal| terminal.sent().ends_with("\r\n> "));
    terminal
}

#[test]
fn a_dumb_terminal_gets_a_dialogue_that_ends_as_it_is_told() {
    let bench = Bench::new();
    let _engine = bench.engine();
    let mut terminal = dumb(&bench);
    terminal.press("list\n");
    terminal.wait_for("1 to 3 of 3 devices.");
    terminal.press("quit\n");
    assert_eq!(terminal.code(), 0);
    let said = terminal.sent();
    assert!(!said.contains('\u{1b}'), "{said:?}");
    assert!(
        said.lines().all(|line| line.chars().count() <= 60),
        "{said}"
    );

    let mut terminal = dumb(&bench);
    terminal.press("\u{4}");
    assert_eq!(terminal.code(), 0, "the end of the input");

    let mut terminal = dumb(&bench);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.code(), 143);
}

#[test]
fn a_hang_up_ends_it() {
    let bench = Bench::new();
    let _engine = bench.engine();
    let mut terminal = dumb(&bench);
    terminal.signal(Signal::HUP);
    assert_eq!(terminal.code(), 129);
}
