//! One cycle after the other on one store, each for a Mac of its own.

use super::macs::{Mac, macs_of};
use super::strace::{self, Mishap, Strike, Tracer};
use crate::support::{Company, Engine, get, look, post, until};
use drover::model::clock::{Stopwatch, real_pause};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);
/// How long an engine that met a mishap and got its Mac done is watched for its end.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// A company nobody works at, an engine with the shortest pipeline, and Macs to be ordered out one by one.
pub(super) struct Bench {
    pub(super) company: Company,
    macs: Vec<Mac>,
    /// Those whose click was answered with 201.
    acknowledged: Vec<usize>,
    /// The one the cycle is about, from 0.
    current: usize,
    /// Orders that had gone out when the process ended, and were nowhere intended.
    unintended: Vec<String>,
}

/// How a cycle came out.
pub(super) enum Came {
    Through {
        engine: Engine,
        struck: bool,
    },
    /// The process ended, so soon after the mishap.
    Down {
        within: f64,
    },
}

/// What all cycles came to.
#[derive(Debug)]
pub(super) struct End {
    pub(super) acknowledged: usize,
    pub(super) lost: usize,
    pub(super) orders: usize,
    pub(super) doubled: usize,
    pub(super) missing: usize,
    pub(super) unintended: usize,
}

impl End {
    pub(super) fn is_as_it_should_be(&self) {
        let faults = self.lost + self.doubled + self.missing + self.unintended;
        assert_eq!(faults, 0, "{self:?}");
    }
}

impl Bench {
    pub(super) fn open(speed: u32, macs: usize) -> Self {
        let devices = (macs + 10).to_string();
        let mut company = Company::open(speed, &["--devices", &devices]);
        // Hooks go where the company does not look for them: nobody clicks but the test.
        let quiet = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = quiet.local_addr().unwrap().port();
        let (old, new) = (
            format!("127.0.0.1:{}", company.hooks),
            format!("127.0.0.1:{port}"),
        );
        company.rewrite("drover.toml", &old, &new);
        company.hooks = port;
        company.rewrite("drover.toml", "\ndormant_after = \"12h\"\n", "\n");
        std::fs::write(
            company.path("jamf-to-fleet.toml"),
            include_str!("small.toml"),
        )
        .unwrap();
        let macs = macs_of(&company);
        drop(quiet);
        Self {
            company,
            macs,
            acknowledged: Vec::new(),
            current: 0,
            unintended: Vec::new(),
        }
    }

    fn mac(&self) -> &Mac {
        &self.macs[self.current]
    }

    /// True once it is acknowledged.
    fn click(&mut self) -> bool {
        let Mac { serial, uuid } = self.mac();
        let body = format!(
            r#"{{"timestamp":"2026-03-02T09:14:58Z","host":{{"id":1,"uuid":"{uuid}","hardware_serial":"{serial}"}}}}"#
        );
        let target = format!("/hooks/migrate?token={}", self.company.token());
        let answer = post(self.company.hooks, &target, body.as_bytes());
        let taken = answer.is_some_and(|answer| answer.status == 201);
        if taken && self.acknowledged.last() != Some(&self.current) {
            self.acknowledged.push(self.current);
        }
        taken
    }

    fn is_done(&self) -> bool {
        let row = look(&self.company, |view| view.row_by_key(&self.mac().serial));
        row.is_some_and(|row| !row.get("ordered_at").is_null())
    }

    /// Strikes at the writer's thread from the click on, and waits until the Mac is done or the
    /// process is gone.
    pub(super) fn cycle(&mut self, mut engine: Engine, strike: Strike) -> Came {
        let told = self.company.path("strace.log");
        let tracer = Tracer::attach(strace::writer_of(engine.pid()), strike, &told);
        let mut clicked = self.click();
        let (done, ended) = until(PATIENCE, "the cycle ends", || {
            if let Some(status) = engine.ended() {
                return Some((false, Some(status)));
            }
            clicked = clicked || self.click();
            (clicked && self.is_done()).then_some((true, None))
        });
        let said = tracer.detach();
        // It may have met one of the writes after those that made the Mac done; a tracer that lets go at the very moment
        // of a kill does not say so.
        let looks = said || strike.mishap == Mishap::Kill;
        let ended = ended.or_else(|| looks.then(|| ends_soon(&mut engine)).flatten());
        let killed = |status: &ExitStatus| status.signal() == Some(9);
        let struck = said || (looks && ended.as_ref().is_some_and(killed));
        let Some(status) = ended else {
            assert!(done);
            return Came::Through { engine, struck };
        };
        assert!(struck, "it ended by itself: {status}\n{}", engine.log());
        ended_well(strike.mishap, status, &engine.log());
        self.nothing_unintended();
        // A kill is over at once, and its moment shows nowhere.
        let within = match strike.mishap {
            Mishap::Kill => 0.0,
            _ => strace::outlived(&told).expect("the tracer saw the end"),
        };
        Came::Down { within }
    }

    /// Clicks, and kills the engine a little later.
    pub(super) fn kill_after(&mut self, engine: Engine, moment: Duration) {
        std::thread::scope(|scope| {
            scope.spawn(move || {
                real_pause(moment);
                engine.kill();
            });
            self.click();
        });
        self.nothing_unintended();
    }

    /// What went out is on record as intended.
    fn nothing_unintended(&mut self) {
        let serial = self.mac().serial.clone();
        if self.orders().contains_key(&serial) {
            let intended = look(&self.company, |view| {
                let Some(row) = view.row_by_key(&serial)? else {
                    return Ok(false);
                };
                for attempt in view.attempts_of(row.id, 100)? {
                    if view.steps(attempt.id)?.iter().any(|step| step.mutates) {
                        return Ok(true);
                    }
                }
                Ok(false)
            });
            if !intended {
                self.unintended.push(serial);
            }
        }
    }

    /// The Mac gets where it is to get, with an engine that nothing happens to; then it is the next one's turn.
    pub(super) fn finish(&mut self, engine: &mut Engine) {
        let mut clicked = self.acknowledged.last() == Some(&self.current);
        let what = format!("{} is done", self.mac().serial);
        let watch = Stopwatch::start();
        until(PATIENCE, &what, || {
            assert!(engine.ended().is_none(), "{}", engine.log());
            assert!(
                watch.elapsed() < PATIENCE / 2,
                "{what}: {}",
                self.company.types(&["show", &self.mac().serial]).out
            );
            clicked = clicked || self.click();
            (clicked && self.is_done()).then_some(())
        });
        self.current += 1;
    }

    /// Makes a store from nothing, struck at the main thread. `None` when there is no such write; else whether it came up all the same.
    pub(super) fn start_anew(&mut self, strike: Strike) -> Option<bool> {
        for suffix in [
            "", "-wal", "-shm", "-journal", ".lock", ".epoch", ".reserve", ".sock",
        ] {
            let _ = std::fs::remove_file(self.company.path(&format!("drover.db{suffix}")));
        }
        let told = self.company.path("strace.log");
        let _ = std::fs::remove_file(&told);
        let speed = self.company.speed.to_string();
        let inner = self.company.command(&["run", "--speed", &speed]);
        let mut outer = strace::around(strike, &told);
        outer.arg(inner.get_program()).args(inner.get_args());
        outer.env_clear().env("PATH", "/usr/bin:/bin");
        outer.envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        outer.current_dir(inner.get_current_dir().unwrap());
        let mut engine = Engine::spawn(&self.company, outer);
        let up = until(PATIENCE, "it is up or gone", || match engine.ended() {
            Some(status) => {
                ended_well(strike.mishap, status, &engine.log());
                Some(false)
            }
            None => get(self.company.hooks, "/healthz")
                .filter(|answer| answer.status == 200)
                .map(|_| true),
        });
        let log = engine.log();
        // The thread writes once more when all is over, and may be struck there.
        let well = up && engine.terminate().success();
        if !strace::had_struck(&told) {
            assert!(well, "it ended by itself: {log}");
            return None;
        }
        if !well {
            assert!(self.company.engine().terminate().success());
        }
        self.is_whole();
        Some(up)
    }

    fn is_whole(&self) {
        let copy = self.company.path("copy.db");
        let copied = self.company.types(&["backup", copy.to_str().unwrap()]);
        assert_eq!(copied.code, 0, "it holds together: {copied:?}");
        let _ = std::fs::remove_file(copy);
        let verified = self.company.types(&["journal", "--verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
    }

    /// How many orders each Mac got.
    fn orders(&self) -> BTreeMap<String, usize> {
        let text = std::fs::read_to_string(self.company.path("ledger.jsonl")).unwrap_or_default();
        let mut orders = BTreeMap::new();
        for line in text.lines() {
            let entry: Json = serde_json::from_str(line).unwrap();
            if entry["entry"] == "effect" && entry["verb"] == "unenroll" {
                let subject = entry["subject"].as_str().unwrap().to_owned();
                *orders.entry(subject).or_default() += 1;
            }
        }
        orders
    }

    pub(super) fn close(self) -> End {
        self.is_whole();
        let orders = self.orders();
        let lost = self.acknowledged.iter().filter(|index| {
            let serial = &self.macs[**index].serial;
            look(&self.company, |view| view.row_by_key(serial)).is_none()
        });
        let lost = lost.count();
        let asked = &self.macs[..self.current];
        let count = |mac: &Mac| orders.get(&mac.serial).copied().unwrap_or_default();
        let missing = asked.iter().filter(|mac| count(mac) == 0).count();
        let twice = asked.iter().filter(|mac| count(mac) > 1).count();
        let ledger = self.company.close();
        End {
            acknowledged: self.acknowledged.len(),
            lost,
            orders: orders.values().sum(),
            doubled: twice + ledger.doubled.len() + ledger.violations.len(),
            missing,
            unintended: self.unintended.len(),
        }
    }
}

fn ends_soon(engine: &mut Engine) -> Option<ExitStatus> {
    let watch = Stopwatch::start();
    until(PATIENCE, "a look", || match engine.ended() {
        None if watch.elapsed() < AFTERWARDS => None,
        ended => Some(ended),
    })
}

/// Killed, or with a reason and the code of a failure.
fn ended_well(mishap: Mishap, status: ExitStatus, log: &str) {
    if mishap == Mishap::Kill {
        assert_eq!(status.signal(), Some(9), "{status}\n{log}");
        return;
    }
    assert!(matches!(status.code(), Some(1 | 2)), "{status}\n{log}");
    let last = log.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("drover: "),
        "the reason is its last word: {last}"
    );
}
