//! What the screens beside the main one show, read only while one of them is looked at.

mod attempt;
mod body;
mod checks;
mod event;
mod faults;
mod history;
mod inbox;
mod pages;
mod progress;
mod search;
mod services;
mod telling;
mod waves;

pub use attempt::{AttemptTopic, Call, Exchange};
pub use checks::{CheckLine, ChecksTopic};
pub use event::EventTopic;
pub use faults::{FaultsTopic, Members as FaultMembers};
pub use history::{HistoryTopic, state_word as attempt_word};
pub use inbox::{InboxTopic, state_word as event_word};
pub use pages::Found;
pub use progress::{ProgressTopic, StageTime};
pub use services::{Hearing, Service, ServicesTopic, Way};
pub use waves::{WaveLine, WavesTopic};

use super::names::Names;
use super::night::{Meter, Rest};
use crate::model::time::Time;
use crate::store::{Attempt, AttemptId, EventHead, EventId, StoreError, View};
use faults::FaultsMemory;
use pages::Pages;
use std::sync::Arc;

/// Lines of an event's body on its own screen.
const EVENT_LINES: usize = 1_500;

/// Which screen, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicWant {
    Faults {
        search: String,
        /// The group under the cursor, whose members are read as well.
        chosen: Option<String>,
    },
    History {
        search: String,
        /// The cursor's line, to the hundred below.
        near: usize,
        /// The attempt under the cursor, whose steps are read as well.
        chosen: Option<String>,
    },
    Attempt(AttemptId),
    Inbox {
        search: String,
        /// The cursor's line, to the hundred below.
        near: usize,
        /// The event under the cursor, which is read whole.
        chosen: Option<String>,
    },
    Event(EventId),
    Waves,
    Services,
    Progress,
    Checks {
        search: String,
    },
}

/// What was read for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Topic {
    Faults(FaultsTopic),
    History(HistoryTopic),
    Attempt(AttemptTopic),
    Inbox(InboxTopic),
    Event(EventTopic),
    Waves(WavesTopic),
    Services(ServicesTopic),
    Progress(ProgressTopic),
    Checks(ChecksTopic),
}

/// What is kept between two looks: what need not be read twice, and what is dear and so rests between two readings.
#[derive(Default)]
pub struct Memory {
    faults: FaultsMemory,
    history: Pages<Attempt>,
    inbox: Pages<EventHead>,
    waves: Rest<WavesTopic>,
    services: Rest<ServicesTopic>,
    progress: Rest<ProgressTopic>,
}

impl Memory {
    /// Whether another look at the same would bring more.
    pub fn is_due(&self, want: Option<&TopicWant>) -> bool {
        match want {
            Some(TopicWant::Faults { .. }) => self.faults.is_due(),
            Some(TopicWant::History { .. }) => self.history.is_due(),
            Some(TopicWant::Inbox { .. }) => self.inbox.is_due(),
            _ => false,
        }
    }
}

impl Topic {
    pub fn read(
        view: &View<'_>,
        want: &TopicWant,
        names: &Names,
        now: Time,
        (memory, meter): (&mut Memory, &mut Meter),
    ) -> Result<Self, StoreError> {
        Ok(match want {
            TopicWant::Faults { search, chosen } => {
                let (chosen, memory) = (chosen.as_deref(), &mut memory.faults);
                Self::Faults(FaultsTopic::read(view, search, chosen, names, memory)?)
            }
            TopicWant::History {
                search,
                near,
                chosen,
            } => {
                let (chosen, pages) = (chosen.as_deref(), &mut memory.history);
                memory.inbox = Pages::default();
                Self::History(HistoryTopic::read(
                    view, search, *near, chosen, names, pages,
                )?)
            }
            TopicWant::Attempt(id) => Self::Attempt(AttemptTopic::read(view, *id)?),
            TopicWant::Inbox {
                search,
                near,
                chosen,
            } => {
                let (chosen, pages) = (chosen.as_deref(), &mut memory.inbox);
                memory.history = Pages::default();
                Self::Inbox(InboxTopic::read(view, search, *near, chosen, names, pages)?)
            }
            TopicWant::Event(id) => Self::Event(EventTopic::read(view, *id, EVENT_LINES)?),
            TopicWant::Waves => Self::Waves(memory.waves.get(|| WavesTopic::read(view, names))?),
            TopicWant::Services => {
                let read = || ServicesTopic::read(view, names);
                Self::Services(memory.services.get(read)?)
            }
            TopicWant::Progress => {
                let read = || ProgressTopic::read(view, meter, names, now);
                Self::Progress(memory.progress.get(read)?)
            }
            TopicWant::Checks { search } => {
                Self::Checks(ChecksTopic::read(view, search, names, now)?)
            }
        })
    }

    /// The ids of its list, in the order shown; nothing when it has none.
    pub fn ids(&self) -> Arc<[String]> {
        match self {
            Self::Faults(topic) => topic.ids().into(),
            Self::History(topic) => topic.found.ids.clone(),
            Self::Inbox(topic) => topic.found.ids.clone(),
            Self::Waves(topic) => topic.ids().into(),
            Self::Services(topic) => topic.ids().into(),
            Self::Checks(topic) => topic.ids().into(),
            Self::Attempt(_) | Self::Event(_) | Self::Progress(_) => Arc::default(),
        }
    }
}
