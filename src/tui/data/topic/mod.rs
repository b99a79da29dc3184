//! What the screens beside the main one show, read only while one of them is looked at.

mod attempt;
mod event;
mod faults;
mod history;
mod inbox;
mod progress;
mod services;
mod waves;

pub use attempt::AttemptTopic;
pub use event::EventTopic;
pub use faults::FaultsTopic;
pub use history::HistoryTopic;
pub use inbox::InboxTopic;
pub use progress::{ProgressTopic, StageTime};
pub use services::{Hearing, Service, ServicesTopic, Way};
pub use waves::{WaveLine, WavesTopic};

use super::names::Names;
use super::night::{Meter, Rest};
use crate::model::time::Time;
use crate::store::{AttemptId, EventId, StoreError, View};

/// Which screen, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicWant {
    Faults {
        /// The group under the cursor, whose members are read as well.
        chosen: Option<String>,
    },
    History {
        search: String,
    },
    Attempt(AttemptId),
    Inbox {
        search: String,
    },
    Event(EventId),
    Waves,
    Services,
    Progress,
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
}

/// What is dear to read and so rests between two readings.
#[derive(Default)]
pub struct Resting {
    waves: Rest<WavesTopic>,
    services: Rest<ServicesTopic>,
    progress: Rest<ProgressTopic>,
}

impl Topic {
    pub fn read(
        view: &View<'_>,
        want: &TopicWant,
        names: &Names,
        now: Time,
        (resting, meter): (&mut Resting, &mut Meter),
    ) -> Result<Self, StoreError> {
        Ok(match want {
            TopicWant::Faults { chosen } => {
                Self::Faults(FaultsTopic::read(view, chosen.as_deref(), names)?)
            }
            TopicWant::History { search } => {
                Self::History(HistoryTopic::read(view, search, names)?)
            }
            TopicWant::Attempt(id) => Self::Attempt(AttemptTopic::read(view, *id)?),
            TopicWant::Inbox { search } => Self::Inbox(InboxTopic::read(view, search, names)?),
            TopicWant::Event(id) => Self::Event(EventTopic::read(view, *id)?),
            TopicWant::Waves => Self::Waves(resting.waves.get(|| WavesTopic::read(view, names))?),
            TopicWant::Services => {
                let read = || ServicesTopic::read(view, names);
                Self::Services(resting.services.get(read)?)
            }
            TopicWant::Progress => {
                let read = || ProgressTopic::read(view, meter, names, now);
                Self::Progress(resting.progress.get(read)?)
            }
        })
    }

    /// The ids of its list, in the order shown; nothing when it has none.
    pub fn ids(&self) -> Vec<String> {
        match self {
            Self::Faults(topic) => topic.ids(),
            Self::History(topic) => topic.ids(),
            Self::Inbox(topic) => topic.ids(),
            Self::Waves(topic) => topic.ids(),
            Self::Services(topic) => topic.ids(),
            Self::Attempt(_) | Self::Event(_) | Self::Progress(_) => Vec::new(),
        }
    }
}
