//! The column chooser.

use crate::tui::keys::Action;
use crate::tui::state::{Mode, State};

pub fn open(state: &mut State) {
    state.mode = Mode::Columns(Box::default());
}

/// A key while columns are chosen.
pub fn press(state: &mut State, action: Option<Action>) {
    if let Some(Action::Cancel | Action::Accept) = action {
        state.mode = Mode::Browse;
    }
}
