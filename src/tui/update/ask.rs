//! What becomes of a preview: keys in it, the request, the answer, and an answer that was lost.

use super::typing;
use crate::control::protocol::{Reply, RowResult};
use crate::model::row::RowId;
use crate::store::{Command, CommandState};
use crate::tui::draw;
use crate::tui::event::{Effect, NoAnswer};
use crate::tui::keys::{Action, Key};
use crate::tui::state::{Act, Asked, Field, Mode, Screen, State};
use crate::tui::text;
use std::collections::BTreeMap;

/// A key while a preview is open.
pub fn preview(state: &mut State, action: Option<Action>, key: Key) -> Option<Effect> {
    match action {
        Some(Action::ListDown) => scroll(state, 1, 1),
        Some(Action::ListUp) => scroll(state, -1, 1),
        Some(Action::ListPageDown) => scroll(state, 1, usize::MAX),
        Some(Action::ListPageUp) => scroll(state, -1, usize::MAX),
        Some(Action::NextField | Action::PreviousField) => {
            move_focus(state, action == Some(Action::NextField));
        }
        Some(Action::Cancel) => cancel(state),
        Some(Action::Accept) => return accept(state),
        _ => {
            let Mode::Preview(preview) = &mut state.mode else {
                return None;
            };
            let button = matches!(preview.field, Field::Cancel | Field::Go | Field::Shown);
            // With a button in focus, keys that move the caret have no line to move in.
            if (action.is_none() || !button) && (action.is_some() || key.typed().is_some()) {
                typing::edit(preview.line(), action, key);
            }
        }
    }
    None
}

fn move_focus(state: &mut State, forward: bool) {
    let data = state.data.clone();
    if let Mode::Preview(preview) = &mut state.mode {
        let members = data.members.as_deref();
        let members = members.filter(|members| members.number == preview.number);
        preview.move_focus(forward, members);
    }
}

fn scroll(state: &mut State, by: isize, lines: usize) {
    let (height, most) = draw::preview_list(state);
    let by = by * lines.min(height.max(1)).cast_signed();
    if let Mode::Preview(preview) = &mut state.mode {
        let last = most.saturating_sub(height);
        preview.scroll = preview.scroll.min(last).saturating_add_signed(by).min(last);
    }
}

fn accept(state: &mut State) -> Option<Effect> {
    let Mode::Preview(preview) = &mut state.mode else {
        return None;
    };
    match preview.field {
        Field::Cancel => cancel(state),
        Field::Reason | Field::Count => move_focus(state, true),
        Field::Go => return go(state),
        Field::Shown => {
            let number = state.take_number();
            if let Mode::Preview(preview) = &mut state.mode {
                preview.leave_out_hidden(number);
            }
        }
    }
    None
}

fn cancel(state: &mut State) {
    state.mode = Mode::Browse;
    state.flash("nothing was asked");
}

fn go(state: &mut State) -> Option<Effect> {
    let data = state.data.clone();
    let Mode::Preview(preview) = &mut state.mode else {
        return None;
    };
    let members = data.members.as_deref();
    let members = members.filter(|members| members.number == preview.number);
    if let Some((field, why)) = preview.missing(members) {
        preview.field = field;
        state.refuse(why);
        return None;
    }
    let (number, act) = (preview.number, preview.act.clone());
    let reason = preview.reason.value().trim().to_owned();
    // Only those of whom it was said that they will: nothing is done to a row behind a "will not".
    let willing = members.into_iter().flat_map(|members| members.willing());
    let keys: Vec<(String, RowId)> = willing.map(|one| (one.key.clone(), one.row)).collect();
    let request = act.request(keys.iter().map(|(_, row)| *row).collect(), &reason);
    state.mode = Mode::Browse;
    state.asked = Some(Asked {
        number,
        act,
        reason,
        rows: keys.into_iter().collect::<BTreeMap<_, _>>(),
        before: data.commands.newest(),
        seconds: 0,
        lost: false,
    });
    Some(Effect::Ask(number, request))
}

/// The engine's answer, or why there is none.
pub fn answer(state: &mut State, number: u64, answer: Result<Reply, NoAnswer>) {
    let ours = state.asked.as_ref().is_some_and(|one| one.number == number);
    let word = state
        .asked
        .as_ref()
        .filter(|_| ours)
        .map_or("the act", |asked| asked.act.word());
    match answer {
        Err(no) if no.may_be_taken => {
            state.refuse(format!("{word}: {}", no.why));
            if let Some(asked) = state.asked.as_mut().filter(|_| ours) {
                asked.lost = true;
                settle(state);
            }
            return;
        }
        Err(no) => state.refuse(no.why),
        Ok(Reply::Refused(why)) => state.refuse(format!("{word} was refused: {why}")),
        Ok(Reply::Waiting { command, note }) => {
            state.flash(format!("command {command} waits: {note}"));
        }
        Ok(Reply::Done {
            command,
            note,
            rows,
        }) => done(state, number, command, &note, rows),
    }
    state.asked.take_if(|one| one.number == number);
}

/// Shows what came of it, and unmarks the rows for which it was done.
fn done(state: &mut State, number: u64, command: i64, note: &str, rows: Vec<RowResult>) {
    let asked = state.asked.take_if(|one| one.number == number);
    let word = asked.as_ref().map_or("the act", |asked| asked.act.word());
    let count = rows.iter().filter(|row| row.done).count();
    if let Some(asked) = &asked
        && matches!(asked.act, Act::Rows { .. })
    {
        let keys = rows.iter().filter(|row| row.done);
        for row in asked.ids(keys.map(|row| row.key.as_str())) {
            state.table.marks.remove(&row);
        }
    }
    match rows.as_slice() {
        [] => state.flash(note),
        [only] if only.done => state.flash(format!("{}: {}", only.key, only.note)),
        [only] => state.refuse(format!("{}: {}", only.key, only.note)),
        _ => {
            let title = format!(
                "{word}, command {command}: {} done, {} not",
                text::thousands(count as u64),
                text::thousands((rows.len() - count) as u64)
            );
            state.screens.push(Screen::Results {
                title,
                rows,
                scroll: 0,
            });
        }
    }
}

/// Looks in what was read whether a lost answer can be had after all.
pub fn settle(state: &mut State) {
    let Some(asked) = state.asked.as_ref().filter(|asked| asked.lost) else {
        return;
    };
    let commands = &state.data.commands;
    let Some(id) = asked.command(&commands.seen) else {
        return;
    };
    let whole = commands.whole.clone().filter(|whole| whole.id == id);
    if let Some(whole) = whole.filter(|whole| whole.state.is_final()) {
        let number = asked.number;
        let (rows, word) = (results(&whole), asked.act.word());
        let note = if whole.state == CommandState::Done {
            format!("{word}: command {} was obeyed all the same", id.0)
        } else {
            format!("{word}: command {} was taken, and nothing of it done", id.0)
        };
        done(state, number, id.0, &note, rows);
    } else if commands.waiting().any(|one| one.id == id) {
        state.asked = None;
        state.flash(format!("command {} waits for a second person's word", id.0));
    }
}

fn results(command: &Command) -> Vec<RowResult> {
    let row = |one: &crate::store::CommandResult| RowResult {
        key: one.key.clone(),
        done: one.done,
        note: one.note.clone(),
    };
    command.results.iter().map(row).collect()
}

/// A second of real time has passed.
pub fn tick(state: &mut State) {
    if let Some(asked) = &mut state.asked {
        asked.seconds += 1;
        if asked.is_hopeless() {
            state.asked = None;
        }
    }
}
