//! The engine is killed in the middle of the night, again and again, and the night ends as if it had not been.
//!
//! What must hold, whatever the moment: no acknowledged webhook is lost, no order to leave and no script lands twice,
//! every Mac ends complete or with a person, and the journal's chain is whole.

use crate::support::{Company, acknowledged, journal, look, post, standing, until};
use drover::engine::Settlement;
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::random::Random;
use drover::sim::ledger::LedgerReport;
use drover::store::{AttemptState, Reader};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How the serials of Macs begin that nobody has.
const STRANGER: &str = "STRANGER";

/// One night with kills.
struct Night {
    words: &'static [&'static str],
    speed: u32,
    seed: u64,
    kills: usize,
    /// The longest an engine lives before it is killed, in real seconds.
    lives: f64,
    /// After this a Mac nobody asked for is left alone, which ends a night.
    dormant_after: &'static str,
    /// Real time for the rest of the night after the last kill.
    limit: Duration,
}

/// What it came to.
struct Morning {
    settlement: Settlement,
    ledger: LedgerReport,
    acknowledged: usize,
    lost: Vec<u64>,
    /// Requests to leave that were acknowledged and are in no row.
    forgotten: Vec<String>,
    /// Calls whose outcome nobody could know, each with the reason.
    parked: Vec<String>,
    /// Calls that were looked up after a kill or a cut answer: found landed, found not landed.
    landed: usize,
    absent: usize,
    /// Attempts that were open when a new engine started.
    taken_up: usize,
}

/// Clicks for Macs nobody has, right when the engine dies: acknowledged means in the table.
fn click(company: &Company, serial: &str) -> bool {
    let body = format!(
        r#"{{"timestamp":"2026-03-02T09:14:58Z","host":{{"id":99000,"uuid":"{serial}","hardware_serial":"{serial}"}}}}"#
    );
    let target = format!("/hooks/migrate?token={}", company.token());
    post(company.hooks, &target, body.as_bytes()).is_some_and(|answer| answer.status == 201)
}

/// Posts events nobody wants, one after the other, until told to stop; the marks of those that got their 2xx.
fn pester(company: &Company, stop: &AtomicBool) -> BTreeSet<u64> {
    let target = format!("/hooks/activity?token={}", company.token());
    let mut kept = BTreeSet::new();
    for mark in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let body = format!(r#"{{"type":"edited_script","mark":{mark}}}"#);
        match post(company.hooks, &target, body.as_bytes()) {
            Some(answer) if (200..300).contains(&answer.status) => {
                kept.insert(mark);
                real_pause(Duration::from_millis(3));
            }
            _ => real_pause(Duration::from_millis(10)),
        }
    }
    kept
}

/// Waits until a call that changes something is on record and not answered, for a while.
fn until_something_is_sent(company: &Company) {
    let watch = Stopwatch::start();
    let reader = Reader::open(&company.path("drover.db")).unwrap();
    let is_sent = || {
        reader.look(|view| {
            for attempt in view.attempts(None, 12)? {
                let steps = view.steps(attempt.id)?;
                if steps
                    .iter()
                    .any(|step| step.mutates && step.finished_at.is_none())
                {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    };
    while !is_sent().unwrap() && watch.elapsed() < Duration::from_secs(1) {
        real_pause(Duration::from_millis(1));
    }
}

impl Night {
    fn spend(&self) -> Morning {
        let seed = self.seed.to_string();
        let company = Company::open(self.speed, &[self.words, &["--seed", &seed]].concat());
        // Long waits only make the test long.
        company.set("dormant_after", self.dormant_after);
        company.set("asleep_after", "2h");
        company.rewrite("jamf-to-fleet.toml", "wait  = \"12h\"", "wait  = \"1h\"");
        let mut random = Random::named(self.seed, "kills");
        let stop = AtomicBool::new(false);
        let (kept, clicked) = std::thread::scope(|scope| {
            let pestering = scope.spawn(|| pester(&company, &stop));
            let mut clicked = BTreeSet::new();
            for kill in 0..self.kills {
                clicked.extend(self.live_and_die(&company, kill, &mut random));
            }
            stop.store(true, Ordering::Relaxed);
            (pestering.join().unwrap(), clicked)
        });
        let engine = company.engine();
        until(self.limit, "nothing moves without a person", || {
            let settlement = standing(&company);
            (settlement.rows > 0 && settlement.is_settled()).then_some(())
        });
        assert!(engine.terminate().success());
        let verified = company.types(&["journal", "--verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        morning(company, &kept, &clicked)
    }

    /// One engine's life; the serials whose click was acknowledged just before it ended.
    fn live_and_die(&self, company: &Company, kill: usize, random: &mut Random) -> Vec<String> {
        let engine = company.engine();
        real_pause(Duration::from_secs_f64(random.between(0.02, self.lives)));
        if random.chance(0.6) {
            until_something_is_sent(company);
        }
        let moment = Duration::from_secs_f64(random.between(0.0, 0.008));
        std::thread::scope(|scope| {
            let clicking = scope.spawn(move || {
                let serials = (0..2).map(|n| format!("{STRANGER}{kill:02}{n}"));
                serials.filter(|serial| click(company, serial)).collect()
            });
            real_pause(moment);
            engine.kill();
            clicking.join().unwrap()
        })
    }
}

fn morning(company: Company, kept: &BTreeSet<u64>, clicked: &BTreeSet<String>) -> Morning {
    let stored = acknowledged(&company);
    let forgotten = clicked.iter().filter(|serial| {
        let row = look(&company, |view| view.row_by_key(serial));
        row.is_none_or(|row| row.get("requested_at").is_null())
    });
    let forgotten = forgotten.cloned().collect();
    let lines = journal(&company);
    let said = |part: &str| lines.iter().filter(|line| line.text.contains(part)).count();
    let taken_up = lines.iter().filter_map(|line| {
        let rest = line.text.strip_prefix("started; ")?;
        rest.split(' ').next()?.parse::<usize>().ok()
    });
    let parked = look(&company, |view| {
        let all = view.attempts(None, 100_000)?;
        let unknown = all.iter().filter(|a| a.state == AttemptState::Unknown);
        let told = unknown.map(|a| {
            let why = a.fault.as_ref().map(|fault| fault.message.as_str());
            format!("{} {}: {}", a.rule, a.key, why.unwrap_or("no reason"))
        });
        Ok(told.collect())
    });
    Morning {
        settlement: standing(&company),
        acknowledged: kept.len() + clicked.len(),
        lost: kept.difference(&stored).copied().collect(),
        forgotten,
        parked,
        landed: said("the answer was lost, but it landed"),
        absent: said("it certainly did not land"),
        taken_up: taken_up.sum(),
        ledger: company.close(),
    }
}

impl Morning {
    fn is_as_it_should_be(&self, night: &Night, watch: Stopwatch) {
        let Settlement {
            rows,
            complete,
            left,
            ..
        } = &self.settlement;
        eprintln!(
            "{} kills: {} webhooks acknowledged, {} lost; {rows} rows, {complete} complete, {} with a person; {} attempts taken up, \
             {} found landed, {} found not landed, {} parked as unknown; {} effects ({:?}), {} doubled, {} chat messages \
             repeated, {} violations; {:.1} s",
            night.kills,
            self.acknowledged,
            self.lost.len() + self.forgotten.len(),
            left.len(),
            self.taken_up,
            self.landed,
            self.absent,
            self.parked.len(),
            self.ledger.effects,
            self.ledger.by_verb,
            self.ledger.doubled.len(),
            self.ledger.repeats,
            self.ledger.violations.len(),
            watch.elapsed().as_secs_f64(),
        );
        for parked in &self.parked {
            eprintln!("  parked: {parked}");
        }
        assert_eq!(self.lost, [0_u64; 0], "acknowledged, and not in the inbox");
        assert_eq!(self.forgotten, [""; 0], "acknowledged, and in no row");
        assert!(self.ledger.doubled.is_empty(), "{:#?}", self.ledger.doubled);
        assert!(
            self.ledger.violations.is_empty(),
            "{:#?}",
            self.ledger.violations
        );
        for left in left {
            assert!(!left.reason.is_empty() && left.owner.is_some(), "{left:?}");
        }
        let strangers = left.iter().filter(|left| left.key.starts_with(STRANGER));
        let macs = rows - strangers.count() as u64;
        assert!(*complete > macs / 3, "{complete} of {macs}: {left:#?}");
        assert!(
            self.acknowledged as u64 > *rows && self.taken_up > 0,
            "too little was going on: a hook for each row and more, and work to take up"
        );
    }
}

#[test]
fn five_kills_lose_nothing_and_double_nothing() {
    let watch = Stopwatch::start();
    let night = Night {
        words: &["--devices", "30"],
        speed: 1_200,
        seed: 7,
        kills: 5,
        lives: 0.9,
        dormant_after: "4h",
        limit: Duration::from_mins(2),
    };
    night.spend().is_as_it_should_be(&night, watch);
}

fn twenty_kills(weather: &'static [&'static str], seed: u64) {
    let watch = Stopwatch::start();
    let night = Night {
        words: weather,
        speed: 300,
        seed,
        kills: 20,
        lives: 1.2,
        dormant_after: "12h",
        limit: Duration::from_mins(15),
    };
    night.spend().is_as_it_should_be(&night, watch);
}

/// `cargo test --test it twenty_kills -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn twenty_kills_in_rough_weather_lose_nothing_and_double_nothing() {
    twenty_kills(&["--devices", "40", "--weather", "rough"], 11);
}

#[test]
#[ignore = "takes minutes"]
fn twenty_kills_in_a_storm_lose_nothing_and_double_nothing() {
    twenty_kills(&["--devices", "40", "--weather", "storm"], 12);
}

/// `cargo test --test it ten_short_nights -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn ten_short_nights_in_a_storm_lose_nothing_and_double_nothing() {
    for seed in 1..=10 {
        let watch = Stopwatch::start();
        let night = Night {
            words: &["--devices", "30", "--weather", "storm"],
            speed: 900,
            seed,
            kills: 8,
            lives: 0.9,
            dormant_after: "6h",
            limit: Duration::from_mins(5),
        };
        night.spend().is_as_it_should_be(&night, watch);
    }
}
