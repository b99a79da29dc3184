//! The column chooser.

use crate::tui::keys::Action;
use crate::tui::state::{Columns, Mode, State};

pub fn open(state: &mut State) {
    super::screens::main(state);
    state.mode = Mode::Columns(Box::new(Columns::new(&state.table, &state.facts)));
}

/// A key while columns are chosen.
pub fn press(state: &mut State, action: Option<Action>) {
    let Mode::Columns(columns) = &mut state.mode else {
        return;
    };
    let done = match action {
        Some(Action::ListDown) => {
            columns.step(1);
            Ok(())
        }
        Some(Action::ListUp) => {
            columns.step(-1);
            Ok(())
        }
        Some(Action::Toggle) => columns.toggle(),
        Some(Action::MoveDown) => columns.shift(1),
        Some(Action::MoveUp) => columns.shift(-1),
        Some(Action::Accept) => {
            state.mode = Mode::Browse;
            state.keep_columns();
            state.flash("these columns are kept for the next time");
            return;
        }
        Some(Action::Cancel) => {
            if let Mode::Columns(columns) = std::mem::take(&mut state.mode) {
                columns.undo(&mut state.table);
            }
            return;
        }
        _ => return,
    };
    let chosen = columns.chosen();
    match done {
        Ok(()) => state.show(&chosen),
        Err(why) => state.refuse(why),
    }
}
