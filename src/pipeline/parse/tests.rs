//! The format as `DESIGN.md` §2 shows it, and what is said of mistakes in it.

use super::{parse, read};
use crate::model::fault::FaultKind;
use crate::model::time::{Span, Time};
use crate::model::value::{Value, ValueType};
use crate::pipeline::definition::{Pipeline, Rhythm, Source, Target, Then, Tone, WaveMembers};
use crate::pipeline::trial::{Answer, Ending, TrialOf};

const SAMPLE: &str = include_str!("sample.toml");
const MISTAKES: &str = include_str!("mistakes.toml");

fn sample() -> Pipeline {
    parse("sample.toml", SAMPLE).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

#[test]
fn the_shape_the_design_shows_is_read() {
    let pipeline = sample();
    assert_eq!(pipeline.title, "Jamf Pro → Fleet");
    assert_eq!(
        pipeline.column("fleet_id").unwrap().kind,
        ValueType::Integer
    );
    assert_eq!(pipeline.column("requested_at").unwrap().title, "Asked");
    assert_eq!(pipeline.phases[0].tone, Tone::Active);
    let migrate = pipeline.intake("migrate").unwrap();
    let Source::Webhook { path, reply, busy } = &migrate.source else {
        panic!("a webhook");
    };
    assert_eq!((path.as_str(), *reply, *busy), ("migrate", 201, 429));
    assert!(migrate.create && migrate.keep == ["requested_at"]);
    let inventory = pipeline.intake("inventory").unwrap();
    let Source::Poll {
        rhythm: Rhythm::At(cron),
        ..
    } = &inventory.source
    else {
        panic!("a poll by cron");
    };
    let next = cron.next_after(Time::parse("2026-03-02T12:00:00Z").unwrap());
    assert_eq!(next, Time::parse("2026-03-02T17:00:00Z").ok());
    assert_eq!(inventory.refresh.as_ref().unwrap().call, "fleet.get_host");
}

#[test]
fn stages_have_gates_in_file_order_steps_and_defaults() {
    let pipeline = sample();
    let stage = pipeline.stage("transfer").unwrap();
    let titles: Vec<_> = stage
        .gate
        .iter()
        .map(|condition| condition.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "unenrolled from Jamf",
            "in the staging team",
            "not yet transferred",
            "enrolled in Fleet"
        ]
    );
    assert_eq!(
        (stage.parallel, &stage.then),
        (4, &Then::Helper("tell".into()))
    );
    assert_eq!(
        (stage.retry.attempts, stage.retry.most),
        (4, Span::from_mins(30))
    );
    let read_back = &stage.steps[1];
    assert_eq!(read_back.call, Target::Action("fleet.get_host".into()));
    assert_eq!(
        (read_back.wait.every, read_back.wait.longest),
        (Span::from_secs(30), Span::from_mins(5))
    );
    assert_eq!(read_back.else_step.as_deref(), Some("move"));
    assert_eq!(read_back.title, "Read back");
    assert_eq!(stage.set[1].0, "fleet_team");
    let swept = pipeline.stage("sweep").unwrap();
    assert!(swept.sweep.is_some() && swept.waves);
    assert_eq!(
        swept.retry.on.as_deref(),
        Some([FaultKind::Timeout].as_slice())
    );
    assert_eq!(swept.steps[0].call, Target::Helper("tell".into()));
    assert_eq!(swept.retry.attempts, 4);
}

#[test]
fn ladders_helpers_brakes_waves_and_trials_are_read() {
    let pipeline = sample();
    let ladder = pipeline.ladder("stuck_in_jamf").unwrap();
    assert!(ladder.stuck[0].ago.is_some());
    assert_eq!(
        (ladder.rungs[0].limit, ladder.rungs[0].wait),
        (1, Span::from_mins(10))
    );
    assert_eq!(ladder.rungs[1].step.wait.every, Span::from_secs(10));
    assert_eq!(ladder.after, Then::Ticket);
    let helper = pipeline.helper("tell").unwrap();
    assert!(!helper.inputs[0].required && helper.steps.len() == 1);
    assert_eq!(pipeline.brakes[0].failures, Some((5, Span::from_mins(10))));
    assert_eq!(pipeline.brakes[0].share, Some((0.2, 10)));
    let by_share = SAMPLE.replace(
        "name = \"first_tenth\"",
        "name = \"first_tenth\"\npercent = 10\ncolumn = \"serial\"\nopens = \"2026-03-02T22:00:00+01:00\"",
    );
    let by_share = parse("sample.toml", &by_share).unwrap();
    assert!(by_share.waves[1].opens.is_some());
    assert_eq!(
        by_share.waves[1].members,
        WaveMembers::Percent {
            column: "serial".into(),
            percent: 10
        }
    );
    let trial = &pipeline.trials[0];
    assert_eq!(trial.of, TrialOf::Stage("transfer".into()));
    assert_eq!(trial.expect.state, Some(Ending::Done));
    assert!(
        matches!(&trial.replies[1].answer, Answer::Fault(fault) if fault.kind == FaultKind::Timeout)
    );
}

#[test]
fn settings_are_typed_by_their_defaults() {
    let pipeline = sample();
    let value = |name: &str| {
        let setting = pipeline
            .settings
            .iter()
            .find(|setting| setting.name == name);
        setting.unwrap().value.clone()
    };
    assert_eq!(value("staging_team"), Value::Text("Staging".into()));
    assert_eq!(value("tries"), Value::Integer(3));
    assert_eq!(value("careful"), Value::Boolean(true));
    assert_eq!(
        value("since"),
        Value::Time(Time::parse("2026-01-01T00:00:00Z").unwrap())
    );
}

/// Line, a part of the sentence, and a part of the hint.
const EXPECTED: &[(usize, &str, &str)] = &[
    (3, "\"Europe/Belrin\" is no time zone", "Europe/Berlin"),
    (
        7,
        "expected a text, a whole number, true or false, or a time, got 1.5",
        "",
    ),
    (11, "\"intger\" is no type", "did you mean \"integer\"?"),
    (12, "\"wave\" is kept for drover's own use", "another name"),
    (18, "\"mon-firday\" is no list of days", ""),
    (24, "unknown key \"wehbook\"", "did you mean \"webhook\"?"),
    (22, "an intake needs a webhook or a poll", "add webhook"),
    (25, "`{{ event. }}`", ""),
    (
        30,
        "there is no window \"nigthly\"",
        "did you mean \"nightly\"?",
    ),
    (
        31,
        "expected a whole number from 1 to 1000, got the text \"many\"",
        "",
    ),
    (
        32,
        "\"timeuot\" is no kind of fault",
        "did you mean \"timeout\"?",
    ),
    (
        33,
        "there is no helper \"tikcet\"",
        "did you mean \"ticket\"?",
    ),
    (34, "no cron expression", ""),
    (37, "expected an SQL condition, got 5", ""),
    (42, "\"10 minutes\" is not a span", ""),
    (42, "`wait` means nothing without wait_if", "add wait_if"),
    (
        43,
        "there is no step \"moev\" here",
        "did you mean \"move\"?",
    ),
    (
        47,
        "there is already a step \"move\", on line 39",
        "another name",
    ),
    (46, "\"call\" is missing", "add call"),
    (50, "there is already a stage \"transfer\", on line 28", ""),
    (
        49,
        "a stage without a gate would take every row",
        "add [stage.gate]",
    ),
    (55, "a trial is of exactly one thing", ""),
    (
        57,
        "there is no column \"serail\"",
        "did you mean \"serial\"?",
    ),
];

#[test]
fn every_mistake_is_found_at_once_with_its_line_and_a_hint() {
    let findings = parse("mistakes.toml", MISTAKES).unwrap_err();
    let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
    for (line, problem, hint) in EXPECTED {
        let found = findings
            .iter()
            .find(|finding| finding.line == *line && finding.problem.contains(problem));
        let found = found.unwrap_or_else(|| panic!("line {line}, {problem}: {told:#?}"));
        assert!(
            found.hint.clone().unwrap_or_default().contains(hint),
            "{found}"
        );
    }
    assert_eq!(findings.len(), EXPECTED.len(), "{told:#?}");
}

#[test]
fn what_is_no_toml_is_said_where_it_stands() {
    let reading = read("broken.toml", "name = \"t\"\nkey =\nsubject = [1,\n");
    assert!(!reading.readable);
    assert_eq!(reading.findings[0].line, 2);
    assert!(
        reading
            .findings
            .iter()
            .all(|finding| finding.problem.contains("no TOML"))
    );
    assert!(parse("empty.toml", "").is_err());
}

#[test]
fn any_text_at_all_gives_findings_and_never_a_panic() {
    for cut in (0..SAMPLE.len())
        .step_by(37)
        .filter(|cut| SAMPLE.is_char_boundary(*cut))
    {
        let _ = read("cut.toml", &SAMPLE[..cut]);
        let _ = read("swapped.toml", &SAMPLE[..cut].replace('"', "'"));
    }
}

#[test]
fn the_shipped_pipelines_are_sound() {
    let text = include_str!("../../../assets/pipelines/jamf-to-fleet.toml");
    let reading = read("jamf-to-fleet.toml", text);
    assert!(reading.findings.is_empty(), "{:#?}", reading.findings);
}

const CHECKS: &str = r#"
name = "p"
title = "P"
subject = "thing"
key = "serial"
[columns]
serial = "text"
[[stage]]
name = "cut"
checks = ["path", "settled"]
[stage.gate]
"known" = "serial IS NOT NULL"
[[check]]
name = "path"
every = "90s"
after = ["settled"]
once_all = "serial IS NOT NULL"
ok_if = "steps.look.status == 307"
evidence = "{{ steps.look.status }}"
advice = "redirect it"
[[check.step]]
name = "look"
call = "svc.look"
on_error = "continue"
[[check]]
name = "settled"
no_row = "serial IS NULL"
advice = "name them"
"#;

#[test]
fn checks_have_steps_or_a_condition_and_a_rhythm_and_stages_name_them() {
    use crate::pipeline::definition::{Asks, OnError};
    let pipeline = parse("p.toml", CHECKS).unwrap_or_else(|found| panic!("{found:#?}"));
    assert_eq!(pipeline.stage("cut").unwrap().checks, ["path", "settled"]);
    let path = pipeline.check("path").unwrap();
    let Asks::Outside { steps, ok_if } = &path.asks else {
        panic!("it asks the outside");
    };
    assert_eq!(steps[0].on_error, OnError::Continue);
    assert_eq!(ok_if.source, "steps.look.status == 307");
    assert_eq!(
        (path.every, path.after.as_slice()),
        (Span::from_secs(90), &["settled".to_owned()][..])
    );
    assert_eq!(path.once_all.as_deref(), Some("serial IS NOT NULL"));
    let settled = pipeline.check("settled").unwrap();
    assert!(matches!(&settled.asks, Asks::NoRow(sql) if sql == "serial IS NULL"));
    assert_eq!(
        (settled.every, settled.title.as_str()),
        (Span::from_mins(5), "Settled")
    );
    let behind: Vec<_> = pipeline
        .stages_behind("settled")
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(behind, ["cut"]);
    let rules = pipeline.rules();
    assert_eq!(rules.rules[0].checks, ["path", "settled"]);
    assert_eq!(rules.checks[0].every, Span::from_secs(90));
}

#[test]
fn a_check_that_cannot_be_asked_or_gives_no_advice_is_refused() {
    for (from, to, said) in [
        (
            "no_row = \"serial IS NULL\"\n",
            "",
            "a check that asks nothing",
        ),
        ("no_row =", "ok_if = \"true\"\nno_row =", "not both"),
        ("advice = \"name them\"", "", "does not say what to change"),
        (
            "every = \"90s\"",
            "every = \"0s\"",
            "nothing can be done every 0ms",
        ),
        (
            "after = [\"settled\"]",
            "after = [\"setled\"]",
            "there is no check \"setled\"",
        ),
        (
            "no_row =",
            "after = [\"path\"]\nno_row =",
            "comes after itself: path → settled → path",
        ),
    ] {
        let text = CHECKS.replacen(from, to, 1);
        let told: Vec<String> = read("p.toml", &text)
            .findings
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(
            told.iter().any(|line| line.contains(said)),
            "{said}: {told:#?}"
        );
    }
}
