//! Typing into a line.

use crate::tui::kept::Change;
use crate::tui::keys::{Action, Key};
use crate::tui::state::{Mode, State};
use tui_input::{Input, InputRequest};

/// A line never holds more characters than this.
const LONGEST: usize = 1_000;

/// A key while a filter is typed.
pub fn filter(state: &mut State, action: Option<Action>, key: Key) {
    match action {
        Some(Action::Accept) => accept(state),
        Some(Action::Cancel) => cancel(state),
        Some(Action::Complete) => complete(state),
        Some(Action::ListUp) => recall(state, 1),
        Some(Action::ListDown) => recall(state, -1),
        _ => {
            if let Mode::Filter(filtering) = &mut state.mode {
                edit(&mut filtering.line, action, key);
                filtering.recalled = None;
            }
            look(state);
        }
    }
}

/// Shows what matches so far. While it is not understood, and while it is SQL, which waits until it is whole, the
/// filter of before is in force.
fn look(state: &mut State) {
    let Mode::Filter(filtering) = &state.mode else {
        return;
    };
    let typed = filtering.line.value().to_owned();
    if typed.trim_start().starts_with('=') || state.filter_by(&typed).is_err() {
        let Mode::Filter(filtering) = &state.mode else {
            return;
        };
        filtering.filter_before(&mut state.table);
    }
}

fn accept(state: &mut State) {
    let Mode::Filter(filtering) = &state.mode else {
        return;
    };
    let typed = filtering.line.value().trim().to_owned();
    match state.filter_by(&typed) {
        Ok(()) => {
            state.mode = Mode::Browse;
            if !state.table.filter.is_empty() {
                state.keep(Change::Filtered(typed));
            }
        }
        // What was typed stays, to be mended.
        Err(why) => state.refuse(why),
    }
}

fn cancel(state: &mut State) {
    if let Mode::Filter(filtering) = std::mem::take(&mut state.mode) {
        filtering.undo(&mut state.table);
    }
}

fn complete(state: &mut State) {
    let Mode::Filter(filtering) = &state.mode else {
        return;
    };
    let completion = filtering.next(state);
    let caret = filtering.line.cursor();
    let all: Vec<char> = filtering.line.value().chars().collect();
    let typed: String = all[completion.from.min(caret)..caret].iter().collect();
    let Some(word) = completion.word(&typed) else {
        return;
    };
    let head: String = all[..completion.from].iter().collect();
    let tail: String = all[caret..].iter().collect();
    let caret = head.chars().count() + word.chars().count();
    if let Mode::Filter(filtering) = &mut state.mode {
        let line = tui_input::Input::new(format!("{head}{word}{tail}"));
        filtering.line = line.with_cursor(caret);
    }
    look(state);
}

/// The filters used last: up goes back, down comes forward again.
fn recall(state: &mut State, by: isize) {
    let used = &state.kept.filters;
    let Mode::Filter(filtering) = &mut state.mode else {
        return;
    };
    let to = match filtering.recalled {
        None if by > 0 => Some(0),
        None => return,
        Some(at) => at.checked_add_signed(by),
    };
    let line = match to {
        Some(at) if at >= used.len() => return,
        Some(at) => used[at].clone(),
        None => String::new(),
    };
    filtering.recalled = to;
    filtering.line = line.into();
    look(state);
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
        Mode::Filter(filtering) => &mut filtering.line,
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
    look(state);
}
