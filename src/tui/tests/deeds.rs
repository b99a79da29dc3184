//! Every act: from the key to the request.

use super::world::{Console, World, midnight};
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::time::Span;
use crate::store::{CommandState, NewCommand, SwitchKind};
use crate::tui::event::Effect;
use crate::tui::keys::Action;
use crate::tui::state::Mode;
use crate::tui::update::acts;
use serde_json::{Value as Json, json};

pub(super) fn asked(console: &Console) -> Option<Json> {
    console.effects.iter().find_map(|effect| match effect {
        Effect::Ask(_, request) => Some(serde_json::to_value(request).unwrap()),
        _ => None,
    })
}

/// A brake that has tripped, and a command that waits for a second person.
pub(super) fn world(rows: usize) -> World {
    let world = World::new(rows);
    world.write(move |tx| {
        let (by, why) = (Actor::Engine, "5 failures in 10m");
        tx.set_switch(SwitchKind::Brake, "unenroll_failures", true, why, &by)?;
        if rows == 0 {
            return Ok(());
        }
        let command = tx.ask(NewCommand {
            actor: Actor::Person("ben".into()),
            verb: "hold".into(),
            request: json!({"verb": "hold", "stage": null, "reason": "odd"}),
            reason: "odd".into(),
            rows: vec![RowId(1)],
        })?;
        tx.answer(command, CommandState::Waiting, Vec::new())
    });
    world
}

/// Fills in the preview that is open and presses its button.
pub(super) fn go(console: &mut Console) {
    console.type_text("because");
    console.press("enter");
    let typed = console.state.members().map(|members| members.will);
    if let (Mode::Preview(preview), Some(will)) = (&console.state.mode, typed)
        && preview.typed_count(console.state.members()).is_some()
    {
        console.type_text(&will.to_string());
        console.press("enter");
    }
    console.press("enter");
}

/// The keys that lead to the preview of an act on the row under the cursor, or on a stage.
const KEYS: [&str; 16] = [
    "r",
    "ctrl-r",
    "h",
    "H enter",
    "u",
    "R",
    "x",
    "x enter",
    "s enter",
    "t",
    "t enter",
    "= enter enter",
    "2 o",
    "2 t",
    "o enter",
    "B",
];

#[test]
fn no_act_is_asked_without_a_reason_and_none_on_nothing() {
    for rows in [0, 1, 40] {
        let world = world(rows);
        let mut console = world.console((100, 30));
        for keys in KEYS.into_iter().chain(["A enter", "S"]) {
            for before in ["", "space", "* /"] {
                console.begin((100, 30));
                console.press(before);
                if before.ends_with('/') {
                    console.type_text("phase:Complete");
                    console.press("enter");
                }
                console.press(keys);
                // The button, with nothing said.
                console.press("shift-tab shift-tab shift-tab enter enter tab tab enter");
                assert_eq!(
                    asked(&console),
                    None,
                    "{keys} after \"{before}\" with {rows} rows"
                );
                console.begin((100, 30));
                console.state.facts.read_only = true;
                console.press(before);
                console.press("esc");
                console.press(keys.split(' ').next().unwrap());
                if keys.starts_with('2') {
                    console.press(&keys[2..]);
                }
                assert!(matches!(console.state.mode, Mode::Browse), "{keys}");
                assert!(
                    console.text().contains("read-only"),
                    "{keys}: {}",
                    console.text()
                );
            }
        }
        if rows == 0 {
            for keys in ["r", "h", "H", "u", "R", "x", "s", "t", "=", "ctrl-r"] {
                console.begin((100, 30));
                console.press(keys);
                let text = console.text();
                assert!(text.contains("there is no row to act on"), "{keys}: {text}");
            }
        }
    }
}

/// The row acted on, the key, what is typed into a choice, and the request without its reason.
fn requests() -> Vec<(i64, &'static str, &'static str, Json)> {
    vec![
        (
            19,
            "r",
            "",
            json!({"verb": "retry", "rows": [19], "stage": null, "from_start": false}),
        ),
        (
            19,
            "ctrl-r",
            "",
            json!({"verb": "retry", "rows": [19], "stage": null, "from_start": true}),
        ),
        (
            19,
            "u",
            "",
            json!({"verb": "release", "rows": [19], "stage": null}),
        ),
        (
            2,
            "h",
            "",
            json!({"verb": "hold", "rows": [2], "stage": null}),
        ),
        (
            2,
            "H",
            "leave jamf",
            json!({"verb": "hold", "rows": [2], "stage": "unenroll"}),
        ),
        (
            2,
            "s",
            "transfer",
            json!({"verb": "skip", "rows": [2], "stage": "transfer"}),
        ),
        (
            2,
            "t",
            "",
            json!({"verb": "trigger", "rows": [2], "stage": "unenroll"}),
        ),
        (
            4,
            "x",
            "",
            json!({"verb": "remedy", "rows": [4], "ladder": "left_but_not_enrolled"}),
        ),
        (2, "R", "", json!({"verb": "refresh", "rows": [2]})),
    ]
}

#[test]
fn each_act_becomes_exactly_its_request() {
    let world = world(40);
    let mut console = world.console((120, 40));
    // Row 2 asked to leave, row 4 left and is not in Fleet, row 19's transfer is parked.
    let because = |mut json: Json| {
        json["reason"] = "because".into();
        json
    };
    for (row, keys, typed, request) in requests() {
        console.begin((120, 40));
        console.state.table.cursor = Some(RowId(row));
        console.press(keys);
        if matches!(console.state.mode, Mode::Choose(_)) {
            console.type_text(typed);
            console.press("enter");
        }
        go(&mut console);
        assert_eq!(
            asked(&console),
            Some(because(request)),
            "{keys}: {}",
            console.text()
        );
    }
}

#[test]
fn a_column_is_set_to_what_was_typed_as_its_type_reads_it() {
    let world = world(40);
    let mut console = world.console((120, 40));
    let stand = (midnight().to_string(), "2026-03-02T21:00:00.000Z");
    for (column, typed, value) in [
        ("In Fleet's MDM", "no", json!(false)),
        ("requested_at", "now", json!(stand.0)),
        ("requested_at", "2026-03-02T22:00:00+01:00", json!(stand.1)),
        ("fleet_id", "42", json!(42)),
        ("fleet_team", "", Json::Null),
        ("wave", "pilot", json!("pilot")),
    ] {
        console.begin((120, 40));
        console.state.table.cursor = Some(RowId(5));
        console.press("=");
        console.type_text(column);
        console.press("enter");
        console.type_text(typed);
        console.press("enter");
        go(&mut console);
        let sent = asked(&console).unwrap_or_else(|| panic!("{column}: {}", console.text()));
        assert_eq!(
            (&sent["verb"], &sent["value"]),
            (&json!("set"), &value),
            "{column}"
        );
        assert_eq!(sent["rows"], json!([5]));
    }
}

#[test]
fn a_value_that_does_not_fit_is_not_taken_and_the_line_stays() {
    let world = World::new(5);
    let mut console = world.console((100, 30));
    console.press("=");
    console.type_text("requested_at");
    console.press("enter");
    console.type_text("yesterday");
    console.press("enter");
    let text = console.text();
    assert!(
        text.contains("\"yesterday\" is not a time such as"),
        "{text}"
    );
    assert!(matches!(console.state.mode, Mode::Choose(_)));
    console.press("esc");
    assert!(console.text().contains("nothing was asked"));
}

#[test]
fn stages_waves_and_brakes_are_switched_by_key_and_by_name() {
    let world = world(40);
    let mut console = world.console((120, 40));
    let mut ask = |how: &dyn Fn(&mut Console)| {
        console.begin((120, 40));
        how(&mut console);
        go(&mut console);
        asked(&console).unwrap_or_else(|| panic!("{}", console.text()))
    };
    let stage = ask(&|console| console.press("2 j o"));
    assert_eq!(
        stage,
        json!({"verb": "stage_switch", "stage": "unenroll", "on": false, "reason": "because"})
    );
    let name = |action, name: &'static str| {
        move |console: &mut Console| {
            acts::propose_chosen(&mut console.state, action, name);
            console.refresh();
        }
    };
    let stage = ask(&name(Action::Switch, "off Jamf removal"));
    assert_eq!(
        (&stage["stage"], &stage["on"]),
        (&json!("removal"), &json!(false))
    );
    let wave = ask(&name(Action::Switch, "open pilot"));
    assert_eq!(
        wave,
        json!({"verb": "wave_switch", "wave": "pilot", "open": true, "reason": "because"})
    );
    let brake = ask(&|console| console.press("B"));
    assert_eq!(
        brake,
        json!({"verb": "brake_release", "brake": "unenroll_failures", "reason": "because"})
    );
    let trigger = ask(&|console| {
        console.state.table.cursor = Some(RowId(13));
        name(Action::Trigger, "Host transfer")(console);
    });
    assert_eq!(
        (&trigger["verb"], &trigger["stage"]),
        (&json!("trigger"), &json!("transfer"))
    );
    let retry = ask(&|console| {
        console.state.table.cursor = Some(RowId(19));
        name(Action::Retry, "transfer")(console);
    });
    assert_eq!(retry["stage"], "transfer");
}

#[test]
fn a_stage_is_triggered_for_its_whole_queue_frozen_when_it_was_asked() {
    let world = World::new(40);
    let mut console = world.console((120, 40));
    console.press("2 j t");
    let before = console.state.members().unwrap().total;
    assert!(before > 1, "{}", console.text());
    assert!(
        console.text().contains("Cannot be called back"),
        "{}",
        console.text()
    );
    // One more comes to stand in the queue: it is not among them.
    world.write(|tx| {
        let now = crate::model::value::Value::Time(tx.now());
        let values = [("requested_at".to_owned(), now)].into();
        tx.set(RowId(1), &values, &crate::store::Cause::Schedule)
            .map(|_| ())
    });
    console.refresh();
    go(&mut console);
    let sent = asked(&console).unwrap();
    assert_eq!(sent["rows"].as_array().unwrap().len(), before);
    assert!(!sent["rows"].as_array().unwrap().contains(&json!(1)));
}

#[test]
fn hidden_rows_are_named_apart_and_can_be_left_out() {
    let world = World::new(40);
    let mut console = world.console((100, 40));
    console.press("space space space space /");
    console.type_text("phase:Complete");
    console.press("enter");
    let hidden = console.state.hidden_marks();
    let shown = 4 - hidden;
    assert!(hidden > 0 && shown > 0, "{hidden}");
    console.press("h");
    let text = console.text();
    assert!(
        text.contains(&format!("{hidden} will, though the filter hides them:")),
        "{text}"
    );
    assert!(
        text.contains(&format!("[ Only the {shown} shown ]")),
        "{text}"
    );
    console.press("shift-tab enter");
    let Mode::Preview(preview) = &console.state.mode else {
        panic!()
    };
    assert!(!preview.can_leave_out());
    go(&mut console);
    assert_eq!(
        asked(&console).unwrap()["rows"].as_array().unwrap().len(),
        shown
    );
}

#[test]
fn rows_that_will_not_are_shown_and_never_sent() {
    let world = World::new(40);
    let mut console = world.console((100, 40));
    console.press("* u");
    let members = console.state.members().unwrap();
    let (will, all) = (members.will, members.total);
    assert!(will < all && will > 0);
    go(&mut console);
    assert_eq!(
        asked(&console).unwrap()["rows"].as_array().unwrap().len(),
        will
    );
    console.begin((100, 40));
    console.state.table.cursor = Some(RowId(1));
    console.press("r");
    console.type_text("because");
    console.press("enter enter");
    assert_eq!(asked(&console), None);
    assert!(
        console.text().contains("nothing would be done"),
        "{}",
        console.text()
    );
}

#[test]
fn a_preview_says_what_it_calls_what_stays_and_what_is_in_its_way() {
    let world = world(40);
    world.write(|tx| {
        let by = Actor::Person("anna".into());
        tx.set_note("services", &json!({"fleet": {"rate_per_second": 8.0}}))?;
        tx.set_switch(SwitchKind::Stage, "removal", false, "script is broken", &by)
    });
    world.clock.turn(Span::from_hours(12));
    let mut console = world.console((120, 40));
    console.state.now = midnight().plus(Span::from_hours(12));
    console.press("* t");
    console.type_text("Host transfer");
    console.press("enter");
    let text = console.text();
    for part in [
        "It makes 18 calls to Fleet; at the allowed 8/s some 3s.",
        "move it to production (9 times)",
        "keeps to the window nightly, which opens 22:00",
    ] {
        assert!(text.replace('\n', " ").contains(part), "{part}: {text}");
    }
    assert_eq!(asked(&console), None);
}
