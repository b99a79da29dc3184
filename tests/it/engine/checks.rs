//! Checks are asked in their rhythm, and stages that name one take rows only while it is ok.

use super::SEND;
use super::service::SETTLE;
use super::world::World;
use drover::control::deed::Deed;
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, CheckRecord, CheckState, Level};
use serde_json::{Value as Json, json};

/// Asks one thing of the outside.
const PATH: &str = r#"
[[check]]
name     = "path"
title    = "Path of check-ins"
every    = "5m"
ok_if    = "steps.look.status == 307"
evidence = "it answers {{ steps.look.status }}"
advice   = "redirect /mdm/checkin with 307, it is {{ steps.look.status }} now"
[[check.step]]
name = "look"
call = "svc.confirm"
with = { to = "path" }
"#;

/// The stage of [`SEND`], kept back by these checks.
fn send_behind(checks: &str) -> String {
    SEND.replace("then  =", &format!("checks = [{checks}]\nthen  ="))
}

fn answers(world: &World, results: &[Json]) {
    for result in results {
        world.svc.answers("svc.confirm", result.clone());
    }
}

fn found() -> Json {
    json!({ "status": 307 })
}

fn missing() -> Json {
    json!({ "status": 404 })
}

fn record(world: &World, name: &'static str) -> Option<CheckRecord> {
    world.look(move |view| view.check(name))
}

fn until(world: &World, name: &'static str, state: CheckState) -> CheckRecord {
    world.until("the check's state", |world| {
        record(world, name).filter(|record| record.state == state)
    })
}

fn sent(world: &World) -> usize {
    world.svc.count("svc.send")
}

/// What a preview says of running the stage for this row.
fn verdict(world: &World, row: RowId) -> Result<String, String> {
    let deed = Deed::Trigger {
        stage: "send".into(),
    };
    world.look(move |view| {
        let row = view.row(row)?.expect("a row");
        deed.verdict(view, &row, &|name: &str| name.to_owned())
    })
}

#[test]
fn a_stage_takes_no_rows_while_its_check_fails_and_takes_them_once_it_is_ok() {
    let mut world = World::asleep(&(send_behind("'path'") + PATH));
    answers(&world, &[missing(), found()]);
    world.start();
    let row = world.wants("A1");
    let record = until(&world, "path", CheckState::Failed);
    assert_eq!(record.text, "it answers 404");
    world.settle();
    assert_eq!(sent(&world), 0);
    let why = "waits for the check Path of check-ins: it answers 404 — redirect /mdm/checkin with 307, it is 404 now";
    assert_eq!(verdict(&world, row), Err(why.to_owned()));
    let now = world.clock.now();
    let explained = world.look(move |view| view.explain(row, now));
    assert_eq!(explained[0].kept_back, [why]);
    world.turn(Span::from_mins(5));
    until(&world, "path", CheckState::Ok);
    world.until_state(row, AttemptState::Done);
    assert_eq!(sent(&world), 1);
    let log = world.look(|view| view.journal_after(0, 500));
    let said: Vec<_> = (log.iter())
        .filter(|entry| entry.source == "checks")
        .map(|entry| (entry.level, entry.text.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                Level::Alarm,
                "Path of check-ins failed and keeps back Send: it answers 404 — redirect /mdm/checkin with 307, it is 404 now"
            ),
            (Level::Info, "Path of check-ins is ok: it answers 307"),
        ]
    );
}

#[test]
fn what_waits_when_a_check_fails_goes_on_and_nothing_new_is_begun() {
    let file = super::CONFIRM.replace("retry =", "checks = ['path']\nretry =")
        + &PATH.replace("svc.confirm", "svc.look");
    let mut world = World::asleep(&file);
    world.svc.answers("svc.look", found());
    world.svc.answers("svc.look", missing());
    world.svc.answers("svc.confirm", json!({ "state": "no" }));
    world
        .svc
        .answers("svc.confirm", json!({ "state": "there" }));
    world.start();
    until(&world, "path", CheckState::Ok);
    let first = world.wants("A1");
    world.until_state(first, AttemptState::Waiting);
    world.write(|tx| {
        let mut failed = tx.check("path")?.expect("a record");
        failed.state = CheckState::Failed;
        tx.set_check(&failed)
    });
    world.wants("A2");
    world.turn(Span::from_mins(1));
    world.until_state(first, AttemptState::Done);
    assert_eq!(sent(&world), 1);
}

#[test]
fn an_answer_that_grew_old_no_longer_counts() {
    let mut world = World::asleep(&(send_behind("'path'") + PATH));
    answers(&world, &[found()]);
    world.start();
    until(&world, "path", CheckState::Ok);
    world.settle();
    // From now on the outside answers nothing at all, and the engine waits for it.
    world.svc.silence(Some("svc.confirm"));
    world.clock.turn(Span::from_mins(5));
    world.until("the question", |w| {
        (w.svc.count("svc.confirm") == 2).then_some(())
    });
    let early = world.wants("A1");
    world.until_state(early, AttemptState::Done);
    world.clock.turn(Span::from_mins(11));
    let late = world.wants("A2");
    world.looks();
    assert!(world.attempts(late).is_empty());
    let why = verdict(&world, late).unwrap_err();
    assert!(why.contains("not asked for 16m"), "{why}");
    answers(&world, &[found()]);
    world.svc.silence(None);
    world.until_state(late, AttemptState::Done);
}

#[test]
fn what_cannot_be_asked_is_unknown_keeps_rows_back_and_is_asked_again_soon() {
    let mut world = World::asleep(&(send_behind("'path'") + PATH));
    world.svc.fails("svc.confirm", FaultKind::Timeout);
    world.svc.fails("svc.confirm", FaultKind::Timeout);
    answers(&world, &[found()]);
    world.start();
    let row = world.wants("A1");
    let record = until(&world, "path", CheckState::Unknown);
    assert!(record.text.contains("as the test says"), "{}", record.text);
    world.turn(Span::from_secs(25));
    assert_eq!(world.svc.count("svc.confirm"), 1, "it is not hammered");
    world.turn(Span::from_secs(5));
    let asked = record.at;
    world.until("the second asking", |world| {
        (self::record(world, "path")?.at > asked).then_some(())
    });
    assert_eq!((world.svc.count("svc.confirm"), sent(&world)), (2, 0));
    assert_eq!(
        world.said("could not be asked"),
        1,
        "the same again is no news"
    );
    world.turn(Span::from_secs(30));
    world.until_state(row, AttemptState::Done);
}

#[test]
fn a_read_that_may_fail_is_part_of_the_answer() {
    let file = PATH
        .replace("steps.look.status == 307", "steps.look.error is defined")
        .replace("{{ steps.look.status }}", "{{ steps.look.error.kind }}")
        + "on_error = \"continue\"";
    let mut world = World::asleep(&file);
    world.svc.fails("svc.confirm", FaultKind::Refused);
    world.start();
    assert_eq!(
        until(&world, "path", CheckState::Ok).text,
        "it answers refused"
    );
}

#[test]
fn a_check_is_not_due_before_others_are_ok_and_is_asked_at_once_then() {
    let second = r#"
[[check]]
name   = "second"
every  = "1h"
after  = ["path"]
ok_if  = "true"
advice = "nothing"
"#;
    let mut world = World::asleep(&(send_behind("'second'") + second + PATH));
    answers(&world, &[missing(), found(), missing()]);
    world.start();
    let row = world.wants("A1");
    let record = until(&world, "second", CheckState::NotDue);
    assert_eq!(record.text, "after Path of check-ins");
    assert_eq!(
        world.said("keeps back Send"),
        1,
        "what comes first keeps it back too"
    );
    world.turn(Span::from_mins(5));
    until(&world, "second", CheckState::Ok);
    world.until_state(row, AttemptState::Done);
    world.turn(Span::from_mins(5));
    until(&world, "second", CheckState::NotDue);
    let late = world.wants("A2");
    world.settle();
    assert!(world.attempts(late).is_empty());
}

#[test]
fn a_check_waits_until_every_row_is_so_far() {
    let file = PATH.replace("every    =", "once_all = \"stuck IS NOT NULL\"\nevery    =");
    let mut world = World::asleep(&file);
    answers(&world, &[found()]);
    world.start();
    assert_eq!(
        until(&world, "path", CheckState::NotDue).text,
        "there is no thing yet"
    );
    let no = ("stuck", Value::Boolean(false));
    world.row("A1", std::slice::from_ref(&no));
    world.row("A2", &[]);
    world.turn(Span::from_secs(2));
    world.until("the count", |world| {
        (record(world, "path")?.text == "1 of 2 things not yet").then_some(())
    });
    assert_eq!(world.svc.count("svc.confirm"), 0);
    world.row("A2", &[no]);
    world.turn(Span::from_secs(2));
    until(&world, "path", CheckState::Ok);
}

#[test]
fn a_check_of_the_table_follows_the_table_and_writes_nothing_that_is_no_news() {
    let check = r#"
[[check]]
name   = "settled"
title  = "Nothing is stuck"
every  = "1h"
no_row = "stuck"
advice = "settle or accept them"
"#;
    let world = World::new(&(send_behind("'settled'") + check));
    assert_eq!(
        until(&world, "settled", CheckState::Ok).text,
        "none of 0 things"
    );
    world.row("B1", &[("stuck", Value::Boolean(true))]);
    world.turn(Span::from_secs(2));
    assert_eq!(
        until(&world, "settled", CheckState::Failed).text,
        "1 of 1 thing"
    );
    let row = world.wants("A1");
    world.turn(Span::from_secs(2));
    world.until("the count", |world| {
        (record(world, "settled")?.text == "1 of 2 things").then_some(())
    });
    assert!(world.attempts(row).is_empty());
    world.settle();
    let at = record(&world, "settled").unwrap().at;
    for _ in 0..5 {
        world.turn(Span::from_mins(2));
    }
    assert_eq!(record(&world, "settled").unwrap().at, at);
    world.row("B1", &[("stuck", Value::Boolean(false))]);
    world.turn(Span::from_secs(2));
    world.until_state(row, AttemptState::Done);
}

#[test]
fn a_check_goes_on_while_all_sending_is_stopped_as_it_only_reads() {
    let mut world = World::asleep(PATH);
    answers(&world, &[found(), missing()]);
    world.start();
    until(&world, "path", CheckState::Ok);
    world.obeys(Request::Stop {
        reason: "something is wrong".into(),
    });
    world.turn(Span::from_mins(5));
    until(&world, "path", CheckState::Failed);
}

#[test]
fn a_check_never_calls_what_changes_something() {
    let mut world = World::asleep(&PATH.replace("svc.confirm", "svc.send"));
    world.start();
    let record = until(&world, "path", CheckState::Unknown);
    assert!(
        record.text.contains("a check may only read"),
        "{}",
        record.text
    );
    assert_eq!(sent(&world), 0);
}

#[test]
fn how_checks_stand_outlives_a_restart_at_which_all_are_asked_anew() {
    let mut world = World::asleep(&(send_behind("'path'") + PATH));
    answers(&world, &[missing(), missing(), found()]);
    world.start();
    let before = until(&world, "path", CheckState::Failed);
    let row = world.wants("A1");
    world.settle();
    world.stop();
    world.clock.turn(SETTLE);
    world.start();
    let after = world.until("the second asking", |world| {
        record(world, "path").filter(|after| after.at > before.at)
    });
    assert_eq!(
        (after.since, after.state),
        (before.since, CheckState::Failed)
    );
    assert_eq!(world.said("Path of check-ins failed"), 1, "it is no news");
    assert_eq!(sent(&world), 0);
    world.kill();
    world.start();
    world.until_state(row, AttemptState::Done);
}
