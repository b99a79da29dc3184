//! What was read at one moment, and what is asked for.

use super::dossier::Dossier;
use super::journal::{Journal, JournalWant};
use super::list::{List, ListWant};
use super::members::{Members, MembersWant};
use super::night::{Heartbeat, Night};
use super::topic::{Topic, TopicWant};
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::store::{RuleCount, Switch};
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
    /// What the screen on top shows, when it is not the main one.
    pub topic: Option<TopicWant>,
}

impl Want {
    /// True when the list is another, and all else is the same.
    pub fn differs_in_list_alone(&self, other: &Self) -> bool {
        self.list != other.list
            && *self
                == Self {
                    list: self.list.clone(),
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
    pub journal: Journal,
    pub dossier: Option<Dossier>,
    pub members: Option<Members>,
    /// What was wanted for the screen on top, with what was read.
    pub topic: Option<(TopicWant, Topic)>,
    /// Whether the engine lives, by its own word.
    pub heartbeat: Heartbeat,
    /// How the night goes.
    pub night: Night,
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
