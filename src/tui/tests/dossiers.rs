//! The dossier says first what becomes of the row, and hides no condition.

use super::world::{Console, World};
use crate::model::actor::Actor;
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::time::Span;
use crate::store::{AttemptState, Cause, Hold, HoldKind, NewAttempt, NewStep, SwitchKind};
use crate::tui::state::Screen;

/// Rows of the world, by what becomes of them.
const ROWS: [(&str, usize); 6] = [
    ("parked", 18),
    ("moment", 19),
    ("running", 12),
    ("outside", 5),
    ("complete", 6),
    ("begun-never", 7),
];

/// With one row that runs and one that failed and stands back, both where they would be taken.
fn night() -> World {
    let world = World::new(36);
    world.write(|tx| {
        let now = tx.now();
        let attempt = |row| NewAttempt {
            row: RowId(row),
            rule: "transfer".into(),
            kind: RuleKind::Stage,
            rung: None,
            number: 3,
            cause: Cause::Retry,
            actor: Actor::Engine,
            resumes: None,
            start_at: None,
        };
        let runs = tx.begin(attempt(13))?;
        tx.intend(NewStep {
            attempt: runs,
            name: "move".into(),
            item: None,
            action: "fleet.transfer_host".into(),
            mutates: true,
            op: "op-runs".into(),
            input: serde_json::json!({}),
        })?;
        let failed = tx.begin(attempt(20))?;
        let fault = Fault::new(FaultKind::Timeout, "Fleet did not answer within 30s");
        tx.end(
            failed,
            AttemptState::Failed,
            Some("read_back"),
            Some(&fault),
        )?;
        tx.hold(Hold {
            row: RowId(20),
            rule: "transfer".into(),
            kind: HoldKind::BackingOff,
            reason: fault.message.clone(),
            until: Some(now.plus(Span::from_mins(9))),
            owner: None,
            by: Actor::Engine,
            attempt: Some(failed),
            fault: Some(fault.kind),
            at: now,
        })
    });
    world
}

fn opened(world: &World, size: (u16, u16), at: usize) -> Console {
    let mut console = world.console(size);
    open(&mut console, at);
    console
}

fn open(console: &mut Console, at: usize) {
    console.press("/");
    console.type_text(&format!("C02{:05}Q", at * 7919 % 100_000));
    console.press("enter enter");
    let row = RowId(at as i64 + 1);
    assert!(
        matches!(console.state.screen(), Screen::Dossier { row: opened, .. } if *opened == row)
    );
}

/// The lines before the first empty one, without the title: the answer.
fn answer(console: &Console) -> Vec<String> {
    let text = console.text();
    let lines = text.lines().skip(1).map(|line| line.trim().to_owned());
    lines.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn the_answer_comes_first_at_three_sizes() {
    let world = night();
    for (name, at) in ROWS {
        for size in [(80, 24), (120, 40)] {
            let console = opened(&world, size, at);
            insta::assert_snapshot!(
                format!("dossier-{name}-{}x{}", size.0, size.1),
                console.text()
            );
        }
        let lines = answer(&opened(&world, (80, 24), at));
        assert!(lines.len() <= 8, "{lines:?}");
        assert_eq!(lines.len() == 1, name == "complete", "{lines:?}");
    }
    insta::assert_snapshot!("dossier-parked-40x12", opened(&world, (40, 12), 18).text());
}

#[test]
fn every_condition_is_said_at_the_end_whatever_the_width() {
    let world = night();
    for (_, at) in ROWS {
        for wide in [40, 80, 120] {
            let mut console = opened(&world, (wide, 24), at);
            let (_, lines) = crate::tui::draw::words(&console.state).unwrap();
            let start = lines.iter().position(|line| line == "Every condition");
            let whole = lines[start.unwrap()..].join(" ");
            let dossier = console.state.data.dossier.clone().unwrap();
            for rule in &dossier.explained {
                for judged in &rule.conditions {
                    assert!(whole.contains(&judged.title), "{}", judged.title);
                }
            }
            console.press("G");
            let last = &dossier.explained.last().unwrap().conditions;
            let text = console.text();
            assert!(text.contains(&last.last().unwrap().title[..12]), "{text}");
        }
    }
}

#[test]
fn only_acts_that_would_do_something_are_offered() {
    let world = night();
    let said = |at| answer(&opened(&world, (120, 40), at)).join("\n");
    let parked = said(18);
    assert!(parked.contains("r tries again"), "{parked}");
    assert!(parked.contains("u releases it"), "{parked}");
    assert!(parked.contains("a person is needed"), "{parked}");
    let moment = said(19);
    for known in [
        "tries again: Host transfer, from the step \"read_back\"",
        "failed 0s ago",
        "in 9m (try 4 of",
    ] {
        assert!(moment.contains(known), "{moment}");
    }
    assert!(said(12).contains("runs for 0s, at the step \"move\""));
    let begun = said(7);
    for not in ["tries again", "releases"] {
        assert!(!begun.contains(not), "{begun}");
    }
    world.write(|tx| {
        let at = tx.now();
        tx.hold(Hold {
            row: RowId(8),
            rule: "*".into(),
            kind: HoldKind::Held,
            reason: "\u{1b}[31mlater\u{202e}".into(),
            until: None,
            owner: None,
            by: Actor::Person("anna".into()),
            attempt: None,
            fault: None,
            at,
        })
    });
    let held = said(7);
    assert!(held.contains("held by anna"), "{held}");
    assert!(held.contains("nothing by itself"), "{held}");
    assert!(held.contains("u releases it"), "{held}");
    assert!(!held.contains("h holds it"), "{held}");
    assert!(!held.contains(['\u{1b}', '\u{202e}']), "{held}");
    let mut console = world.console((120, 40));
    console.state.facts.read_only = true;
    open(&mut console, 18);
    let looked = answer(&console).join("\n");
    assert!(looked.contains("only look"), "{looked}");
    assert!(!looked.contains("tries again"), "{looked}");
}

#[test]
fn a_row_that_left_what_it_was_parked_in_needs_nobody() {
    let world = night();
    world.write(|tx| {
        let at = tx.now();
        tx.hold(Hold {
            row: RowId(6),
            rule: "asleep".into(),
            kind: HoldKind::Parked,
            reason: "not seen since".into(),
            until: None,
            owner: Some("ticket".into()),
            by: Actor::Engine,
            attempt: None,
            fault: None,
            at,
        })
    });
    let said = answer(&opened(&world, (120, 40), 5)).join("\n");
    assert!(
        said.contains("goes on by itself, though a ticket is open"),
        "{said}"
    );
    assert!(said.contains("Host transfer looks again"), "{said}");
    let parked = answer(&opened(&world, (120, 40), 18)).join("\n");
    assert!(parked.contains("a person is needed"), "{parked}");
}

#[test]
fn while_all_sending_is_stopped_nothing_comes_next() {
    let world = night();
    world.write(|tx| {
        tx.set_switch(SwitchKind::Stop, "*", true, "look", &Actor::Engine)?;
        Ok(())
    });
    let said = answer(&opened(&world, (120, 40), 19)).join("\n");
    assert!(said.contains("all sending is stopped"), "{said}");
    assert!(!said.contains("nobody is needed"), "{said}");
}

#[test]
fn a_page_read_out_has_one_column_and_names_no_keys() {
    let world = night();
    let console = opened(&world, (200, 50), 18);
    let (_, lines) = crate::tui::draw::words(&console.state).unwrap();
    let wall = console.state.facts.look.signs.wall;
    assert!(lines.iter().all(|line| !line.contains(wall)));
    let can = lines.iter().find(|line| line.contains("you can")).unwrap();
    assert!(can.contains("retry: tries again"), "{can}");
}
