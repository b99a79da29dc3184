//! An engine on a store that was put back from a backup.

use super::SEND;
use super::service::SETTLE;
use super::world::World;
use drover::connectors::action::Landing;
use drover::control::protocol::Request;
use drover::model::actor::Actor;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::rule::RuleKind;
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::store::{
    AttemptState, Cause, HoldKind, MessageKind, MessageState, NewAttempt, NewMessage, NewStep,
    SwitchKind,
};
use serde_json::json;

/// What the restored store's note says is the backup's moment.
const BACKUP: &str = "2026-03-02T09:00:00Z";

fn resume() -> Request {
    Request::Resume {
        reason: "looked it over".into(),
    }
}

/// A store with one row that wants to be sent to, put back; the next engine is not started yet.
fn put_back(stages: &str) -> (World, RowId) {
    let mut world = World::asleep(stages);
    world.chat = Some(std::sync::Arc::new(super::service::Service::chat()));
    world.start();
    world.obeys(Request::Stop {
        reason: "the evening before".into(),
    });
    let row = world.wants("A1");
    world.settle();
    world.write(|tx| {
        let note = json!({ "at": BACKUP, "since": BACKUP, "from": "copy.db" });
        tx.set_note("restored", &note)
    });
    world.stop();
    (world, row)
}

fn halts(world: &World) -> Vec<String> {
    let halts = world.look(|view| view.halts());
    halts.into_iter().map(|halt| halt.why).collect()
}

fn is_stopped(world: &World) -> bool {
    let stop = world.look(|view| view.switch(SwitchKind::Stop, "*"));
    stop.unwrap().on
}

#[test]
fn what_landed_after_the_backup_is_taken_and_not_sent_again() {
    let (mut world, row) = put_back(SEND);
    let result = json!({ "id": 7 });
    world
        .svc
        .found("svc.send", [Landing::Landed(result.clone())]);
    world.start();
    world.settle();
    let looks = world.svc.looks();
    assert_eq!(looks.len(), 1);
    assert_eq!(looks[0].intent_at, Time::parse(BACKUP).unwrap());
    assert_eq!(
        (looks[0].op.as_str(), &looks[0].input["to"]),
        ("", &json!("A1"))
    );
    assert_eq!(halts(&world), [""; 0], "all is looked at");
    assert!(is_stopped(&world), "and a person has not said a word");
    world.turn(Span::from_hours(1));
    assert_eq!(world.svc.order(), ["svc.look"], "nothing was sent");
    world.obeys(resume());
    world.settle();
    let attempt = world.last(row);
    assert_eq!(attempt.state, AttemptState::Done);
    assert_eq!(world.svc.count("svc.send"), 0);
    assert_eq!(world.steps(&attempt)[1].result, Some(result));
    assert_eq!(world.said("found after the restore and not sent again"), 1);
}

#[test]
fn an_absence_is_believed_after_the_settle_time_and_twice_and_until_then_nobody_resumes() {
    let (mut world, row) = put_back(SEND);
    world.svc.found("svc.send", vec![Landing::Absent; 9]);
    world.start();
    world.settle();
    assert_eq!(world.svc.looks().len(), 1);
    let why = world.refuses(resume());
    assert!(
        why.contains("0 of 1 rows") && why.contains("copy.db"),
        "{why}"
    );
    assert!(
        halts(&world)[0].contains("1 wait for a second look"),
        "{:?}",
        halts(&world)
    );
    world.turn(SETTLE.times(0.9));
    assert_eq!(world.svc.looks().len(), 1);
    world.turn(SETTLE.times(0.2));
    assert_eq!(world.svc.looks().len(), 2);
    assert_eq!(world.svc.count("svc.send"), 0);
    world.obeys(resume());
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.count("svc.send"), world.svc.looks().len()),
        (1, 2)
    );
}

#[test]
fn what_cannot_be_told_is_parked_before_anything_moves_and_released_by_a_person_it_is_sent() {
    for action in ["svc.send", "svc.shout"] {
        let (mut world, row) = put_back(&SEND.replace("svc.send", action));
        world.start();
        world.settle();
        let hold = world.hold(row, "send").unwrap();
        assert_eq!(hold.kind, HoldKind::Parked);
        assert!(
            hold.reason.contains("may have landed after the backup"),
            "{hold:?}"
        );
        world.obeys(resume());
        world.turn(Span::from_hours(1));
        assert_eq!(world.svc.count(action), 0);
        world.obeys(Request::Release {
            rows: vec![row],
            stage: Some("send".into()),
            reason: "it is not there".into(),
        });
        world.settle();
        assert_eq!(world.svc.count(action), 1);
        assert_eq!(world.last(row).state, AttemptState::Done);
    }
}

#[test]
fn a_row_the_backup_did_not_know_is_looked_at_when_its_call_comes() {
    let (mut world, _) = put_back(SEND);
    world.svc.found("svc.send", [Landing::Landed(json!({}))]);
    world.start();
    world.settle();
    world
        .svc
        .found("svc.send", [Landing::Absent, Landing::Absent]);
    world.obeys(resume());
    let row = world.wants("B2");
    world.settle();
    assert_eq!(
        world.last(row).state,
        AttemptState::Waiting,
        "not believed yet"
    );
    world.turn(SETTLE);
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (3, 1)
    );
    world
        .svc
        .found("svc.send", [Landing::Landed(json!({ "id": 9 }))]);
    let row = world.wants("C3");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (4, 1)
    );
    let row = world.wants("D4");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Unknown);
    assert!(world.hold(row, "send").unwrap().reason.contains("backup"));
    world.turn(Span::from_hours(25));
    let row = world.wants("E5");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done, "new by then");
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (5, 2)
    );
}

#[test]
fn a_call_that_the_table_knows_of_is_not_taken_for_one_it_forgot() {
    let stages = SEND.replace("done_at = \"{{ now }}\"", "wanted = \"{{ false }}\"");
    let mut world = World::new(&stages);
    world.svc.answers("svc.look", json!({}));
    world.svc.answers("svc.send", json!({ "id": 1 }));
    let row = world.wants("A1");
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 1);
    world.write(|tx| tx.set_note("restored", &json!({ "since": BACKUP, "from": "copy.db" })));
    world.stop();
    let there = || Landing::Landed(json!({ "id": 1 }));
    world.svc.found("svc.send", [there(), there()]);
    world.start();
    world.settle();
    world.obeys(resume());
    world.row("A1", &[("wanted", Value::Boolean(true))]);
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 2, "a second one was asked for");
    assert_eq!(world.attempts(row).len(), 2);
}

#[test]
fn a_service_that_does_not_show_what_certainly_landed_proves_nothing_by_showing_nothing() {
    let mut world = World::new(SEND);
    world.svc.answers("svc.look", json!({}));
    world.svc.answers("svc.send", json!({ "id": 1 }));
    world.wants("A1");
    world.settle();
    world.obeys(Request::Stop {
        reason: "the evening before".into(),
    });
    let row = world.wants("B2");
    world.write(|tx| tx.set_note("restored", &json!({ "since": BACKUP, "from": "copy.db" })));
    world.stop();
    world.svc.found("svc.send", vec![Landing::Absent; 9]);
    world.start();
    world.settle();
    let hold = world.hold(row, "send").unwrap();
    assert!(
        hold.reason.contains("none that certainly landed"),
        "{hold:?}"
    );
    world.obeys(resume());
    world.turn(Span::from_hours(1));
    assert_eq!(world.svc.count("svc.send"), 1);
}

#[test]
fn a_service_that_cannot_be_reached_is_asked_again_and_at_last_left_for_when_the_call_comes() {
    let (mut world, row) = put_back(SEND);
    for _ in 0..6 {
        world.svc.fails("svc.look", FaultKind::Unreachable);
    }
    world.start();
    world.settle();
    assert!(
        halts(&world)[0].contains("0 of 1 rows"),
        "{:?}",
        halts(&world)
    );
    for _ in 0..20 {
        world.turn(Span::from_mins(1));
    }
    assert_eq!(world.svc.count("svc.look"), 6);
    assert!(is_stopped(&world) && halts(&world).is_empty());
    world.svc.found("svc.send", [Landing::Landed(json!({}))]);
    world.obeys(resume());
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (1, 0)
    );
}

#[test]
fn an_engine_killed_while_it_looked_goes_on_looking_and_stays_stopped() {
    let (mut world, row) = put_back(SEND);
    world.svc.found("svc.send", vec![Landing::Absent; 9]);
    world.start();
    world.settle();
    world.kill();
    world.start();
    world.settle();
    world.refuses(resume());
    world.turn(SETTLE);
    assert_eq!(world.svc.looks().len(), 2, "the first look counts still");
    assert_eq!(world.svc.count("svc.send"), 0);
    assert_eq!(
        world.said("all sending is stopped: the store was restored"),
        1
    );
    world.obeys(resume());
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn a_message_that_waited_in_the_backup_is_looked_up_before_it_goes_out() {
    let (mut world, row) = put_back(SEND);
    world.svc.found("svc.send", [Landing::Landed(json!({}))]);
    let chat = world.chat.clone().unwrap();
    world.start();
    world.settle();
    let text = |n: usize| format!("message {n}");
    // As the backup had them: the stop kept them waiting.
    for n in 1..=2 {
        world.write(move |tx| {
            tx.post(NewMessage {
                kind: MessageKind::Ticket,
                row: Some(row),
                rule: None,
                text: text(n),
            })
        });
    }
    world.write(|tx| tx.set_note("restored", &json!({ "since": BACKUP })));
    world.stop();
    let gone = || Landing::Absent;
    chat.found("slack.post", [Landing::Landed(json!({})), gone(), gone()]);
    world.svc.found("svc.send", [Landing::Landed(json!({}))]);
    world.start();
    world.settle();
    assert_eq!(chat.looks().len(), 0, "it stays stopped");
    world.obeys(resume());
    world.turn(Span::from_mins(2));
    assert_eq!(chat.looks().len(), 2, "one absence proves nothing");
    world.turn(Span::from_mins(2));
    assert_eq!(chat.looks().len(), 3);
    let posts = chat.calls_of("slack.post");
    let tickets = posts.iter().filter(|post| post.text().contains("message"));
    let tickets: Vec<_> = tickets.map(|post| post.text().to_owned()).collect();
    assert_eq!(tickets, ["Ticket: message 2"]);
    let states = world.messages(row).into_iter().map(|m| m.state);
    assert!(states.filter(|s| *s == MessageState::Delivered).count() >= 2);
}

#[test]
fn an_attempt_that_runs_on_record_and_that_nobody_works_on_is_taken_up() {
    for sent in [true, false] {
        let world = World::new(SEND);
        let row = world.row("A1", &[]);
        world.settle();
        let id = world.write(move |tx| {
            let id = tx.begin(NewAttempt {
                row,
                rule: "send".into(),
                kind: RuleKind::Stage,
                rung: None,
                number: 1,
                cause: Cause::Schedule,
                actor: Actor::Engine,
                resumes: None,
                start_at: None,
            })?;
            if sent {
                tx.intend(NewStep {
                    attempt: id,
                    name: "send".into(),
                    item: None,
                    action: "svc.send".into(),
                    mutates: true,
                    op: "op-1".into(),
                    input: json!({ "to": "A1" }),
                })?;
            }
            Ok(id)
        });
        world.settle();
        assert_eq!(world.last(row).state, AttemptState::Running);
        world
            .svc
            .found("svc.send", [Landing::Landed(json!({ "id": 3 }))]);
        world.row("A1", &[("wanted", Value::Boolean(true))]);
        world.turn(Span::from_mins(6));
        let attempt = world.last(row);
        assert_eq!((attempt.id, attempt.state), (id, AttemptState::Done));
        let looks: Vec<_> = world.svc.looks().into_iter().map(|l| l.op).collect();
        let (looked, called) = if sent {
            (vec!["op-1".to_owned()], 0)
        } else {
            (vec![], 1)
        };
        assert_eq!(looks, looked);
        assert_eq!(world.svc.count("svc.send"), called);
    }
}
