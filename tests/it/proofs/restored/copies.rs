//! Copies made and put back while an engine works, and while whoever makes them is killed.

use crate::proofs::{alone, figure};
use crate::support::{Company, Engine, post};
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::random::Random;
use drover::store::{Entry, Reader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Every line of the journal of the store at `path`, whose chain holds.
fn lines(path: &Path) -> Vec<Entry> {
    let reader = Reader::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader
        .look(|view| view.journal_after(0, 1_000_000))
        .unwrap()
}

/// One store's journal begins with another's.
fn begins_with(whole: &[Entry], part: &[Entry]) -> bool {
    whole.len() >= part.len() && whole[..part.len()] == *part
}

/// Posts hooks, one after the other, until told to stop.
fn load(company: &Company, stop: &AtomicBool) -> usize {
    let target = format!("/hooks/activity?token={}", company.token());
    let mut kept = 0;
    for mark in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let body = format!(r#"{{"type":"edited_script","mark":{mark}}}"#);
        match post(company.hooks, &target, body.as_bytes()) {
            Some(answer) if answer.status == 200 => kept += 1,
            _ => real_pause(Duration::from_millis(10)),
        }
    }
    kept
}

/// A backup by name: how long it took.
fn copy(company: &Company, name: &str) -> Duration {
    let watch = Stopwatch::start();
    let made = company.types(&["backup", name]);
    assert_eq!(made.code, 0, "{made:?}");
    watch.elapsed()
}

/// Copies one after the other, `kills` of them with the engine killed in the middle; the longest of them.
fn backups(copies: usize, kills: usize) {
    let company = Company::open(600, &["--devices", "30", "--seed", "3"]);
    let (stop, watch) = (AtomicBool::new(false), Stopwatch::start());
    let (mut longest, mut good) = (Duration::ZERO, 0);
    let kept = std::thread::scope(|scope| {
        let loading = [0, 1].map(|_| scope.spawn(|| load(&company, &stop)));
        let mut engine = company.engine();
        let mut before: Vec<Entry> = Vec::new();
        for n in 0..copies {
            let name = format!("copy-{n}.db");
            if n < kills {
                std::thread::scope(|scope| {
                    let making = scope.spawn(|| copy(&company, &name));
                    real_pause(Duration::from_millis(n as u64 % 40));
                    engine.kill();
                    longest = longest.max(making.join().unwrap());
                });
                engine = company.engine();
            } else {
                longest = longest.max(copy(&company, &name));
            }
            let path = company.path(&name);
            let copied = lines(&path);
            assert!(begins_with(&copied, &before), "copy {n} lost a line");
            let now = lines(&company.path("drover.db"));
            assert!(begins_with(&now, &copied), "copy {n} has what was not");
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600);
            if n % 25 == 0 {
                let words = ["--store", &name, "journal", "--verify"];
                let verified = company.types(&words);
                assert_eq!(verified.code, 0, "{verified:?}");
            }
            assert!(!company.path(&format!("{name}-wal")).exists(), "one file");
            std::fs::remove_file(&path).unwrap();
            (before, good) = (copied, good + 1);
        }
        stop.store(true, Ordering::Relaxed);
        let kept: usize = loading.into_iter().map(|l| l.join().unwrap()).sum();
        assert!(engine.terminate().success());
        kept
    });
    figure(
        "backups",
        &[
            ("copies", &copies),
            ("good", &good),
            ("engine_kills", &kills),
            ("hooks_beside", &kept),
            ("longest_ms", &longest.as_millis()),
            ("took_s", &watch.elapsed().as_secs()),
        ],
    );
    assert_eq!(good, copies);
    assert!(longest < Duration::from_secs(5), "{longest:?}");
    assert!(kept > copies, "too little was going on");
}

/// `drover WORDS…`, killed after so long, counted from the first byte of its copy if one is named; true when it had ended
/// by itself.
fn killed(company: &Company, words: &[&str], part: Option<&str>, after: Duration) -> bool {
    let mut engine = Engine::with(company, words);
    if let Some(part) = part {
        while engine.is_running() && !company.path(part).exists() {
            real_pause(Duration::from_micros(200));
        }
    }
    real_pause(after);
    let ended = !engine.is_running();
    engine.kill();
    ended
}

/// Two copies of one store, and how long it takes to put one back.
struct Copies {
    young: Vec<Entry>,
    old: Vec<Entry>,
    restore: f64,
}

/// Leaves the young one in place.
fn two_copies(company: &Company) -> Copies {
    let engine = company.engine();
    copy(company, "young.db");
    assert_eq!(company.types(&["restore", "young.db", "--yes"]).code, 1);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(company, &stop));
        real_pause(Duration::from_millis(1_500));
        stop.store(true, Ordering::Relaxed);
        loading.join().unwrap();
    });
    copy(company, "old.db");
    // Its last words are in the log only.
    engine.kill();
    let store = company.path("drover.db");
    let last = lines(&store);
    let (young, old) = (
        lines(&company.path("young.db")),
        lines(&company.path("old.db")),
    );
    assert!(young.len() < old.len() && old.len() <= last.len());
    let watch = Stopwatch::start();
    assert_eq!(company.types(&["restore", "young.db", "--yes"]).code, 0);
    let restore = watch.elapsed().as_secs_f64();
    assert_eq!(
        lines(&store),
        young,
        "nothing of the old log is read into it"
    );
    let kept = std::fs::read_dir(store.parent().unwrap()).unwrap();
    let mut kept = kept.map(|entry| entry.unwrap().path());
    let aside = kept.find(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.contains(".before-restore-") && name.ends_with('Z')
    });
    assert_eq!(lines(&aside.unwrap()), last, "kept whole");
    Copies {
        young,
        old,
        restore,
    }
}

/// Makes and puts back copies, and kills whoever does at random moments.
fn interrupted(kills: usize) {
    let company = Company::open(600, &["--devices", "20", "--seed", "4"]);
    let Copies {
        young,
        old,
        restore,
    } = two_copies(&company);
    let store = company.path("drover.db");
    let (mut random, mut done) = (Random::named(4, "kills"), 0);
    let (mut new, mut whole) = (0, 0);
    for n in 0..kills {
        let is_young = lines(&store) == young;
        let (from, before, after) = if is_young {
            ("old.db", &young, &old)
        } else {
            ("young.db", &old, &young)
        };
        // Half of them while the copy is written or put in place.
        let late = n % 2 == 0;
        let longest = if late { 0.3 } else { 1.5 } * restore;
        let moment = Duration::from_secs_f64(random.between(0.0, longest));
        let part = late.then_some("drover.db.part");
        let words = ["restore", from, "--yes"];
        done += usize::from(killed(&company, &words, part, moment));
        let now = lines(&store);
        assert!(
            now == *before || now == *after,
            "kill {n}: neither old nor new"
        );
        let reader = Reader::open(&store).unwrap();
        let note = reader.look(|view| view.note("restored")).unwrap();
        assert!(note.is_some_and(|note| !note.is_null()), "and it says so");
        new += usize::from(now == *after);
        let name = format!("cut-{n}.db");
        let part = format!("{name}.part");
        let part = late.then_some(part.as_str());
        killed(&company, &["backup", &name], part, moment);
        if company.path(&name).exists() {
            assert_eq!(lines(&company.path(&name)), now, "kill {n}: half a copy");
            whole += 1;
        }
    }
    let restored = company.types(&["restore", "old.db", "--yes"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    let engine = company.engine();
    assert!(engine.terminate().success());
    figure(
        "interrupted_copies",
        &[
            ("kills", &(2 * kills)),
            ("half", &0),
            ("restores_in_place", &new),
            ("restores_that_ended", &done),
            ("backups_whole", &whole),
        ],
    );
    assert!(
        new > 0 && new < kills,
        "{new} of {kills}: kills hit nothing"
    );
}

#[test]
fn copies_of_a_working_engine_are_whole_and_quick() {
    backups(6, 2);
}

#[test]
fn a_killed_backup_or_restore_leaves_old_or_new_and_never_half() {
    interrupted(25);
}

/// `cargo test --release --test it -- --ignored proofs::restored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn five_hundred_copies_of_a_working_engine_are_whole() {
    let _alone = alone();
    backups(500, 25);
}

#[test]
#[ignore = "takes minutes"]
fn three_hundred_killed_restores_and_backups_leave_old_or_new() {
    let _alone = alone();
    interrupted(300);
}
