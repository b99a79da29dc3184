//! Acts: previewed, with Cancel first, and asked only with a reason.

use super::world::{Console, World};
use crate::control::protocol::{Reply, Request, RowResult};
use crate::store::{Halt, HaltKind, SwitchKind};
use crate::tui::event::{Effect, Event, NoAnswer};
use crate::tui::state::{Mode, Screen};

fn asked(console: &Console) -> Option<&Request> {
    console.effects.iter().find_map(|effect| match effect {
        Effect::Ask(_, request) => Some(request),
        _ => None,
    })
}

#[test]
fn cancel_has_the_focus_and_enter_on_it_asks_nothing() {
    let world = World::new(20);
    for key in ["S", "r", "h", "u", "R"] {
        let mut console = world.console((100, 30));
        console.press(key);
        assert!(matches!(console.state.mode, Mode::Preview(_)), "{key}");
        console.press("enter");
        assert!(matches!(console.state.mode, Mode::Browse), "{key}");
        assert_eq!(asked(&console), None, "{key}");
    }
}

#[test]
fn an_act_needs_a_reason_and_carries_the_frozen_rows() {
    let world = World::new(20);
    let mut console = world.console((100, 30));
    console.press("space space");
    let marked: Vec<_> = console.state.table.marks.iter().copied().collect();
    console.press("h shift-tab enter");
    assert_eq!(asked(&console), None);
    assert!(console.text().contains("say why"), "{}", console.text());
    console.type_text("desk move");
    console.press("tab enter");
    let Some(Request::Hold {
        rows,
        stage: None,
        reason,
    }) = asked(&console)
    else {
        panic!("{:?}", console.effects)
    };
    let mut rows = rows.clone();
    rows.sort();
    assert_eq!((rows, reason.as_str()), (marked, "desk move"));
    let answer = Reply::Done {
        command: 7,
        note: "2 rows".into(),
        rows: [("A", true), ("B", false)]
            .map(|(key, done)| RowResult {
                key: key.into(),
                done,
                note: "so it is".into(),
            })
            .into(),
    };
    console.event(Event::Answer(1, Ok(answer)));
    assert!(matches!(console.state.screen(), Screen::Results { .. }));
    assert!(
        console.text().contains("hold, command 7: 1 done, 1 not"),
        "{}",
        console.text()
    );
    // The answer named other rows, so what was marked stays so.
    assert_eq!(console.state.table.marks.len(), 2);
}

#[test]
fn what_cannot_be_called_back_is_asked_only_when_its_count_was_typed() {
    let world = World::new(80);
    let mut console = world.console((100, 30));
    console.press("* r");
    // Two have failed; a transfer is among what is tried again.
    console.type_text("again");
    console.press("enter enter enter");
    assert_eq!(asked(&console), None);
    assert!(console.text().contains("type 2"), "{}", console.text());
    console.type_text("2");
    console.press("enter enter");
    assert!(matches!(asked(&console), Some(Request::Retry { rows, .. }) if rows.len() == 2));
}

#[test]
fn the_preview_says_of_each_row_what_will_be_done_or_why_not() {
    let world = World::new(80);
    let mut console = world.console((100, 40));
    console.press("* r");
    let text = console.text();
    assert!(text.contains("2 will, 78 will not"), "{text}");
    assert!(text.contains("nothing has failed here"), "{text}");
    console.press("down down down up");
    let Mode::Preview(preview) = &console.state.mode else {
        panic!()
    };
    assert_eq!(preview.scroll, 2);
    for _ in 0..8 {
        console.press("pgdn");
    }
    assert!(console.text().contains("tries again"), "{}", console.text());
}

#[test]
fn the_stop_key_goes_on_when_all_is_stopped() {
    let world = World::new(5);
    world.write(|tx| {
        tx.set_switch(
            SwitchKind::Stop,
            "*",
            true,
            "looks wrong",
            &crate::model::actor::Actor::Person("anna".into()),
        )
    });
    let mut console = world.console((100, 30));
    assert!(
        console.text().contains("STOPPED by anna"),
        "{}",
        console.text()
    );
    console.press("S");
    console.type_text("fine again");
    console.press("enter enter");
    assert!(matches!(asked(&console), Some(Request::Resume { .. })));
}

#[test]
fn at_any_width_a_standstill_says_how_it_ends() {
    let world = World::new(5);
    world.write(|tx| {
        let reason = "a reason that is longer than any line of a terminal ".repeat(5);
        let by = crate::model::actor::Actor::Person("anna".into());
        tx.set_switch(SwitchKind::Stop, "*", true, &reason, &by)
    });
    for width in [80, 120, 220] {
        let console = world.console((width, 30));
        let line = console.text().lines().nth(1).unwrap().to_owned();
        assert!(
            line.contains("a reason that") && line.contains("S goes on"),
            "{line}"
        );
    }
}

#[test]
fn what_halts_the_engine_is_said_with_its_age() {
    let world = World::new(5);
    world.write(|tx| {
        tx.set_halts(&[Halt {
            kind: HaltKind::Disk,
            why: "the disk is full".into(),
            since: tx.now(),
        }])
    });
    let text = world.console((80, 24)).text();
    assert!(
        text.contains("NOTHING IS SENT for 0s: the disk is full"),
        "{text}"
    );
}

#[test]
fn a_read_only_console_asks_nothing_and_says_so() {
    let world = World::new(5);
    let mut console = world.console((100, 30));
    console.state.facts.read_only = true;
    for key in ["S", "r", "h", "u", "R"] {
        console.press(key);
        assert!(matches!(console.state.mode, Mode::Browse), "{key}");
        assert!(console.text().contains("read-only"), "{key}");
    }
}

#[test]
fn no_answer_is_said_as_it_is() {
    let world = World::new(5);
    let mut console = world.console((120, 30));
    console.event(Event::Answer(
        9,
        Err(NoAnswer {
            why: "no engine runs on x: start one with `drover run`".into(),
            may_be_taken: false,
        }),
    ));
    assert!(console.text().contains("start one with `drover run`"));
    console.event(Event::Answer(
        9,
        Ok(Reply::Refused("you are an observer".into())),
    ));
    assert!(console.text().contains("you are an observer"));
}
