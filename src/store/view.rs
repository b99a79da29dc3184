//! Everything that can be read.

use super::records::*;
use super::store::StoreError;
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use std::marker::PhantomData;

type Result<T> = std::result::Result<T, StoreError>;

/// A consistent look at the store.
pub struct View<'a>(PhantomData<&'a ()>);

impl View<'_> {
    // ---- rows
    pub fn row(&self, _id: RowId) -> Result<Option<Row>> {
        todo!()
    }
    /// By the key column, exactly.
    pub fn row_by_key(&self, _key: &str) -> Result<Option<Row>> {
        todo!()
    }
    pub fn rows(&self, _query: &Query) -> Result<Vec<Row>> {
        todo!()
    }
    pub fn ids(&self, _query: &Query) -> Result<Vec<RowId>> {
        todo!()
    }
    pub fn count(&self, _query: &Query) -> Result<u64> {
        todo!()
    }
    /// Phase name (None = no phase holds) and rows in it, in the pipeline's order.
    pub fn phases(&self) -> Result<Vec<(Option<String>, u64)>> {
        todo!()
    }

    // ---- the queue
    /// Rows that may be taken now for `rule`: ready, due at `now`, their wave open; longest waiting first.
    pub fn ready(&self, _rule: &str, _now: Time, _limit: usize) -> Result<Vec<RowId>> {
        todo!()
    }
    /// As `ready`, for a sweep: rows whose gate holds and whose last attempt for `rule` began before `since`.
    pub fn ready_for_sweep(
        &self,
        _rule: &str,
        _since: Time,
        _now: Time,
        _limit: usize,
    ) -> Result<Vec<RowId>> {
        todo!()
    }
    /// True when every condition of `rule` holds for the row at `now` (holds and open attempts apart).
    pub fn gate_holds(&self, _row: RowId, _rule: &str, _now: Time) -> Result<bool> {
        todo!()
    }
    /// The earliest moment after `now` at which a queue entry falls due, a back-off ends or an attempt wakes.
    pub fn next_due(&self, _now: Time) -> Result<Option<Time>> {
        todo!()
    }
    pub fn counts(&self, _now: Time) -> Result<Vec<RuleCount>> {
        todo!()
    }
    /// Every rule for one row, in order, each condition with what it reads.
    pub fn explain(&self, _row: RowId, _now: Time) -> Result<Vec<Explained>> {
        todo!()
    }
    pub fn queued(&self, _row: RowId) -> Result<Vec<Queued>> {
        todo!()
    }

    // ---- attempts
    pub fn attempt(&self, _id: AttemptId) -> Result<Option<Attempt>> {
        todo!()
    }
    pub fn steps(&self, _attempt: AttemptId) -> Result<Vec<Step>> {
        todo!()
    }
    /// Newest first.
    pub fn attempts_of(&self, _row: RowId, _limit: usize) -> Result<Vec<Attempt>> {
        todo!()
    }
    /// Attempts of one rule on one row since the last operator's release, newest first: what retries and rungs count.
    pub fn attempts_since_release(&self, _row: RowId, _rule: &str) -> Result<Vec<Attempt>> {
        todo!()
    }
    /// All rows, newest first, before `before` when given.
    pub fn attempts(&self, _before: Option<AttemptId>, _limit: usize) -> Result<Vec<Attempt>> {
        todo!()
    }
    pub fn open_attempts(&self) -> Result<Vec<Attempt>> {
        todo!()
    }
    /// Waiting or probing attempts whose `wake_at` has come.
    pub fn attempts_to_wake(&self, _now: Time, _limit: usize) -> Result<Vec<Attempt>> {
        todo!()
    }
    /// Attempts of `rule` that are running now (waiting and probing ones hold no slot).
    pub fn running(&self, _rule: &str) -> Result<u64> {
        todo!()
    }
    /// Attempts of `rule` that ended failed or unknown since `since`, newest first (for brakes).
    pub fn failures_since(&self, _rule: &str, _since: Time) -> Result<Vec<Attempt>> {
        todo!()
    }
    /// Failures grouped by cause, of rows whose latest attempt for that rule failed.
    pub fn faults(&self) -> Result<Vec<FaultGroup>> {
        todo!()
    }
    pub fn rows_of_fault(&self, _group: &str) -> Result<Vec<RowId>> {
        todo!()
    }

    // ---- the rest
    pub fn hold(&self, _row: RowId, _rule: &str) -> Result<Option<Hold>> {
        todo!()
    }
    pub fn holds_of(&self, _row: RowId) -> Result<Vec<Hold>> {
        todo!()
    }
    pub fn holds(&self, _kind: Option<HoldKind>, _limit: usize) -> Result<Vec<Hold>> {
        todo!()
    }
    pub fn changes_of(&self, _row: RowId, _limit: usize) -> Result<Vec<Change>> {
        todo!()
    }
    pub fn events_of(&self, _row: RowId, _limit: usize) -> Result<Vec<Event>> {
        todo!()
    }
    /// Newest first.
    pub fn events(
        &self,
        _state: Option<EventState>,
        _before: Option<EventId>,
        _limit: usize,
    ) -> Result<Vec<Event>> {
        todo!()
    }
    pub fn event_counts(&self) -> Result<Vec<(String, EventState, u64)>> {
        todo!()
    }
    /// Oldest first, of one kind or all; only those whose `not_before` has come.
    pub fn pending_messages(&self, _now: Time, _limit: usize) -> Result<Vec<Message>> {
        todo!()
    }
    pub fn messages_of(&self, _row: RowId, _limit: usize) -> Result<Vec<Message>> {
        todo!()
    }
    pub fn message_counts(&self) -> Result<Vec<(MessageKind, MessageState, u64)>> {
        todo!()
    }
    pub fn commands(&self, _limit: usize) -> Result<Vec<Command>> {
        todo!()
    }
    pub fn command(&self, _id: CommandId) -> Result<Option<Command>> {
        todo!()
    }
    /// Entries after `after`, oldest first.
    pub fn journal_after(&self, _after: i64, _limit: usize) -> Result<Vec<Entry>> {
        todo!()
    }
    /// Entries before `before` (None = the end), newest first; of one row when given.
    pub fn journal_before(
        &self,
        _before: Option<i64>,
        _row: Option<RowId>,
        _limit: usize,
    ) -> Result<Vec<Entry>> {
        todo!()
    }
    /// Walks the whole chain; the id of the first entry that does not fit, if any, and how many were walked.
    pub fn verify_journal(&self) -> Result<(u64, Option<i64>)> {
        todo!()
    }
    pub fn switches(&self) -> Result<Vec<Switch>> {
        todo!()
    }
    pub fn switch(&self, _kind: SwitchKind, _name: &str) -> Result<Option<Switch>> {
        todo!()
    }
    /// A small value kept under a name: poll cursors, the board message's address, the engine's heartbeat.
    pub fn note(&self, _name: &str) -> Result<Option<serde_json::Value>> {
        todo!()
    }
    /// Rows completed (entered `phase`) per `bucket` of time since `since`: for sparklines and forecasts.
    pub fn throughput(
        &self,
        _rule: &str,
        _since: Time,
        _bucket: crate::model::time::Span,
    ) -> Result<Vec<u64>> {
        todo!()
    }
}
