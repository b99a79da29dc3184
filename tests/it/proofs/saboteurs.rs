//! Builds that break one promise each are caught by these proofs.
//!
//! A proof that cannot fail proves nothing. The cargo feature `sabotage` makes a build that breaks one promise when
//! `DROVER_SABOTAGE` names it: `normal` syncs no commit, `blind` sends again what may have landed, `early` answers a
//! webhook before it is written. The cores of the proofs are run on it, and must report the damage.

use super::{alone, cuts, figure, kills};
use crate::support::{Program, typed};
use drover::model::clock::Stopwatch;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that names the sabotage.
const VARIABLE: &str = "DROVER_SABOTAGE";

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Builds the saboteur beside the build under test, as that one was built.
fn build() -> PathBuf {
    let folder = top().join("target/sabotage");
    let release = !cfg!(debug_assertions);
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(top())
        .args([
            "build",
            "--locked",
            "--features",
            "sabotage",
            "--target-dir",
        ])
        .arg(&folder)
        .args(release.then_some("--release"));
    assert!(cargo.status().unwrap().success(), "{cargo:?}");
    folder
        .join(if release { "release" } else { "debug" })
        .join("drover")
}

/// Kills, in weather that cuts answers: what one night reports.
fn killed(program: Program, seed: u64, kills: usize) -> kills::Morning {
    let night = kills::Night {
        weather: "storm",
        devices: 80,
        lives: 500.0,
        moment: 25.0,
        rest: 4.0,
        ..kills::short(program, seed, kills)
    };
    let morning = night.spend();
    morning.tell();
    morning
}

fn cut(program: &Program) -> cuts::Found {
    let extent = cuts::Extent {
        bytes: 8_000_000,
        places: 200,
        restarts: 0,
        again: 0,
        seed: 2_200,
    };
    cuts::cuts(program, extent)
}

#[test]
#[ignore = "takes minutes"]
fn every_saboteur_is_caught() {
    let _alone = alone();
    assert!(
        cuts::can_trace(),
        "strace is missing or may not trace: apt-get install strace"
    );
    let watch = Stopwatch::start();
    let built = build();
    let saboteur = |word| Program::at(&built).says(VARIABLE, word);
    let version = typed(Program::at(&built).command().arg("--version"));
    assert!(version.out.contains("built with sabotage"), "{version:?}");
    let mistyped = typed(saboteur("nothing").command().arg("status"));
    assert!(mistyped.err.contains("is no sabotage"), "{mistyped:?}");

    let honest_kills = killed(Program::at(&built), 31, 25);
    let honest_cuts = cut(&Program::at(&built));
    let normal_kills = killed(saboteur("normal"), 32, 25);
    let normal_cuts = cut(&saboteur("normal"));
    let blind = killed(saboteur("blind"), 33, 60);
    let early = killed(saboteur("early"), 34, 25);
    let lost = |morning: &kills::Morning| morning.lost.len() + morning.forgotten.len();
    let caught = [
        normal_cuts.lossy > 0,
        !blind.ledger.doubled.is_empty(),
        lost(&early) > 0,
    ];
    figure(
        "saboteurs",
        &[
            ("caught", &caught.iter().filter(|caught| **caught).count()),
            ("of", &caught.len()),
            ("normal_images", &normal_cuts.images),
            ("normal_lossy_images", &normal_cuts.lossy),
            ("normal_lost_rows", &normal_cuts.lost_rows),
            ("normal_lost_by_kills", &lost(&normal_kills)),
            ("blind_doubled", &blind.ledger.doubled.len()),
            ("early_acknowledged", &early.acknowledged),
            ("early_lost", &lost(&early)),
            ("honest_lost", &lost(&honest_kills)),
            ("honest_doubled", &honest_kills.ledger.doubled.len()),
            ("honest_lossy_images", &honest_cuts.lossy),
            ("seconds", &format!("{:.0}", watch.elapsed().as_secs_f64())),
        ],
    );
    assert_eq!(caught, [true; 3], "normal, blind, early");
    // The machine keeps what a killed process wrote: only a power cut tells NORMAL from FULL.
    assert_eq!(lost(&normal_kills), 0);
    honest_kills.kept_its_promises();
    assert!(honest_cuts.is_clean(), "{:#?}", honest_cuts.wrong);
}

/// What is shipped knows nothing of it: neither the variable's name nor what it would do is in the program.
#[test]
fn the_build_under_test_holds_no_sabotage() {
    let program = Program::own();
    let bytes = std::fs::read(program.path()).unwrap();
    let found = memchr::memmem::find(&bytes, VARIABLE.as_bytes());
    let built_with_it = cfg!(feature = "sabotage");
    assert_eq!(found.is_some(), built_with_it);
    let version = typed(program.says(VARIABLE, "early").command().arg("--version"));
    assert_eq!(
        version.out.contains("sabotage"),
        built_with_it,
        "{version:?}"
    );
}
