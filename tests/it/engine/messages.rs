//! What is said to people, and that it never stands in the way.

use super::SEND;
use super::service::{SETTLE, Service};
use super::world::World;
use drover::connectors::action::Landing;
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::store::{AttemptState, MessageKind, MessageState};
use serde_json::json;

fn telling() -> String {
    SEND.replace(
        "[stage.set]",
        "[stage.notify]\ntext = \"{{ row.serial }} is sent\"\n[stage.set]",
    )
}

/// How often a message that contains `text` was posted.
fn posted(world: &World, text: &str) -> usize {
    let calls = world.chat.as_ref().unwrap().calls_of("slack.post");
    calls
        .iter()
        .filter(|call| call.text().contains(text))
        .count()
}

/// Waits until the answer of its post is known to be lost.
fn until_in_doubt(world: &World, row: RowId) {
    world.until("the doubt", |w| {
        let messages = w.messages(row);
        let message = messages.first()?;
        (message.state == MessageState::Sending && message.not_before.is_some()).then_some(())
    });
}

fn chat(world: &World) -> &Service {
    world.chat.as_ref().unwrap()
}

fn until_message(world: &World, row: RowId, state: MessageState) {
    world.until("the message", |w| {
        let message = w.messages(row).into_iter().next()?;
        // While it is going out it has the state of one that is in doubt, and no moment to be looked up at.
        let doubted = state != MessageState::Sending || message.not_before.is_some();
        (message.state == state && doubted).then_some(())
    });
}

/// Waits for the board, which is shown once at the start, so that scripts apply to what comes after.
fn with_board() -> World {
    let world = World::with_chat(&telling());
    world.until("the board", |w| (posted(w, "Rehearsal") == 1).then_some(()));
    until_shown(&world);
    world
}

/// The board's post is written down before it goes out; this waits for its end.
fn until_shown(world: &World) {
    world.until("its record", |w| {
        let board = w.look(|view| view.note("board"))?;
        board["post"].is_null().then_some(())
    });
}

#[test]
fn a_stage_says_what_it_did_in_the_chat_once() {
    let world = with_board();
    let row = world.wants("A1");
    until_message(&world, row, MessageState::Delivered);
    world.turn(Span::from_hours(1));
    assert_eq!(posted(&world, "A1 is sent"), 1);
}

#[test]
fn many_lines_at_once_go_out_as_one_message() {
    let world = with_board();
    chat(&world).silence(Some("slack.post"));
    let first = world.wants("A0");
    world.until("the first line", |w| {
        (posted(w, "A0 is sent") == 1).then_some(())
    });
    let rows: Vec<_> = (1..8).map(|n| world.wants(&format!("A{n}"))).collect();
    for row in &rows {
        until_message(&world, *row, MessageState::Pending);
    }
    chat(&world).silence(None);
    until_message(&world, first, MessageState::Delivered);
    until_message(&world, rows[0], MessageState::Delivered);
    for row in &rows[1..] {
        until_message(&world, *row, MessageState::Coalesced);
    }
    world.until("the rest", |w| (posted(w, "A7 is sent") == 1).then_some(()));
    let calls = chat(&world).calls_of("slack.post");
    let lines: Vec<_> = calls
        .iter()
        .filter(|call| call.text().contains("is sent"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1].text().lines().count(), 7);
}

#[test]
fn a_message_whose_answer_was_lost_is_looked_up_and_not_posted_twice() {
    let world = with_board();
    chat(&world).fails("slack.post", FaultKind::Unknown);
    chat(&world).found("slack.post", [Landing::Landed(json!({ "ts": "1.2" }))]);
    let row = world.wants("A1");
    until_in_doubt(&world, row);
    world.turn(Span::from_mins(5));
    until_message(&world, row, MessageState::Delivered);
    world.turn(Span::from_hours(1));
    assert_eq!(posted(&world, "A1 is sent"), 1);
    let look = chat(&world).looks().remove(0);
    assert_eq!(look.op, world.messages(row)[0].op);
}

#[test]
fn a_message_that_did_not_arrive_is_posted_again_under_the_same_name() {
    let world = with_board();
    chat(&world).fails("slack.post", FaultKind::Unknown);
    chat(&world).found("slack.post", [Landing::Absent, Landing::Absent]);
    let row = world.wants("A1");
    until_in_doubt(&world, row);
    world.turn(SETTLE.times(1.01));
    assert_eq!(posted(&world, "A1 is sent"), 1, "one look is not enough");
    world.turn(SETTLE.times(0.4));
    assert_eq!(chat(&world).looks().len(), 1, "the second must come later");
    world.turn(SETTLE.times(0.2));
    until_message(&world, row, MessageState::Delivered);
    assert_eq!(posted(&world, "A1 is sent"), 2);
    let calls = chat(&world).calls_of("slack.post");
    let ops: Vec<_> = calls
        .iter()
        .filter(|c| c.text().contains("A1"))
        .map(|c| &c.op)
        .collect();
    assert_eq!(ops[0], ops[1]);
}

#[test]
fn a_message_nobody_can_tell_of_is_dropped_rather_than_said_twice() {
    let world = with_board();
    chat(&world).fails("slack.post", FaultKind::Unknown);
    let row = world.wants("A1");
    until_in_doubt(&world, row);
    world.turn(Span::from_mins(5));
    until_message(&world, row, MessageState::Dropped);
    world.turn(Span::from_hours(1));
    assert_eq!(posted(&world, "A1 is sent"), 1);
}

#[test]
fn a_message_the_service_is_too_busy_for_comes_later() {
    let world = with_board();
    chat(&world).fails("slack.post", FaultKind::RateLimited);
    let row = world.wants("A1");
    world.until("the wait", |w| {
        w.messages(row).first()?.not_before.map(drop)
    });
    assert_eq!(world.messages(row)[0].tries, 1);
    world.turn(Span::from_mins(1));
    until_message(&world, row, MessageState::Delivered);
    assert_eq!(posted(&world, "A1 is sent"), 2);
}

#[test]
fn a_refused_message_fails_and_the_row_does_not_notice() {
    let world = with_board();
    chat(&world).fails("slack.post", FaultKind::Refused);
    let row = world.wants("A1");
    until_message(&world, row, MessageState::Failed);
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.said("a message was not delivered"), 1);
}

#[test]
fn without_a_chat_messages_are_dropped_and_nothing_fails() {
    let world = World::new(&telling());
    let row = world.wants("A1");
    until_message(&world, row, MessageState::Dropped);
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert!(world.messages(row)[0].note.contains("slack"));
}

#[test]
fn a_message_that_was_going_out_when_the_engine_was_killed_is_looked_up_first() {
    let mut world = with_board();
    chat(&world).silence(Some("slack.post"));
    let row = world.wants("A1");
    world.until("the post", |w| (posted(w, "A1 is sent") == 1).then_some(()));
    world.until_state(row, AttemptState::Done);
    world.kill();
    chat(&world).silence(None);
    chat(&world).found("slack.post", [Landing::Landed(json!({}))]);
    world.start();
    world.settle();
    assert!(
        chat(&world).looks().is_empty(),
        "the service may still be at it"
    );
    world.turn(Span::from_mins(2));
    until_message(&world, row, MessageState::Delivered);
    assert_eq!(
        (posted(&world, "A1 is sent"), chat(&world).looks().len()),
        (1, 1)
    );
}

#[test]
fn the_board_is_edited_in_place_and_not_posted_again() {
    let mut world = World::asleep(&telling());
    world.chat = Some(Service::chat().into());
    chat(&world).answers("slack.post", json!({ "channel": "C1", "ts": "1.0" }));
    for _ in 0..9 {
        chat(&world).answers("slack.update", json!({ "ts": "1.0" }));
    }
    world.start();
    until_shown(&world);
    world.wants("A1");
    world.turn(Span::from_mins(4));
    world.until("the edit", |w| {
        (chat(w).count("slack.update") == 1).then_some(())
    });
    let edit = chat(&world).calls_of("slack.update").remove(0);
    assert_eq!(
        (&edit.input["channel"], &edit.input["ts"]),
        (&json!("C1"), &json!("1.0"))
    );
    assert_eq!(posted(&world, "Rehearsal"), 1);
    world.obeys(Request::Stop {
        reason: "quiet".into(),
    });
    world.wants("A2");
    world.turn(Span::from_mins(9));
    assert_eq!(
        chat(&world).count("slack.update"),
        1,
        "a stop silences the board too"
    );
}

#[test]
fn a_ticket_goes_to_the_chat_when_no_other_place_is_configured() {
    let world = with_board();
    world.svc.fails("svc.send", FaultKind::Refused);
    let row = world.wants("A1");
    until_message(&world, row, MessageState::Delivered);
    assert_eq!(world.messages(row)[0].kind, MessageKind::Ticket);
    assert_eq!(posted(&world, "Ticket: A1"), 1);
}

#[test]
fn a_message_waits_behind_one_that_waits() {
    let world = with_board();
    chat(&world).fails("slack.post", FaultKind::RateLimited);
    let first = world.wants("A1");
    world.until("the wait", |w| {
        w.messages(first).first()?.not_before.map(drop)
    });
    let second = world.wants("A2");
    world.until("the second", |w| w.messages(second).first().map(drop));
    world.settle();
    assert_eq!(posted(&world, "A2 is sent"), 0);
    world.turn(Span::from_mins(1));
    until_message(&world, second, MessageState::Delivered);
    let calls = chat(&world).calls_of("slack.post");
    let told: Vec<_> = calls.iter().map(|call| call.text()).collect();
    assert_eq!(told[told.len() - 2..], ["A1 is sent", "A2 is sent"]);
}

#[test]
fn a_message_that_never_arrives_is_given_up_after_three_posts() {
    let world = with_board();
    for _ in 0..3 {
        chat(&world).fails("slack.post", FaultKind::Unknown);
    }
    chat(&world).found("slack.post", vec![Landing::Absent; 6]);
    let row = world.wants("A1");
    until_in_doubt(&world, row);
    for _ in 0..12 {
        world.turn(SETTLE);
    }
    until_message(&world, row, MessageState::Failed);
    assert_eq!(posted(&world, "A1 is sent"), 3);
    assert_eq!(world.said("was not delivered"), 1);
}

/// A world whose board's first post ends like this, with what looks for it find.
fn board_lost(found: impl IntoIterator<Item = Landing>) -> World {
    let mut world = World::asleep(&telling());
    world.chat = Some(Service::chat().into());
    chat(&world).fails("slack.post", FaultKind::Unknown);
    chat(&world).answers("slack.post", json!({ "channel": "C1", "ts": "2.0" }));
    chat(&world).found("slack.post", found);
    world.start();
    world.until("the board", |w| (posted(w, "Rehearsal") == 1).then_some(()));
    world.settle();
    world
}

#[test]
fn a_board_whose_answer_was_lost_is_looked_for_and_not_posted_twice() {
    let world = board_lost([Landing::Landed(json!({ "channel": "C1", "ts": "1.0" }))]);
    world.wants("A1");
    for _ in 0..10 {
        world.turn(Span::from_mins(1));
    }
    assert_eq!(posted(&world, "Rehearsal"), 1);
    let edit = chat(&world).calls_of("slack.update").remove(0);
    assert_eq!(edit.input["ts"], json!("1.0"));
    let (post, look) = (
        chat(&world).calls_of("slack.post").remove(0),
        chat(&world).looks().remove(0),
    );
    assert_eq!(post.op, look.op);
}

#[test]
fn a_board_that_did_not_arrive_is_posted_again_under_the_same_name_after_two_looks() {
    let world = board_lost(vec![Landing::Absent; 9]);
    for _ in 0..4 {
        world.turn(Span::from_mins(1));
    }
    assert_eq!(posted(&world, "Rehearsal"), 1, "it may still arrive");
    for _ in 0..3 {
        world.turn(Span::from_mins(1));
    }
    let ops: Vec<_> = chat(&world)
        .calls_of("slack.post")
        .iter()
        .map(|call| call.op.clone())
        .collect();
    assert_eq!(ops.len(), 2);
    assert_eq!(ops[0], ops[1]);
}

#[test]
fn a_board_that_was_going_out_when_the_engine_was_killed_is_not_posted_twice() {
    let mut world = World::asleep(&telling());
    world.chat = Some(Service::chat().into());
    chat(&world).silence(Some("slack.post"));
    world.start();
    world.until("the board", |w| (posted(w, "Rehearsal") == 1).then_some(()));
    world.kill();
    chat(&world).silence(None);
    let there = Landing::Landed(json!({ "channel": "C1", "ts": "1.0" }));
    chat(&world).found("slack.post", [Landing::Absent, there]);
    world.start();
    for _ in 0..6 {
        world.turn(Span::from_mins(1));
    }
    assert_eq!(posted(&world, "Rehearsal"), 1);
}
