//! Keys in a choice among named things.

use super::acts;
use crate::tui::event::Effect;
use crate::tui::keys::{Action, Key};
use crate::tui::state::{Choose, Mode, State};

/// A key while something is chosen.
pub fn press(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    let Mode::Choose(choose) = &mut state.mode else {
        return None;
    };
    match action {
        Some(Action::Cancel) => {
            state.mode = Mode::Browse;
            state.flash("nothing was asked");
        }
        Some(Action::Accept) => accept(state),
        Some(Action::ListDown) => step(choose, 1),
        Some(Action::ListUp) => step(choose, -1),
        Some(Action::Complete) => {
            let first = choose.shown().get(choose.at).map(|item| item.name.clone());
            if let Some(name) = first {
                choose.line = name.into();
                choose.at = 0;
            }
        }
        _ => {
            choose.fault = None;
            super::typing::edit(&mut choose.line, action, key);
            step(choose, 0);
        }
    }
    None
}

fn step(choose: &mut Choose, by: isize) {
    let last = choose.shown().len().saturating_sub(1);
    choose.at = choose.at.min(last).saturating_add_signed(by).min(last);
}

fn accept(state: &mut State) {
    let Mode::Choose(choose) = &mut state.mode else {
        return;
    };
    if choose.items.is_none() {
        return;
    }
    match choose.taken() {
        Some(name) => {
            let purpose = choose.purpose.clone();
            acts::take(state, purpose, &name);
        }
        None => choose.fault = Some("nothing here has these words".into()),
    }
}
