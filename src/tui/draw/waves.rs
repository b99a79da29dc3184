//! The screen of the waves.

use super::listing::Listing;
use super::page::{Page, pad};
use super::pen::Span;
use super::{mirrors, proofs};
use crate::store::{Switch, SwitchKind};
use crate::tui::data::{Topic, WaveLine, WavesTopic};
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::outlook::waves;
use crate::tui::state::{Pick, State};
use crate::tui::{ages, text};
use std::fmt::Write;

const NAME: usize = 16;
const STATE: usize = 9;

const NUMBER: usize = 10;
/// The bar, with the share after it.
const BAR: usize = 16;

pub fn listing(state: &State, pick: &Pick, wide: usize) -> Listing {
    let mut listing = Listing {
        title: "waves".into(),
        empty: "reading the store…".into(),
        ..Listing::default()
    };
    let Some(Topic::Waves(topic)) = state.topic() else {
        return listing;
    };
    if !topic.are_used() {
        listing.empty = unused(state, topic);
        listing.below = mirrors::lines(state, wide);
        return listing;
    }
    listing.below = mirrors::lines(state, wide);
    if waves::are_proven(state) {
        proofs::fill(&mut listing, state, topic, pick.at, wide);
        return listing;
    }
    let heads = ["rows", "done", "moving", "not begun", "held"];
    let shown = columns(wide);
    let mut head = format!("  {}{}", pad("Wave", NAME), pad("", STATE));
    for name in &heads[..shown] {
        let _ = write!(head, "{name:>NUMBER$}");
    }
    listing.heading = vec![(head, Meaning::Heading)];
    for wave in &topic.waves {
        listing.lines.push(line(state, topic, wave, wide));
    }
    listing.detail = topic
        .waves
        .get(pick.at)
        .map(|wave| detail(state, topic, wave, wide))
        .unwrap_or_default();
    listing
}

/// Why there is nothing to see, and what that means.
fn unused(state: &State, topic: &WavesTopic) -> String {
    let subject = &state.facts.shape.subject;
    if topic.stages.is_empty() {
        "this pipeline uses no waves: no stage waits for one".into()
    } else {
        format!(
            "no {subject} is in a wave, so none waits for one; a CSV with a column \"wave\" puts them in: drover import"
        )
    }
}

/// Numbers that fit.
fn columns(wide: usize) -> usize {
    let room = wide.saturating_sub(4 + NAME + STATE);
    (room / NUMBER).min(5)
}

/// Open or closed, and by what; a wave nobody opened is closed.
fn switch<'a>(state: &'a State, name: &str) -> Option<&'a Switch> {
    let ours = |switch: &&Switch| switch.kind == SwitchKind::Wave && switch.name == name;
    state.data.switches.iter().find(ours)
}

fn line(state: &State, topic: &WavesTopic, wave: &WaveLine, wide: usize) -> Vec<Span> {
    let signs = state.facts.look.signs;
    let fitted = |said: &str| pad(&text::fit(&text::cell(said), NAME - 1, signs.cut), NAME);
    let mut line = if let Some(name) = &wave.name {
        let open = switch(state, name).is_some_and(|switch| switch.on);
        let (sign, word, meaning) = if open {
            (signs.yes, "open", Meaning::Done)
        } else {
            (signs.waiting, "closed", Meaning::Waiting)
        };
        vec![
            (format!("{sign} "), meaning),
            (fitted(name), Meaning::Text),
            (pad(word, STATE), meaning),
        ]
    } else {
        let free = if topic.stages.is_empty() {
            ""
        } else {
            "not held"
        };
        vec![
            (format!("{} ", signs.none), Meaning::Quiet),
            (fitted("in no wave"), Meaning::Quiet),
            (pad(free, STATE), Meaning::Quiet),
        ]
    };
    let numbers = [
        (wave.rows, Meaning::Text),
        (wave.done, Meaning::Done),
        (wave.moving, Meaning::Active),
        (wave.not_begun, Meaning::Idle),
        (wave.held, Meaning::Bad),
    ];
    let shown = columns(wide);
    for (number, meaning) in &numbers[..shown] {
        let (said, meaning) = match number {
            0 => (signs.none.to_owned(), Meaning::Quiet),
            number => (text::thousands(*number), *meaning),
        };
        line.push((format!("{said:>NUMBER$}"), meaning));
    }
    let used = 4 + NAME + STATE + shown * NUMBER;
    if wave.rows > 0 && wide >= used + BAR + 7 {
        let full = (wave.done * BAR as u64 / wave.rows) as usize;
        line.push((format!("  {}", signs.bar.repeat(full)), Meaning::Bar));
        line.push((signs.bar_rest.repeat(BAR - full), Meaning::BarRest));
        line.push((format!(" {}%", wave.done * 100 / wave.rows), Meaning::Text));
    }
    line
}

fn detail(state: &State, topic: &WavesTopic, wave: &WaveLine, wide: usize) -> Vec<Vec<Span>> {
    let mut page = Page::default();
    let mut flow = |before: &str, said: &str, meaning| {
        page.flow(vec![(pad(before, 10), Meaning::Quiet)], said, meaning, wide);
    };
    let stages: Vec<String> = (topic.stages.iter())
        .map(|rule| text::cell(state.facts.names.rule(rule)).into_owned())
        .collect();
    let stages = stages.join(", ");
    let Some(name) = &wave.name else {
        let said = if stages.is_empty() {
            "no stage of this pipeline waits for a wave".into()
        } else {
            format!("rows in no wave are taken like those of open ones, by: {stages}")
        };
        flow("", &said, Meaning::Text);
        return page.lines;
    };
    flow("wave", &text::cell(&wave.title), Meaning::Text);
    let pipeline = state.facts.names.pipeline();
    let declared = pipeline.and_then(|it| it.waves.iter().find(|it| it.name == *name));
    if let Some(switch) = switch(state, name) {
        let word = if switch.on { "opened" } else { "closed" };
        let (by, ago) = (switch.by.to_string(), ages::said(state.now, switch.at));
        let said = format!("{ago} by {}", text::cell(&by));
        flow(word, &said, Meaning::Text);
        flow("why", &text::cell(&switch.reason), Meaning::Text);
    } else if let Some((opens, zone)) =
        declared.and_then(|wave| Some((wave.opens?, pipeline?.timezone)))
    {
        let (at, said) = (ages::clock(opens, zone), ages::said(state.now, opens));
        flow("closed", &format!("opens at {at}, {said}"), Meaning::Text);
    } else {
        flow("closed", "nobody has opened it yet", Meaning::Text);
    }
    let said = if stages.is_empty() {
        "no stage of this pipeline waits for a wave: opening it changes nothing".into()
    } else {
        format!("{stages} takes its rows only while it is open")
    };
    flow("effect", &said, Meaning::Text);
    let keys = &state.facts.keymap;
    let (switch, open) = (keys.key_of(Action::Switch), keys.key_of(Action::Open));
    flow(
        "",
        &format!("{switch} opens or closes it; {open} shows its rows"),
        Meaning::Quiet,
    );
    page.lines
}
