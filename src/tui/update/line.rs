//! Lines typed for something else than a filter.

use crate::tui::event::Effect;
use crate::tui::keys::{Action, Key};
use crate::tui::state::{LineFor, Mode, State};
use tui_input::Input;

pub fn open(state: &mut State, action: Action) {
    let what = match action {
        Action::SaveView => LineFor::SaveView,
        _ if state.screen().pick().is_some() => LineFor::PickSearch,
        _ => LineFor::LogSearch,
    };
    state.mode = Mode::Line(what, Input::default());
}

/// A key while a line is typed.
pub fn press(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    let Mode::Line(what, line) = &mut state.mode else {
        return None;
    };
    match action {
        Some(Action::Cancel) => state.mode = Mode::Browse,
        Some(Action::Accept) => {
            let (what, typed) = (what.clone(), line.value().trim().to_owned());
            state.mode = Mode::Browse;
            return accept(state, &what, typed);
        }
        _ => super::typing::edit(line, action, key),
    }
    None
}

fn accept(state: &mut State, what: &LineFor, typed: String) -> Option<Effect> {
    match what {
        LineFor::PickSearch => {
            if let Some(pick) = state
                .screens
                .last_mut()
                .and_then(|screen| screen.pick_mut())
            {
                pick.search = typed;
            }
        }
        LineFor::Export => return super::export::accept(state, &typed),
        LineFor::LogSearch | LineFor::SaveView => {}
    }
    None
}
