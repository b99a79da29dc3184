//! Typing into a line.

use crate::tui::keys::{Action, Key};
use crate::tui::state::{Mode, State};
use tui_input::{Input, InputRequest};

/// A line never holds more characters than this.
const LONGEST: usize = 1_000;

/// A key while a filter is typed.
pub fn filter(state: &mut State, action: Option<Action>, key: Key) {
    match action {
        Some(Action::Accept) => accept(state),
        Some(Action::Cancel) => state.mode = Mode::Browse,
        _ => {
            if let Mode::Filter(line) = &mut state.mode {
                edit(line, action, key);
            }
        }
    }
}

fn accept(state: &mut State) {
    let Mode::Filter(line) = &state.mode else {
        return;
    };
    let typed = line.value().trim().to_owned();
    match state.filter_by(&typed) {
        Ok(()) => state.mode = Mode::Browse,
        // What was typed stays, to be mended.
        Err(why) => state.refuse(why),
    }
}

/// What a key does to a line.
pub fn edit(line: &mut Input, action: Option<Action>, key: Key) {
    let request = match action {
        Some(Action::Erase) => InputRequest::DeletePrevChar,
        Some(Action::EraseAhead) => InputRequest::DeleteNextChar,
        Some(Action::EraseWord) => InputRequest::DeletePrevWord,
        Some(Action::EraseLine) => InputRequest::DeleteLine,
        Some(Action::CaretLeft) => InputRequest::GoToPrevChar,
        Some(Action::CaretRight) => InputRequest::GoToNextChar,
        Some(Action::CaretStart) => InputRequest::GoToStart,
        Some(Action::CaretEnd) => InputRequest::GoToEnd,
        Some(_) => return,
        None => match key.typed() {
            Some(c) if line.value().chars().count() < LONGEST => InputRequest::InsertChar(c),
            _ => return,
        },
    };
    line.handle(request);
}

/// Pasted text goes into the line being typed, cleaned, and is nothing anywhere else: it is never keys.
pub fn paste(state: &mut State, text: &str) {
    let cleaned = crate::model::text::clean(text);
    let line = match &mut state.mode {
        Mode::Filter(line) => line,
        Mode::Line(_, line) => line,
        Mode::Preview(preview) => preview.line(),
        Mode::Palette(palette) => &mut palette.line,
        Mode::Choose(choose) => &mut choose.line,
        Mode::Browse | Mode::Columns(_) => {
            state.flash("pasted text is not taken for keys");
            return;
        }
    };
    let room = LONGEST.saturating_sub(line.value().chars().count());
    for c in cleaned.chars().take(room) {
        line.handle(InputRequest::InsertChar(c));
    }
}
