//! Acts of the pipeline: from a wave, the table, the dossier and the palette, through the same preview as all acts.

use super::handover::handover;
use super::standing::has;
use super::world::{Console, World};
use crate::control::protocol::Request;
use crate::model::row::RowId;
use crate::store::*;
use crate::tui::event::Effect;
use crate::tui::state::Mode;

fn asked(console: &Console) -> Option<&Request> {
    console.effects.iter().find_map(|effect| match effect {
        Effect::Ask(_, request) => Some(request),
        _ => None,
    })
}

#[test]
fn an_act_on_a_wave_is_about_the_rows_that_were_in_it() {
    let world = handover();
    let mut console = world.console((120, 40));
    console.press("7 j j d");
    has(
        &console,
        &[
            "Which act?",
            "Roll back to the old server",
            "The proxy sends its requests",
        ],
    );
    console.press("enter");
    has(
        &console,
        &[
            "Roll back to the old server",
            "218 devices. The proxy sends its requests to the old server again.",
            "lifts what holds them in Proof",
            "6 will, 212 will not",
            "not met: it does not answer",
        ],
    );
    // Others join meanwhile: the list stays.
    world.write(|tx| tx.set_wave(RowId(280), Some("w50"), &Cause::Schedule));
    console.refresh();
    has(&console, &["218 devices"]);
    console.type_text("silent since the cut");
    console.press("tab enter");
    let Some(Request::Act { rows, act, reason }) = asked(&console) else {
        panic!("{:?}\n{}", console.effects, console.text())
    };
    assert_eq!(
        (act.as_str(), reason.as_str()),
        ("roll_back", "silent since the cut")
    );
    let silent: Vec<RowId> = (258..=263).map(RowId).collect();
    assert_eq!(*rows, silent);
}

#[test]
fn an_act_on_many_asks_for_their_count() {
    let world = handover();
    world.write(|tx| {
        (60..90).try_for_each(|at| {
            let null = crate::model::value::Value::Null;
            let values = [("answers_at".to_owned(), null)];
            tx.set(RowId(at), &values.into(), &Cause::Schedule)
                .map(|_| ())
        })
    });
    let mut console = world.console((120, 40));
    console.press(":");
    console.type_text("wave half");
    console.press("esc 7 j j :");
    console.type_text("roll back to");
    console.press("enter");
    has(&console, &["36 will, 182 will not", "Type 36"]);
    console.type_text("again");
    console.press("enter enter enter");
    assert_eq!(asked(&console), None);
    console.type_text("36");
    console.press("enter enter");
    assert!(matches!(asked(&console), Some(Request::Act { rows, .. }) if rows.len() == 36));
}

#[test]
fn acts_are_in_the_table_the_dossier_and_the_palette_by_their_titles() {
    let world = handover();
    let mut console = world.console((120, 40));
    console.press("/");
    console.type_text("M0260");
    console.press("enter enter");
    has(&console, &["d Roll back to the old server"]);
    console.press("d");
    has(&console, &["Which act?", "Hand over again"]);
    console.press("down enter");
    has(
        &console,
        &[
            "Hand over again",
            "not met: it was rolled back",
            "0 will, 1 will not",
        ],
    );
    console.press("esc esc :");
    console.type_text("hand over ag");
    has(
        &console,
        &["Hand over again", "may be handed over once more"],
    );
    console.press("enter");
    assert!(
        matches!(console.state.mode, Mode::Preview(_)),
        "{}",
        console.text()
    );
    console.press("esc");
    console.state.facts.read_only = true;
    console.press("d");
    has(&console, &["read-only"]);
    // Of a wave without rows there is nothing to act on.
    let mut console = World::new(3).console((100, 30));
    console.press("d");
    has(&console, &["this pipeline has no acts of its own"]);
    console.press("0");
    has(&console, &["it has no checks"]);
}
