//! What operators ask.

use super::CommandId;
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    Open,
    /// For a second person's word.
    Waiting,
    Done,
    Refused,
}

impl CommandState {
    /// Nothing more comes of it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Refused)
    }
}

/// What an operator asked. The list of rows is frozen when it is asked.
#[derive(Clone, Debug)]
pub struct NewCommand {
    pub actor: Actor,
    /// retry, hold, stage, …
    pub verb: String,
    /// The request as received.
    pub request: Json,
    pub reason: String,
    pub rows: Vec<RowId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    pub id: CommandId,
    pub actor: Actor,
    pub verb: String,
    pub request: Json,
    pub reason: String,
    pub state: CommandState,
    pub results: Vec<CommandResult>,
    pub at: Time,
    pub finished_at: Option<Time>,
}

/// What a command did to one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandResult {
    pub row: RowId,
    pub key: String,
    pub done: bool,
    pub note: String,
}

/// How far a command is, without its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandGlance {
    pub id: CommandId,
    pub actor: Actor,
    pub verb: String,
    /// The request as received, but for its rows.
    pub request: Json,
    pub reason: String,
    pub state: CommandState,
    pub at: Time,
    /// Rows of its frozen list, those done, and those that were not.
    pub rows: u64,
    pub done: u64,
    pub not: u64,
}
