//! Screens: they lie on each other, and the last is seen.

use super::Pick;
use crate::control::protocol::RowResult;
use crate::model::row::RowId;
use crate::store::{AttemptId, EventId};
use crate::tui::data::TopicWant;
use crate::tui::keys::Where;

/// A screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    Main,
    Dossier {
        row: RowId,
        scroll: usize,
    },
    /// Failures, grouped by cause.
    Faults(Pick),
    /// Attempts, newest first.
    History(Pick),
    /// One attempt with its steps.
    Attempt {
        id: AttemptId,
        scroll: usize,
    },
    /// Events, newest first.
    Inbox(Pick),
    Event {
        id: EventId,
        scroll: usize,
    },
    Waves(Pick),
    Services(Pick),
    Progress {
        scroll: usize,
    },
    /// Questions about the whole, those that failed first.
    Checks(Pick),
    Check {
        name: String,
        scroll: usize,
    },
    Help {
        scroll: usize,
    },
    /// What an act came to, row by row.
    Results {
        title: String,
        rows: Vec<RowResult>,
        scroll: usize,
    },
}

impl Screen {
    /// The nearest place for keys; `None` on the main screen, where the pane says it.
    pub fn place(&self) -> Option<Where> {
        Some(match self {
            Self::Main => return None,
            Self::Dossier { .. } => Where::Dossier,
            Self::Faults(_) => Where::Faults,
            Self::History(_) => Where::History,
            Self::Attempt { .. } => Where::Attempt,
            Self::Inbox(_) => Where::Inbox,
            Self::Event { .. } => Where::Event,
            Self::Waves(_) => Where::Waves,
            Self::Services(_) => Where::Services,
            Self::Progress { .. } => Where::Progress,
            Self::Checks(_) => Where::Checks,
            Self::Check { .. } => Where::Check,
            Self::Help { .. } | Self::Results { .. } => Where::List,
        })
    }

    /// What must be read for it, beside what the main screen shows.
    pub fn topic(&self) -> Option<TopicWant> {
        Some(match self {
            Self::Main | Self::Dossier { .. } | Self::Help { .. } | Self::Results { .. } => {
                return None;
            }
            Self::Faults(pick) => TopicWant::Faults {
                search: pick.search.clone(),
                chosen: pick.id.clone(),
            },
            Self::History(pick) => TopicWant::History {
                search: pick.search.clone(),
                near: pick.near(),
                chosen: pick.id.clone(),
            },
            Self::Attempt { id, .. } => TopicWant::Attempt(*id),
            Self::Inbox(pick) => TopicWant::Inbox {
                search: pick.search.clone(),
                near: pick.near(),
                chosen: pick.id.clone(),
            },
            Self::Event { id, .. } => TopicWant::Event(*id),
            Self::Waves(_) => TopicWant::Waves,
            Self::Services(_) => TopicWant::Services,
            Self::Progress { .. } => TopicWant::Progress,
            Self::Checks(pick) => TopicWant::Checks {
                search: pick.search.clone(),
            },
            Self::Check { .. } => TopicWant::Checks {
                search: String::new(),
            },
        })
    }

    /// Its list, when it has one with a cursor.
    pub fn pick(&self) -> Option<&Pick> {
        match self {
            Self::Faults(pick)
            | Self::History(pick)
            | Self::Inbox(pick)
            | Self::Waves(pick)
            | Self::Services(pick)
            | Self::Checks(pick) => Some(pick),
            _ => None,
        }
    }

    pub fn pick_mut(&mut self) -> Option<&mut Pick> {
        match self {
            Self::Faults(pick)
            | Self::History(pick)
            | Self::Inbox(pick)
            | Self::Waves(pick)
            | Self::Services(pick)
            | Self::Checks(pick) => Some(pick),
            _ => None,
        }
    }

    /// Its first line shown, when it scrolls as a whole.
    pub fn scroll_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Dossier { scroll, .. }
            | Self::Attempt { scroll, .. }
            | Self::Event { scroll, .. }
            | Self::Progress { scroll }
            | Self::Check { scroll, .. }
            | Self::Help { scroll }
            | Self::Results { scroll, .. } => Some(scroll),
            _ => None,
        }
    }

    pub fn scroll(&self) -> usize {
        match self {
            Self::Dossier { scroll, .. }
            | Self::Attempt { scroll, .. }
            | Self::Event { scroll, .. }
            | Self::Progress { scroll }
            | Self::Check { scroll, .. }
            | Self::Help { scroll }
            | Self::Results { scroll, .. } => *scroll,
            _ => 0,
        }
    }
}
