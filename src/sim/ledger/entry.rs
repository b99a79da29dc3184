//! What a ledger holds.

use crate::model::hash::sha256_hex;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Names of verbs. Services may use others; the ones here are those the ledger has rules for, or several services share.
pub mod verb {
    /// A remove-mdm-profile command was queued. Once per subject, see [`super::Ending`].
    pub const UNENROLL: &str = "unenroll";
    /// A script was queued on a Mac; [`super::Effect::detail`] is the script's name. Once while pending.
    pub const SCRIPT: &str = "script";
    pub const TRANSFER: &str = "transfer";
    pub const REFETCH: &str = "refetch";
    pub const MARK: &str = "mark";
    pub const PUSH: &str = "push";
    pub const POST: &str = "post";
    pub const UPDATE: &str = "update";
    pub const REMOVE_MESSAGE: &str = "remove_message";
    /// A migration proxy was told which Macs to send where. Said again and again.
    pub const ROUTE: &str = "route";
}

/// Something that landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Engine time.
    pub at: Time,
    pub service: Cow<'static, str>,
    pub verb: Cow<'static, str>,
    /// Whom it happened to: a serial, or an id where there is none.
    pub subject: String,
    /// What tells two effects of one verb on one subject apart, such as a script's name; mostly empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// SHA-256 of the request's body.
    pub body_hash: String,
    /// The caller's own id of the operation, where the wire can carry one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
}

impl Effect {
    pub fn new(
        at: Time,
        service: &'static str,
        verb: &'static str,
        subject: impl Into<String>,
        body: &[u8],
    ) -> Self {
        Self {
            at,
            service: service.into(),
            verb: verb.into(),
            subject: subject.into(),
            detail: String::new(),
            body_hash: sha256_hex(body),
            op: None,
        }
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub fn op(mut self, op: Option<impl Into<String>>) -> Self {
        self.op = op.map(Into::into);
        self
    }
}

/// How an effect that takes its time ended. Services tell it at the latest before they record the next effect of the
/// same verb on the same subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Succeeded,
    Failed,
    /// Taken from the queue before it ran.
    Cancelled,
    /// Had succeeded, and the world has since undone it: the Mac enrolled in Jamf again.
    Undone,
}

/// One line of the ledger's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    Effect(Effect),
    Ended {
        at: Time,
        verb: String,
        subject: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
        how: Ending,
    },
    Violation {
        text: String,
    },
}
