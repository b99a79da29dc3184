//! Screens beside the main one: opened, left, moved in.

use crate::store::{AttemptId, EventId};
use crate::tui::data::Topic;
use crate::tui::filter::quoted;
use crate::tui::keys::Action;
use crate::tui::state::{Pane, Pick, Screen, State};

/// Opens a screen; one that is on top already stays as it is, one that lies below comes up.
pub fn open(state: &mut State, action: Action) {
    let screen = match action {
        Action::Help => Screen::Help { scroll: 0 },
        Action::Faults => Screen::Faults(Pick::default()),
        Action::History => Screen::History(Pick::live()),
        Action::Inbox => Screen::Inbox(Pick::live()),
        Action::Waves => Screen::Waves(Pick::default()),
        Action::Services => Screen::Services(Pick::default()),
        Action::Progress => Screen::Progress { scroll: 0 },
        Action::Checks => Screen::Checks(Pick::default()),
        _ => return,
    };
    let same = |known: &Screen| std::mem::discriminant(known) == std::mem::discriminant(&screen);
    match state.screens.iter().position(same) {
        Some(at) => state.screens.truncate(at + 1),
        None => state.screens.push(screen),
    }
}

/// Back to the main screen, from wherever.
pub fn main(state: &mut State) {
    state.screens.truncate(1);
}

/// What was read may have another list: the cursor stays on its thing.
pub fn settle(state: &mut State) {
    let (ids, height) = (state.topic_ids(), state.pick_height());
    if let Some(pick) = state.screens.last_mut().and_then(Screen::pick_mut) {
        pick.settle(&ids, height);
    }
}

/// Moves the cursor of the screen's list. Answers false when it has none.
pub fn step(state: &mut State, by: isize) -> bool {
    let (ids, height) = (state.topic_ids(), state.pick_height());
    match state.screens.last_mut().and_then(Screen::pick_mut) {
        Some(pick) => {
            pick.step(&ids, by, height);
            true
        }
        None => false,
    }
}

/// The words searched for go first, before the screen does. Answers false when there were none.
pub fn unsearch(state: &mut State) -> bool {
    let pick = state.screens.last_mut().and_then(Screen::pick_mut);
    pick.is_some_and(|pick| !std::mem::take(&mut pick.search).is_empty())
}

/// Opens what is under the cursor of the screen's list, or the row that the screen is about.
pub fn enter(state: &mut State) {
    let chosen = state.screen().pick().and_then(|pick| pick.id.clone());
    let number = chosen.as_deref().and_then(|id| id.parse().ok());
    match (state.screen(), number) {
        (Screen::Faults(_), _) if chosen.is_some() => {
            narrow(state, &format!("fault:{}", chosen.unwrap_or_default()));
        }
        (Screen::History(_), Some(id)) => {
            let id = AttemptId(id);
            state.screens.push(Screen::Attempt { id, scroll: 0 });
        }
        (Screen::Inbox(_), Some(id)) => {
            let id = EventId(id);
            state.screens.push(Screen::Event { id, scroll: 0 });
        }
        (Screen::Waves(_), _) if chosen.is_some() => wave(state, &chosen.unwrap_or_default()),
        (Screen::Checks(_), _) if chosen.is_some() => {
            let name = chosen.unwrap_or_default();
            state.screens.push(Screen::Check { name, scroll: 0 });
        }
        (Screen::Attempt { .. } | Screen::Event { .. }, _) => dossier(state),
        _ => state.flash("there is nothing to open"),
    }
}

/// The table with the rows of a wave; of none, when the line is that of the rows in no wave.
fn wave(state: &mut State, chosen: &str) {
    let name = match state.topic() {
        Some(Topic::Waves(topic)) => topic.wave(chosen).and_then(|wave| wave.name.clone()),
        _ => return,
    };
    match name {
        Some(name) => narrow(state, &format!("wave:{}", quoted(&name))),
        None => narrow(state, "wave:none"),
    }
}

fn dossier(state: &mut State) {
    match state.chosen().first() {
        Some(row) => {
            let row = *row;
            state.screens.push(Screen::Dossier { row, scroll: 0 });
        }
        None => state.flash("it is about no row"),
    }
}

/// The table with only the rows that this filter keeps, as if it had been typed.
pub fn narrow(state: &mut State, typed: &str) {
    match state.filter_by(typed) {
        Ok(()) => {
            main(state);
            state.pane = Pane::Table;
        }
        Err(why) => state.refuse(why),
    }
}
