//! Messages: recorded with what caused them, delivered afterwards, and never in a migration's way.

mod board;
mod deliver;

pub(super) use board::board;
pub(super) use deliver::deliver;

/// The actions of the chat connector.
const CHAT_POST: &str = "slack.post";
const CHAT_UPDATE: &str = "slack.update";
