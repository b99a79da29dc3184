//! What comes after an act was asked: waiting, the answer, an answer that was lost, a second person.

use super::deeds::{asked, go, world};
use super::world::World;
use crate::control::protocol::{Reply, RowResult};
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::store::{CommandId, CommandResult, CommandState, NewCommand};
use crate::tui::event::{Event, NoAnswer};
use crate::tui::state::Screen;
use serde_json::json;

fn result(row: RowId, done: bool) -> CommandResult {
    CommandResult {
        row,
        key: String::new(),
        done,
        note: "so it is".into(),
    }
}

#[test]
fn what_was_not_done_comes_first_and_stays_marked() {
    let world = World::new(20);
    let mut console = world.console((100, 30));
    console.press("space space h");
    go(&mut console);
    assert!(
        console
            .text()
            .contains("hold asked, waiting for the engine 0 s"),
        "{}",
        console.text()
    );
    let (now, demo) = (console.now, None);
    let up = std::time::Duration::from_secs(1);
    console.event(Event::Tick { now, demo, up });
    assert!(console.text().contains("waiting for the engine 1 s"));
    let marks: Vec<RowId> = console.state.table.marks.iter().copied().collect();
    let keys: Vec<String> = console
        .state
        .asked
        .as_ref()
        .unwrap()
        .rows
        .keys()
        .cloned()
        .collect();
    let rows = keys.iter().zip([true, false]).map(|(key, done)| RowResult {
        key: key.clone(),
        done,
        note: if done { "held" } else { "gone" }.into(),
    });
    let answer = Reply::Done {
        command: 7,
        note: "hold".into(),
        rows: rows.collect(),
    };
    console.event(Event::Answer(1, Ok(answer)));
    let text = console.text();
    assert!(text.contains("hold, command 7: 1 done, 1 not"), "{text}");
    assert!(text.find("gone") < text.find("held"), "{text}");
    assert_eq!((marks.len(), console.state.table.marks.len()), (2, 1));
}

#[test]
fn a_command_under_way_is_followed_and_a_lost_answer_is_looked_for() {
    let world = World::new(20);
    let mut console = world.console((120, 30));
    console.press("space space R");
    go(&mut console);
    let rows: Vec<RowId> = console
        .state
        .asked
        .as_ref()
        .unwrap()
        .rows
        .values()
        .copied()
        .collect();
    let (first, frozen) = (rows[0], rows.clone());
    world.write(move |tx| {
        let command = tx.ask(NewCommand {
            actor: Actor::Person("anna".into()),
            verb: "refresh".into(),
            request: json!({"verb": "refresh", "reason": "because"}),
            reason: "because".into(),
            rows: frozen,
        })?;
        tx.answer(command, CommandState::Open, vec![result(first, true)])
    });
    console.refresh();
    assert!(
        console.text().contains("refresh 1: 1 done, 0 not, 1 to go"),
        "{}",
        console.text()
    );
    let lost = NoAnswer {
        why: "the engine was asked and did not answer: whether it took the command is not known"
            .into(),
        may_be_taken: true,
    };
    console.event(Event::Answer(
        console.state.asked.as_ref().unwrap().number,
        Err(lost),
    ));
    let text = console.text();
    assert!(
        text.contains("is not known") && !text.contains("failed"),
        "{text}"
    );
    world.write(move |tx| {
        let other = result(rows[1], false);
        tx.answer(CommandId(1), CommandState::Done, vec![other])
    });
    console.refresh();
    assert!(
        matches!(console.state.screen(), Screen::Results { .. }),
        "{}",
        console.text()
    );
    assert!(
        console.text().contains("refresh, command 1: 1 done, 1 not"),
        "{}",
        console.text()
    );
    assert!(console.state.asked.is_none());
}

#[test]
fn a_waiting_command_is_shown_and_the_second_person_sees_its_frozen_rows() {
    let world = world(20);
    world.write(|tx| tx.set_note("engine", &json!({"two_people_above": 1})));
    let mut console = world.console((120, 30));
    assert!(
        console.text().contains("1 act for a second person: A"),
        "{}",
        console.text()
    );
    console.press("A enter");
    let text = console.text();
    assert!(text.contains("Agree to command 1: hold"), "{text}");
    assert!(text.contains("ben asked for 1 device: odd."), "{text}");
    go(&mut console);
    assert_eq!(
        asked(&console),
        Some(json!({"verb": "agree", "command": 1, "reason": "because"}))
    );
    console.begin((120, 30));
    console.press("A down enter");
    go(&mut console);
    assert_eq!(asked(&console).unwrap()["verb"], "refuse");
    console.begin((120, 30));
    console.press("space space h");
    let text = console.text();
    assert!(
        text.contains("More than 1 rows need a second person"),
        "{text}"
    );
    let note = "nothing is done until somebody else says `drover agree 2`".to_owned();
    go(&mut console);
    let number = console.state.asked.as_ref().unwrap().number;
    console.event(Event::Answer(
        number,
        Ok(Reply::Waiting { command: 2, note }),
    ));
    assert!(
        console.text().contains("command 2 waits"),
        "{}",
        console.text()
    );
    assert_eq!(console.state.table.marks.len(), 2);
}
