//! Commands under way, and those that wait for a second person.

use crate::model::row::RowId;
use crate::store::{Command, CommandGlance, CommandId, CommandState, StoreError, View};
use serde_json::Value as Json;
use std::sync::Arc;

/// Finished commands that are still in sight, so that an answer that was lost can be found.
const NEWEST: usize = 8;

/// What is to be read of commands beyond a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandWant(pub CommandId);

/// A glance at what operators asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commands {
    /// Open or waiting ones and the newest, oldest first.
    pub seen: Vec<CommandGlance>,
    /// The one that was wanted, with its rows.
    pub whole: Option<Arc<Command>>,
    /// Above this many rows a second person must agree; as the engine that runs has it.
    pub two_people_above: Option<u64>,
}

impl Commands {
    pub fn read(
        view: &View<'_>,
        want: Option<&CommandWant>,
        engine: Option<&Json>,
    ) -> Result<Self, StoreError> {
        let whole = want.map(|want| view.command(want.0)).transpose()?.flatten();
        Ok(Self {
            seen: view.glance_at_commands(NEWEST)?,
            whole: whole.map(Arc::new),
            two_people_above: engine
                .and_then(|note| note.get("two_people_above"))
                .and_then(Json::as_u64),
        })
    }

    /// The newest command's number; 0 when nothing was ever asked.
    pub fn newest(&self) -> i64 {
        self.seen.last().map_or(0, |command| command.id.0)
    }

    /// Those that wait for a second person's word.
    pub fn waiting(&self) -> impl Iterator<Item = &CommandGlance> {
        self.seen
            .iter()
            .filter(|command| command.state == CommandState::Waiting)
    }

    /// The frozen rows of the one that was wanted.
    pub fn rows(&self, id: CommandId) -> Option<Arc<Vec<RowId>>> {
        let whole = self.whole.as_ref().filter(|command| command.id == id)?;
        Some(Arc::new(whole.results.iter().map(|one| one.row).collect()))
    }
}
