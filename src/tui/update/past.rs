//! A moment that has been: stepped through, and nothing in it acted on.

use crate::model::time::{Span, Time};
use crate::tui::ages;
use crate::tui::keys::Action;
use crate::tui::state::State;

/// Said where something is refused for it.
pub const PAST: &str =
    "this is what was, and nothing can be done to it: start the console without --at to act";
/// Said where only now is known.
const NOW_ONLY: &str = "of what was there are the table, the log and the dossiers: start the console without --at for this";

/// How far a step goes.
const STEP: Span = Span::from_mins(5);

/// Takes what is about time: steps, and what cannot be had of what was. False leaves the action to others.
pub fn press(state: &mut State, action: Action) -> bool {
    let Some(past) = state.past else {
        if is_step(action) {
            state.flash("this is now; start the console with --at to go through what was");
            return true;
        }
        return false;
    };
    let moments = state.data.moments.unwrap_or_default();
    match action {
        Action::Earlier => go(state, Some(past.at.minus(STEP))),
        Action::Later => go(state, Some(past.at.plus(STEP))),
        Action::ChangeBefore => go(state, moments.before),
        Action::ChangeAfter => go(state, moments.after),
        Action::Faults
        | Action::History
        | Action::Inbox
        | Action::Waves
        | Action::Services
        | Action::Progress
        | Action::Checks => state.refuse(NOW_ONLY),
        action if action.acts() => state.refuse(PAST),
        _ => return false,
    }
    true
}

/// True for what only a console that looks at what was has a use for.
pub fn is_step(action: Action) -> bool {
    matches!(
        action,
        Action::Earlier | Action::Later | Action::ChangeBefore | Action::ChangeAfter
    )
}

fn go(state: &mut State, to: Option<Time>) {
    let Some(past) = state.past else { return };
    match to {
        None => state.flash("nothing changed on that side"),
        Some(_) if to >= Some(past.present) && past.at == past.present => {
            state.flash("that has not come yet");
        }
        Some(to) => {
            state.look_back(to, past.present);
            // The log is read up to that moment, from its end.
            state.log.anchor = None;
            let far = ages::short(ages::between(past.at, state.now));
            let way = if to < past.at { "earlier" } else { "later" };
            state.flash(format!("{far} {way}"));
        }
    }
}
