//! The mouse: what is pointed at is what is drawn there. Nothing needs it, and no single press acts.

use super::{acts, browse, screens};
use crate::tui::draw::spot::{self, Spot};
use crate::tui::event::Effect;
use crate::tui::keys::{Action, Key, Mouse, MouseKind};
use crate::tui::state::{Field, Mode, Pane, Screen, State};

/// Lines a notch of the wheel scrolls.
const NOTCH: isize = 3;
/// What a second press on a button stands for.
const ENTER: Option<Action> = Some(Action::Accept);

/// Hears the mouse from now on, or leaves it to the terminal.
pub fn toggle(state: &mut State) -> Effect {
    let on = !state.terminal.mouse;
    state.terminal.mouse = on;
    let key = state.facts.keymap.key_of(Action::Mouse);
    state.flash(if on {
        format!(
            "the mouse is heard; {key} turns it off, and shift while dragging still selects text"
        )
    } else {
        "the mouse is the terminal's again: it selects text".into()
    });
    Effect::Mouse(on)
}

/// One press, or one notch of the wheel.
pub fn heard(state: &mut State, mouse: Mouse) -> Option<Effect> {
    let spot = spot::at(state, mouse.column, mouse.line);
    let down = match mouse.kind {
        MouseKind::Press => {
            state.flash = None;
            return press(state, spot?);
        }
        MouseKind::WheelUp => false,
        MouseKind::WheelDown => true,
    };
    wheel(state, spot, down)
}

fn press(state: &mut State, spot: Spot) -> Option<Effect> {
    let on_main = matches!(state.screen(), Screen::Main);
    match (&mut state.mode, spot) {
        (Mode::Preview(preview), Spot::Field(field)) => {
            let pressed = preview.field == field && matches!(field, Field::Cancel | Field::Go);
            preview.field = field;
            // The first press brings the focus only: an act is never one stray press away.
            if pressed {
                return acts::preview(state, ENTER, enter());
            }
        }
        (Mode::Browse, Spot::Line(at)) => line(state, at),
        (Mode::Browse, spot) if on_main => main(state, spot),
        _ => {}
    }
    None
}

/// A line of a screen's list: the cursor goes there; where it is already, the thing opens.
fn line(state: &mut State, at: usize) {
    let Some(pick) = state.screen().pick() else {
        return;
    };
    if pick.at == at {
        browse::act(state, Action::Open);
    } else {
        let by = at.cast_signed() - pick.at.cast_signed();
        screens::step(state, by);
    }
}

fn main(state: &mut State, spot: Spot) {
    match spot {
        Spot::Row(row) if state.pane == Pane::Table && state.table.cursor == Some(row) => {
            browse::act(state, Action::Open);
        }
        Spot::Row(row) => go_to(state, row),
        Spot::Gutter(row) => {
            go_to(state, row);
            if !state.table.marks.remove(&row) {
                state.table.marks.insert(row);
            }
        }
        Spot::Heading(column) => {
            state.pane = Pane::Table;
            state.table.sort_by(column);
        }
        Spot::Stage(at) => {
            let again = state.pane == Pane::Stages && state.stage == at;
            (state.pane, state.stage) = (Pane::Stages, at);
            if again {
                browse::act(state, Action::Open);
            }
        }
        Spot::Pane(pane) => state.pane = pane,
        Spot::Line(_) | Spot::Preview | Spot::Field(_) => {}
    }
    keep_in_sight(state);
}

fn go_to(state: &mut State, row: crate::model::row::RowId) {
    state.pane = Pane::Table;
    let list = state.data.list.clone();
    if let Some(at) = list.position(row) {
        let by = at.cast_signed() - state.table.at.cast_signed();
        let height = state.table_height();
        state.table.step(&list, by, height);
    }
}

/// Panes have other heights when another one has the keys.
fn keep_in_sight(state: &mut State) {
    let (count, height) = (state.data.list.ids.len(), state.table_height());
    state.table.keep_in_sight(count, height);
}

/// Scrolls what is under the pointer, wherever the keys go.
fn wheel(state: &mut State, spot: Option<Spot>, down: bool) -> Option<Effect> {
    let by = if down { NOTCH } else { -NOTCH };
    let one = Some(if down {
        Action::ListDown
    } else {
        Action::ListUp
    });
    match (&state.mode, spot) {
        (Mode::Preview(_), _) => return acts::preview(state, one, enter()),
        (Mode::Palette(_), _) => return super::palette::press(state, one, enter()),
        (Mode::Choose(_), _) => return super::choose::press(state, one, enter()),
        (Mode::Columns(_), _) => super::columns::press(state, one),
        (Mode::Browse, _) if !matches!(state.screen(), Screen::Main) => browse::step(state, by),
        (
            Mode::Browse,
            Some(Spot::Row(_) | Spot::Gutter(_) | Spot::Heading(_) | Spot::Pane(Pane::Table)),
        ) => table(state, by),
        (Mode::Browse, Some(Spot::Pane(Pane::Log))) => {
            let height = state.areas().log.map_or(1, |area| usize::from(area.height));
            let data = state.data.clone();
            state.log.step(&data.journal, by, height);
        }
        (Mode::Browse, Some(Spot::Stage(_))) if state.pane == Pane::Stages => {
            browse::step(state, by.signum());
        }
        _ => {}
    }
    None
}

fn table(state: &mut State, by: isize) {
    let (list, height) = (state.data.list.clone(), state.table_height());
    state.table.scroll(&list, by, height);
}

/// The key that a press stands for, for whoever asks.
fn enter() -> Key {
    Key::plain(crate::tui::keys::Code::Enter)
}
