//! A choice among named things.

use crate::tui::event::Effect;
use crate::tui::keys::{Action, Key};
use crate::tui::state::{Mode, State};

/// A key while something is chosen.
pub fn press(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    let Mode::Choose(choose) = &mut state.mode else {
        return None;
    };
    match action {
        Some(Action::Cancel | Action::Accept) => state.mode = Mode::Browse,
        _ => super::typing::edit(&mut choose.line, action, key),
    }
    None
}
