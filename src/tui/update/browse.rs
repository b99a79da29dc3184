//! Moving, opening, marking, sorting.

use super::screens;
use crate::model::row::RowId;
use crate::store::Level;
use crate::tui::draw;
use crate::tui::keys::Action;
use crate::tui::state::{Mode, Pane, Screen, State};

/// What a key does while nothing is typed.
pub fn act(state: &mut State, action: Action) {
    match action {
        Action::Down => step(state, 1),
        Action::Up => step(state, -1),
        Action::HalfDown => step(state, page(state) / 2),
        Action::HalfUp => step(state, -(page(state) / 2)),
        Action::PageDown => step(state, page(state)),
        Action::PageUp => step(state, -page(state)),
        // Far beyond any line, and far from overflowing.
        Action::Top => step(state, isize::MIN / 2),
        Action::Bottom => step(state, isize::MAX / 2),
        Action::Open => open(state),
        Action::Back => back(state),
        Action::Filter => {
            screens::main(state);
            state.pane = Pane::Table;
            state.mode = Mode::Filter(state.table.filter.clone().into());
        }
        Action::NextPane => state.pane = neighbour(state.pane, true),
        Action::PreviousPane => state.pane = neighbour(state.pane, false),
        Action::TablePane => pane(state, Pane::Table),
        Action::StagesPane => pane(state, Pane::Stages),
        Action::LogPane => pane(state, Pane::Log),
        Action::Mark | Action::MarkDown | Action::MarkUp | Action::MarkAll => mark(state, action),
        Action::SortLeft | Action::SortRight => {
            state.table.sort_by_neighbour(action == Action::SortRight);
        }
        Action::SortTurn => state.table.sort.descending = !state.table.sort.descending,
        Action::Level => {
            state.log.next_level();
            state.flash(format!("the log shows {}", state.log.level_title()));
        }
        Action::Follow => state.log.anchor = None,
        Action::Alarms => alarms(state),
        _ => {}
    }
    if state.pane != Pane::Table
        || matches!(
            action,
            Action::TablePane | Action::NextPane | Action::PreviousPane
        )
    {
        let (count, height) = (state.data.list.ids.len(), state.table_height());
        state.table.keep_in_sight(count, height);
    }
}

fn pane(state: &mut State, pane: Pane) {
    screens::main(state);
    state.pane = pane;
}

fn neighbour(pane: Pane, forward: bool) -> Pane {
    match (pane, forward) {
        (Pane::Table, true) | (Pane::Log, false) => Pane::Stages,
        (Pane::Stages, true) | (Pane::Table, false) => Pane::Log,
        (Pane::Log, true) | (Pane::Stages, false) => Pane::Table,
    }
}

/// Lines a page has where the keys go.
fn page(state: &State) -> isize {
    let areas = state.areas();
    let lines = match (state.screen(), state.pane) {
        (Screen::Main, Pane::Table) => areas.table.height,
        (Screen::Main, Pane::Stages) => {
            areas.stages.map_or(2, |area| area.height).saturating_sub(2)
        }
        (Screen::Main, Pane::Log) => areas.log.map_or(1, |area| area.height),
        _ => state.size.1.saturating_sub(2),
    };
    isize::from(lines.cast_signed()).max(2)
}

/// Moves by lines where the keys go.
pub fn step(state: &mut State, by: isize) {
    let height = page(state) as usize;
    let most = draw::lines(state).saturating_sub(height);
    let (list, data) = (state.data.list.clone(), state.data.clone());
    if screens::step(state, by) {
        return;
    }
    match state.screens.last_mut().and_then(Screen::scroll_mut) {
        Some(scroll) => *scroll = (*scroll).min(most).saturating_add_signed(by).min(most),
        None => match state.pane {
            Pane::Table => state.table.step(&list, by, height),
            Pane::Stages => {
                let last = data.counts.len().saturating_sub(1);
                state.stage = state.stage.saturating_add_signed(by).min(last);
            }
            Pane::Log => state.log.step(&data.journal, by, height),
        },
    }
}

fn open(state: &mut State) {
    if state.screen().pick().is_some() {
        return screens::enter(state);
    }
    match (state.pane, state.table.cursor) {
        (Pane::Table, Some(row)) => state.screens.push(Screen::Dossier { row, scroll: 0 }),
        (Pane::Table, None) => state.flash("there is no row to open"),
        (Pane::Log, _) => {
            let end = state.log.end(&state.data.journal);
            let entry = end
                .checked_sub(1)
                .and_then(|at| state.data.journal.entries.get(at));
            match entry.and_then(|entry| entry.row) {
                Some(row) => state.screens.push(Screen::Dossier { row, scroll: 0 }),
                None => state.flash("the entry at the bottom is about no row"),
            }
        }
        (Pane::Stages, _) => {
            let rule = state.data.counts.get(state.stage);
            if let Some(rule) = rule.map(|count| count.rule.clone()) {
                screens::narrow(state, &format!("stage:{}", screens::quoted(&rule)));
            }
        }
    }
}

/// One step back, the nearest first. Never leaves the console.
fn back(state: &mut State) {
    if state.screens.len() > 1 {
        state.screens.pop();
    } else if state.pane != Pane::Table {
        state.pane = Pane::Table;
    } else if !state.table.filter.is_empty() {
        state.table.filter.clear();
        state.table.condition = None;
    } else if !state.table.marks.is_empty() {
        state.table.marks.clear();
    }
}

fn mark(state: &mut State, action: Action) {
    let (list, height) = (state.data.list.clone(), state.table_height());
    let Some(row) = state.table.cursor else {
        return;
    };
    let marks = &mut state.table.marks;
    match action {
        Action::MarkAll => {
            marks.extend(list.ids.iter().copied());
            let count = marks.len();
            state.flash(format!("{count} marked; esc unmarks"));
            return;
        }
        Action::Mark => {
            if !marks.remove(&row) {
                marks.insert(row);
            }
        }
        _ => {
            marks.insert(row);
        }
    }
    let by = if action == Action::MarkUp { -1 } else { 1 };
    state.table.step(&list, by, height);
    if action != Action::Mark {
        mark_here(state);
    }
}

/// A range ends with the row the cursor is on.
fn mark_here(state: &mut State) {
    let row: Option<RowId> = state.table.cursor;
    state.table.marks.extend(row);
}

fn alarms(state: &mut State) {
    state.log.level = Level::Alarm;
    state.log.anchor = None;
    state.log.read_to = state.data.journal.last;
    state.pane = Pane::Log;
}
