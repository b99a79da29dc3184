//! Slack as a bot and a webhook see it (`api/slack.md`).
//!
//! Web API: `auth.test`, `chat.postMessage`, `chat.update`, `chat.delete`, `conversations.history`,
//! `conversations.replies`, `conversations.info` under `/api/`; one incoming webhook under `/services/`. Messages are
//! kept with their edits, so that a test can read the board as people would see it.
//!
//! Ways to get this wrong: answering a refusal with an HTTP error (Slack says 200 and `ok: false`), or treating `ts` as
//! a number.

mod args;
mod chat;
mod checks;
mod hook;
mod pace;
mod reading;
mod routes;
#[cfg(test)]
mod tests;
mod workspace;

pub use routes::habits;
pub use workspace::{Author, Channel, Message, Settings, Slack};
