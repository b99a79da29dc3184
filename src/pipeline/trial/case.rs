//! One `[[trial]]` as the file states it.

use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use crate::pipeline::template::Template;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// One `[[trial]]`.
#[derive(Clone, Debug)]
pub struct Trial {
    pub name: String,
    pub of: TrialOf,
    /// Settings for this trial only.
    pub settings: BTreeMap<String, Json>,
    pub now: Time,
    /// The row before; columns not named are null. Templates see `now` and `settings`.
    pub row: Vec<(String, Template)>,
    /// Changes to the row, each of which alone keeps it from being taken.
    pub unless: Vec<Vec<(String, Template)>>,
    /// How often a ladder's remedies were tried on the row before.
    pub tries: u32,
    /// What an intake hears.
    pub event: Option<Json>,
    pub replies: Vec<Canned>,
    pub expect: Expect,
}

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrialOf {
    Stage(String),
    Ladder(String),
    Intake(String),
}

impl TrialOf {
    pub fn name(&self) -> &str {
        match self {
            Self::Stage(name) | Self::Ladder(name) | Self::Intake(name) => name,
        }
    }
}

/// What an action answers; answers of one action are used in the order of the file.
#[derive(Clone, Debug)]
pub struct Canned {
    pub call: String,
    /// What it must be given. Inputs not named are not looked at.
    pub with: Map<String, Json>,
    pub answer: Answer,
    /// How often in a row.
    pub times: u32,
}

#[derive(Clone, Debug)]
pub enum Answer {
    Result(Json),
    Fault(Fault),
}

/// How an attempt ends, or pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    Failed,
    Waiting,
}

impl Ending {
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
        }
    }
}

/// What a trial must come to. What is `None` or not named is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// Whether the gate holds, or the event is wanted.
    pub taken: Option<bool>,
    /// The key an intake finds.
    pub key: Option<String>,
    pub state: Option<Ending>,
    /// Columns afterwards.
    pub row: Vec<(String, Template)>,
    /// Every call, in order.
    pub calls: Option<Vec<String>>,
    pub fault: Option<FaultKind>,
    /// A part of what is said at the end: the fault's sentence, the message, a ladder's ticket. Empty: nothing is.
    pub says: Option<String>,
    /// The title of the rung a ladder tries.
    pub rung: Option<String>,
}
