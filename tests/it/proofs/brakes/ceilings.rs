//! A pipeline that moves Macs to and fro for ever is stopped at the ceiling, however often the engine is restarted.

use super::{CLEAR, effects, is};
use crate::proofs::{alone, figure};
use crate::support::{Company, until};
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::random::Random;
use drover::model::time::{Span, Time};
use std::time::Duration;

const PER_HOUR: usize = 40;
/// Ledger and engine agree on the time to a few of these, in engine time at this speed.
const SLACK: Span = Span::from_mins(10);
const SPEED: u32 = 240;

/// Back into staging as soon as it has left it.
const LOOP: &str = r#"
[[stage]]
name     = "to_and_fro"
title    = "A mistake"
parallel = 4
[stage.gate]
"moved" = "transferred_at IS NOT NULL"
[[stage.step]]
name = "move"
call = "fleet.transfer_host"
with = { host_id = "{{ row.fleet_id }}", team = "{{ settings.staging_team }}", serial = "{{ row.serial }}", uuid = "{{ row.uuid }}" }
[stage.set]
transferred_at = "{{ none }}"
completed_at   = "{{ none }}"
fleet_team     = "{{ settings.staging_team }}"
"#;

/// The most destructive effects within any stretch of an hour, the slack taken off.
fn most_in_an_hour(company: &Company) -> usize {
    let mut times: Vec<Time> = effects(company)
        .iter()
        .filter(|effect| {
            ["unenroll", "script", "transfer"]
                .iter()
                .any(|verb| is(effect, verb))
        })
        .filter_map(|effect| Time::parse(effect["at"].as_str()?).ok())
        .collect();
    times.sort();
    let stretch = Span::from_millis(Span::from_hours(1).millis() - SLACK.millis());
    let within = |from: &Time| {
        times
            .iter()
            .filter(|at| **at >= *from && at.since(*from) < stretch)
            .count()
    };
    times.iter().map(within).max().unwrap_or_default()
}

#[test]
#[ignore = "takes minutes"]
fn what_goes_round_is_stopped_at_the_ceiling_over_restarts() {
    let _alone = alone();
    let watch = Stopwatch::start();
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("clear.toml");
    std::fs::write(&scenario, CLEAR).unwrap();
    let words = ["--devices", "30", "--scenario", scenario.to_str().unwrap()];
    let company = Company::open(SPEED, &words);
    company.rewrite("drover.toml", "\n# per_hour = 1000\n", "\nper_hour = 40\n");
    company.rewrite("drover.toml", "\n# per_row = 3\n", "\nper_row = 100000\n");
    company.rewrite("jamf-to-fleet.toml", "\nwindow   = \"nightly\"\n", "\n");
    let path = company.path("jamf-to-fleet.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text + LOOP).unwrap();
    let mut random = Random::system();
    let mut engine = company.engine();
    let alarmed = |company: &Company| {
        let status = company.types(&["status"]);
        status.out.contains("[ceilings] per_hour is 40")
    };
    until(Duration::from_mins(2), "the ceiling", || {
        alarmed(&company).then_some(())
    });
    let (mut restarts, lasts) = (0, Duration::from_secs(40));
    let hours = Stopwatch::start();
    while hours.elapsed() < lasts {
        engine.kill();
        engine = company.engine();
        restarts += 1;
        real_pause(Duration::from_secs_f64(random.between(0.5, 4.0)));
    }
    drop(engine);
    let most = most_in_an_hour(&company);
    let all = effects(&company).len();
    figure(
        "brakes.ceilings",
        &[
            ("per_hour", &PER_HOUR),
            ("most_in_an_hour", &most),
            ("restarts", &restarts),
            ("effects", &all),
            (
                "hours",
                &(hours.elapsed().as_secs() * u64::from(SPEED) / 3_600),
            ),
            ("seconds", &watch.elapsed().as_secs()),
        ],
    );
    assert!(most > PER_HOUR / 2, "too little was going on: {most}");
    assert!(
        most <= PER_HOUR,
        "{most} within an hour, and {PER_HOUR} are the most"
    );
}
