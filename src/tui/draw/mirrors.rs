//! What stands under the waves whichever is chosen: brakes that are on, and what the outside was told.

use super::page::Page;
use super::pen::Span;
use crate::pipeline::definition::Mirror;
use crate::store::{MirrorState, SwitchKind};
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// Numbers of an answer that are shown.
const NUMBERS: usize = 8;

/// Columns that what is said of a mirror needs beside its title.
const ROOM: usize = 24;

/// The lines.
pub fn lines(state: &State, wide: usize) -> Vec<Vec<Span>> {
    let mut page = Page::default();
    for said in brakes(state) {
        let key = state.facts.keymap.key_of(Action::BrakeRelease);
        let before = vec![
            (format!("{} ", state.facts.look.signs.no), Meaning::Bad),
            (key, Meaning::Key),
        ];
        page.flow(before, &format!(" releases {said}"), Meaning::Bad, wide);
    }
    for mirror in mirrors(state) {
        one(&mut page, state, mirror, wide);
    }
    page.lines
}

/// As sentences, for whoever hears them.
pub fn told(state: &State) -> Vec<String> {
    let brakes = brakes(state).into_iter();
    let brakes = brakes.map(|said| format!("On is {said}."));
    let mirrors = mirrors(state).iter().map(|mirror| {
        let (_, word, _, said) = standing(state, mirror);
        format!("{}: {word}{said}.", text::cell(&mirror.title))
    });
    brakes.chain(mirrors).collect()
}

fn mirrors(state: &State) -> &[Mirror] {
    let pipeline = state.facts.names.pipeline();
    pipeline.map_or(&[], |pipeline| &pipeline.mirrors)
}

/// Brakes that are on and keep rows of open waves, or waves themselves, back.
fn brakes(state: &State) -> Vec<String> {
    let names = &state.facts.names;
    let Some(pipeline) = names.pipeline() else {
        return Vec::new();
    };
    let follow = pipeline.waves.iter().any(|wave| wave.after.is_some());
    let on = state.data.switches.iter();
    let on = on.filter(|known| known.kind == SwitchKind::Brake && known.on);
    on.filter_map(|switch| {
        let brake = names.brake_of(&switch.name);
        let stage = brake.and_then(|brake| pipeline.stage(brake.stopped()));
        let stops = stage.filter(|stage| stage.waves);
        if stops.is_none() && !follow {
            return None;
        }
        let mut said = format!(
            "the brake {}, tripped {}: {}",
            text::cell(&names.brake(&switch.name)),
            ages::said(state.now, switch.at),
            text::cell(&switch.reason)
        );
        if let Some(stage) = stops {
            let stage = text::cell(names.rule(&stage.name)).into_owned();
            said = format!("{said}; {stage} is stopped");
        }
        if follow {
            said.push_str("; no wave opens by itself");
        }
        Some(said)
    })
    .collect()
}

fn one(page: &mut Page, state: &State, mirror: &Mirror, wide: usize) {
    let (sign, word, meaning, said) = standing(state, mirror);
    let title = text::cell(&mirror.title).into_owned();
    let failed = meaning == Meaning::Bad;
    let rest = if failed { Meaning::Bad } else { Meaning::Text };
    let mut before = vec![(format!("{sign} "), meaning)];
    // On a narrow screen the title goes on with the rest.
    if text::width(&title) + text::width(&word) + ROOM > wide {
        page.flow(before, &format!("{title} {word}{said}"), rest, wide);
        return;
    }
    before.push((title, Meaning::Text));
    before.push((format!("  {word}"), meaning));
    page.flow(before, &said, rest, wide);
}

/// Its sign, how it stands and since when, in which colour, and what there is to say beside.
fn standing(state: &State, mirror: &Mirror) -> (&'static str, String, Meaning, String) {
    let signs = state.facts.look.signs;
    let Some(record) = state.data.standing.mirror(&mirror.name) else {
        let said = String::new();
        return (signs.none, "never told yet".into(), Meaning::Quiet, said);
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
    let said = match (record.state, record.text.is_empty()) {
        (MirrorState::Failed, false) => format!(": {}; {told}", text::cell(&record.text)),
        (MirrorState::Told, _) => format!(" {told}"),
        _ => format!(", {told}"),
    };
    let numbers = numbers(&record.result, signs.dot);
    let said = match (record.told_at, numbers.is_empty()) {
        (Some(_), false) => format!("{said}: {numbers}"),
        _ => said,
    };
    (sign, word, meaning, said)
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
