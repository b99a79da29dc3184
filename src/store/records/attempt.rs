//! Attempts and their steps.

use super::{AttemptId, Cause, StepId};
use crate::model::actor::Actor;
use crate::model::fault::Fault;
use crate::model::outcome::Outcome;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

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

/// A new attempt. Fails with [`crate::store::StoreError::AlreadyOpen`] when the row has one open for this rule.
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

impl Attempt {
    /// Whether it spends a try of this rung of its ladder: one that was cancelled does not.
    pub fn spends(&self, rung: usize) -> bool {
        self.rung == Some(rung) && self.state != AttemptState::Cancelled
    }
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
