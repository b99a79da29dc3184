//! A night during which the disk fills up again and again.

use super::{Disk, PATIENCE, mounted};
use crate::proofs::figure;
use crate::support::{Company, acknowledged, get, journal, look, post, standing, until};
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::random::Random;
use drover::sim::ledger::LedgerReport;
use drover::store::{AttemptState, View};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How soon it must go on once there is room (`reliability.md` D4).
const SOON_AGAIN: f64 = 10.0;

/// Which action a verb of the ledger comes from, for what is done to one Mac.
const ACTIONS: &[(&str, &str)] = &[
    ("unenroll", "jamf.remove_mdm_profile"),
    ("mark", "jamf.mark_unmanaged"),
    ("script", "fleet.run_script"),
    ("transfer", "fleet.transfer_host"),
    ("refetch", "fleet.refetch_host"),
];

pub(super) struct Night {
    pub(super) seed: u64,
    pub(super) speed: u32,
    pub(super) devices: u32,
    pub(super) weather: &'static str,
    /// How often the disk fills up.
    pub(super) moments: usize,
    /// The longest the night goes on in between, in real seconds.
    pub(super) between: f64,
    /// Whether it is waited for until nothing moves without a person.
    pub(super) settles: bool,
}

/// What a night came to.
#[derive(Default)]
struct Tally {
    answered: BTreeSet<u64>,
    busy: u64,
    clicked: BTreeSet<String>,
    slowest: f64,
}

/// The store's place is on the small disk; readers find it under its usual name.
pub(super) fn lie_on(company: &Company) {
    company.rewrite(
        "drover.toml",
        "store = \"drover.db\"",
        "store = \"small/drover.db\"",
    );
    std::os::unix::fs::symlink(company.path("small/drover.db"), company.path("drover.db")).unwrap();
}

impl Night {
    /// `Err` when this machine lets nobody mount a disk.
    pub(super) fn spend(&self) -> Result<(), String> {
        let (seed, devices) = (self.seed.to_string(), self.devices.to_string());
        let words = [
            "--devices",
            &devices,
            "--seed",
            &seed,
            "--weather",
            self.weather,
        ];
        let company = Company::open(self.speed, &words);
        let disk = mounted(&company, 96)?;
        lie_on(&company);
        company.set("dormant_after", "6h");
        company.set("asleep_after", "2h");
        company.rewrite("jamf-to-fleet.toml", "wait  = \"12h\"", "wait  = \"1h\"");
        let watch = Stopwatch::start();
        let engine = company.engine();
        let (stop, taken) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut tally = Tally::default();
        std::thread::scope(|scope| {
            let posting = scope.spawn(|| self.post_steadily(&company, &stop, &taken));
            let mut random = Random::named(self.seed, "disk");
            for moment in 0..self.moments {
                real_pause(Duration::from_secs_f64(random.between(0.1, self.between)));
                let resumed = fill_and_clear(&company, &disk, &taken, &mut random);
                eprintln!(
                    "seed {} moment {moment}: went on after {resumed:.1} s",
                    self.seed
                );
                tally.slowest = tally.slowest.max(resumed);
            }
            stop.store(true, Ordering::Relaxed);
            let posted = posting.join().unwrap();
            tally.answered = posted.answered;
            tally.clicked = posted.clicked;
            tally.busy = posted.busy;
        });
        if self.settles {
            until(
                Duration::from_mins(15),
                "nothing moves without a person",
                || {
                    let settlement = standing(&company);
                    (settlement.rows > 0 && settlement.is_settled()).then_some(())
                },
            );
        }
        assert!(
            engine.terminate().success(),
            "it never had to be started again"
        );
        let verified = company.types(&["journal", "--verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        self.judge(company, &tally, watch);
        drop(disk);
        Ok(())
    }

    /// Events nobody wants, and clicks for Macs nobody has, one after the other.
    fn post_steadily(&self, company: &Company, stop: &AtomicBool, taken: &AtomicU64) -> Tally {
        let mut tally = Tally::default();
        let target = |hook: &str| format!("/hooks/{hook}?token={}", company.token());
        let (activity, migrate) = (target("activity"), target("migrate"));
        for mark in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let serial = format!("STRANGER{mark:05}");
            let filler = "x".repeat((mark % 7) as usize * 400);
            let (path, body) = if mark % 25 == 24 {
                (
                    &migrate,
                    format!(
                        r#"{{"timestamp":"2026-03-02T09:14:58Z","host":{{"id":99000,"uuid":"{serial}","hardware_serial":"{serial}"}}}}"#
                    ),
                )
            } else {
                (
                    &activity,
                    format!(r#"{{"type":"edited_script","mark":{mark},"filler":"{filler}"}}"#),
                )
            };
            match post(company.hooks, path, body.as_bytes()).map(|answer| answer.status) {
                Some(201) => drop(tally.clicked.insert(serial)),
                Some(200) => drop(tally.answered.insert(mark)),
                Some(429 | 503) => tally.busy += 1,
                other => panic!("seed {}: a hook was answered {other:?}", self.seed),
            }
            let all = tally.answered.len() + tally.clicked.len();
            taken.store(all as u64, Ordering::SeqCst);
            real_pause(Duration::from_millis(4));
        }
        tally
    }

    fn judge(&self, company: Company, tally: &Tally, watch: Stopwatch) {
        let stored = acknowledged(&company);
        let lost = (tally.answered.iter())
            .filter(|mark| !stored.contains_key(mark))
            .count();
        let forgotten = tally.clicked.iter().filter(|serial| {
            let row = look(&company, |view| view.row_by_key(serial));
            row.is_none_or(|row| row.get("requested_at").is_null())
        });
        let lost = lost + forgotten.count();
        let unrecorded = unrecorded(&company);
        let lines = journal(&company);
        let said = |part: &str| lines.iter().filter(|line| line.text.contains(part)).count();
        let (halts, resumed) = (
            said("nothing is sent: "),
            said("there is room on the disk again"),
        );
        let parked = look(&company, |view| {
            let all = view.attempts(None, 100_000)?;
            Ok(all
                .iter()
                .filter(|a| a.state == AttemptState::Unknown)
                .count())
        });
        let complete = standing(&company).complete;
        let ledger: LedgerReport = company.close();
        figure(
            "full",
            &[
                ("seed", &self.seed),
                ("moments", &self.moments),
                (
                    "acknowledged",
                    &(tally.answered.len() + tally.clicked.len()),
                ),
                ("busy", &tally.busy),
                ("lost", &lost),
                ("effects", &ledger.effects),
                ("without_intent", &unrecorded.len()),
                ("doubled", &ledger.doubled.len()),
                ("parked", &parked),
                ("complete", &complete),
                ("told", &halts),
                ("slowest_to_go_on_s", &format!("{:.1}", tally.slowest)),
                ("took_s", &format!("{:.0}", watch.elapsed().as_secs_f64())),
            ],
        );
        assert_eq!(lost, 0, "acknowledged and not stored");
        assert!(
            unrecorded.is_empty(),
            "sent without an intent: {unrecorded:#?}"
        );
        assert!(ledger.doubled.is_empty(), "{:#?}", ledger.doubled);
        assert!(ledger.violations.is_empty(), "{:#?}", ledger.violations);
        assert!(
            tally.slowest <= SOON_AGAIN,
            "it went on only after {:.1} s",
            tally.slowest
        );
        assert!(tally.busy > 0, "no hook met the full disk");
        assert!(
            halts >= self.moments && resumed >= self.moments,
            "{halts} told, {resumed} resumed"
        );
    }
}

/// Fills the disk, to the last byte or to a little, waits until that is said, makes room, and measures until it goes on.
fn fill_and_clear(company: &Company, disk: &Disk, taken: &AtomicU64, random: &mut Random) -> f64 {
    let left = if random.chance(0.7) { 0 } else { 600_000 };
    disk.fill(left);
    let is = |status: u16| {
        let answer = get(company.hooks, "/healthz");
        answer
            .is_some_and(|answer| answer.status == status)
            .then_some(())
    };
    until(PATIENCE, "it says that there is no room", || is(503));
    if left == 0 && random.chance(0.5) {
        // What was given back of the reserve is taken as well.
        disk.fill(0);
    }
    real_pause(Duration::from_secs_f64(random.between(0.0, 1.5)));
    let before = taken.load(Ordering::SeqCst);
    disk.clear();
    let watch = Stopwatch::start();
    until(PATIENCE, "it goes on", || is(200));
    until(PATIENCE, "hooks are taken again", || {
        (taken.load(Ordering::SeqCst) > before).then_some(())
    });
    watch.elapsed().as_secs_f64()
}

/// Effects on Macs in the ledger for which the store has no intent: more of a kind than steps of it.
fn unrecorded(company: &Company) -> Vec<String> {
    let text = std::fs::read_to_string(company.path("ledger.jsonl")).unwrap();
    let mut landed: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for line in text.lines() {
        let entry: Json = serde_json::from_str(line).unwrap();
        let verb = entry["verb"].as_str().unwrap_or_default();
        let known = ACTIONS.iter().find(|(name, _)| *name == verb);
        if let (Some((_, action)), "effect") = (known, entry["entry"].as_str().unwrap()) {
            let subject = entry["subject"].as_str().unwrap().to_owned();
            *landed.entry((action, subject)).or_default() += 1;
        }
    }
    assert!(!landed.is_empty(), "nothing was done at all");
    let intents = look(company, intents);
    let missing = landed.into_iter().filter_map(|((action, serial), count)| {
        let intended = intents.get(&(action.to_owned(), serial.clone())).copied();
        let intended = intended.unwrap_or_default();
        (count > intended)
            .then(|| format!("{action} {serial}: {count} landed, {intended} intended"))
    });
    missing.collect()
}

fn intents(
    view: &View<'_>,
) -> Result<BTreeMap<(String, String), usize>, drover::store::StoreError> {
    let mut all = BTreeMap::new();
    for attempt in view.attempts(None, 100_000)? {
        for step in view
            .steps(attempt.id)?
            .into_iter()
            .filter(|step| step.mutates)
        {
            *all.entry((step.action, attempt.key.clone())).or_default() += 1;
        }
    }
    Ok(all)
}
