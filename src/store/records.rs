//! The records around the table, as the other layers see them.

use crate::model::actor::Actor;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::model::value::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    )+};
}

id! {
    /// One try of a stage or a remedy on a row.
    AttemptId,
    /// One call within an attempt.
    StepId,
    /// One thing heard.
    EventId,
    /// One thing an operator asked.
    CommandId,
    /// One message to deliver.
    MessageId
}

/// Why a column or an attempt came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The gate held.
    Schedule,
    Retry,
    Event(EventId),
    Attempt(AttemptId),
    Command(CommandId),
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Steps are being run, or were when the engine died.
    Running,
    /// A `wait_if` holds; looked at again at `wake_at`. No task is held for it.
    Waiting,
    /// A mutating call's outcome is unknown; probed at `wake_at`.
    Probing,
    Done,
    Failed,
    /// An operator stopped it, or its row went away.
    Cancelled,
    /// The outcome could not be known: a person must look.
    Unknown,
}

impl AttemptState {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Waiting | Self::Probing)
    }
}

/// A new attempt. Fails with [`super::StoreError::AlreadyOpen`] when the row has one open for this rule.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    pub row: RowId,
    /// Stage or ladder name.
    pub rule: String,
    pub kind: RuleKind,
    /// For a ladder: which rung, from 0.
    pub rung: Option<usize>,
    /// 1 for a first try; counts up over retries of the same work.
    pub number: u32,
    pub cause: Cause,
    pub actor: Actor,
    /// An earlier attempt whose recorded step results this one goes on from.
    pub resumes: Option<AttemptId>,
    /// The step to start at, by name; `None` = the first.
    pub start_at: Option<String>,
}

/// An attempt as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: AttemptId,
    pub row: RowId,
    pub key: String,
    pub rule: String,
    pub kind: RuleKind,
    pub rung: Option<usize>,
    pub number: u32,
    pub state: AttemptState,
    pub cause: Cause,
    pub actor: Actor,
    pub resumes: Option<AttemptId>,
    pub start_at: Option<String>,
    /// What it waits for, in words, while waiting or probing.
    pub waiting_for: Option<String>,
    pub wake_at: Option<Time>,
    pub fault: Option<Fault>,
    /// The step at which it failed or waits.
    pub at_step: Option<String>,
    pub started_at: Time,
    pub finished_at: Option<Time>,
}

/// A call about to be made. For mutating calls it is committed before any byte goes out.
#[derive(Clone, Debug)]
pub struct NewStep {
    pub attempt: AttemptId,
    /// The step's name in the pipeline; a helper's steps are `helper/step`.
    pub name: String,
    /// Which item of `for_each`, from 0.
    pub item: Option<usize>,
    /// The action's full name.
    pub action: String,
    /// Reads are not entered in the single-flight index.
    pub mutates: bool,
    /// The operation's id, fixed here.
    pub op: String,
    /// The rendered inputs; redacted by whoever rendered them.
    pub input: Json,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct StepEnd {
    /// `None` when it failed with its effect certainly absent.
    pub outcome: Option<Outcome>,
    /// The typed result as later templates read it, never truncated (over 64 KiB is a fault before it gets here).
    pub result: Option<Json>,
    pub fault: Option<Fault>,
    /// Requests and replies as shown: a list of the connectors' exchanges.
    pub exchanges: Json,
}

/// A call as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    pub attempt: AttemptId,
    pub name: String,
    pub item: Option<usize>,
    pub action: String,
    pub mutates: bool,
    pub op: String,
    pub input: Json,
    /// `Sent` while no end is recorded.
    pub outcome: Option<Outcome>,
    pub result: Option<Json>,
    pub fault: Option<Fault>,
    pub exchanges: Json,
    pub started_at: Time,
    pub finished_at: Option<Time>,
}

/// Why a (row, rule) is not taken though its gate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// A retry or a ladder's cool-down is due at `until`.
    BackingOff,
    /// An operator must look: the last attempt failed, a refusal, an unknown outcome, the loop guard, a ladder's end.
    Parked,
    /// An operator holds it.
    Held,
    /// An operator said this rule is not for this row.
    Skipped,
}

/// One hold. At most one per (row, rule); a new one replaces it. `rule` `"*"` holds the row in every rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    pub row: RowId,
    pub rule: String,
    pub kind: HoldKind,
    /// A sentence: what happened and who owns it now.
    pub reason: String,
    /// Set for `BackingOff`.
    pub until: Option<Time>,
    /// "ticket", "page", "operator", a person's name; who has it now.
    pub owner: Option<String>,
    pub by: Actor,
    /// The attempt that led here.
    pub attempt: Option<AttemptId>,
    /// The fault's kind, for grouping.
    pub fault: Option<FaultKind>,
    pub at: Time,
}

/// Something heard, before or after it was understood.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub intake: String,
    /// The body as received, at most 1 MiB; kept raw.
    pub raw: String,
    /// Two events with the same (intake, dedupe) are the same event.
    pub dedupe: String,
    /// The sender's own moment, when it gave one.
    pub sent_at: Option<Time>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// Stored, not yet mapped.
    New,
    /// Mapped onto a row.
    Applied,
    /// The intake's `when` does not want it.
    Ignored,
    /// No row answers to its key and the intake may not create one.
    Unmatched,
    /// Could not be read or mapped; `note` says why. Parked for a person.
    Malformed,
}

/// An event as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub intake: String,
    pub raw: String,
    pub dedupe: String,
    pub state: EventState,
    pub row: Option<RowId>,
    /// What it did, or why it did nothing.
    pub note: String,
    /// How many more times the same event arrived.
    pub repeats: u32,
    pub sent_at: Option<Time>,
    pub received_at: Time,
}

/// One column change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub row: RowId,
    pub column: String,
    pub old: Value,
    pub new: Value,
    pub cause: Cause,
    pub at: Time,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A line about one row or stage.
    Chat,
    /// Work for the morning.
    Ticket,
    /// Wakes somebody.
    Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    Pending,
    /// Handed to the service; the outcome is not recorded yet.
    Sending,
    Delivered,
    /// Went out inside another message.
    Coalesced,
    /// At most once, and the outcome stayed unknown; counted.
    Dropped,
    /// The service said no for good.
    Failed,
}

#[derive(Clone, Debug)]
pub struct NewMessage {
    pub kind: MessageKind,
    pub row: Option<RowId>,
    pub rule: Option<String>,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub kind: MessageKind,
    pub row: Option<RowId>,
    pub rule: Option<String>,
    pub text: String,
    pub state: MessageState,
    pub tries: u32,
    pub not_before: Option<Time>,
    pub note: String,
    pub op: String,
    pub at: Time,
    pub delivered_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    Open,
    Done,
    Refused,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Debug,
    Info,
    Warning,
    Alarm,
}

#[derive(Clone, Debug)]
pub struct NewEntry {
    pub level: Level,
    /// Where it comes from: a stage, a ladder, an intake, "engine", a connector.
    pub source: String,
    pub row: Option<RowId>,
    /// One cleaned line that reads alone.
    pub text: String,
}

/// One line of the journal. `hash` covers the entry and the hash of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: i64,
    pub at: Time,
    pub level: Level,
    pub source: String,
    pub row: Option<RowId>,
    /// The row's key, for reading.
    pub key: Option<String>,
    pub text: String,
    pub hash: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchKind {
    /// A stage or ladder; on unless switched off.
    Stage,
    /// A wave; closed unless opened.
    Wave,
    /// A brake; released unless tripped.
    Brake,
    /// All sending; the name is `*`.
    Stop,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Switch {
    pub kind: SwitchKind,
    pub name: String,
    /// Stage: true = on. Wave: true = open. Brake: true = tripped. Stop: true = stopped.
    pub on: bool,
    pub reason: String,
    pub by: Actor,
    pub at: Time,
}

/// Whether one condition holds for one row, as the database judged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    Yes,
    No,
    /// The condition is NULL: a column it reads was never read.
    Unknown,
}

/// One condition of a rule, explained for a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub title: String,
    pub sql: String,
    pub met: Met,
    /// The columns it reads with their values: `fleet_team` is `No team`.
    pub reads: Vec<(String, Json)>,
    /// When it falls due, for `COLUMN < ago(SPAN)`.
    pub due: Option<Time>,
    /// Since when the columns it reads have these values.
    pub since: Option<Time>,
}

/// How a row stands in one stage or ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// May be taken now, or from `due` on.
    Ready,
    /// An attempt is open.
    Running,
    /// An attempt is open and waits.
    Waiting,
    BackingOff,
    /// Parked, held or skipped.
    Held,
}

/// A rule's view of one row, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    pub rule: String,
    pub kind: RuleKind,
    pub conditions: Vec<Judged>,
    /// Set when every condition holds, or will when `due` comes.
    pub queued: Option<Queued>,
    pub hold: Option<Hold>,
}

/// One entry of the derived queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    pub row: RowId,
    pub rule: String,
    pub state: QueueState,
    pub since: Time,
    /// `None` or past: now.
    pub due: Option<Time>,
}

/// Counts of one stage or ladder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    pub rule: String,
    /// Ready and due.
    pub queued: u64,
    /// Will be ready when a moment comes.
    pub later: u64,
    pub running: u64,
    pub waiting: u64,
    pub backing_off: u64,
    pub held: u64,
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultGroup {
    /// Stable name of the group, for `--fault ID`.
    pub id: String,
    pub rule: String,
    pub connector: String,
    pub kind: FaultKind,
    /// Normalised message.
    pub cause: String,
    pub rows: u64,
    pub attempts: u64,
    pub first_at: Time,
    pub last_at: Time,
    pub example: AttemptId,
}

/// What an `EXPLAIN`-free list of rows is asked for. Every part is optional.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// SQL over the row; judged read-only by the database's own authorizer.
    pub condition: Option<String>,
    /// Columns, each ascending or descending; `key` breaks ties.
    pub order: Vec<(String, bool)>,
    pub offset: u64,
    pub limit: Option<u64>,
}

impl Query {
    pub fn all() -> Self {
        Self::default()
    }
}
