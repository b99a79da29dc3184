//! The log: looking for words, and following a row.

use crate::tui::data::{Seek, seek_words};
use crate::tui::state::{Pane, State};
use crate::tui::{ages, text};

/// Begins a search: the nearest entry at or before the cursor.
pub fn search(state: &mut State, typed: String) {
    state.log.search = typed;
    state.log.searched = None;
    if state.log.search.is_empty() {
        return;
    }
    let here = state.log.entry(&state.data.journal).map(|entry| entry.id);
    seek(state, here.map_or(i64::MAX, |id| id + 1), true);
}

/// The next entry with the words, or the one before.
pub fn search_on(state: &mut State, back: bool) {
    if state.log.search.is_empty() {
        let key = state.facts.keymap.key_of(crate::tui::keys::Action::Search);
        state.flash(format!("nothing is searched for: {key} begins a search"));
        return;
    }
    let here = state
        .log
        .entry(&state.data.journal)
        .map_or(i64::MAX, |entry| entry.id);
    // A search that came to its limit goes on from there.
    let from = state.log.searched.take().filter(|_| back).unwrap_or(here);
    seek(state, from, back);
}

fn seek(state: &mut State, from: i64, back: bool) {
    let number = state.next_number;
    state.next_number += 1;
    state.log.seek = Some(Seek {
        number,
        words: seek_words(&state.log.search),
        from,
        back,
    });
}

/// What came of a search.
pub fn settle(state: &mut State) {
    let data = state.data.clone();
    let (Some(seek), Some(sought)) = (&state.log.seek, &data.journal.sought) else {
        return;
    };
    if seek.number != sought.number {
        return;
    }
    let back = seek.back;
    state.log.seek = None;
    if let Some(found) = sought.found {
        state.log.anchor = Some(found);
        return;
    }
    let words = text::cell(&state.log.search).into_owned();
    let way = if back { "before" } else { "after" };
    if sought.whole {
        state.flash(format!("no entry {way} this one has \"{words}\""));
        return;
    }
    let zone = state.zone();
    if let Some((reached, at)) = sought.reached {
        state.log.searched = back.then_some(reached);
        let (way, key) = if back { ("back", "N") } else { ("on", "n") };
        state.flash(format!(
            "\"{words}\" is not there; searched {way} to {}, {key} goes on",
            ages::clock(at, zone)
        ));
    }
}

/// Only the entries of the row under the cursor, or all again.
pub fn of_row(state: &mut State) {
    state.log.of_row = !state.log.of_row;
    state.log.anchor = None;
    if !state.log.of_row {
        state.flash("the log shows every row again");
    } else if state.log_row().is_none() {
        state.log.of_row = false;
        state.flash("there is no row for the log to follow");
    } else if state.areas().log.is_none() {
        state.pane = Pane::Log;
    }
}
