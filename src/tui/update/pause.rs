//! Standing still: what is shown stays as it is, though the store goes on.

use crate::tui::data::Snapshot;
use crate::tui::state::{Paused, State};
use std::sync::Arc;

/// Stands still, or goes on.
pub fn turn(state: &mut State) {
    if let Some(paused) = state.paused.take() {
        state.flash("going on");
        if let Some(newest) = paused.newest {
            super::take(state, newest);
        }
    } else {
        state.paused = Some(Paused {
            since: state.now,
            newest: None,
        });
        state.flash("what is shown stands still; the engine goes on");
    }
}

/// While standing still, what was read for something newly asked is let through, and nothing else: another filter or
/// order, rows scrolled to, a screen just opened, the rows of an act.
pub fn still(state: &mut State, fresh: Arc<Snapshot>) -> Arc<Snapshot> {
    let Some(paused) = state.paused.as_mut().filter(|_| state.ready) else {
        return fresh;
    };
    paused.newest = Some(fresh.clone());
    let shown = &state.data;
    let mut kept = Snapshot::clone(&fresh);
    if fresh.list.want == shown.list.want {
        kept.list = shown.list.clone();
    }
    for (row, line) in &shown.lines {
        kept.lines.insert(*row, line.clone());
    }
    kept.phases.clone_from(&shown.phases);
    kept.counts.clone_from(&shown.counts);
    kept.switches.clone_from(&shown.switches);
    kept.night.clone_from(&shown.night);
    let same_row = |one: &Snapshot, other: &Snapshot| {
        let id = |data: &Snapshot| data.dossier.as_ref().map(|dossier| dossier.row.id);
        id(one) == id(other)
    };
    if same_row(shown, &fresh) {
        kept.dossier.clone_from(&shown.dossier);
    }
    let want = |data: &Snapshot| data.topic.as_ref().map(|(want, _)| want.clone());
    if want(shown) == want(&fresh) {
        kept.topic.clone_from(&shown.topic);
    }
    // At its end the log stands still; read further up, it shows what is there.
    let moved = state.log.anchor.is_some() || fresh.journal.sought != shown.journal.sought;
    if !moved && !state.log.of_row {
        kept.journal = shown.journal.clone();
    }
    Arc::new(kept)
}
