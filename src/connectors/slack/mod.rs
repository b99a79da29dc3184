//! Slack: messages into a channel, by a bot's token or by an incoming webhook (`api/slack.md`).
//!
//! What is sent is plain text of ours with names from outside in it, so it is escaped here, where nobody can forget to.
//!
//! Ways to get this wrong: reading 200 as success (a refusal is 200 with `ok: false`); reading a webhook's `ok` as
//! JSON; a `ts` as a number; a channel's name in `chat.update`, which takes the id from the post's reply only.

mod api;
mod bot;
mod connector;
mod error;
mod message;
mod pace;
mod probe;
mod webhook;

#[cfg(test)]
mod tests;

pub use connector::{ACTIONS, Mode, Settings, Slack};
pub use message::escape;
