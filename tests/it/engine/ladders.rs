//! Ladders: read afresh, judged again, the next remedy, and a person at the end.

use super::world::World;
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, HoldKind, MessageKind};
use serde_json::json;

const LADDER: &str = r#"
[[intake]]
name    = "look"
webhook = { path = "look" }
key     = "{{ event.serial }}"
set     = { stuck = "{{ event.stuck }}" }
refresh = { call = "svc.look", with = { to = "{{ row.serial }}" } }

[[ladder]]
name  = "free"
title = "Stuck"
after = "ticket"
text  = "{{ row.serial }} is stuck"
[ladder.stuck]
"stuck" = "stuck"
[[ladder.rung]]
title = "nudge"
call  = "svc.put"
limit = 2
wait  = "10m"
[[ladder.rung]]
title = "shout"
call  = "svc.send"
limit = 1
wait  = "20m"
"#;

/// A stuck row; every look says that it still is, unless a test has put something else first.
fn stuck(world: &World) -> RowId {
    for _ in 0..20 {
        world
            .svc
            .answers("svc.look", json!({ "serial": "A1", "stuck": true }));
    }
    let row = world.row("A1", &[("stuck", Value::Boolean(true))]);
    world.settle();
    row
}

fn rungs(world: &World, row: RowId) -> Vec<(usize, u32)> {
    let attempts = world.attempts(row);
    let rung = |a: &drover::store::Attempt| (a.rung.unwrap(), a.number);
    attempts.iter().map(rung).collect()
}

#[test]
fn rungs_come_in_order_within_their_limits_each_after_a_look_and_a_rest() {
    let world = World::new(LADDER);
    let row = stuck(&world);
    assert_eq!(world.svc.order(), ["svc.look", "svc.put"]);
    world.turn(Span::from_mins(9));
    assert_eq!(world.svc.count("svc.put"), 1);
    world.turn(Span::from_mins(2));
    world.turn(Span::from_mins(11));
    assert_eq!(
        world.svc.order(),
        [
            "svc.look", "svc.put", "svc.look", "svc.put", "svc.look", "svc.send"
        ]
    );
    assert_eq!(rungs(&world, row), [(0, 1), (0, 2), (1, 1)]);
    world.turn(Span::from_mins(11));
    assert_eq!(
        world.svc.count("svc.look"),
        3,
        "the last rung is left longer to work"
    );
}

#[test]
fn after_the_last_rung_a_ticket_is_posted_and_the_hold_has_an_owner() {
    let world = World::new(LADDER);
    let row = stuck(&world);
    for _ in 0..3 {
        world.turn(Span::from_mins(21));
    }
    world.turn(Span::from_hours(9));
    let hold = world.hold(row, "free").unwrap();
    assert_eq!(
        (hold.kind, hold.owner.as_deref()),
        (HoldKind::Parked, Some("ticket"))
    );
    let tickets = world.messages(row);
    assert_eq!(tickets.len(), 1);
    assert_eq!(
        (tickets[0].kind, tickets[0].text.as_str()),
        (MessageKind::Ticket, "A1 is stuck")
    );
    assert_eq!(
        (world.svc.count("svc.put"), world.svc.count("svc.send")),
        (2, 1)
    );
}

#[test]
fn a_row_that_a_fresh_look_shows_free_gets_no_remedy() {
    let world = World::new(LADDER);
    world
        .svc
        .answers("svc.look", json!({ "serial": "A1", "stuck": false }));
    let row = stuck(&world);
    world.turn(Span::from_hours(3));
    assert_eq!(world.svc.order(), ["svc.look"]);
    assert!(world.attempts(row).is_empty());
    assert_eq!(world.column(row, "stuck"), Value::Boolean(false));
}

#[test]
fn a_remedy_that_works_ends_the_climb() {
    let world = World::new(LADDER);
    world
        .svc
        .answers("svc.look", json!({ "serial": "A1", "stuck": true }));
    world
        .svc
        .answers("svc.look", json!({ "serial": "A1", "stuck": false }));
    let row = stuck(&world);
    world.turn(Span::from_hours(3));
    assert_eq!(world.svc.order(), ["svc.look", "svc.put", "svc.look"]);
    assert!(world.messages(row).is_empty());
}

#[test]
fn a_row_that_cannot_be_read_spends_no_rung() {
    let world = World::new(LADDER);
    world.svc.fails("svc.look", FaultKind::Unreachable);
    let row = stuck(&world);
    assert_eq!(world.svc.count("svc.put"), 0);
    let hold = world.hold(row, "free").unwrap();
    assert_eq!(
        (hold.kind, hold.fault),
        (HoldKind::BackingOff, Some(FaultKind::Unreachable))
    );
    world.turn(Span::from_mins(7));
    assert_eq!(rungs(&world, row), [(0, 1)]);
}

#[test]
fn a_look_that_answers_for_another_row_changes_nothing_and_remedies_nothing() {
    let world = World::new(LADDER);
    world
        .svc
        .answers("svc.look", json!({ "serial": "B7", "stuck": false }));
    let row = stuck(&world);
    assert_eq!(world.svc.order(), ["svc.look"]);
    assert_eq!(world.column(row, "stuck"), Value::Boolean(true));
    let hold = world.hold(row, "free").unwrap();
    assert_eq!(hold.fault, Some(FaultKind::WrongIdentity));
}

#[test]
fn a_remedy_that_fails_is_spent_and_the_next_one_follows_after_the_same_rest() {
    let world = World::new(LADDER);
    world.svc.fails("svc.put", FaultKind::Refused);
    let row = stuck(&world);
    assert_eq!(world.last(row).state, AttemptState::Failed);
    world.turn(Span::from_mins(9));
    assert_eq!(rungs(&world, row), [(0, 1)]);
    world.turn(Span::from_mins(2));
    assert_eq!(rungs(&world, row), [(0, 1), (0, 2)]);
}

#[test]
fn an_operators_retry_starts_the_ladder_from_its_first_rung() {
    let world = World::new(LADDER);
    let row = stuck(&world);
    for _ in 0..4 {
        world.turn(Span::from_mins(21));
    }
    assert_eq!(world.hold(row, "free").unwrap().kind, HoldKind::Parked);
    world.obeys(Request::Retry {
        rows: vec![row],
        stage: Some("free".into()),
        from_start: false,
        reason: "the Mac was off".into(),
    });
    world.settle();
    assert_eq!(rungs(&world, row).last(), Some(&(0, 1)));
    assert_eq!(world.svc.count("svc.put"), 3);
}

#[test]
fn an_operators_remedy_takes_the_next_rung_without_waiting_for_the_rest() {
    let world = World::new(LADDER);
    let row = stuck(&world);
    let remedy = || Request::Remedy {
        rows: vec![row],
        ladder: "free".into(),
        reason: "now".into(),
    };
    assert!(world.obeys(remedy())[0].done);
    world.settle();
    assert_eq!(rungs(&world, row), [(0, 1), (0, 2)]);
}

#[test]
fn a_remedy_whose_answer_was_lost_is_looked_up_and_spent_once() {
    let world = World::new(
        &LADDER
            .replace("svc.put", "svc.shout")
            .replace("svc.send", "svc.put"),
    );
    world.svc.fails("svc.shout", FaultKind::Unknown);
    let row = stuck(&world);
    world.turn(Span::from_hours(2));
    assert_eq!(world.svc.count("svc.shout"), 1);
    assert_eq!(world.last(row).state, AttemptState::Unknown);
    assert_eq!(world.hold(row, "free").unwrap().kind, HoldKind::Parked);
}

#[test]
fn the_text_of_the_ticket_is_about_the_row_as_it_was_last_read() {
    let stages = LADDER.replace(
        "stuck = \"{{ event.stuck }}\"",
        "stuck = \"{{ event.stuck }}\", state = \"{{ event.state | default(none) }}\"",
    );
    let stages = stages.replace("{{ row.serial }} is stuck", "it is {{ row.state }}");
    let world = World::new(&stages);
    for _ in 0..3 {
        world.svc.answers(
            "svc.look",
            json!({ "serial": "A1", "stuck": true, "state": "old" }),
        );
    }
    world.svc.answers(
        "svc.look",
        json!({ "serial": "A1", "stuck": true, "state": "new" }),
    );
    let row = stuck(&world);
    for _ in 0..4 {
        world.turn(Span::from_mins(21));
    }
    assert_eq!(world.messages(row)[0].text, "it is new");
}
