//! The line that follows an act until it is answered, and other people's acts while they are under way.

use super::pen::{Pen, Span};
use crate::store::{CommandGlance, CommandState};
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::text;

/// What is under way, in a few words; nothing when nothing is.
pub fn said(state: &State, pen: &Pen<'_>) -> Option<Vec<Span>> {
    let seen = &state.data.commands.seen;
    let open = |command: &&CommandGlance| command.state == CommandState::Open;
    let sign = (format!("{} ", pen.look.signs.active), Meaning::Active);
    if let Some(asked) = &state.asked {
        let said = match asked.found(seen).filter(open) {
            Some(command) => progress(command),
            None if asked.lost => format!(
                "{}: no answer; looking whether it was obeyed, {} s",
                asked.act.word(),
                asked.seconds
            ),
            None => format!(
                "{} asked, waiting for the engine {} s",
                asked.act.word(),
                asked.seconds
            ),
        };
        return Some(vec![sign, (said, Meaning::Text)]);
    }
    let other = seen.iter().rev().find(open)?;
    let said = format!("{}: {}", other.actor, progress(other));
    Some(vec![sign, (said, Meaning::Quiet)])
}

/// `retry 42: 17 done, 2 not, 23 to go`.
fn progress(command: &CommandGlance) -> String {
    let left = command.rows.saturating_sub(command.done + command.not);
    format!(
        "{} {}: {} done, {} not, {} to go",
        command.verb,
        command.id.0,
        text::thousands(command.done),
        text::thousands(command.not),
        text::thousands(left)
    )
}
