//! One company's night, with the engine killed again and again.

use super::load::{Load, Mac};
use super::morning::Morning;
use crate::support::{Company, Engine, Program, SOON, get, standing};
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::random::Random;
use drover::store::{Query, Reader};
use std::time::Duration;

/// One night with kills.
#[derive(Clone)]
pub(crate) struct Night {
    pub(crate) program: Program,
    pub(crate) devices: usize,
    pub(crate) weather: &'static str,
    pub(crate) speed: u32,
    pub(crate) seed: u64,
    pub(crate) kills: usize,
    /// The longest an engine lives once it answers, in real milliseconds.
    pub(crate) lives: f64,
    /// The longest that a call which changes something is left under way before the kill, in real milliseconds.
    pub(crate) moment: f64,
    /// The longest rest of a sender between two posts, in real milliseconds.
    pub(crate) rest: f64,
    /// After this a Mac nobody asked for is left alone, which ends a night.
    pub(crate) dormant_after: &'static str,
    /// Real time for the rest of the night after the last kill; none when the night is not let to its end.
    pub(crate) limit: Option<Duration>,
}

/// How the lives of one night went.
#[derive(Default)]
pub(crate) struct Lives {
    /// Killed before they answered.
    pub(crate) unborn: usize,
    /// Killed with a call under way that changes something.
    pub(crate) sending: usize,
    /// How long the last start took.
    start: Duration,
}

impl Night {
    /// Lets the night happen; what it came to.
    pub(crate) fn spend(&self) -> Morning {
        let watch = Stopwatch::start();
        let (seed, devices) = (self.seed.to_string(), self.devices.to_string());
        let world = [
            "--devices",
            &devices,
            "--weather",
            self.weather,
            "--seed",
            &seed,
        ];
        let mut company = Company::open(self.speed, &world);
        company.program = self.program.clone();
        // Long waits only make the proof long.
        company.set("dormant_after", self.dormant_after);
        company.set("asleep_after", "2h");
        company.rewrite("jamf-to-fleet.toml", "wait  = \"12h\"", "wait  = \"1h\"");
        // Kills make a night long: who misses the window's end would wait for a day.
        company.rewrite(
            "jamf-to-fleet.toml",
            "\nto       = \"05:00\"",
            "\nto       = \"21:00\"",
        );
        // Clicks for Macs that nobody has are no sign that a stage is bad here.
        company.rewrite(
            "jamf-to-fleet.toml",
            "stage = \"unenroll\"\nshare = 0.15",
            "stage = \"unenroll\"\nshare = 1.0",
        );
        let load = Load::on(&company, self.seed, self.rest);
        let mut lives = Lives {
            start: Duration::from_millis(100),
            ..Lives::default()
        };
        let kept = std::thread::scope(|scope| {
            let pressing = scope.spawn(|| load.press());
            let mut random = Random::named(self.seed, "kills");
            for _ in 0..self.kills {
                self.live_and_die(&company, &mut lives, &mut random);
                load.hand_out(impatient(&company, &mut random));
            }
            load.stop();
            pressing.join().unwrap()
        });
        let engine = company.engine();
        if let Some(limit) = self.limit {
            let mut last = None;
            let settled = until_or_never(limit, || {
                let now = standing(&company);
                let settled = now.rows > 0 && now.is_settled();
                last = Some(now);
                settled
            });
            assert!(settled, "seed {}: not settled: {last:#?}", self.seed);
        }
        assert!(engine.terminate().success());
        Morning::of(company, self, &kept, &lives, watch)
    }

    /// One engine's life. Many end in the middle of a commit, as the senders never rest; half are also waited for to
    /// have a call under way, and a fifth end while they start.
    fn live_and_die(&self, company: &Company, lives: &mut Lives, random: &mut Random) {
        let speed = self.speed.to_string();
        let watch = Stopwatch::start();
        let mut engine = Engine::with(company, &["run", "--speed", &speed]);
        if random.chance(0.2) {
            real_pause(lives.start.mul_f64(random.between(0.0, 1.1)));
            lives.unborn += 1;
            return engine.kill();
        }
        while get(company.hooks, "/healthz").is_none_or(|answer| answer.status != 200) {
            assert!(engine.is_running(), "the engine ended: {}", engine.log());
            assert!(watch.elapsed() < SOON, "the engine does not answer");
            real_pause(Duration::from_millis(2));
        }
        lives.start = watch.elapsed();
        let life = random.between(0.001, self.lives / 1_000.0);
        if random.chance(0.5) {
            let found = until_something_is_sent(company, Duration::from_secs_f64(life));
            lives.sending += usize::from(found);
            real_pause(Duration::from_secs_f64(
                random.between(0.0, self.moment / 1_000.0),
            ));
        } else {
            real_pause(Duration::from_secs_f64(life));
        }
        engine.kill();
    }
}

fn until_or_never(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let watch = Stopwatch::start();
    while watch.elapsed() < limit {
        if done() {
            return true;
        }
        real_pause(Duration::from_millis(100));
    }
    false
}

/// Some Macs whose people asked already and click once more: no second order may come of it.
fn impatient(company: &Company, random: &mut Random) -> Vec<Mac> {
    // Killed before there was a store, or a table in it.
    let Ok(reader) = Reader::open(&company.path("drover.db")) else {
        return Vec::new();
    };
    let query = Query {
        condition: Some(
            "requested_at IS NOT NULL AND fleet_id IS NOT NULL AND uuid IS NOT NULL".into(),
        ),
        ..Query::all()
    };
    let rows = reader.look(|view| view.rows(&query)).unwrap();
    let some = (0..2).filter_map(|_| {
        let row = random.pick(&rows)?;
        Some(Mac {
            uuid: row.get("uuid").as_text()?.to_owned(),
            fleet_id: row.get("fleet_id").as_integer()?,
            serial: row.key.clone(),
        })
    });
    some.collect()
}

/// Waits until a call that changes something is on record and not answered, for a while.
fn until_something_is_sent(company: &Company, limit: Duration) -> bool {
    let reader = Reader::open(&company.path("drover.db")).unwrap();
    let is_sent = || {
        reader.look(|view| {
            for attempt in view.open_attempts()? {
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
    let watch = Stopwatch::start();
    loop {
        if is_sent().unwrap() {
            return true;
        }
        if watch.elapsed() >= limit {
            return false;
        }
        real_pause(Duration::from_millis(1));
    }
}
