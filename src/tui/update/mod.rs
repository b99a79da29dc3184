//! What an event does to the state, and what is to be done about it. Pure: no clock, no store, no terminal.

pub mod acts;
mod ask;
mod browse;
mod choose;
mod columns;
mod copy;
mod export;
mod line;
mod log;
mod mouse;
mod notices;
mod offer;
mod palette;
mod past;
mod pause;
mod screens;
mod typing;

pub use acts::READ_ONLY;
pub use past::{PAST, is_step};

use super::data::Snapshot;
use super::event::{Effect, End, Event};
use super::kept::Change;
use super::keys::{Action, Key};
use super::state::{Focus, Mode, State};
use std::sync::Arc;

/// Applies one event.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    match event {
        Event::Key(key) => press(state, key, &mut effects),
        Event::Paste(text) => {
            state.terminal.touch();
            typing::paste(state, &text);
        }
        Event::Mouse(mouse) => {
            state.terminal.touch();
            effects.extend(mouse::heard(state, mouse));
        }
        Event::Focus(here) => state.terminal.focus = if here { Focus::Here } else { Focus::Away },
        Event::Resize(columns, lines) => {
            state.size = (columns, lines);
            let (count, height) = (state.data.list.ids.len(), state.table_height());
            state.table.keep_in_sight(count, height);
            // The terminal may have been another size in between, and have lost what it showed.
            effects.push(Effect::Redraw);
        }
        Event::Data(snapshot) => take(state, snapshot),
        Event::Unreadable(why) => {
            state.unreadable = true;
            state.refuse(why);
        }
        Event::NotKept(why) => state.refuse(why),
        Event::Tick { now, demo, up } => {
            state.turn(now);
            state.demo = demo;
            state.terminal.up = up;
            ask::tick(state);
        }
        Event::Engine(engine) => {
            notices::engine(state, &engine);
            state.engine = engine;
        }
        Event::Answer(number, answer) => {
            notices::answered(state, &answer);
            ask::answer(state, number, answer);
        }
        Event::Collected(found) => effects.extend(copy::collected(state, found)),
        Event::Exported(written) => export::done(state, written),
        Event::HungUp => effects.push(Effect::End(End::HungUp)),
        Event::Terminate => effects.push(Effect::End(End::Terminated)),
        Event::Continued => {
            state.terminal.focus = Focus::Unknown;
            effects.push(Effect::Retake);
        }
        Event::Broken(name) => {
            let why =
                format!("its thread \"{name}\" failed; the engine goes on: start `drover` again");
            effects.push(Effect::End(End::Failed(why)));
        }
    }
    notices::after(state, &mut effects);
    effects.extend(state.unkept.drain(..).map(Effect::Keep));
    let want = state.want();
    if state.wanted.as_ref() != Some(&want) {
        state.wanted = Some(want.clone());
        effects.push(Effect::Want(Box::new(want)));
    }
    effects
}

fn press(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    state.flash = None;
    if std::mem::take(&mut state.greeting) {
        state.keep(Change::Met);
    }
    state.terminal.touch();
    let action = state.facts.keymap.action(state.place(), key);
    match &state.mode {
        Mode::Filter(_) => typing::filter(state, action, key),
        Mode::Line(..) => effects.extend(line::press(state, action, key)),
        Mode::Preview(_) => effects.extend(ask::preview(state, action, key)),
        Mode::Palette(_) => effects.extend(palette::press(state, action, key)),
        Mode::Choose(_) => effects.extend(choose::press(state, action, key)),
        Mode::Columns(_) => columns::press(state, action),
        Mode::Browse => {
            if let Some(action) = action {
                effects.extend(browse(state, action));
            }
        }
    }
}

fn browse(state: &mut State, action: Action) -> Option<Effect> {
    if past::press(state, action) {
        return None;
    }
    match action {
        Action::Leave if state.screens.len() > 1 => {
            state.screens.pop();
            None
        }
        Action::Leave => Some(Effect::End(End::Left)),
        Action::Suspend => Some(Effect::Suspend),
        Action::Redraw => Some(Effect::Redraw),
        Action::Help
        | Action::Faults
        | Action::History
        | Action::Inbox
        | Action::Waves
        | Action::Services
        | Action::Progress
        | Action::Checks => {
            screens::open(state, action);
            None
        }
        Action::Palette => {
            palette::open(state);
            None
        }
        Action::Pause => {
            pause::turn(state);
            None
        }
        Action::Columns => {
            columns::open(state);
            None
        }
        Action::Mouse => Some(mouse::toggle(state)),
        Action::Copy | Action::CopyAll => copy::copy(state, action),
        Action::Export => {
            export::open(state);
            None
        }
        Action::Search | Action::SaveView => {
            line::open(state, action);
            None
        }
        Action::Stop
        | Action::Retry
        | Action::RetryAnew
        | Action::Hold
        | Action::HoldIn
        | Action::Agree
        | Action::Release
        | Action::Refresh
        | Action::Remedy
        | Action::Skip
        | Action::Trigger
        | Action::Act
        | Action::Set
        | Action::Switch
        | Action::BrakeRelease => {
            acts::propose(state, action);
            None
        }
        _ => {
            browse::act(state, action);
            None
        }
    }
}

/// Takes over what was read. The cursor stays on its row.
fn take(state: &mut State, snapshot: Arc<Snapshot>) {
    let snapshot = pause::still(state, snapshot);
    let same_question = snapshot.list.want == state.data.list.want;
    let changed = !Arc::ptr_eq(&snapshot.list, &state.data.list);
    let before = std::mem::replace(&mut state.data, snapshot);
    (state.ready, state.unreadable) = (true, false);
    let height = state.table_height();
    if changed {
        let left = state.table.cursor;
        let list = state.data.list.clone();
        let kept = state.table.settle(&list, height);
        if !kept
            && same_question
            && let Some(line) = left.and_then(|row| before.lines.get(&row))
        {
            let key = line.row.key.clone();
            state.flash(format!(
                "{key} no longer matches; the cursor is on the row that took its place"
            ));
        }
    }
    let count = state.data.list.ids.len();
    state.table.keep_in_sight(count, height);
    state.stage = state.stage.min(state.data.counts.len().saturating_sub(1));
    let data = state.data.clone();
    state.table.measure(&state.facts, &data);
    screens::settle(state);
    log::settle(state);
    palette::settle(state);
    offer::settle(state);
    ask::settle(state);
    notices::journal(state);
}
