//! The command palette.

use super::screens;
use crate::tui::event::{Effect, End};
use crate::tui::kept::Change;
use crate::tui::keys::{Action, Key};
use crate::tui::look::{Look, ThemeName};
use crate::tui::state::{Column, Does, Mode, Palette, Pane, Sort, State, views};

pub fn open(state: &mut State) {
    state.mode = Mode::Palette(Box::new(Palette::new(state)));
}

/// Rows were read for what is typed.
pub fn settle(state: &mut State) {
    let found = state.data.found.clone();
    if let Mode::Palette(palette) = &mut state.mode {
        // What was found for an earlier letter may stand until the next is read.
        palette.offer(found.as_ref().map_or(&[], |found| &found.rows));
        palette.step(0);
    }
}

/// A key while the palette is open.
pub fn press(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    let Mode::Palette(palette) = &mut state.mode else {
        return None;
    };
    match action {
        Some(Action::Cancel) => state.mode = Mode::Browse,
        Some(Action::Accept) => return accept(state),
        Some(Action::ListDown) => palette.step(1),
        Some(Action::ListUp) => palette.step(-1),
        Some(Action::Complete) => {
            if let Some(line) = palette.completed() {
                palette.line = line.into();
                palette.at = 0;
            }
        }
        _ => {
            let before = palette.line.value().to_owned();
            super::typing::edit(&mut palette.line, action, key);
            if palette.line.value() != before {
                palette.at = 0;
            }
        }
    }
    None
}

fn accept(state: &mut State) -> Option<Effect> {
    let Mode::Palette(palette) = &state.mode else {
        return None;
    };
    let Some(entry) = palette.chosen().cloned() else {
        state.refuse("nothing is called so; esc leaves");
        return None;
    };
    state.mode = Mode::Browse;
    if let Some(why) = entry.off {
        state.refuse(format!("{}: {why}", entry.name));
        return None;
    }
    if !matches!(
        entry.does,
        Does::Quit | Does::Row(_) | Does::Key(Action::Leave, _)
    ) {
        state.keep(Change::Used(entry.name.clone()));
    }
    perform(state, entry.does)
}

fn perform(state: &mut State, does: Does) -> Option<Effect> {
    match does {
        Does::Quit => return Some(Effect::End(End::Left)),
        Does::Key(action, pane) => {
            if let Some(pane) = pane {
                table(state, pane);
            }
            return super::browse(state, action);
        }
        Does::Act(action, name) => super::acts::propose_chosen(state, action, &name),
        Does::Filter(typed) => {
            table(state, Pane::Table);
            or_refuse(state, |state| state.filter_by(&typed));
        }
        Does::Sort(column, descending) => {
            table(state, Pane::Table);
            state.table.sort = Sort { column, descending };
        }
        Does::Show(column, shown) => show(state, column, shown),
        Does::Level(level) => {
            state.log.level = level;
            state.log.anchor = None;
            state.flash(format!("the log shows {}", state.log.level_title()));
        }
        Does::Theme(name) => theme(state, name),
        Does::View(name) => view(state, &name),
        Does::Forget(name) => {
            state.forget_view(&name);
            state.flash(format!("the view {name} is kept no longer"));
        }
        Does::Row(row) => {
            table(state, Pane::Table);
            let (list, height) = (state.data.list.clone(), state.table_height());
            if list.position(row).is_none() && !state.table.filter.is_empty() {
                state.clear_filter();
                state.flash("the filter did not show this row, so it is cleared");
            }
            state.table.go_to(row, &list, height);
        }
    }
    None
}

fn table(state: &mut State, pane: Pane) {
    screens::main(state);
    state.pane = pane;
}

fn or_refuse(state: &mut State, work: impl FnOnce(&mut State) -> Result<(), String>) {
    if let Err(why) = work(state) {
        state.refuse(why);
    }
}

/// Before the last column when it is the one that takes the room that is left.
fn show(state: &mut State, column: Column, shown: bool) {
    let mut columns: Vec<Column> = state
        .table
        .columns
        .iter()
        .map(|(known, _)| *known)
        .collect();
    columns.retain(|known| *known != column);
    if shown {
        let waits = columns.last() == Some(&Column::Waits);
        columns.insert(columns.len() - usize::from(waits), column);
    }
    state.show(&columns);
    state.keep_columns();
    if shown && !crate::tui::draw::fitting(state).contains(&column) {
        let title = column.title(&state.facts).to_owned();
        state.flash(format!(
            "{title} is shown where there is room; here there is none"
        ));
    }
}

fn theme(state: &mut State, name: ThemeName) {
    let signs = state.facts.look.signs;
    match Look::new(name, false, false) {
        Ok(look) => state.facts.look = Look { signs, ..look },
        Err(error) => state.refuse(error.to_string()),
    }
}

fn view(state: &mut State, name: &str) {
    let found = views(state).into_iter().find(|(view, _)| view.name == name);
    match found {
        Some((view, _)) => {
            table(state, Pane::Table);
            or_refuse(state, |state| state.apply_view(&view));
        }
        None => state.refuse(format!("there is no view \"{name}\"")),
    }
}
