//! The command palette.

use crate::tui::event::Effect;
use crate::tui::keys::{Action, Key};
use crate::tui::state::{Mode, State};

pub fn open(state: &mut State) {
    state.mode = Mode::Palette(Box::default());
}

/// A key while the palette is open.
pub fn press(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    let Mode::Palette(palette) = &mut state.mode else {
        return None;
    };
    match action {
        Some(Action::Cancel | Action::Accept) => state.mode = Mode::Browse,
        _ => super::typing::edit(&mut palette.line, action, key),
    }
    None
}
