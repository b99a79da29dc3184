//! What is known of the row: its columns by group, with how long each has been so.

use super::page::{Page, pad};
use super::pen::Span;
use crate::model::time::Time;
use crate::model::value::Value;
use crate::tui::data::Dossier;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};

/// Columns of a column's title, and where there is less room.
const TITLE: usize = 18;
const SHORT: usize = 16;

/// Every column where they stand `beside` something; else those that are known, and the names of the others.
pub fn add(page: &mut Page, state: &State, dossier: &Dossier, (wide, beside): (usize, bool)) {
    let group = |name: &str| {
        let column = state.facts.column(name);
        column.map_or("", |column| column.group.as_str())
    };
    let mut groups: Vec<&str> = Vec::new();
    for column in &state.facts.shape.columns {
        if !groups.contains(&group(&column.name)) {
            groups.push(group(&column.name));
        }
    }
    let mut empty = Vec::new();
    for (at, name) in groups.iter().enumerate() {
        let of = state.facts.shape.columns.iter();
        let (known, unknown): (Vec<_>, Vec<_>) = of
            .filter(|column| group(&column.name) == *name)
            .partition(|column| beside || !dossier.row.get(&column.name).is_null());
        let titles = unknown
            .iter()
            .map(|column| state.facts.column_title(&column.name));
        empty.extend(titles.map(|title| text::cell(title).into_owned()));
        if known.is_empty() && at > 0 {
            continue;
        }
        page.heading(if name.is_empty() { "Columns" } else { name });
        for column in known {
            one(page, state, dossier, &column.name, (wide, beside));
        }
        if at == 0 {
            of_the_row(page, state, dossier, (wide, beside));
        }
    }
    if !empty.is_empty() {
        page.heading("Not known");
        let before = vec![("  ".into(), Meaning::Text)];
        page.flow(before, &empty.join(", "), Meaning::Quiet, wide);
    }
}

fn titled(state: &State, title: &str, beside: bool) -> Vec<Span> {
    let wide = if beside { SHORT } else { TITLE };
    let title = text::cell(title);
    let title = text::fit(&title, wide, state.facts.look.signs.cut);
    vec![(format!("  {} ", pad(&title, wide)), Meaning::Quiet)]
}

/// What no column holds.
fn of_the_row(page: &mut Page, state: &State, dossier: &Dossier, (wide, beside): (usize, bool)) {
    let row = &dossier.row;
    let wave = row.wave.as_deref().map_or("–".into(), text::cell);
    page.flow(titled(state, "Wave", beside), &wave, Meaning::Text, wide);
    for (title, at) in [("Known", row.created_at), ("Changed", row.updated_at)] {
        let said = ages::said(state.now, at);
        page.flow(titled(state, title, beside), &said, Meaning::Text, wide);
    }
}

fn one(
    page: &mut Page,
    state: &State,
    dossier: &Dossier,
    name: &str,
    (wide, beside): (usize, bool),
) {
    let before = titled(state, state.facts.column_title(name), beside);
    let value = dossier.row.get(name);
    if value.is_null() {
        page.line([before, vec![("–".into(), Meaning::Quiet)]].concat());
        return;
    }
    if let Some(at) = value.as_time() {
        let said = vec![
            (moment(state, at, beside), Meaning::Text),
            (format!("  {}", ages::said(state.now, at)), Meaning::Quiet),
        ];
        page.line([before, said].concat());
        return;
    }
    let said = match value {
        Value::Boolean(true) => "yes".into(),
        Value::Boolean(false) => "no".into(),
        value => value.to_string(),
    };
    page.flow(before, &text::cell(&said), Meaning::Text, wide);
    let changed = dossier.changes.iter().find(|change| change.column == name);
    if let (Some(change), Some(line)) = (changed, page.lines.last_mut()) {
        let used: usize = line.iter().map(|(said, _)| text::width(said)).sum();
        let age = format!("  for {}", ages::short(state.now.since(change.at)));
        if used + text::width(&age) < wide {
            line.push((age, Meaning::Quiet));
        }
    }
}

/// A moment on the clock there, with its date where there is room.
fn moment(state: &State, at: Time, short: bool) -> String {
    let pipeline = state.facts.names.pipeline();
    let zone = pipeline.map_or(chrono_tz::UTC, |pipeline| pipeline.timezone);
    if short {
        pad(&ages::moment(state.now, at, zone), 8)
    } else {
        ages::full(at, zone)
    }
}
