//! Everything is stopped at any moment: two seconds later nothing reaches a service, also after a kill and a restart.

use super::effects;
use crate::proofs::{alone, figure};
use crate::support::{Company, Engine, post, until};
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::random::Random;
use std::time::Duration;

/// What is promised.
const WITHIN: Duration = Duration::from_secs(2);

struct Stops {
    stops: usize,
    devices: usize,
    seed: u64,
    /// How long nothing must come after that.
    quiet: Duration,
}

#[derive(Default)]
struct Came {
    /// Effects that landed after the word that it is stopped, and within the two seconds.
    soon: usize,
    /// And after them.
    late: usize,
    restarts: usize,
    before: usize,
    slowest: Duration,
}

impl Stops {
    fn go(&self) -> Came {
        let (devices, seed) = (self.devices.to_string(), self.seed.to_string());
        let words = ["--devices", &devices, "--seed", &seed, "--weather", "rough"];
        let company = Company::open(60, &words);
        let mut random = Random::named(self.seed, "stops");
        let mut engine = company.engine();
        let mut came = Came::default();
        for stop in 0..self.stops {
            engine = self.stop(&company, engine, stop, &mut random, &mut came);
        }
        let before = effects(&company).len();
        until(Duration::from_mins(1), "it goes on", || {
            (effects(&company).len() > before).then_some(())
        });
        came.before = before;
        assert!(engine.terminate().success());
        company.close();
        came
    }

    /// One stop at a random moment under load, every second time with a kill and a restart, and the word to go on.
    fn stop(
        &self,
        company: &Company,
        engine: Engine,
        at: usize,
        random: &mut Random,
        came: &mut Came,
    ) -> Engine {
        let before = effects(company).len();
        until(Duration::from_mins(2), "something is sent", || {
            press(company, at);
            (effects(company).len() > before + 3).then_some(())
        });
        real_pause(Duration::from_secs_f64(random.between(0.0, 1.2)));
        let watch = Stopwatch::start();
        let stopped = company.types(&["stop", "--reason", "a proof"]);
        assert_eq!(stopped.code, 0, "{stopped:?}");
        came.slowest = came.slowest.max(watch.elapsed());
        let acknowledged = effects(company).len();
        let engine = if at % 2 == 1 {
            came.restarts += 1;
            engine.kill();
            company.engine()
        } else {
            engine
        };
        // Also what comes meanwhile is kept, and nothing is done about it.
        press(company, at);
        real_pause(WITHIN);
        let then = effects(company).len();
        real_pause(self.quiet);
        let last = effects(company).len();
        came.soon += then - acknowledged;
        came.late += last - then;
        assert_eq!(last, then, "sent after two seconds (seed {})", self.seed);
        let standing = company.json(&["status"]);
        let is_stop = |switch: &serde_json::Value| switch["kind"] == "stop" && switch["on"] == true;
        let switches = standing["switches"].as_array();
        assert!(
            switches.is_some_and(|all| all.iter().any(is_stop)),
            "{standing}"
        );
        let resumed = company.types(&["resume", "--reason", "a proof"]);
        assert_eq!(resumed.code, 0, "{resumed:?}");
        engine
    }
}

/// A hook nobody is the better for: the intake works on while sending is stopped.
fn press(company: &Company, at: usize) {
    let body = format!(r#"{{"type":"edited_script","mark":{at}}}"#);
    let target = format!("/hooks/activity?token={}", company.token());
    let answer = post(company.hooks, &target, body.as_bytes());
    assert!(answer.is_some_and(|answer| answer.status < 300));
}

#[test]
fn two_seconds_after_a_stop_nothing_is_sent_over_a_restart() {
    let stops = Stops {
        stops: 2,
        devices: 80,
        seed: 5,
        quiet: Duration::from_millis(700),
    };
    let came = stops.go();
    assert_eq!((came.late, came.restarts), (0, 1));
}

#[test]
#[ignore = "takes minutes"]
fn two_seconds_after_any_of_many_stops_nothing_is_sent() {
    let _alone = alone();
    let watch = Stopwatch::start();
    let seed = Random::system().below(1_000_000) as u64;
    let stops = Stops {
        stops: 20,
        devices: 400,
        seed,
        quiet: Duration::from_secs(1),
    };
    let came = stops.go();
    figure(
        "brakes.stop",
        &[
            ("stops", &stops.stops),
            ("restarts", &came.restarts),
            ("sent_before", &came.before),
            ("sent_within_2s", &came.soon),
            ("sent_after_2s", &came.late),
            ("slowest_answer_ms", &came.slowest.as_millis()),
            ("seed", &seed),
            ("seconds", &watch.elapsed().as_secs()),
        ],
    );
}
