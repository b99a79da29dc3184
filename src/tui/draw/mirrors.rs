//! What stands under the waves whichever is chosen: brakes that are on, and what the outside was told.

use super::page::Page;
use super::pen::Span;
use crate::pipeline::definition::Mirror;
use crate::store::{MirrorState, SwitchKind};
use crate::tui::data::stopped_by;
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// Numbers of an answer that are shown.
const NUMBERS: usize = 8;

/// The lines.
pub fn lines(state: &State, wide: usize) -> Vec<Vec<Span>> {
    let mut page = Page::default();
    brakes(&mut page, state, wide);
    let pipeline = state.facts.names.pipeline();
    for mirror in pipeline.map_or(&[][..], |pipeline| &pipeline.mirrors) {
        one(&mut page, state, mirror, wide);
    }
    page.lines
}

/// Brakes that are on and keep rows of open waves, or waves themselves, back.
fn brakes(page: &mut Page, state: &State, wide: usize) {
    let names = &state.facts.names;
    let Some(pipeline) = names.pipeline() else {
        return;
    };
    let follow = pipeline.waves.iter().any(|wave| wave.after.is_some());
    let on = state.data.switches.iter();
    for switch in on.filter(|known| known.kind == SwitchKind::Brake && known.on) {
        let brake = names.brake_of(&switch.name);
        let stage = brake.and_then(|brake| pipeline.stage(stopped_by(brake)));
        let stops = stage.filter(|stage| stage.waves);
        if stops.is_none() && !follow {
            continue;
        }
        let mut said = format!(
            " tripped {}: {}",
            ages::said(state.now, switch.at),
            text::cell(&switch.reason)
        );
        if let Some(stage) = stops {
            said = format!("{said}; {} is stopped", text::cell(names.rule(&stage.name)));
        }
        if follow {
            said.push_str("; no wave opens by itself");
        }
        let key = state.facts.keymap.key_of(Action::BrakeRelease);
        let title = names.brake(&switch.name);
        let before = vec![
            (format!("{} ", state.facts.look.signs.no), Meaning::Bad),
            (format!("{key} releases the brake "), Meaning::Key),
            (text::cell(&title).into_owned(), Meaning::Bad),
        ];
        page.flow(before, &said, Meaning::Bad, wide);
    }
}

fn one(page: &mut Page, state: &State, mirror: &Mirror, wide: usize) {
    let signs = state.facts.look.signs;
    let title = text::cell(&mirror.title).into_owned();
    let Some(record) = state.data.standing.mirror(&mirror.name) else {
        let before = vec![
            (format!("{} ", signs.none), Meaning::Quiet),
            (title, Meaning::Text),
        ];
        page.flow(before, "  never told yet", Meaning::Quiet, wide);
        return;
    };
    let since = ages::short(state.now.since(record.since));
    let (sign, word, meaning) = match record.state {
        MirrorState::Told => (signs.yes, "told".to_owned(), Meaning::Done),
        MirrorState::Owed => (signs.waiting, format!("owed for {since}"), Meaning::Waiting),
        MirrorState::Failed => (signs.no, format!("failed for {since}"), Meaning::Bad),
    };
    let told = record.told_at.map_or("never taken".to_owned(), |at| {
        let ago = ages::said(state.now, at);
        match record.state {
            MirrorState::Told => ago,
            _ => format!("last taken {ago}"),
        }
    });
    let numbers = numbers(&record.result, signs.dot);
    let before = vec![
        (format!("{sign} "), meaning),
        (title, Meaning::Text),
        (format!("  {word}"), meaning),
    ];
    let said = match (record.state, record.text.is_empty()) {
        (MirrorState::Failed, false) => format!(": {}; {told}", text::cell(&record.text)),
        (MirrorState::Told, _) => format!(" {told}"),
        _ => format!(", {told}"),
    };
    let said = match (record.told_at, numbers.is_empty()) {
        (Some(_), false) => format!("{said}: {numbers}"),
        _ => said,
    };
    let meaning = if record.state == MirrorState::Failed {
        Meaning::Bad
    } else {
        Meaning::Text
    };
    page.flow(before, &said, meaning, wide);
}

/// `percentage 10 · listed 212`.
fn numbers(result: &Json, dot: &str) -> String {
    let members = result.as_object().into_iter().flatten();
    let numbers = members.filter(|(_, value)| value.is_number() || value.is_boolean());
    let said = numbers.take(NUMBERS).map(|(name, value)| {
        let name = name.replace('_', " ");
        let value = match value.as_u64() {
            Some(number) => text::thousands(number),
            None => value.to_string(),
        };
        format!("{} {value}", text::cell(&name))
    });
    said.collect::<Vec<_>>().join(&format!(" {dot} "))
}
