//! What is worth calling somebody for who is not looking.

use crate::control::protocol::Reply;
use crate::tui::event::{Effect, Engine};
use crate::tui::state::State;
use crate::tui::text;

/// The journal was read anew.
pub fn journal(state: &mut State) {
    let journal = &state.data.journal;
    state
        .terminal
        .alarm(journal.last, journal.newest_alarm.as_ref(), journal.alarms);
}

/// The engine answers, or no longer does.
pub fn engine(state: &mut State, now: &Engine) {
    if let (Engine::Answers, Engine::Silent(_)) = (&state.engine, now) {
        state
            .terminal
            .tell("the engine does not answer any more".into());
    }
}

/// An act came to its end.
pub fn answered(state: &mut State, answer: &Result<Reply, String>) {
    let said = match answer {
        Ok(Reply::Done { rows, note, .. }) if rows.is_empty() => note.clone(),
        Ok(Reply::Done { rows, .. }) => {
            let done = rows.iter().filter(|row| row.done).count();
            let of = text::count(rows.len(), &state.facts.shape.subject);
            format!("what you asked is done for {done} of {of}")
        }
        Ok(Reply::Refused(why)) | Err(why) => format!("what you asked was not done: {why}"),
    };
    state.terminal.answered(said);
}

/// After every event: whether somebody is to be called now.
pub fn after(state: &mut State, effects: &mut Vec<Effect>) {
    if effects
        .iter()
        .any(|effect| matches!(effect, Effect::Ask(..)))
    {
        state.terminal.asked();
    }
    effects.extend(state.terminal.call().map(Effect::Notice));
}
