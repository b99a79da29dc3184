//! Everything about one row, on one long page.

use super::gates;
use super::page::{Page, pad};
use super::pen::Span;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::store::{Cause, Hold, HoldKind};
use crate::tui::data::Dossier;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// Columns of a column's title.
const TITLE: usize = 18;

pub fn page(state: &State, row: RowId, wide: usize) -> Page {
    let Some(dossier) = state
        .data
        .dossier
        .as_ref()
        .filter(|dossier| dossier.row.id == row)
    else {
        let mut page = Page::new(&state.facts.shape.subject);
        page.line(vec![("reading…".into(), Meaning::Quiet)]);
        return page;
    };
    let mut page = Page::new(format!(
        "{} {}",
        state.facts.shape.subject,
        text::cell(&dossier.row.key)
    ));
    summary(&mut page, state, dossier);
    holds(&mut page, state, &dossier.holds, wide);
    gates::add(&mut page, state, dossier, RuleKind::Stage, wide);
    gates::add(&mut page, state, dossier, RuleKind::Ladder, wide);
    columns(&mut page, state, dossier, wide);
    super::timeline::add(&mut page, state, dossier, wide);
    page
}

fn summary(page: &mut Page, state: &State, dossier: &Dossier) {
    let row = &dossier.row;
    let tone = state.facts.names.tone(row.phase.as_deref());
    let phase = row.phase.as_deref().unwrap_or("no phase");
    let sign = state.facts.look.signs.tone(tone);
    let mut spans: Vec<Span> = vec![
        (format!("{sign} {phase}"), tone.into()),
        (
            format!(" for {}", ages::short(state.now.since(row.phase_since))),
            Meaning::Text,
        ),
    ];
    let wave = row.wave.as_ref().map_or("no wave".into(), |wave| {
        format!("wave {}", text::cell(wave))
    });
    let known = ages::said(state.now, row.created_at);
    let changed = ages::said(state.now, row.updated_at);
    spans.push((
        format!("   {wave}, known {known}, changed {changed}"),
        Meaning::Quiet,
    ));
    page.line(spans);
}

fn holds(page: &mut Page, state: &State, holds: &[Hold], wide: usize) {
    if holds.is_empty() {
        return;
    }
    page.heading("Holds");
    for hold in holds {
        let (sign, meaning, said) = hold_said(state, hold);
        let rule = if hold.rule == "*" {
            "everything"
        } else {
            state.facts.names.rule(&hold.rule)
        };
        let before = vec![
            (format!("  {sign} "), meaning),
            (format!("{}: ", text::cell(rule)), Meaning::Text),
        ];
        page.flow(before, &said, meaning, wide);
    }
}

/// A hold's sign, colour and sentence.
pub fn hold_said(state: &State, hold: &Hold) -> (&'static str, Meaning, String) {
    let signs = state.facts.look.signs;
    let ago = ages::said(state.now, hold.at);
    let owner = hold
        .owner
        .as_ref()
        .map_or(String::new(), |owner| format!("; {owner} has it"));
    let reason = text::cell(&hold.reason);
    match hold.kind {
        HoldKind::BackingOff => {
            let when = hold
                .until
                .map_or("later".into(), |until| ages::said(state.now, until));
            (
                signs.waiting,
                Meaning::Unusual,
                format!("tried again {when}: {reason}"),
            )
        }
        HoldKind::Parked => (
            signs.no,
            Meaning::Bad,
            format!("parked {ago}: {reason}{owner}"),
        ),
        HoldKind::Held => (
            signs.no,
            Meaning::Bad,
            format!("held by {} {ago}: {reason}", hold.by),
        ),
        HoldKind::Skipped => (
            signs.none,
            Meaning::Quiet,
            format!("skipped by {} {ago}: {reason}", hold.by),
        ),
    }
}

/// A value as a sentence has it.
pub fn said(state: &State, value: &Json) -> String {
    match value {
        Json::Null => "empty".into(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Json::String(text) => match crate::model::time::Time::parse(text) {
            Ok(at) => ages::said(state.now, at),
            Err(_) => format!("\"{}\"", text::cell(text)),
        },
        other => text::cell(&other.to_string()).into_owned(),
    }
}

fn columns(page: &mut Page, state: &State, dossier: &Dossier, wide: usize) {
    let shape = &state.facts.shape;
    let group = |name: &str| {
        state
            .facts
            .column(name)
            .map_or("", |column| column.group.as_str())
    };
    let mut groups: Vec<&str> = Vec::new();
    for column in &shape.columns {
        if !groups.contains(&group(&column.name)) {
            groups.push(group(&column.name));
        }
    }
    for name in groups {
        page.heading(if name.is_empty() { "Columns" } else { name });
        for column in shape
            .columns
            .iter()
            .filter(|column| group(&column.name) == name)
        {
            let value = dossier.row.get(&column.name);
            let title = text::fit(
                state.facts.column_title(&column.name),
                TITLE,
                state.facts.look.signs.cut,
            )
            .into_owned();
            let before = vec![(format!("  {} ", pad(&title, TITLE)), Meaning::Quiet)];
            let changed = dossier
                .changes
                .iter()
                .find(|change| change.column == column.name);
            let age = changed.map_or(String::new(), |change| {
                format!("   since {}", ages::short(state.now.since(change.at)))
            });
            match value.as_time() {
                Some(at) => {
                    let zone = state
                        .facts
                        .names
                        .pipeline()
                        .map_or(chrono_tz::UTC, |pipeline| pipeline.timezone);
                    let local = at
                        .to_chrono()
                        .with_timezone(&zone)
                        .format("%Y-%m-%d %H:%M:%S");
                    page.line(
                        [
                            before,
                            vec![(
                                format!("{local}   {}", ages::said(state.now, at)),
                                Meaning::Text,
                            )],
                        ]
                        .concat(),
                    );
                }
                None if value.is_null() => {
                    page.line([before, vec![("–".into(), Meaning::Quiet)]].concat());
                }
                None => {
                    page.flow(before, &text::cell(&value.to_string()), Meaning::Text, wide);
                    if let Some(line) = page.lines.last_mut() {
                        line.push((age, Meaning::Quiet));
                    }
                }
            }
        }
    }
}

/// Who or what brought it about.
pub fn cause_said(cause: &Cause) -> String {
    match cause {
        Cause::Schedule => "by schedule".into(),
        Cause::Retry => "tried again".into(),
        Cause::Event(id) => format!("event {}", id.0),
        Cause::Attempt(id) => format!("attempt {}", id.0),
        Cause::Command(id) => format!("command {}", id.0),
    }
}
