//! Copying through the terminal's own clipboard, which is where the operator sits, not where drover runs.

use crate::model::row::RowId;
use crate::model::text as cleaning;
use crate::tui::data::{Collect, Collected, lines};
use crate::tui::draw::plain;
use crate::tui::event::Effect;
use crate::tui::keys::Action;
use crate::tui::state::{Screen, State};
use crate::tui::term::MOST_COPIED;
use crate::tui::text;

/// Copies the keys of the rows an act would be about, or everything there is to say of them.
pub fn copy(state: &mut State, action: Action) -> Option<Effect> {
    let whole = action == Action::CopyAll;
    if whole && let (Screen::Dossier { .. }, Some(page)) = (state.screen(), plain::text(state)) {
        let what = page.lines().next().unwrap_or_default().to_owned();
        return send(state, &page, &format!("the dossier of {what}"));
    }
    let rows = state.chosen();
    match rows.as_slice() {
        [] => {
            state.refuse("there is no row to copy: nothing was sent");
            None
        }
        [only] if known(state, *only, whole).is_some() => {
            let said = known(state, *only, whole).unwrap_or_default();
            let what = counted(state, 1, whole);
            send(state, &said, &what)
        }
        _ => {
            let most = MOST_COPIED;
            Some(Effect::Collect(Collect { rows, whole, most }))
        }
    }
}

/// What is known of the row without asking for it.
fn known(state: &State, row: RowId, whole: bool) -> Option<String> {
    let in_table = state.data.lines.get(&row).map(|line| &line.row);
    let dossier = state.data.dossier.as_ref().map(|dossier| &dossier.row);
    let row = in_table.or(dossier.filter(|known| known.id == row))?;
    Some(if whole {
        lines(row, &state.facts.shape)
    } else {
        row.key.clone()
    })
}

/// `3 serials`, `1 device`, and how many of them are marked but out of sight.
fn counted(state: &State, rows: usize, whole: bool) -> String {
    let shape = &state.facts.shape;
    let many = text::count(rows, if whole { &shape.subject } else { &shape.key });
    match state.hidden_marks() {
        hidden @ 1.. if matches!(state.screen(), Screen::Main) => {
            format!("{many}, {hidden} of them hidden by the filter")
        }
        _ => many,
    }
}

/// The rows that had to be read first.
pub fn collected(state: &mut State, found: Result<Collected, String>) -> Option<Effect> {
    match found {
        Ok(found) if found.rows > 0 => {
            let what = counted(state, found.rows, found.whole);
            send(state, &found.text, &what)
        }
        Ok(_) => {
            state.refuse("none of the rows is there any more: nothing was sent");
            None
        }
        Err(why) => {
            state.refuse(why);
            None
        }
    }
}

fn send(state: &mut State, said: &str, what: &str) -> Option<Effect> {
    let said = cleaning::clean_lines(said);
    let bytes = said.len();
    if bytes > MOST_COPIED {
        let most = text::thousands(MOST_COPIED as u64);
        let key = state.facts.keymap.key_of(Action::Export);
        state.refuse(format!(
            "that is more than the {most} B terminals take: mark fewer, or write a file with {key}"
        ));
        return None;
    }
    let bytes = text::thousands(bytes as u64);
    state.flash(format!(
        "sent {bytes} B to the terminal's clipboard: {what}"
    ));
    Some(Effect::Copy(said))
}
