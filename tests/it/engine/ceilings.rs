//! Ceilings below every flow.

use super::world::World;
use drover::engine::Ceilings;
use drover::model::time::Span;
use drover::store::{AttemptState, HaltKind, HoldKind};

/// Leaves once, which cannot be undone.
const LEAVE: &str = r#"
[[stage]]
name     = "leave"
parallel = 4
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[[stage.step]]
name = "send"
call = "svc.leave"
with = { to = "{{ row.serial }}" }
[stage.set]
done_at = "{{ now }}"
"#;

/// And back again, for ever.
const ROUND: &str = r#"
[[stage]]
name     = "back"
[stage.gate]
"done" = "done_at IS NOT NULL"
[[stage.step]]
name = "look"
call = "svc.look"
[stage.set]
done_at = "{{ none }}"
"#;

fn world(stages: &str, ceilings: Ceilings) -> World {
    let mut world = World::asleep(stages);
    world.ceilings = ceilings;
    world.start();
    world
}

fn sent(world: &World) -> usize {
    world.svc.count("svc.leave")
}

#[test]
fn a_ceiling_holds_over_a_restart_until_the_hour_has_passed() {
    let ceilings = Ceilings {
        per_hour: 5,
        ..Ceilings::default()
    };
    let mut world = world(LEAVE, ceilings);
    let rows: Vec<_> = (0..9).map(|n| world.wants(&format!("A{n}"))).collect();
    world.settle();
    world.turn(Span::from_mins(50));
    assert_eq!(sent(&world), 5);
    assert_eq!(world.said("[ceilings] per_hour is 5"), 1);
    let halts = world.look(|view| view.halts());
    assert_eq!(halts.first().map(|halt| halt.kind), Some(HaltKind::Ceiling));
    world.kill();
    world.start();
    world.turn(Span::from_mins(5));
    assert_eq!(sent(&world), 5, "counted from the records");
    world.turn(Span::from_mins(10));
    assert_eq!(sent(&world), 9);
    for row in rows {
        assert_eq!(world.last(row).state, AttemptState::Done);
    }
    assert!(world.look(|view| view.halts()).is_empty());
}

#[test]
fn a_flow_that_goes_round_is_stopped_at_the_ceiling_of_the_night() {
    let ceilings = Ceilings {
        per_hour: 4,
        per_night: 10,
        per_row: 1_000,
    };
    let world = world(&format!("{LEAVE}{ROUND}"), ceilings);
    world.wants("A1");
    for _ in 0..11 * 6 {
        world.turn(Span::from_mins(10));
    }
    assert_eq!(sent(&world), 10);
    assert!(world.said("[ceilings] per_night is 10") > 0);
}

#[test]
fn the_same_call_on_one_row_is_made_three_times_and_then_a_person_has_it() {
    let world = world(&format!("{LEAVE}{ROUND}"), Ceilings::default());
    let row = world.wants("A1");
    for _ in 0..20 {
        world.turn(Span::from_mins(1));
    }
    assert_eq!(sent(&world), 3);
    let hold = world.hold(row, "leave").unwrap();
    assert_eq!(hold.kind, HoldKind::Parked);
    assert!(hold.reason.contains("per_row"), "{}", hold.reason);
}
