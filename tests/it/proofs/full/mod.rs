//! The disk fills up at any moment: nothing is acknowledged or sent that is not on record, and it goes on by itself.

mod disk;
mod night;
mod others;

use crate::proofs::alone;
use crate::support::{Company, Engine, SOON, get, until};
use disk::Disk;
use night::{Night, lie_on};
use std::time::Duration;

/// A loaded machine may need a while for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a machine has to allow for this.
fn mounted(company: &Company, mib: u32) -> Result<Disk, String> {
    Disk::mount(&company.path("small"), mib).map_err(|why| {
        format!("a small tmpfs must be mounted for this, which takes root's rights: {why}")
    })
}

#[test]
#[ignore = "takes minutes"]
fn a_disk_that_fills_up_at_any_moment_loses_and_doubles_nothing() {
    let _alone = alone();
    for seed in [41, 42] {
        let night = Night {
            seed,
            speed: 700,
            devices: 60,
            weather: "rough",
            moments: 16,
            between: 2.5,
            settles: true,
        };
        night.spend().unwrap();
    }
}

/// As the long one, with two moments. On a machine that lets nobody mount, the store's own tests still meet a full disk
/// (`a_full_disk_fails_the_commit_and_the_store_goes_on_once_there_is_room`, by SQLite's page limit).
#[test]
fn two_full_disks_lose_and_double_nothing() {
    let night = Night {
        seed: 43,
        speed: 600,
        devices: 12,
        weather: "calm",
        moments: 2,
        between: 0.6,
        settles: false,
    };
    if let Err(why) = night.spend() {
        eprintln!("not shown here: {why}");
    }
}

#[test]
fn on_a_full_disk_it_does_not_start_and_says_why() {
    let company = Company::open(60, &["--devices", "3"]);
    let disk = match mounted(&company, 32) {
        Ok(disk) => disk,
        Err(why) => return eprintln!("not shown here: {why}"),
    };
    lie_on(&company);
    disk.fill(0);
    let refused = company.types(&["run", "--speed", "60"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("its disk is full"), "{refused:?}");
    disk.clear();
    let engine = company.engine();
    until(SOON, "it says how it keeps the store", || {
        engine.log().contains("synchronous 2").then_some(())
    });
    assert!(engine.terminate().success());
    disk.fill(0);
    let refused = company.types(&["run", "--speed", "60"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("its disk is full"), "{refused:?}");
    disk.clear();
    // Too little to work with is not too little to start: it says so, and goes on by itself.
    disk.fill(1_000_000);
    let engine = Engine::with(&company, &["run", "--speed", "60"]);
    let is = |status: u16| {
        let answer = get(company.hooks, "/healthz");
        answer
            .is_some_and(|answer| answer.status == status)
            .then_some(())
    };
    until(PATIENCE, "it says that there is no room", || is(503));
    disk.clear();
    until(PATIENCE, "it goes on", || is(200));
    assert!(engine.terminate().success());
    drop(company);
}
