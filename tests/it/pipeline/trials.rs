//! Trials that pass, and each way a trial can fail.

use super::catalogue;
use drover::pipeline::parse;
use drover::pipeline::trial::run_trial;
use drover::store::Judge;

const BASE: &str = r#"
name = "t"
subject = "device"
key = "serial"
settings = { team = "Staging", soon = "10m" }
[columns]
serial = "text"
fleet_id = "integer"
team = "text"
asked_at = "time"
moved_at = "time"
[[intake]]
name = "heard"
webhook = { path = "heard" }
when = "event.kind == 'asked'"
key = "{{ event.serial }}"
set = { fleet_id = "{{ event.id }}", asked_at = "{{ event.at }}" }
keep = ["asked_at"]
[[stage]]
name = "move"
retry = { attempts = 3, wait = "1m" }
gate = { "in staging" = "team = :team", "not moved" = "moved_at IS NULL" }
set = { moved_at = "{{ now }}", team = "{{ steps.look.team_name }}" }
[[stage.step]]
name = "go"
call = "fleet.transfer_host"
with = { host_id = "{{ row.fleet_id }}", team = "Production", serial = "{{ row.serial }}" }
[[stage.step]]
name = "look"
call = "fleet.get_host"
with = { id = "{{ row.fleet_id }}" }
wait_if = "result.team_name != 'Production'"
wait = { every = "30s", most = "2m" }
else = "go"
[[ladder]]
name = "stuck"
stuck = { "asked long ago" = "asked_at < ago(:soon)" }
[[ladder.rung]]
title = "refetch"
call = "fleet.refetch_host"
with = { id = "{{ row.fleet_id }}" }
[[ladder.rung]]
title = "post"
limit = 2
call = "slack.post"
with = { text = "{{ row.serial }}" }
[[trial]]
name = "x"
"#;

const ROW: &str = "row = { serial = 'C02', fleet_id = 7, team = 'Staging', asked_at = \"{{ now | minus('20m') }}\" }\n";
const GO: &str =
    "{ call = 'fleet.transfer_host', result = { team_id = 2, team_name = 'Production' } }";
const THERE: &str = "{ call = 'fleet.get_host', result = { team_name = 'Production' } }";
const NOT_THERE: &str = "{ call = 'fleet.get_host', result = { team_name = 'Staging' } }";

/// Runs the one trial of the base file and this.
fn run(trial: &str) -> Vec<String> {
    let text = format!("{BASE}{trial}");
    let pipeline = parse("t.toml", &text).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let report = run_trial(
        &pipeline,
        &pipeline.trials[0],
        &catalogue(),
        &Judge::new().unwrap(),
    );
    assert_eq!(report.passed, report.problems.is_empty());
    report.problems
}

#[test]
fn what_comes_as_expected_passes() {
    for trial in [
        format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}]\nexpect = {{ taken = true, state = 'done', calls = ['fleet.transfer_host', 'fleet.get_host'], row = {{ team = 'Production', moved_at = '{{{{ now }}}}' }} }}"),
        format!("stage = 'move'\n{ROW}settings = {{ team = 'Other' }}\nexpect = {{ taken = false, row = {{ team = 'Staging' }} }}"),
        format!("stage = 'move'\n{ROW}unless = [{{ team = 'Other' }}, {{ team = '{{{{ none }}}}' }}, {{ moved_at = '{{{{ now }}}}', team = 'Staging' }}]\nreplies = [{GO}, {THERE}]\nexpect = {{ state = 'done' }}"),
        // Looked at again, thirty seconds later.
        format!("stage = 'move'\nnow = 2026-03-02T22:00:00Z\n{ROW}replies = [{GO}, {NOT_THERE}, {THERE}]\nexpect = {{ state = 'done', row = {{ moved_at = '2026-03-02T22:00:30Z' }} }}"),
        format!("stage = 'move'\n{ROW}replies = [{GO}, {NOT_THERE}]\nexpect = {{ waiting = true }}"),
        // Not confirmed: the retry starts at the step `else` names.
        format!("stage = 'move'\n{ROW}replies = [{{ call = 'fleet.transfer_host', result = {{}}, times = 2 }}, {{ call = 'fleet.get_host', result = {{ team_name = 'Staging' }}, times = 5 }}, {THERE}]\nexpect = {{ state = 'done', calls = ['fleet.transfer_host', 'fleet.get_host', 'fleet.get_host', 'fleet.get_host', 'fleet.get_host', 'fleet.get_host', 'fleet.transfer_host', 'fleet.get_host'] }}"),
        // A timeout is retried at its own step; a refusal is not retried.
        format!("stage = 'move'\n{ROW}replies = [{GO}, {{ call = 'fleet.get_host', fault = {{ kind = 'timeout' }} }}, {THERE}]\nexpect = {{ state = 'done', calls = ['fleet.transfer_host', 'fleet.get_host', 'fleet.get_host'] }}"),
        format!("stage = 'move'\n{ROW}replies = [{{ call = 'fleet.transfer_host', fault = {{ kind = 'refused', status = 422 }} }}]\nexpect = {{ state = 'failed', fault = 'refused', row = {{ team = 'Staging' }} }}"),
        format!("ladder = 'stuck'\n{ROW}replies = [{{ call = 'fleet.refetch_host' }}]\nexpect = {{ taken = true, rung = 'refetch', state = 'done' }}"),
        format!("ladder = 'stuck'\ntries = 2\n{ROW}replies = [{{ call = 'slack.post', result = {{}} }}]\nexpect = {{ rung = 'post', calls = ['slack.post'] }}"),
        format!("ladder = 'stuck'\ntries = 3\n{ROW}expect = {{ taken = true, rung = '' }}"),
        "intake = 'heard'\nrow = { asked_at = '2026-01-01T00:00:00Z' }\nevent = { kind = 'asked', serial = 'C02', id = 7, at = '2026-03-02T00:00:00Z' }\nexpect = { taken = true, key = 'C02', row = { fleet_id = 7, asked_at = '2026-01-01T00:00:00Z' } }".to_owned(),
        // What a call is given, and what is said.
        format!("stage = 'move'\n{ROW}replies = [{{ call = 'fleet.transfer_host', with = {{ team = 'Production', host_id = 7 }}, fault = {{ kind = 'refused', message = 'no such team' }} }}]\nexpect = {{ state = 'failed', says = 'no such' }}"),
        format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}]\nexpect = {{ state = 'done', says = '' }}"),
        "intake = 'heard'\nevent = '{\"kind\": \"asked\", \"serial\": null}'\nexpect = { taken = false }".to_owned(),
        "intake = 'heard'\nevent = { kind = 'other' }\nexpect = { taken = false }".to_owned(),
    ] {
        let problems = run(&trial);
        assert!(problems.is_empty(), "{trial}\n{problems:#?}");
    }
}

#[test]
fn what_comes_otherwise_is_said_in_a_sentence() {
    for (trial, said) in [
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}]\nexpect = {{ row = {{ team = 'Other' }} }}"), "team: expected Other, got Production"),
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}]\nexpect = {{ taken = false }}"), "taken: expected no, got yes"),
        (format!("stage = 'move'\n{ROW}unless = [{{ fleet_id = 8 }}]\nreplies = [{GO}, {THERE}]\nexpect = {{ state = 'done' }}"), "it is taken with fleet_id = 8 too"),
        (format!("stage = 'move'\n{ROW}settings = {{ team = 'Other' }}\nexpect = {{ taken = true }}"), "the row is not taken: \"in staging\" does not hold"),
        ("stage = 'move'\nexpect = { state = 'done' }".to_owned(), "there was no attempt: \"in staging\" is unknown"),
        (format!("stage = 'move'\n{ROW}expect = {{ state = 'done' }}"), "step go calls fleet.transfer_host with {\"host_id\":7,\"team\":\"Production\",\"serial\":\"C02\"}, and no reply is left"),
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}, {{ call = 'slack.post' }}]\nexpect = {{ state = 'done' }}"), "a reply of slack.post was never asked for"),
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}]\nexpect = {{ calls = [] }}"), "calls: expected none, got fleet.transfer_host, fleet.get_host"),
        (format!("stage = 'move'\n{ROW}replies = [{{ call = 'fleet.transfer_host', fault = {{ kind = 'refused', message = 'no such team' }} }}]\nexpect = {{ taken = true }}"), "failed at go: refused: no such team"),
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {{ call = 'fleet.get_host', result = {{}} }}]\nexpect = {{ state = 'done' }}"), "state: expected done, got waiting"),
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {{ call = 'fleet.get_host', result = {{ tem_name = 'Production' }} }}]\nexpect = {{ state = 'waiting' }}"), "fleet.get_host answers no \"tem_name\""),
        (format!("stage = 'move'\n{ROW}replies = [{GO}, {THERE}]\nexpect = {{ fault = 'refused' }}"), "fault: expected refused, got none"),
        (format!("stage = 'move'\n{ROW}replies = [{{ call = 'fleet.transfer_host', with = {{ team = 'Other' }} }}, {THERE}]\nexpect = {{ state = 'done' }}"), "fleet.transfer_host, input team: expected \"Other\", got \"Production\""),
        (format!("stage = 'move'\n{ROW}replies = [{{ call = 'fleet.transfer_host', fault = {{ kind = 'refused', message = 'no such team' }} }}]\nexpect = {{ state = 'failed', says = '' }}"), "says: expected \"\", got \"no such team\""),
        (format!("ladder = 'stuck'\n{ROW}replies = [{{ call = 'fleet.refetch_host' }}]\nexpect = {{ rung = 'post' }}"), "rung: expected post, got refetch"),
        ("intake = 'heard'\nevent = { kind = 'asked' }\nexpect = { taken = true }".to_owned(), "the event cannot be mapped: `event.serial` is undefined"),
        ("intake = 'heard'\nevent = { kind = 'asked', serial = 'C02', id = 'x', at = '2026-03-02T00:00:00Z' }\nexpect = { taken = true }".to_owned(), "not written, fleet_id: expected integer"),
        (format!("stage = 'move'\n{ROW}settings = {{ team = 5 }}\nexpect = {{ taken = true }}"), "expected text, got 5"),
    ] {
        let problems = run(&trial);
        assert!(problems.iter().any(|problem| problem.contains(said)), "{trial}\n{said}\n{problems:#?}");
    }
}

#[test]
fn the_trials_of_the_sample_pass() {
    let pipeline = parse(
        "sample.toml",
        include_str!("../../../src/pipeline/parse/sample.toml"),
    )
    .unwrap();
    for trial in &pipeline.trials {
        let report = run_trial(&pipeline, trial, &catalogue(), &Judge::new().unwrap());
        assert!(report.passed, "{report:#?}");
    }
}
