//! The waves of a pipeline that says when a row of one is settled: how far each is, and what opens it.

use super::listing::Listing;
use super::mirrors;
use super::page::{Page, pad};
use super::pen::Span;
use crate::store::{SwitchKind, WaveProof};
use crate::tui::data::{Topic, WaveLine, WavesTopic};
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::outlook::waves::{self, Stand};
use crate::tui::state::State;
use crate::tui::{ages, text};

/// Columns of the title, and where there is room.
const TITLE: (usize, usize) = (16, 24);
const ROOMY: usize = 150;
/// The bar, with the share after it.
const BAR: usize = 10;

/// A column, the title apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Share,
    State,
    Rows,
    /// A line of the proof.
    Line(usize),
    Open,
    Bar,
    Proven,
    Opens,
}

/// The columns that fit, in the order drawn, each with its width. Lines of the proof that no row meets come last.
fn columns(state: &State, lines: &[String], wide: usize) -> Vec<(Column, usize)> {
    let numbered = || (0..lines.len()).map(Column::Line);
    let meets = |column: &Column| {
        let Column::Line(at) = column else {
            return false;
        };
        let mut proofs = state.data.night.proofs.iter();
        proofs.any(|proof| proof.settled.get(*at).is_some_and(|(_, rows)| *rows > 0))
    };
    let mut worth = vec![Column::State, Column::Rows, Column::Open];
    worth.extend(has_shares(state).then_some(Column::Share));
    worth.extend(numbered().filter(meets));
    worth.extend([Column::Bar, Column::Proven]);
    worth.extend(numbered().filter(|column| !meets(column)));
    worth.push(Column::Opens);
    let takes = |column: Column| match column {
        Column::Share => 6,
        Column::State | Column::Rows => 8,
        Column::Line(at) => text::width(&lines[at]).clamp(8, 12) + 2,
        Column::Open => 11,
        Column::Bar => BAR + 7,
        Column::Proven => 13,
        Column::Opens => 30,
    };
    let mut left = wide.saturating_sub(4 + title(wide));
    let mut kept = Vec::new();
    for column in worth {
        let takes = takes(column);
        if takes > left {
            break;
        }
        left -= takes;
        kept.push(column);
    }
    let drawn = [Column::Share, Column::State, Column::Rows];
    let drawn = drawn.into_iter().chain(numbered());
    let drawn = drawn.chain([Column::Open, Column::Bar, Column::Proven, Column::Opens]);
    let drawn = drawn.filter(|column| kept.contains(column));
    drawn.map(|column| (column, takes(column))).collect()
}

/// Whether a wave's share says more than its title does.
fn has_shares(state: &State) -> bool {
    let names = &state.facts.names;
    let pipeline = names.pipeline();
    let mut waves = pipeline.into_iter().flat_map(|known| &known.waves);
    waves.any(|wave| {
        let share = names.share(&wave.name);
        share.is_some_and(|share| !wave.title.contains(&share))
    })
}

fn title(wide: usize) -> usize {
    if wide >= ROOMY { TITLE.1 } else { TITLE.0 }
}

/// Fills in the lines, and what there is to say of the chosen one.
pub fn fill(listing: &mut Listing, state: &State, topic: &WavesTopic, at: usize, wide: usize) {
    if let Some(said) = waves::headline(state) {
        listing.title = format!("waves: {said}");
    }
    let proof = state.facts.names.pipeline().map_or(&[][..], |it| &it.proof);
    let lines: Vec<String> = proof
        .iter()
        .map(|line| text::cell(&line.title).into_owned())
        .collect();
    let columns = columns(state, &lines, wide);
    listing.heading = heading(state, &lines, &columns, wide);
    for wave in &topic.waves {
        listing.lines.push(line(state, wave, &columns, wide));
    }
    let chosen = topic.waves.get(at);
    listing.detail = chosen.map_or_else(Vec::new, |wave| detail(state, topic, wave, wide));
}

fn heading(state: &State, lines: &[String], columns: &[(Column, usize)], wide: usize) -> Vec<Span> {
    let cut = state.facts.look.signs.cut;
    let mut said = vec![(format!("  {}", pad("Wave", title(wide))), Meaning::Heading)];
    for (column, takes) in columns {
        let (name, left) = match column {
            Column::Share => ("share", false),
            Column::State => ("", true),
            Column::Rows => ("rows", false),
            Column::Line(at) => (lines[*at].as_str(), false),
            Column::Open => ("still open", false),
            Column::Bar => ("  settled", true),
            Column::Proven => ("  proven", true),
            Column::Opens => ("  opens", true),
        };
        said.push((cell(name, *takes, left, cut), Meaning::Heading));
    }
    said
}

/// A cell of so many columns with a space before it.
fn cell(said: &str, takes: usize, left: bool, cut: &str) -> String {
    let said = text::fit(said, takes - 1, cut);
    if left {
        return pad(&format!(" {said}"), takes);
    }
    let before = " ".repeat(takes.saturating_sub(text::width(&said)));
    format!("{before}{said}")
}

fn line(state: &State, wave: &WaveLine, columns: &[(Column, usize)], wide: usize) -> Vec<Span> {
    let signs = state.facts.look.signs;
    let title_wide = title(wide);
    let fitted = |said: &str| {
        let said = text::cell(said).into_owned();
        pad(&text::fit(&said, title_wide - 1, signs.cut), title_wide)
    };
    let Some(name) = &wave.name else {
        let rows = text::thousands(wave.rows);
        return vec![
            (format!("{} ", signs.none), Meaning::Quiet),
            (fitted("in no wave"), Meaning::Quiet),
            (format!("{rows} rows, held by none"), Meaning::Quiet),
        ];
    };
    let stand = waves::stand(state, name);
    let (sign, word, meaning) = match stand {
        Stand::Proven => (signs.yes, "proven", Meaning::Done),
        Stand::Open => (signs.active, "open", Meaning::Active),
        Stand::Closed => (signs.waiting, "closed", Meaning::Waiting),
    };
    let proof = state.data.night.proof(name);
    let mut line = vec![
        (format!("{sign} "), meaning),
        (fitted(&wave.title), Meaning::Text),
    ];
    let number = |rows: u64, takes: usize, meaning| match rows {
        0 => (cell(signs.none, takes, false, ""), Meaning::Quiet),
        rows => (cell(&text::thousands(rows), takes, false, ""), meaning),
    };
    for (column, takes) in columns.iter().copied() {
        let span = match column {
            Column::Share => {
                let share = state.facts.names.share(name).unwrap_or_default();
                (cell(&share, takes, false, ""), Meaning::Text)
            }
            Column::State => (cell(word, takes, true, ""), meaning),
            Column::Rows => number(wave.rows, takes, Meaning::Text),
            Column::Line(at) => {
                let settled = proof.and_then(|proof| proof.settled.get(at));
                let rows = settled.map_or(0, |(_, rows)| *rows);
                let meaning = if at == 0 {
                    Meaning::Done
                } else {
                    Meaning::Unusual
                };
                number(rows, takes, meaning)
            }
            Column::Open => number(proof.map_or(0, |proof| proof.open), takes, Meaning::Active),
            Column::Bar => {
                bar(state, wave, &mut line);
                continue;
            }
            Column::Proven => {
                let proven = waves::switch(state, SwitchKind::Proven, name);
                let proven = proven.filter(|switch| switch.on);
                let said = proven.map_or(String::new(), |it| ages::said(state.now, it.at));
                (cell(&format!(" {said}"), takes, true, ""), Meaning::Done)
            }
            Column::Opens => {
                let said = opens(state, name);
                let said = format!(" {}", text::cell(&said));
                (cell(&said, takes, true, signs.cut), Meaning::Quiet)
            }
        };
        line.push(span);
    }
    line
}

/// The share of its rows that is settled.
fn bar(state: &State, wave: &WaveLine, line: &mut Vec<Span>) {
    let signs = state.facts.look.signs;
    let proof = wave
        .name
        .as_deref()
        .and_then(|it| state.data.night.proof(it));
    let Some(proof) = proof.filter(|proof| proof.rows > 0) else {
        line.push((" ".repeat(BAR + 7), Meaning::Text));
        return;
    };
    let settled = waves::settled(proof);
    let full = (settled * BAR as u64 / proof.rows) as usize;
    let share = format!(" {:>3}%", settled * 100 / proof.rows);
    line.push((format!("  {}", signs.bar.repeat(full)), Meaning::Bar));
    line.push((signs.bar_rest.repeat(BAR - full), Meaning::BarRest));
    line.push((share, Meaning::Text));
}

/// Who opened or closed it and when, else what opens it.
fn opens(state: &State, wave: &str) -> String {
    if let Some(switch) = waves::switch(state, SwitchKind::Wave, wave) {
        let word = if switch.on { "opened" } else { "closed" };
        let ago = ages::said(state.now, switch.at);
        return format!("{word} {ago} by {}", switch.by);
    }
    waves::opening_said(state, wave).unwrap_or_default()
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
        let said = format!("rows in no wave are taken like those of open ones, by: {stages}");
        flow("", &said, Meaning::Text);
        return page.lines;
    };
    let share = state.facts.names.share(name);
    let share = share.filter(|_| has_shares(state));
    let share = share.map_or(String::new(), |share| format!(", {share} of all rows"));
    let title = text::cell(&wave.title).into_owned();
    flow("wave", &format!("{title} ({name}){share}"), Meaning::Text);
    if let Some(proof) = state.data.night.proof(name) {
        let said = parts(proof);
        flow("settled", &said, Meaning::Text);
    }
    match waves::switch(state, SwitchKind::Proven, name).filter(|switch| switch.on) {
        Some(proven) => {
            let at = ages::clock(proven.at, state.zone());
            let said = format!(
                "{} ({at}): {}",
                ages::said(state.now, proven.at),
                text::cell(&proven.reason)
            );
            flow("proven", said.trim_end_matches([':', ' ']), Meaning::Done);
        }
        None if wave.rows > 0 => flow(
            "proven",
            "not yet: it is once every row of it is settled",
            Meaning::Quiet,
        ),
        None => {}
    }
    if let Some(switch) = waves::switch(state, SwitchKind::Wave, name) {
        let word = if switch.on { "opened" } else { "closed" };
        let by = switch.by.to_string();
        let ago = ages::said(state.now, switch.at);
        let why = text::cell(&switch.reason);
        flow(
            word,
            &format!("{ago} by {}: {why}", text::cell(&by)),
            Meaning::Text,
        );
    } else if let Some(said) = waves::opening_said(state, name) {
        flow("opens", &said, Meaning::Waiting);
    }
    flow(
        "effect",
        &format!("{stages} takes its rows only while it is open"),
        Meaning::Text,
    );
    let keys = &state.facts.keymap;
    let key = |action| keys.key_of(action);
    let mut said = format!(
        "{} opens or closes it; {} shows its rows",
        key(Action::Switch),
        key(Action::Open)
    );
    if !state.facts.names.acts().is_empty() {
        said = format!("{said}; {} acts on its rows", key(Action::Act));
    }
    flow("", &said, Meaning::Quiet);
    page.lines
}

/// As sentences, for whoever hears them; `None` where waves cannot be proven.
pub fn told(state: &State) -> Option<Vec<String>> {
    let Some(Topic::Waves(topic)) = state.topic() else {
        return None;
    };
    if !waves::are_proven(state) || !topic.are_used() {
        return None;
    }
    let lines = topic.waves.iter().map(|wave| {
        let rows = text::count(wave.rows as usize, &state.facts.shape.subject);
        let Some(name) = &wave.name else {
            return format!("In no wave: {rows}, held by none.");
        };
        let word = match waves::stand(state, name) {
            Stand::Proven => "proven",
            Stand::Open => "open",
            Stand::Closed => "closed",
        };
        let share = state.facts.names.share(name);
        let share = share.filter(|_| has_shares(state));
        let share = share.map_or(String::new(), |share| format!(", {share}"));
        let settled = state.data.night.proof(name);
        let settled = settled.map_or(String::new(), |proof| format!(" Settled {}.", parts(proof)));
        format!(
            "{} ({name}){share}: {word}; {rows}.{settled} It {}.",
            text::cell(&wave.title),
            opened(state, name)
        )
    });
    Some(lines.chain(mirrors::told(state)).collect())
}

/// `212 of 218: Answers 206; Rolled back 6; still open 6`.
fn parts(proof: &WaveProof) -> String {
    let lines = proof.settled.iter().filter(|(_, rows)| *rows > 0);
    let mut parts: Vec<String> = lines
        .map(|(title, rows)| format!("{} {}", text::cell(title), text::thousands(*rows)))
        .collect();
    if proof.open > 0 {
        parts.push(format!("still open {}", text::thousands(proof.open)));
    }
    let of = text::thousands(proof.rows);
    let settled = text::thousands(waves::settled(proof));
    format!("{settled} of {of}: {}", parts.join("; "))
}

/// `was opened 2h ago by anna`, `opens by hand`.
fn opened(state: &State, wave: &str) -> String {
    let said = text::cell(&opens(state, wave)).into_owned();
    match waves::switch(state, SwitchKind::Wave, wave) {
        Some(_) => format!("was {said}"),
        None => format!("opens {said}"),
    }
}
