//! Messages.

use super::MessageId;
use crate::model::row::RowId;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};

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
