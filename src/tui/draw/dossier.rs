//! Everything about one row, on one long page.

use super::page::Page;
use super::{answer, gates, values};
use crate::model::row::RowId;
use crate::store::{Cause, Hold, HoldKind};
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// From this width on the gates stand beside the columns.
const BESIDE: usize = 100;
/// Columns the gates take at most, so that the eye need not go far.
const LEFT: usize = 96;
/// Columns between the two.
const GAP: usize = 3;

/// The page; `told` when it is read out or copied, and not looked at: one part after the other, and no keys.
pub fn page(state: &State, row: RowId, wide: usize, told: bool) -> Page {
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
    answer::add(&mut page, state, dossier, (wide, told));
    if wide >= BESIDE && !told {
        let right_wide = (wide / 2 - 2).clamp(46, 64);
        let left_wide = (wide - 1 - GAP - right_wide).min(LEFT);
        let right_wide = wide - 1 - GAP - left_wide;
        let (mut left, mut right) = (Page::default(), Page::default());
        gates::add(&mut left, state, dossier, (left_wide + 1, told));
        values::add(&mut right, state, dossier, (right_wide, true));
        page.line(Vec::new());
        let wall = format!(" {} ", state.facts.look.signs.wall);
        page.beside(left, right, (left_wide, &wall), state.facts.look.signs.cut);
    } else {
        values::add(&mut page, state, dossier, (wide, false));
        gates::add(&mut page, state, dossier, (wide, told));
    }
    super::timeline::add(&mut page, state, dossier, wide);
    gates::whole(&mut page, state, dossier, wide);
    page
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
