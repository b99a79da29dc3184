//! Takes the pictures under `screenshots/`: the real program, on the demo, in a real pseudo-terminal.
//!
//! `cargo run --release --example screenshots` takes all of them; names after `--` take only those. Each is a row in
//! `shots.rs`. A picture that cannot be taken is named with the reason, the others are taken all the same, and the
//! command ends with 1.

mod font;
mod grid;
mod night;
mod paint;
mod palette;
mod png;
mod runs;
mod shots;
mod strokes;
mod svg;
mod terminal;

use night::Night;
use shots::Shot;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;

/// How many consoles run at once: each waits more than it works.
const AT_ONCE: usize = 4;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match take(&wanted) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            eprintln!("{missed} could not be taken");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How many pictures could not be taken.
fn take(wanted: &[String]) -> Result<usize, String> {
    let unknown = shots::unknown(wanted);
    if !unknown.is_empty() {
        return Err(format!(
            "no picture is called {unknown:?}; tests/screenshots/shots.rs has the names"
        ));
    }
    let drover = build()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    println!("the demo runs up to the middle of its night …");
    let night = Night::begin(&drover)?;
    let left = Mutex::new(shots::shots(wanted).into_iter());
    let missed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| scope.spawn(|| work(&night, &left, &folder)))
            .collect();
        let missed = workers.into_iter().map(|worker| worker.join().unwrap_or(1));
        missed.sum()
    });
    Ok(missed)
}

/// Takes one picture after the other until none is left; how many could not be taken.
fn work(night: &Night, left: &Mutex<impl Iterator<Item = Shot>>, folder: &Path) -> usize {
    let next = || left.lock().ok()?.next();
    let mut missed = 0;
    while let Some(shot) = next() {
        match keep(night, &shot, folder) {
            Ok(size) => println!("{}: PNG of {} kB", shot.name, size.div_ceil(1000)),
            Err(error) => {
                eprintln!("{}: not taken: {error}", shot.name);
                missed += 1;
            }
        }
    }
    missed
}

/// Takes a picture and writes it down; how many bytes the PNG has.
fn keep(night: &Night, shot: &Shot, folder: &Path) -> Result<usize, String> {
    let grid = night.take(shot)?;
    let pixels = png::png(&grid)?;
    let write = |ending: &str, bytes: &[u8]| {
        let path = folder.join(format!("{}.{ending}", shot.name));
        std::fs::write(&path, bytes)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))
    };
    write("svg", svg::svg(&grid).as_bytes())?;
    write("png", &pixels)?;
    Ok(pixels.len())
}

/// The program, built as it stands now: examples lie in a folder beside it, and Cargo builds them without it.
fn build() -> Result<PathBuf, String> {
    let example = std::env::current_exe()
        .map_err(|error| format!("this program cannot find itself: {error}"))?;
    let parts = || {
        let profile = example.parent()?.parent()?;
        Some((profile, profile.parent()?, profile.file_name()?))
    };
    let (profile, target, name) = parts().ok_or_else(|| {
        format!("{} does not lie where Cargo builds examples: start it with `cargo run --release --example screenshots`", example.display())
    })?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--bin", "drover", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if name == "release" {
        cargo.arg("--release");
    }
    let built = cargo
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    let drover = profile.join("drover");
    if built.success() && drover.exists() {
        return Ok(drover);
    }
    Err(format!(
        "{} could not be built; `cargo build --bin drover` says why",
        drover.display()
    ))
}
