//! What was read at one moment, and what is asked for.

use super::choices::{Choices, ChoicesWant};
use super::commands::{CommandWant, Commands};
use super::dossier::Dossier;
use super::found::Found;
use super::journal::{Journal, JournalWant};
use super::list::{List, ListWant};
use super::members::{Members, MembersWant};
use super::night::{Heartbeat, Night};
use super::past::Moments;
use super::standing::Standing;
use super::topic::{Topic, TopicWant};
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::store::{Halt, RuleCount, Switch};
use std::collections::HashMap;
use std::sync::Arc;

/// What is visible, and so worth reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Want {
    pub list: ListWant,
    /// Lines of the list: the first, and how many.
    pub window: (usize, usize),
    pub journal: JournalWant,
    pub dossier: Option<RowId>,
    pub members: Option<MembersWant>,
    /// A moment that has been, in place of now.
    pub at: Option<Time>,
    pub choices: Option<ChoicesWant>,
    /// A wave whose rows are to be counted.
    pub wave: Option<String>,
    /// A command whose rows matter.
    pub command: Option<CommandWant>,
    /// What the screen on top shows, when it is not the main one.
    pub topic: Option<TopicWant>,
    /// Part of a key: rows that have it.
    pub find: Option<String>,
}

impl Want {
    /// True when the list is another, and all else but the window on it is the same.
    pub fn differs_in_list_alone(&self, other: &Self) -> bool {
        self.list != other.list
            && *self
                == Self {
                    list: self.list.clone(),
                    window: self.window,
                    ..other.clone()
                }
    }
}

/// One consistent look at the store, as far as it is visible.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub list: Arc<List>,
    /// The rows of the window, by id.
    pub lines: HashMap<RowId, Line>,
    /// Phase name and rows in it, in the pipeline's order.
    pub phases: Vec<(Option<String>, u64)>,
    pub counts: Vec<RuleCount>,
    pub switches: Vec<Switch>,
    /// What keeps the engine from sending, beside a stop.
    pub halts: Vec<Halt>,
    pub journal: Journal,
    pub dossier: Option<Dossier>,
    pub members: Option<Arc<Members>>,
    pub choices: Option<Arc<Choices>>,
    pub wave_rows: Option<u64>,
    pub commands: Commands,
    /// What was wanted for the screen on top, with what was read.
    pub topic: Option<(TopicWant, Topic)>,
    pub found: Option<Found>,
    /// Where changes lie next to a moment that has been; `None` while it is now that is looked at.
    pub moments: Option<Moments>,
    /// Whether the engine lives, by its own word.
    pub heartbeat: Heartbeat,
    /// How the night goes.
    pub night: Night,
    /// How checks and mirrors stand.
    pub standing: Standing,
}

impl Snapshot {
    /// All rows of the table, whatever the filter.
    pub fn total(&self) -> u64 {
        self.phases.iter().map(|(_, rows)| rows).sum()
    }
}

/// One row of the table, and what it waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub row: Row,
    pub waits: Waits,
}

/// Why a row does not move just now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waits {
    pub kind: WaitKind,
    /// A few words; empty when it waits for nothing.
    pub text: String,
    /// When it goes on by itself, if that is known.
    pub until: Option<Time>,
}

/// What kind of waiting that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitKind {
    #[default]
    Nothing,
    /// An attempt runs.
    Running,
    /// The outside has it.
    Outside,
    /// A moment: a window, a back-off, a due time.
    Moment,
    /// A condition is not met.
    Condition,
    /// A person: parked or held.
    Person,
}
