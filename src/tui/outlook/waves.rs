//! How far the waves are, where the pipeline says when a row of one is settled.

use crate::store::{Switch, SwitchKind, WaveProof};
use crate::tui::ages;
use crate::tui::data::Opening;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::text;
use std::fmt::Write;

/// How one wave of the file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    Proven,
    Open,
    Closed,
}

/// Whether waves of this pipeline can be proven.
pub fn are_proven(state: &State) -> bool {
    let pipeline = state.facts.names.pipeline();
    pipeline.is_some_and(|pipeline| !pipeline.proof.is_empty() && !pipeline.waves.is_empty())
}

/// A wave's switch of this kind.
pub fn switch<'a>(state: &'a State, kind: SwitchKind, wave: &str) -> Option<&'a Switch> {
    let mut switches = state.data.switches.iter();
    switches.find(|known| known.kind == kind && known.name == wave)
}

pub fn stand(state: &State, wave: &str) -> Stand {
    let on = |kind| switch(state, kind, wave).is_some_and(|switch| switch.on);
    if on(SwitchKind::Proven) {
        Stand::Proven
    } else if on(SwitchKind::Wave) {
        Stand::Open
    } else {
        Stand::Closed
    }
}

/// Rows of a wave that are settled.
pub fn settled(proof: &WaveProof) -> u64 {
    proof.settled.iter().map(|(_, rows)| rows).sum()
}

fn names(state: &State) -> Vec<&str> {
    let pipeline = state.facts.names.pipeline();
    let waves = pipeline.map_or(&[][..], |pipeline| &pipeline.waves);
    waves.iter().map(|wave| wave.name.as_str()).collect()
}

/// The first wave that is neither open nor proven, and what opens it.
fn next(state: &State) -> Option<(&str, Opening)> {
    let waves = names(state);
    let mut closed = waves
        .into_iter()
        .filter(|wave| stand(state, wave) == Stand::Closed);
    closed.find_map(|wave| {
        let opening = state.facts.names.opening(wave, &state.data.switches)?;
        Some((wave, opening))
    })
}

fn label(state: &State, wave: &str) -> String {
    text::cell(&state.facts.names.wave_label(wave)).into_owned()
}

/// For the header: `wave 50 %: 212/218`, else `wave 50 % opens at 02:10`.
pub fn in_few_words(state: &State) -> Option<(String, Meaning)> {
    if !are_proven(state) {
        return None;
    }
    let waves = names(state);
    let mut open = waves.into_iter().rev();
    if let Some(wave) = open.find(|wave| stand(state, wave) == Stand::Open) {
        let proof = state.data.night.proof(wave);
        let (settled, rows) = proof.map_or((0, 0), |proof| (settled(proof), proof.rows));
        let (settled, rows) = (text::thousands(settled), text::thousands(rows));
        let said = format!("wave {}: {settled}/{rows}", label(state, wave));
        return Some((said, Meaning::Active));
    }
    match next(state)? {
        (wave, Opening::Pause(at) | Opening::At(at)) => {
            let at = ages::clock(at, state.zone());
            Some((
                format!("wave {} opens {at}", label(state, wave)),
                Meaning::Waiting,
            ))
        }
        (wave, Opening::Braked) => Some((
            format!("wave {} kept shut", label(state, wave)),
            Meaning::Warning,
        )),
        _ => None,
    }
}

/// Everything in a line: `10 % proven; 50 % open: 212 of 218 settled, 6 of them rolled back`.
pub fn headline(state: &State) -> Option<String> {
    if !are_proven(state) {
        return None;
    }
    let waves = names(state);
    let mut parts = Vec::new();
    let proven = waves
        .iter()
        .rfind(|wave| stand(state, wave) == Stand::Proven);
    if let Some(wave) = proven {
        parts.push(format!("{} proven", label(state, wave)));
    }
    let open = waves
        .iter()
        .filter(|wave| stand(state, wave) == Stand::Open);
    for wave in open {
        let said = state.data.night.proof(wave).map_or_else(
            || "no row in it".to_owned(),
            |proof| {
                let of = text::thousands(proof.rows);
                let mut said = format!("{} of {of} settled", text::thousands(settled(proof)));
                // The first line of a proof is what is hoped for.
                for (title, rows) in proof.settled.iter().skip(1).filter(|(_, rows)| *rows > 0) {
                    let title = small(&text::cell(title));
                    let _ = write!(said, ", {} of them {title}", text::thousands(*rows));
                }
                said
            },
        );
        parts.push(format!("{} open: {said}", label(state, wave)));
    }
    if let Some((wave, Opening::Pause(at) | Opening::At(at))) = next(state) {
        let at = ages::clock(at, state.zone());
        parts.push(format!("{} opens at {at}", label(state, wave)));
    }
    if parts.is_empty() {
        parts.push("no wave is open yet".into());
    }
    Some(parts.join("; "))
}

/// What opens a wave that nobody opened or closed, as a sentence goes on after its name.
pub fn opening_said(state: &State, wave: &str) -> Option<String> {
    let opening = state.facts.names.opening(wave, &state.data.switches)?;
    let at = |at| {
        let clock = ages::clock(at, state.zone());
        format!("{clock}, {}", ages::said(state.now, at))
    };
    Some(match opening {
        Opening::ByHand => "by hand".into(),
        Opening::At(time) | Opening::Pause(time) => format!("at {}", at(time)),
        Opening::After(before, pause) => {
            let before = label(state, &before);
            if pause.millis() == 0 {
                format!("once {before} is proven")
            } else {
                format!("after {before}, {} later", span(pause))
            }
        }
        Opening::Braked => "once no brake is on".into(),
    })
}

/// `2h`, not `2h 00m`.
fn span(span: crate::model::time::Span) -> String {
    let said = ages::short(span);
    let said = said.strip_suffix(" 00m").unwrap_or(&said);
    said.strip_suffix(" 00h").unwrap_or(said).to_owned()
}

/// As it stands inside a sentence; a name in capitals stays as it is.
fn small(said: &str) -> String {
    let mut chars = said.chars();
    match (chars.next(), chars.next()) {
        (Some(first), second) if second.is_none_or(|c| !c.is_uppercase()) => {
            let rest: String = said.chars().skip(1).collect();
            format!("{}{rest}", first.to_lowercase())
        }
        _ => said.to_owned(),
    }
}
