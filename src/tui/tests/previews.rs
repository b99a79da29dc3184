//! Previews and choices as they look.

use super::world::{Console, World};
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::store::{CommandState, NewCommand, SwitchKind};
use crate::tui::keys::Action;
use crate::tui::update::acts;
use serde_json::json;

type Way = fn(&mut Console);

fn night() -> World {
    let world = World::new(40);
    world.write(|tx| {
        tx.set_note(
            "services",
            &json!({"fleet": {"rate_per_second": 8.0}, "jamf": {"rate_per_second": 2.5}}),
        )?;
        tx.set_note("engine", &json!({"two_people_above": 3}))?;
        let why = "5 failures in 10m";
        tx.set_switch(SwitchKind::Brake, "failing", true, why, &Actor::Engine)?;
        tx.set_switch(
            SwitchKind::Stage,
            "removal",
            false,
            "looks odd",
            &Actor::Engine,
        )?;
        let command = tx.ask(NewCommand {
            actor: Actor::Person("ben".into()),
            verb: "trigger".into(),
            request: json!({"verb": "trigger", "stage": "unenroll", "reason": "wave one"}),
            reason: "wave one".into(),
            rows: [2, 9, 16, 23].map(RowId).into(),
        })?;
        tx.answer(command, CommandState::Waiting, Vec::new())
    });
    world
}

/// The keys that lead to each.
fn ways() -> [(&'static str, Way); 11] {
    [
        ("trigger", |console| console.press("2 j t")),
        ("remedy", |console| {
            console.press("* x");
            console.press("enter");
        }),
        ("ladders", |console| console.press("* x")),
        ("skip", |console| {
            console.press("space space /");
            console.type_text("phase:Complete");
            console.press("enter s");
            console.type_text("removal");
            console.press("enter");
        }),
        ("set", |console| {
            console.press("space space =");
            console.type_text("team");
            console.press("enter");
            console.type_text("Staging");
            console.press("enter");
        }),
        ("column", |console| console.press("=")),
        ("value", |console| {
            console.press("=");
            console.type_text("requested");
            console.press("enter");
            console.type_text("soon");
            console.press("enter");
        }),
        ("stage-off", |console| console.press("2 j o")),
        ("brake", |console| console.press("B")),
        ("wave", |console| {
            acts::propose_chosen(&mut console.state, Action::Switch, "open pilot");
        }),
        ("agree", |console| console.press("A enter")),
    ]
}

#[test]
fn every_kind_of_act_as_it_is_previewed() {
    let world = night();
    for (name, way) in ways() {
        for size in [(80, 24), (120, 40), (40, 12)] {
            let mut console = world.console(size);
            way(&mut console);
            console.refresh();
            if size.0 == 40 {
                // Whatever is left out, the buttons are not.
                let text = console.text();
                let chooses = ["ladders", "column", "value"].contains(&name);
                assert!(chooses || text.contains("[ Cancel ]"), "{name}: {text}");
                continue;
            }
            insta::assert_snapshot!(
                format!("preview-{name}-{}x{}", size.0, size.1),
                console.text()
            );
        }
    }
}
