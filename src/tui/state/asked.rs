//! The act that was asked last, until its answer has come.

use super::Act;
use crate::model::row::RowId;
use crate::store::{CommandGlance, CommandId};
use crate::tui::data::CommandWant;
use std::collections::BTreeMap;

/// Seconds after which an answer that was lost is looked for no longer.
const LOOKED_FOR: u32 = 60;

/// What was asked, and what is known of it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub number: u64,
    pub act: Act,
    pub reason: String,
    /// Its rows by their keys, as results name them.
    pub rows: BTreeMap<String, RowId>,
    /// The newest command before it.
    pub before: i64,
    /// Seconds of real time since.
    pub seconds: u32,
    /// The connection was lost after it was sent: whether it was taken is only to be seen in the store.
    pub lost: bool,
}

impl Asked {
    /// The command it became, as far as the store shows it.
    pub fn found<'a>(&self, seen: &'a [CommandGlance]) -> Option<&'a CommandGlance> {
        let verb = self.act.word();
        seen.iter().find(|command| {
            command.id.0 > self.before && command.verb == verb && command.reason == self.reason
        })
    }

    /// Its command's rows are worth reading: the answer that would have told them was lost.
    pub fn want(&self, seen: &[CommandGlance]) -> Option<CommandWant> {
        let found = self.found(seen).filter(|_| self.lost)?;
        found.state.is_final().then_some(CommandWant(found.id))
    }

    pub fn is_hopeless(&self) -> bool {
        self.lost && self.seconds > LOOKED_FOR
    }

    /// The rows of its list with these keys.
    pub fn ids<'a>(&'a self, keys: impl Iterator<Item = &'a str> + 'a) -> Vec<RowId> {
        keys.filter_map(|key| self.rows.get(key).copied()).collect()
    }

    pub fn command(&self, seen: &[CommandGlance]) -> Option<CommandId> {
        self.found(seen).map(|command| command.id)
    }
}
