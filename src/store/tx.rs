//! Everything that can be written. All of it runs on the writer thread, in one savepoint of a group commit.

use super::records::*;
use super::store::StoreError;
use super::view::View;
use crate::model::actor::Actor;
use crate::model::row::{RowId, Values};
use crate::model::time::Time;
use std::ops::Deref;

type Result<T> = std::result::Result<T, StoreError>;

/// A write under way. Everything readable is readable here too, with what was just written.
pub struct Tx<'a> {
    view: View<'a>,
}

impl<'a> Deref for Tx<'a> {
    type Target = View<'a>;
    fn deref(&self) -> &View<'a> {
        &self.view
    }
}

impl Tx<'_> {
    /// Engine time of this write; the same for all of it.
    pub fn now(&self) -> Time {
        todo!()
    }

    // ---- rows
    /// The row of this key, made if it is not there; true when it was made.
    pub fn row_of(&mut self, _key: &str) -> Result<(RowId, bool)> {
        todo!()
    }
    /// Writes columns. Unchanged ones leave no trace. Answers the names of those that changed.
    /// An unknown column or a value of the wrong type is [`StoreError::Bad`].
    pub fn set(&mut self, _row: RowId, _values: &Values, _cause: &Cause) -> Result<Vec<String>> {
        todo!()
    }
    pub fn set_wave(&mut self, _row: RowId, _wave: Option<&str>, _cause: &Cause) -> Result<()> {
        todo!()
    }

    // ---- attempts
    pub fn begin(&mut self, _attempt: NewAttempt) -> Result<AttemptId> {
        todo!()
    }
    /// A call about to be made. [`StoreError::InFlight`] when a mutating one is open for the same row and action.
    pub fn intend(&mut self, _step: NewStep) -> Result<StepId> {
        todo!()
    }
    pub fn finish_step(&mut self, _step: StepId, _end: StepEnd) -> Result<()> {
        todo!()
    }
    /// Intent and end in one, for reads.
    pub fn record_step(&mut self, _step: NewStep, _end: StepEnd) -> Result<StepId> {
        todo!()
    }
    /// Leaves the attempt open, waiting or probing, until `wake_at`.
    pub fn wait(
        &mut self,
        _attempt: AttemptId,
        _state: AttemptState,
        _at_step: &str,
        _waiting_for: &str,
        _wake_at: Time,
    ) -> Result<()> {
        todo!()
    }
    /// Takes a waiting or probing attempt up again.
    pub fn wake(&mut self, _attempt: AttemptId) -> Result<()> {
        todo!()
    }
    /// Ends an attempt: done, failed, cancelled or unknown.
    pub fn end(
        &mut self,
        _attempt: AttemptId,
        _state: AttemptState,
        _at_step: Option<&str>,
        _fault: Option<&crate::model::fault::Fault>,
    ) -> Result<()> {
        todo!()
    }

    // ---- holds
    pub fn hold(&mut self, _hold: Hold) -> Result<()> {
        todo!()
    }
    /// Lifts the hold of (row, rule), and starts retries and rungs from zero when `fresh`. True when there was one.
    pub fn release(&mut self, _row: RowId, _rule: &str, _fresh: bool) -> Result<bool> {
        todo!()
    }

    // ---- events
    /// Stores what was heard; `None` when this (intake, dedupe) is known, which counts as a repeat.
    pub fn hear(&mut self, _event: NewEvent) -> Result<Option<EventId>> {
        todo!()
    }
    pub fn settle_event(
        &mut self,
        _event: EventId,
        _state: EventState,
        _row: Option<RowId>,
        _note: &str,
    ) -> Result<()> {
        todo!()
    }

    // ---- messages
    pub fn post(&mut self, _message: NewMessage) -> Result<MessageId> {
        todo!()
    }
    /// Marks messages as going out together: the first carries the others.
    pub fn sending(&mut self, _messages: &[MessageId]) -> Result<()> {
        todo!()
    }
    pub fn settle_message(
        &mut self,
        _message: MessageId,
        _state: MessageState,
        _note: &str,
        _not_before: Option<Time>,
    ) -> Result<()> {
        todo!()
    }

    // ---- commands, journal, switches, notes
    pub fn ask(&mut self, _command: NewCommand) -> Result<CommandId> {
        todo!()
    }
    pub fn answer(
        &mut self,
        _command: CommandId,
        _state: CommandState,
        _results: Vec<CommandResult>,
    ) -> Result<()> {
        todo!()
    }
    pub fn say(&mut self, _entry: NewEntry) -> Result<()> {
        todo!()
    }
    pub fn set_switch(
        &mut self,
        _kind: SwitchKind,
        _name: &str,
        _on: bool,
        _reason: &str,
        _by: &Actor,
    ) -> Result<()> {
        todo!()
    }
    pub fn set_note(&mut self, _name: &str, _value: &serde_json::Value) -> Result<()> {
        todo!()
    }
}
