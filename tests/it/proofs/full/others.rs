//! Others at the store: a program that holds its lock, an engine that stood still while another took over, a disk that
//! turns read-only.

use super::disk::Disk;
use super::night::lie_on;
use crate::support::{Company, Engine, SOON, get, journal, post, until};
use drover::model::clock::{Stopwatch, real_pause};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

fn click(company: &Company, port: u16, serial: &str) -> Option<u16> {
    let body = format!(
        r#"{{"timestamp":"2026-03-02T09:14:58Z","host":{{"id":99000,"uuid":"{serial}","hardware_serial":"{serial}"}}}}"#
    );
    let target = format!("/hooks/migrate?token={}", company.token());
    post(port, &target, body.as_bytes()).map(|answer| answer.status)
}

#[test]
fn a_program_that_holds_the_lock_is_named_and_outlived() {
    let company = Company::open(60, &["--devices", "5"]);
    let engine = company.engine();
    let stranger = rusqlite::Connection::open(company.path("drover.db")).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let watch = Stopwatch::start();
    assert_eq!(click(&company, company.hooks, "STRANGER1"), Some(503));
    while watch.elapsed() < Duration::from_secs(6) {
        real_pause(Duration::from_millis(50));
    }
    stranger.execute_batch("ROLLBACK").unwrap();
    drop(stranger);
    until(SOON, "hooks are taken again", || {
        (click(&company, company.hooks, "STRANGER2") == Some(201)).then_some(())
    });
    let me = format!("(pid {})", std::process::id());
    until(SOON, "the journal names who it was", || {
        let lines = journal(&company);
        let told = lines
            .iter()
            .find(|line| line.text.contains("held the store's lock"))?;
        assert!(told.text.contains(&me), "{}", told.text);
        Some(())
    });
    assert!(engine.terminate().success(), "it went on all the time");
    let copied = company.types(&["backup", "copy.db"]);
    assert_eq!(copied.code, 0, "{copied:?}");
}

#[test]
fn an_engine_that_slept_while_another_took_over_ends_and_does_nothing() {
    let company = Company::open(60, &["--devices", "5"]);
    let mut first = company.engine();
    assert_eq!(click(&company, company.hooks, "STRANGER1"), Some(201));
    let process = Pid::from_raw(first.pid().cast_signed()).unwrap();
    let (port, config) = (free_port(), company.path("drover.toml"));
    let (old, new) = (
        format!("127.0.0.1:{}", company.hooks),
        format!("127.0.0.1:{port}"),
    );
    let text = std::fs::read_to_string(config).unwrap();
    std::fs::write(company.path("second.toml"), text.replace(&old, &new)).unwrap();
    let second = until(SOON, "another takes over", || {
        kill_process(process, Signal::STOP).unwrap();
        let second = taken_over(&company, port);
        if second.is_none() {
            // It was stopped in the middle of a write: the file itself keeps the other out.
            kill_process(process, Signal::CONT).unwrap();
        }
        second
    });
    kill_process(process, Signal::CONT).unwrap();
    let status = until(SOON, "the first ends", || {
        assert_ne!(click(&company, company.hooks, "STRANGER2"), Some(201));
        first.ended()
    });
    assert_eq!(status.code(), Some(1));
    assert!(
        first.log().contains("another engine took it over"),
        "{}",
        first.log()
    );
    assert_eq!(click(&company, port, "STRANGER3"), Some(201));
    assert!(second.terminate().success());
    let verified = company.types(&["journal", "--verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

/// Somebody in a hurry makes the way free by force.
fn taken_over(company: &Company, port: u16) -> Option<Engine> {
    for suffix in ["lock", "sock"] {
        let _ = std::fs::remove_file(company.path(&format!("drover.db.{suffix}")));
    }
    let words = ["--config", "second.toml", "run", "--speed", "60"];
    let mut second = Engine::with(company, &words);
    let up = until(SOON, "the second is up or gone", || {
        let answer = get(port, "/healthz").filter(|answer| answer.status == 200);
        let ended = second.ended();
        (answer.is_some() || ended.is_some()).then_some(ended.is_none())
    });
    let log = second.log();
    assert!(up || log.contains("holds its lock"), "{log}");
    up.then_some(second)
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

#[test]
fn where_nothing_can_be_written_it_does_not_start_and_says_why() {
    let company = Company::open(60, &["--devices", "3"]);
    lie_on(&company);
    let gone = company.types(&["run", "--speed", "60"]);
    assert_eq!(gone.code, 2, "{gone:?}");
    assert!(gone.err.contains("small cannot be used"), "{gone:?}");
    let place = company.path("small");
    let _disk = match Disk::mount(&place, 16) {
        Ok(disk) => disk,
        Err(why) => return eprintln!("not shown here: {why}"),
    };
    let again = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&place)
        .status();
    assert!(again.unwrap().success());
    let refused = company.types(&["run", "--speed", "60"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for part in [
        "small",
        "owner 0",
        "mode 0700",
        "Read-only file system",
        "mount it for writing",
    ] {
        assert!(refused.err.contains(part), "{part}: {refused:?}");
    }
    assert_eq!(
        std::fs::read_dir(&place).unwrap().count(),
        0,
        "nothing was written"
    );
}
