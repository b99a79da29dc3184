//! A second person's word.

use super::SEND;
use super::world::{World, anna};
use drover::control::protocol::{Peer, Reply, Request};
use drover::engine::Roles;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::store::{CommandId, CommandState, HoldKind};

/// An operator and three approvers, one of whom asks; more than one row needs two people.
fn world() -> World {
    let mut world = World::asleep(SEND);
    world.roles = Roles {
        operator: vec!["emil".into()],
        approver: vec!["anna".into(), "ben".into(), "carla".into()],
        two_people_above: 1,
        owner: 501,
        ..Roles::default()
    };
    world.start();
    world
}

fn peer(name: &str) -> Peer {
    Peer {
        uid: 700,
        gid: 700,
        name: name.into(),
    }
}

fn hold(rows: &[RowId]) -> Request {
    Request::Hold {
        rows: rows.to_vec(),
        stage: None,
        reason: "looks odd".into(),
    }
}

fn word(command: i64, agree: bool) -> Request {
    let reason = "seen it".to_owned();
    if agree {
        Request::Agree { command, reason }
    } else {
        Request::Refuse { command, reason }
    }
}

/// Asked by anna, and waiting.
fn asked(world: &World, rows: &[RowId]) -> i64 {
    match world.ask(anna(), hold(rows)) {
        Reply::Waiting { command, note } => {
            assert!(note.contains(&format!("drover agree {command}")), "{note}");
            command
        }
        other => panic!("{other:?}"),
    }
}

fn state(world: &World, command: i64) -> CommandState {
    let kept = world.look(move |view| view.command(CommandId(command)));
    kept.unwrap().state
}

fn refused(reply: Reply) -> String {
    match reply {
        Reply::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn above_the_limit_nothing_is_done_until_somebody_else_agrees() {
    let world = world();
    let rows = [world.row("A1", &[]), world.row("A2", &[])];
    let command = asked(&world, &rows);
    assert_eq!(state(&world, command), CommandState::Waiting);
    assert!(world.hold(rows[0], "*").is_none());
    let why = refused(world.ask(anna(), word(command, true)));
    assert!(why.contains("somebody else"), "{why}");
    let why = refused(world.ask(peer("dora"), word(command, true)));
    assert!(why.contains("may look but not act"), "{why}");
    let why = refused(world.ask(peer("emil"), word(command, true)));
    assert!(why.contains("may act but not agree"), "{why}");
    // Judged afresh, row by row: one is held by now.
    world.ask(peer("ben"), hold(&rows[..1]));
    let Reply::Done { rows: done, .. } = world.ask(peer("ben"), word(command, true)) else {
        panic!("not done");
    };
    let done: Vec<bool> = done.iter().map(|row| row.done).collect();
    assert_eq!(done, [false, true]);
    let held = world.hold(rows[1], "*").unwrap();
    assert_eq!(
        (held.kind, held.by.to_string()),
        (HoldKind::Held, "anna".into())
    );
    assert_eq!(state(&world, command), CommandState::Done);
    assert_eq!(world.said("anna, agreed by ben: hold (1 of 2 rows)"), 1);
    let why = refused(world.ask(peer("carla"), word(command, true)));
    assert!(why.contains("does not wait"), "{why}");
    assert!(refused(world.ask(peer("ben"), word(99, true))).contains("no command 99"));
}

#[test]
fn up_to_the_limit_one_person_is_enough() {
    let world = world();
    let row = world.row("A1", &[]);
    assert!(matches!(
        world.ask(anna(), hold(&[row])),
        Reply::Done { .. }
    ));
}

#[test]
fn anybody_who_may_act_can_refuse_and_nothing_is_done() {
    let world = world();
    let rows = [world.row("A1", &[]), world.row("A2", &[])];
    for who in [anna(), peer("emil"), peer("carla")] {
        let command = asked(&world, &rows);
        let Reply::Done { note, .. } = world.ask(who, word(command, false)) else {
            panic!("not refused");
        };
        assert!(note.contains("nothing of it was done"), "{note}");
        assert_eq!(state(&world, command), CommandState::Refused);
        refused(world.ask(peer("ben"), word(command, true)));
    }
    assert!(world.hold(rows[0], "*").is_none());
}

#[test]
fn a_word_that_is_not_given_within_half_an_hour_comes_too_late() {
    let mut world = world();
    let rows = [world.row("A1", &[]), world.row("A2", &[])];
    let command = asked(&world, &rows);
    world.turn(Span::from_mins(31));
    let why = refused(world.ask(peer("ben"), word(command, true)));
    assert!(why.contains("ask it again"), "{why}");
    // The engine's next look at its own pulse forgets it.
    world.stop();
    world.start();
    world.until("it is forgotten", |world| {
        (state(world, command) == CommandState::Refused).then_some(())
    });
    assert!(world.hold(rows[0], "*").is_none());
    assert_eq!(world.said("nobody agreed within"), 1);
}
