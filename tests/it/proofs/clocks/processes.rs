//! The real program on a machine whose clock jumps, against simulated services that know the time.
//!
//! Nothing but the program's own view of the wall is false: `libfaketime` gives it that, and leaves the count alone.

use crate::proofs::{alone, figure};
use crate::support::{Company, SOON, get, journal, look, post, until};
use chrono::{DateTime, Utc};
use drover::model::clock::{Stopwatch, real_now, real_pause};
use drover::model::random::Random;
use drover::model::time::{Span, Time};
use drover::sim::ledger::{Ledger, verb};
use drover::store::Query;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

const SEED: u64 = 50;
const JUMPS: u32 = 50;
/// E6: what a deadline may be off by, as a header tells the time to the second.
const ACCURACY: Span = Span::from_secs(2);

fn library() -> PathBuf {
    let places = ["x86_64", "aarch64"]
        .map(|cpu| format!("/usr/lib/{cpu}-linux-gnu/faketime/libfaketimeMT.so.1"));
    let found = places.iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("libfaketime lies about the clock here: apt-get install faketime")
}

/// An engine whose wall is told by a file.
struct Fooled<'c> {
    company: &'c Company,
    wall: PathBuf,
    /// Milliseconds between the machine's real clock and the services'.
    base: i64,
    child: Child,
}

impl<'c> Fooled<'c> {
    fn start(company: &'c Company, base: i64) -> Self {
        let wall = company.path("wall");
        tell(&wall, base);
        let child = spawn(company, &wall);
        let fooled = Self {
            company,
            wall,
            base,
            child,
        };
        fooled.until_it_answers();
        fooled
    }

    fn until_it_answers(&self) {
        until(SOON, "the engine answers", || {
            get(self.company.hooks, "/healthz").filter(|answer| answer.status == 200)
        });
    }

    fn jump(&self, ahead: i64) {
        tell(&self.wall, self.base + ahead);
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(self.company, &self.wall);
        self.until_it_answers();
    }
}

impl Drop for Fooled<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tell(wall: &Path, ahead: i64) {
    let new = wall.with_extension("new");
    std::fs::write(&new, format!("{:+.3}\n", ahead as f64 / 1_000.0)).unwrap();
    std::fs::rename(new, wall).unwrap();
}

fn spawn(company: &Company, wall: &Path) -> Child {
    let mut log = File::options();
    let log = log.append(true).create(true).open(company.path("run.log"));
    company
        .command(&["run"])
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", wall)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .stdout(Stdio::null())
        .stderr(log.unwrap())
        .spawn()
        .unwrap()
}

/// What the services take the time to be.
fn their_time(company: &Company) -> Time {
    let date = until(SOON, "Fleet's time", || get(company.port, "/healthz")?.date);
    let date = DateTime::parse_from_rfc2822(date.trim()).unwrap();
    Time::from_chrono(date.with_timezone(&Utc))
}

/// Opens so that it is open now and closes in a minute or two; its ends.
fn open_window(company: &Company, now: Time) -> (Time, Time) {
    let minute = 60_000;
    let opens = Time::from_millis(now.millis() / minute * minute);
    let closes = opens.plus(Span::from_mins(2));
    let name = "jamf-to-fleet.toml";
    let text = std::fs::read_to_string(company.path(name)).unwrap();
    let start = text.find("[windows.nightly]").unwrap();
    let length = text[start..].find("\n\n").unwrap();
    let window = format!(
        "[windows.nightly]\ndays = \"daily\"\nfrom = \"{}\"\nto = \"{}\"\ntimezone = \"UTC\"",
        &opens.to_string()[11..16],
        &closes.to_string()[11..16]
    );
    let text = text.replacen(&text[start..start + length], &window, 1);
    // Orders to leave wait for the window as well.
    let stage = "name     = \"unenroll\"\n";
    assert_eq!(text.matches(stage).count(), 1);
    let text = text.replacen(stage, &format!("{stage}window   = \"nightly\"\n"), 1);
    std::fs::write(company.path(name), text).unwrap();
    (opens, closes)
}

/// Every Mac of the inventory, as a click names it.
fn macs(company: &Company) -> Vec<String> {
    until(SOON, "the inventory", || {
        let rows = look(company, |view| view.rows(&Query::all()));
        let macs = rows.iter().filter_map(|row| {
            let id = row.get("fleet_id").to_json();
            let uuid = row.get("uuid").to_json();
            (!id.is_null() && !uuid.is_null()).then(|| {
                format!(
                    r#"{{"timestamp":"2026-03-02T09:14:58Z","host":{{"id":{id},"uuid":{uuid},"hardware_serial":"{}"}}}}"#,
                    row.key
                )
            })
        });
        let macs: Vec<String> = macs.collect();
        (macs.len() >= 50).then_some(macs)
    })
}

/// From a second to a year, either way.
fn size(random: &mut Random) -> i64 {
    let longest = (365.0_f64 * 86_400.0).ln();
    let seconds = random.between(0.0, longest).exp();
    let sign = if random.between(0.0, 1.0) < 0.5 {
        -1.0
    } else {
        1.0
    };
    (seconds * sign * 1_000.0) as i64
}

#[test]
#[ignore = "takes minutes"]
fn a_real_engine_whose_clock_jumps_sends_nothing_outside_its_window() {
    let _alone = alone();
    let mut random = Random::named(SEED, "walls");
    let company = Company::open(1, &["--devices", "60", "--seed", &SEED.to_string()]);
    let now = their_time(&company);
    let (opens, closes) = open_window(&company, now);
    let base = now.millis() + 500 - real_now().millis();
    let mut engine = Fooled::start(&company, base);
    let mut clicks = macs(&company).into_iter();
    // Half of the jumps while it is open, half once it is closed.
    let open = Duration::from_millis(closes.since(now).millis().unsigned_abs());
    let target = format!("/hooks/migrate?token={}", company.token());
    let mut kills = 0;
    for jump in 0..JUMPS {
        let watch = Stopwatch::start();
        engine.jump(size(&mut random));
        if random.between(0.0, 1.0) < 0.2 {
            engine.kill();
            kills += 1;
        }
        if let Some(click) = clicks.next() {
            post(company.hooks, &target, click.as_bytes());
        }
        let pace = if jump < JUMPS / 2 {
            open / (JUMPS / 2)
        } else {
            Duration::from_secs(1)
        };
        real_pause(pace.saturating_sub(watch.elapsed()) / 2);
        if jump % 2 == 0 {
            engine.jump(0);
        }
        real_pause(pace.saturating_sub(watch.elapsed()));
    }
    drop(engine);
    let halts = journal(&company)
        .iter()
        .filter(|line| line.text.contains("nothing is sent"))
        .count();
    let effects = Ledger::open(&company.path("ledger.jsonl"))
        .unwrap()
        .effects();
    let orders: Vec<_> = effects
        .iter()
        .filter(|effect| effect.verb == verb::UNENROLL)
        .collect();
    let inside = |at: Time| opens <= at && at < closes.plus(ACCURACY);
    let outside = orders.iter().filter(|order| !inside(order.at)).count();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for order in &orders {
        *counts.entry(&order.subject).or_default() += 1;
    }
    let doubled = counts.values().filter(|count| **count > 1).count();
    figure(
        "clock_walls",
        &[
            ("jumps", &JUMPS),
            ("kills", &kills),
            ("halts", &halts),
            ("orders", &orders.len()),
            ("outside", &outside),
            ("doubled", &doubled),
        ],
    );
    assert!(orders.len() >= 5 && halts > 0 && kills > 0, "seed {SEED}");
    assert_eq!((outside, doubled), (0, 0), "seed {SEED}: outside, doubled");
}
