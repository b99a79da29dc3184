//! A night, of which the first hour is put back.

use super::witness::{Line, ledger, repeated};
use crate::proofs::{alone, figure};
use crate::support::{Company, journal, look, standing, until};
use drover::engine::Settlement;
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::row::RowId;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

struct Night {
    devices: &'static str,
    speed: u32,
    seed: &'static str,
    weather: &'static str,
    /// Orders given before the backup is made, and after it before the engine is killed.
    before: usize,
    after: usize,
    /// The old store is gone when the backup is put back, but for its log.
    gone: bool,
    dormant_after: &'static str,
    limit: Duration,
}

/// What it came to.
#[derive(Debug)]
struct Morning {
    backup: Duration,
    orders: usize,
    probed: usize,
    /// Orders nobody looked for, in words.
    unlooked: Vec<String>,
    calls: u64,
    landed: u64,
    unclear: u64,
    rows: u64,
    quarantine: Duration,
    /// Times `drover resume` was refused.
    refused: usize,
    sent_in_quarantine: usize,
    repeated: Vec<String>,
    doubled: usize,
    violations: Vec<String>,
    settlement: Settlement,
    not_sent_again: usize,
}

impl Night {
    fn spend(&self) -> Morning {
        let words = ["--devices", self.devices, "--seed", self.seed];
        let words = [&words[..], &["--weather", self.weather]].concat();
        let company = Company::open(self.speed, &words);
        company.set("dormant_after", self.dormant_after);
        company.set("asleep_after", "2h");
        company.rewrite("jamf-to-fleet.toml", "wait  = \"12h\"", "wait  = \"1h\"");
        let engine = company.engine();
        self.until_orders(&company, 0, self.before);
        let watch = Stopwatch::start();
        let made = company.types(&["backup", "copy.db"]);
        let backup = watch.elapsed();
        assert_eq!(made.code, 0, "{made:?}");
        let from = ledger(&company).len();
        self.until_orders(&company, from, self.after);
        engine.kill();
        self.put_back(&company);
        self.look_back(company, from, backup)
    }

    fn put_back(&self, company: &Company) {
        let before = journal(company).len();
        if self.gone {
            std::fs::remove_file(company.path("drover.db")).unwrap();
        }
        let restored = company.types(&["restore", "copy.db", "--yes"]);
        assert_eq!(restored.code, 0, "{restored:?}");
        assert!(journal(company).len() < before, "it is the old one");
        let checked = company.types(&["check"]);
        assert!(
            checked.code == 3 && checked.out.contains("restored"),
            "{checked:?}"
        );
    }

    fn look_back(&self, company: Company, from: usize, backup: Duration) -> Morning {
        let known = completed_in(&company);
        let killed = ledger(&company);
        let quarantine = Quarantine::of(&company);
        let engine = company.engine();
        let told = quarantine.until_over(&company);
        let (probed, unlooked) = looked_for(&company, &killed[from..], &known);
        let resumed = company.types(&["resume", "--reason", "looked it over"]);
        assert_eq!(resumed.code, 0, "{resumed:?}");
        until(self.limit, "nothing moves without a person", || {
            let settlement = standing(&company);
            (settlement.rows > 0 && settlement.is_settled()).then_some(())
        });
        assert!(engine.terminate().success());
        let verified = company.types(&["journal", "--verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        let era = look(&company, |view| view.note("look_back")).unwrap();
        let lines = journal(&company);
        let said = |part: &str| lines.iter().filter(|l| l.text.contains(part)).count();
        let not_sent_again = said("found after the restore and not sent again");
        let settlement = standing(&company);
        let morning = ledger(&company);
        let seen = company.close();
        let count = |name: &str| era["tally"][name].as_u64().unwrap();
        Morning {
            backup,
            orders: killed[from..].iter().filter(|l| l.is_once()).count(),
            probed,
            unlooked,
            calls: count("landed") + count("free") + count("unclear"),
            landed: count("landed"),
            unclear: count("unclear"),
            rows: count("rows"),
            quarantine: told.took,
            refused: told.refused,
            sent_in_quarantine: told.sent,
            repeated: repeated(&morning, killed.len()),
            doubled: seen.doubled.len(),
            violations: seen.violations,
            settlement,
            not_sent_again,
        }
    }

    /// Until so many orders were given since a line of the ledger.
    fn until_orders(&self, company: &Company, from: usize, count: usize) {
        until(self.limit, "orders are given", || {
            let lines = ledger(company);
            let given = lines[from..].iter().filter(|l| l.is_once()).count();
            (given >= count).then_some(())
        });
    }
}

/// The time from the start of an engine on a restored store to a person's word.
struct Quarantine {
    watch: Stopwatch,
    effects: usize,
}

struct Told {
    took: Duration,
    refused: usize,
    sent: usize,
}

impl Quarantine {
    fn of(company: &Company) -> Self {
        let lines = ledger(company);
        Self {
            watch: Stopwatch::start(),
            effects: lines.iter().filter(|l| l.is_effect()).count(),
        }
    }

    /// Until every row is looked at. Asked before, `drover resume` is refused, and says how far it is.
    fn until_over(&self, company: &Company) -> Told {
        let mut refused = 0;
        let mut sent = 0;
        until(Duration::from_mins(4), "every row is looked at", || {
            let is_over = Self::is_over(company);
            if is_over {
                let stop = drover::store::SwitchKind::Stop;
                let stopped = look(company, |view| view.switch(stop, "*"));
                assert!(stopped.unwrap().on, "a person must say go on");
                real_pause(Duration::from_millis(300));
            }
            sent = self.sent(company);
            if is_over {
                return Some(());
            }
            let status = company.types(&["status"]);
            let asked = company.types(&["resume", "--reason", "too early"]);
            if asked.code == 0 {
                assert!(Self::is_over(company), "it was looked at just now");
                return Some(());
            }
            assert!(asked.err.contains("rows"), "{asked:?}");
            assert!(status.out.contains("restored from copy.db"), "{status:?}");
            refused += 1;
            None
        });
        Told {
            took: self.watch.elapsed(),
            refused,
            sent,
        }
    }

    fn is_over(company: &Company) -> bool {
        let era = look(company, |view| view.note("look_back"));
        era.is_some_and(|era| !era["ended"].is_null())
    }

    fn sent(&self, company: &Company) -> usize {
        let lines = ledger(company);
        let effects = lines.iter().filter(|line| line.is_effect()).count();
        effects - self.effects
    }
}

/// Serials that the copy knows as complete.
fn completed_in(company: &Company) -> BTreeSet<String> {
    let reader = drover::store::Reader::open(&company.path("copy.db")).unwrap();
    let rows = reader.look(|view| view.rows(&drover::store::Query::all()));
    let done = rows.unwrap().into_iter();
    let done = done.filter(|row| row.phase.as_deref() == Some("Complete"));
    done.map(|row| row.key).collect()
}

/// How many of these orders were looked for at their row, and those that were not.
fn looked_for(
    company: &Company,
    orders: &[Line],
    complete: &BTreeSet<String>,
) -> (usize, Vec<String>) {
    let mut looked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let rows: Vec<(String, RowId)> = look(company, |view| {
        let rows = view.rows(&drover::store::Query::all())?;
        Ok(rows.into_iter().map(|row| (row.key, row.id)).collect())
    });
    for (key, id) in rows {
        let note = look(company, |view| view.note(&format!("look_back/{}", id.0)));
        let calls = note.map_or(Json::Null, |note| note["calls"].clone());
        let actions = calls.as_array().cloned().unwrap_or_default();
        let actions = actions
            .iter()
            .filter_map(|call| call["place"]["action"].as_str());
        looked.insert(key, actions.map(str::to_owned).collect());
    }
    let (mut probed, mut unlooked) = (0, Vec::new());
    for order in orders.iter().filter(|order| order.is_once()) {
        let actions = looked.get(&order.subject);
        if actions.is_some_and(|actions| actions.contains(order.action())) {
            probed += 1;
        } else if !complete.contains(&order.subject) {
            unlooked.push(format!("{} {} {}", order.subject, order.verb, order.detail));
        }
    }
    (probed, unlooked)
}

impl Morning {
    fn is_as_it_should_be(&self, night: &Night, watch: &Stopwatch) {
        let Settlement {
            rows,
            complete,
            left,
            ..
        } = &self.settlement;
        figure(
            "restored",
            &[
                ("orders", &self.orders),
                ("probed", &self.probed),
                ("repeated", &(self.repeated.len() + self.doubled)),
                ("sent_in_quarantine", &self.sent_in_quarantine),
                ("rows_looked_at", &self.rows),
                ("calls_looked_up", &self.calls),
                ("landed", &self.landed),
                ("unclear", &self.unclear),
                ("not_sent_again", &self.not_sent_again),
                ("resume_refused", &self.refused),
                ("quarantine_s", &self.quarantine.as_secs()),
                ("backup_ms", &self.backup.as_millis()),
                ("rows", rows),
                ("complete", complete),
                ("with_a_person", &left.len()),
                ("old_file_gone", &night.gone),
                ("took_s", &watch.elapsed().as_secs()),
            ],
        );
        assert!(self.orders >= night.after, "{} orders", self.orders);
        assert_eq!(self.unlooked, [""; 0], "orders nobody looked for");
        assert_eq!(self.repeated, [""; 0], "orders given again");
        assert_eq!((self.doubled, self.sent_in_quarantine), (0, 0));
        assert_eq!(self.violations, [""; 0]);
        assert!(self.backup < Duration::from_secs(5), "{:?}", self.backup);
        assert!(self.not_sent_again > 0, "nothing was forgotten");
        for left in left {
            assert!(!left.reason.is_empty() && left.owner.is_some(), "{left:?}");
        }
        assert!(*complete > rows / 3, "{complete} of {rows}: {left:#?}");
    }
}

#[test]
fn what_was_done_after_an_old_backup_is_looked_up_and_not_done_again() {
    let watch = Stopwatch::start();
    let night = Night {
        devices: "20",
        speed: 1_200,
        seed: "5",
        weather: "calm",
        before: 2,
        after: 20,
        gone: false,
        dormant_after: "3h",
        limit: Duration::from_mins(2),
    };
    night.spend().is_as_it_should_be(&night, &watch);
}

/// `cargo test --release --test it -- --ignored proofs::restored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn five_hundred_orders_after_an_old_backup_are_looked_up_and_none_is_given_again() {
    let _alone = alone();
    let nights = [
        ("7", "calm", "340", 500, true),
        ("8", "rough", "120", 150, false),
    ];
    for (seed, weather, devices, after, gone) in nights {
        let watch = Stopwatch::start();
        let night = Night {
            devices,
            speed: 900,
            seed,
            weather,
            before: 20,
            after,
            gone,
            dormant_after: "4h",
            limit: Duration::from_mins(4),
        };
        night.spend().is_as_it_should_be(&night, &watch);
    }
}
