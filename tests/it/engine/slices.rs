//! Brakes that stop a slice, and what a slice has to show before many of it are under way.

use super::world::World;
use drover::control::protocol::Request;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, SwitchKind};

/// Sends once; eight at a time; three failures of one state are too many.
const BRAKED: &str = r#"
[[stage]]
name     = "send"
parallel = 8
then     = "ticket"
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[[stage.step]]
name = "send"
call = "svc.leave"
with = { to = "{{ row.serial }}" }
[stage.set]
done_at = "{{ now }}"

[[brake]]
name     = "slow"
stage    = "send"
failures = "3 in 10m"
slice    = ["state"]
"#;

const BAD: &str = "slow/state=bad";

fn of(world: &World, state: &str, key: &str) -> RowId {
    let state = Value::Text(state.to_owned());
    world.row(key, &[("wanted", Value::Boolean(true)), ("state", state)])
}

/// A row on which nothing goes well.
fn bad(world: &World, state: &str, key: &str) -> RowId {
    world.svc.breaks_for(key, true);
    of(world, state, key)
}

fn tripped(world: &World) -> Vec<String> {
    let switches = world.look(|view| view.switches());
    let on = switches
        .into_iter()
        .filter(|switch| switch.kind == SwitchKind::Brake && switch.on);
    on.map(|switch| switch.name).collect()
}

fn release(brake: &str) -> Request {
    Request::BrakeRelease {
        brake: brake.into(),
        reason: "looked, it is fine".into(),
    }
}

fn sent_to(world: &World, start: &str) -> usize {
    let calls = world.svc.calls_of("svc.leave");
    let to = |call: &&super::service::Asked| {
        call.input["to"]
            .as_str()
            .is_some_and(|to| to.starts_with(start))
    };
    calls.iter().filter(to).count()
}

#[test]
fn the_guilty_slice_stops_before_its_fourth_failure_and_the_others_go_on() {
    let mut world = World::asleep(BRAKED);
    world.start();
    let mut good = Vec::new();
    for n in 0..8 {
        bad(&world, "bad", &format!("BAD{n}"));
        for state in ["one", "two", "three"] {
            good.push(of(&world, state, &format!("{state}{n}")));
        }
    }
    world.settle();
    world.turn(Span::from_hours(1));
    assert_eq!(tripped(&world), [BAD]);
    assert_eq!(sent_to(&world, "BAD"), 3);
    for row in good {
        assert_eq!(world.last(row).state, AttemptState::Done);
    }
    assert_eq!(
        world.said("send is stopped for state bad, and goes on for the others"),
        1
    );
}

#[test]
fn a_slices_brake_is_released_by_its_own_name_and_stays_over_a_restart() {
    let mut world = World::asleep(BRAKED);
    world.start();
    for n in 0..6 {
        of(&world, "one", &format!("A{n}"));
    }
    let rows: Vec<_> = (0..5)
        .map(|n| bad(&world, "bad", &format!("BAD{n}")))
        .collect();
    world.settle();
    assert_eq!(
        (tripped(&world), sent_to(&world, "BAD")),
        (vec![BAD.to_owned()], 3)
    );
    let why = world.refuses(release("slow"));
    assert!(why.contains(BAD), "{why}");
    let why = world.refuses(release("slow/state=good"));
    assert!(why.contains("not tripped"), "{why}");
    world.stop();
    world.start();
    world.turn(Span::from_hours(1));
    assert_eq!(
        (tripped(&world), sent_to(&world, "BAD")),
        (vec![BAD.to_owned()], 3)
    );
    (0..5).for_each(|n| world.svc.breaks_for(&format!("BAD{n}"), false));
    world.obeys(release(BAD));
    world.settle();
    assert!(tripped(&world).is_empty());
    let done = rows
        .iter()
        .filter(|row| world.last(**row).state == AttemptState::Done);
    assert_eq!(
        done.count(),
        2,
        "what had not failed goes on; what had is a person's"
    );
}

#[test]
fn rows_of_a_stopped_slice_do_not_stand_in_the_others_way() {
    let mut world = World::asleep(BRAKED);
    world.start();
    for n in 0..6 {
        of(&world, "one", &format!("A{n}"));
    }
    for n in 0..3 {
        bad(&world, "bad", &format!("BAD{n}"));
    }
    world.settle();
    assert_eq!(tripped(&world), [BAD]);
    // Longer in the queue than anybody else, and more than one look reads.
    for n in 0..200 {
        of(&world, "bad", &format!("WAITS{n:03}"));
    }
    world.turn(Span::from_mins(1));
    let late = of(&world, "two", "LATE");
    world.settle();
    assert_eq!(world.last(late).state, AttemptState::Done);
    assert_eq!(sent_to(&world, "WAITS"), 0);
}

#[test]
fn failures_that_have_nothing_in_common_stop_the_whole_stage() {
    let mut world = World::asleep(BRAKED);
    world.start();
    for state in ["one", "two", "three"] {
        of(&world, state, &format!("{state} good"));
        world.settle();
        bad(&world, state, &format!("{state} bad"));
        world.settle();
    }
    of(&world, "four", "four");
    world.settle();
    assert_eq!(
        (tripped(&world), sent_to(&world, "four")),
        (vec!["slow".to_owned()], 0)
    );
}

#[test]
fn no_more_of_a_slice_are_under_way_than_may_fail_until_it_has_shown_itself() {
    let mut world = World::asleep(BRAKED);
    world.start();
    world.svc.silence(Some("svc.leave"));
    for n in 0..20 {
        of(&world, "one", &format!("A{n:02}"));
    }
    world.until("the first", |w| (sent_to(w, "A") >= 3).then_some(()));
    world.looks();
    assert_eq!(sent_to(&world, "A"), 3);
    world.svc.silence(None);
    world.settle();
    assert_eq!(sent_to(&world, "A"), 20);
    world.svc.silence(Some("svc.leave"));
    for n in 0..20 {
        of(&world, "one", &format!("B{n:02}"));
    }
    world.until("the first", |w| (sent_to(w, "B") >= 8).then_some(()));
    world.looks();
    assert_eq!(sent_to(&world, "B"), 8, "as many as the stage takes");
    world.svc.silence(None);
    world.settle();
    assert_eq!(sent_to(&world, "B"), 20);
}
