//! The records around the table, as the other layers see them.

mod attempt;
mod command;
mod halt;
mod hold;
mod inbox;
mod log;
mod outbox;
mod query;
mod queue;
mod said;
mod standing;

pub use attempt::*;
pub use command::*;
pub use halt::*;
pub use hold::*;
pub use inbox::*;
pub use log::*;
pub use outbox::*;
pub use query::*;
pub use queue::*;
pub use standing::*;

use serde::{Deserialize, Serialize};

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
