//! Acts: proposed, previewed, asked, answered.

use super::typing;
use crate::control::protocol::Reply;
use crate::tui::data::RowVerb;
use crate::tui::event::Effect;
use crate::tui::keys::{Action, Key};
use crate::tui::state::{Act, Field, Mode, Preview, Screen, State};
use crate::tui::text;
use std::sync::Arc;

/// Said where an act is refused for it.
pub const READ_ONLY: &str = "this console is read-only: no key acts; start it without --read-only";

/// Opens the preview of an act, or says why there is none.
pub fn propose(state: &mut State, action: Action) {
    if state.facts.read_only {
        state.refuse(READ_ONLY);
        return;
    }
    let verb = match action {
        Action::Retry => RowVerb::Retry,
        Action::Hold => RowVerb::Hold,
        Action::Release => RowVerb::Release,
        Action::Refresh => RowVerb::Refresh,
        Action::Stop => {
            let act = if state.stopped().is_some() {
                Act::Resume
            } else {
                Act::Stop
            };
            show(state, act, 0);
            return;
        }
        _ => return,
    };
    let rows = state.chosen();
    if rows.is_empty() {
        state.refuse("there is no row to act on: nothing was asked");
        return;
    }
    let hidden = if matches!(state.screen(), Screen::Main) {
        state.hidden_marks()
    } else {
        0
    };
    show(
        state,
        Act::Rows {
            verb,
            rows: Arc::new(rows),
        },
        hidden,
    );
}

fn show(state: &mut State, act: Act, hidden: usize) {
    let number = state.next_number;
    state.next_number += 1;
    state.mode = Mode::Preview(Box::new(Preview::new(number, act, hidden)));
}

/// A key while a preview is open.
pub fn preview(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    let Mode::Preview(preview) = &mut state.mode else {
        return None;
    };
    match action {
        Some(Action::Cancel) => cancel(state),
        Some(Action::NextField) => preview.move_focus(true),
        Some(Action::PreviousField) => preview.move_focus(false),
        Some(Action::ListDown) => {
            let count = preview.want().map_or(0, |want| want.rows.len());
            preview.scroll = (preview.scroll + 1).min(count.saturating_sub(1));
        }
        Some(Action::ListUp) => preview.scroll = preview.scroll.saturating_sub(1),
        Some(Action::Accept) => match preview.field {
            Field::Cancel => cancel(state),
            Field::Reason | Field::Count => preview.move_focus(true),
            Field::Go => return go(state),
        },
        // With a button in focus, keys that move the caret have no line to move in.
        Some(_) if matches!(preview.field, Field::Cancel | Field::Go) => {}
        _ if action.is_some() || key.typed().is_some() => typing::edit(preview.line(), action, key),
        _ => {}
    }
    None
}

fn cancel(state: &mut State) {
    state.mode = Mode::Browse;
    state.flash("nothing was asked");
}

fn go(state: &mut State) -> Option<Effect> {
    let Mode::Preview(preview) = &mut state.mode else {
        return None;
    };
    if let Some((field, why)) = preview.missing() {
        preview.field = field;
        state.refuse(why);
        return None;
    }
    let (number, act) = (preview.number, preview.act.clone());
    let request = act.request(preview.reason.value().trim());
    state.mode = Mode::Browse;
    state.flash(format!("asked the engine: {}…", act.title().to_lowercase()));
    state.asked = Some((number, act));
    Some(Effect::Ask(number, request))
}

/// The engine's answer, or why there is none.
pub fn answer(state: &mut State, number: u64, answer: Result<Reply, String>) {
    let act = state
        .asked
        .take_if(|(asked, _)| *asked == number)
        .map(|(_, act)| act);
    let word = act.as_ref().map_or("the act", Act::word);
    match answer {
        Err(why) => state.refuse(why),
        Ok(Reply::Refused(why)) => state.refuse(format!("{word} was refused: {why}")),
        Ok(Reply::Done {
            command,
            note,
            rows,
        }) => {
            let done = rows.iter().filter(|row| row.done).count();
            let left = rows.len() - done;
            if matches!(act, Some(Act::Rows { .. })) {
                state.table.marks.clear();
            }
            match rows.as_slice() {
                [] => state.flash(note),
                [only] if only.done => state.flash(format!("{}: {}", only.key, only.note)),
                [only] => state.refuse(format!("{}: {}", only.key, only.note)),
                _ => {
                    let title = format!(
                        "{word}, command {command}: {} done, {left} not",
                        text::thousands(done as u64)
                    );
                    state.screens.push(Screen::Results {
                        title,
                        rows,
                        scroll: 0,
                    });
                }
            }
        }
    }
}
