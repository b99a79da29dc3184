//! Screens beside the main one: opened, left, moved in.

use crate::tui::data::Topic;
use crate::tui::filter;
use crate::tui::keys::Action;
use crate::tui::state::{Pane, Pick, Screen, State};

/// Opens a screen; one that is on top already stays as it is, one that lies below comes up.
pub fn open(state: &mut State, action: Action) {
    let screen = match action {
        Action::Help => Screen::Help { scroll: 0 },
        Action::Faults => Screen::Faults(Pick::default()),
        Action::History => Screen::History(Pick::default()),
        Action::Inbox => Screen::Inbox(Pick::default()),
        Action::Waves => Screen::Waves(Pick::default()),
        Action::Services => Screen::Services(Pick::default()),
        Action::Progress => Screen::Progress { scroll: 0 },
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

/// Opens what is under the cursor of the screen's list.
pub fn enter(state: &mut State) {
    let chosen = state.screen().pick().and_then(|pick| pick.id.clone());
    let Some(chosen) = chosen else {
        state.flash("there is nothing to open");
        return;
    };
    if let Some(Topic::Waves(topic)) = state.topic() {
        let name = topic.wave(&chosen).map(|wave| wave.name.clone());
        match name {
            Some(Some(name)) => narrow(state, &format!("wave:{}", quoted(&name))),
            _ => narrow(state, "wave:"),
        }
    }
}

/// The table, with only the rows that this filter keeps.
pub fn narrow(state: &mut State, typed: &str) {
    match filter::condition(typed, &state.facts.shape) {
        Ok(condition) => {
            main(state);
            state.pane = Pane::Table;
            state.table.filter = typed.to_owned();
            state.table.condition = condition;
        }
        Err(why) => state.refuse(why),
    }
}

/// As the filter language wants a value: in quotes when it has spaces. A quote inside cannot be said there.
pub fn quoted(value: &str) -> String {
    let value = value.replace('"', "");
    if value.contains(char::is_whitespace) {
        format!("\"{value}\"")
    } else {
        value
    }
}
