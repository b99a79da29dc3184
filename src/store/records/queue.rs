//! How rows stand in their rules, and what failed.

use super::{AttemptId, Hold};
use crate::model::fault::FaultKind;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::model::value::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

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
    /// A sentence for each check that keeps new rows from this rule now.
    #[serde(default)]
    pub kept_back: Vec<String>,
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

/// Rows that do not go on by themselves. Each is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// Parked for the operator or a page, or for nobody, finished or not.
    pub mine: u64,
    /// Not finished, and parked for somebody else, such as with a ticket.
    pub handed_over: u64,
    /// Not finished, held by a person, and not parked.
    pub held: u64,
    /// Not finished, and parked or held in any of these ways.
    pub unfinished: u64,
}

/// Rows of one wave in one phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveCount {
    /// `None`: rows in no wave.
    pub wave: Option<String>,
    pub phase: Option<String>,
    pub rows: u64,
    /// Parked or held.
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

/// How the rows of a fault's group stand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultStanding {
    /// A person must look; nothing goes on by itself.
    pub parked: u64,
    /// An operator holds them.
    pub held: u64,
    /// An operator said the rule is not for them.
    pub skipped: u64,
    pub backing_off: u64,
    /// When the first of those backing off is due.
    pub next: Option<Time>,
    /// In the rule's queue again, and nothing in their way.
    pub ready: u64,
    /// The rule no longer wants them.
    pub passed: u64,
}

/// What the rows of a fault's group have in their columns, beside how common that is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultShares {
    /// Rows of the group, and rows of the table counted so far.
    pub rows: u64,
    pub total: u64,
    pub values: Vec<FaultShare>,
    /// The last row counted.
    pub to: i64,
}

/// One value that several rows of the group have.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultShare {
    pub column: String,
    pub value: Value,
    /// Rows of the group, and rows of the table, that have it.
    pub here: u64,
    pub overall: u64,
}
