//! What went wrong, in kinds that say what to do next rather than which library failed.

use super::time::Span;
use serde::{Deserialize, Serialize};

/// The kind decides whether an attempt is worth repeating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429, or the service's own word for it. `Fault::retry_after` says how long to wait.
    RateLimited,
    /// No answer within the deadline, and the request certainly had no effect (a read, or nothing was sent).
    Timeout,
    /// The connection could not be made: DNS, refused, TLS.
    Unreachable,
    /// 5xx on a call that certainly had no effect.
    ServerError,
    /// An answer that cannot be read: HTML for JSON, a missing field, too large.
    BadReply,
    /// 400, 409, 412, 422: the service understood and said no.
    Refused,
    /// 401 after a renewed token.
    Unauthorized,
    /// 403: a privilege is missing. `Fault::message` names it when the service did.
    Forbidden,
    /// 404, or a search without a hit.
    NotFound,
    /// More than one thing answers to this name; never act on the first.
    Ambiguous,
    /// The thing found is not the thing meant: serial and UDID disagree.
    WrongIdentity,
    /// A `fail_if` of the pipeline held.
    FailIf,
    /// `wait_if` held for longer than `most`.
    NotConfirmed,
    /// A template or expression could not be evaluated, or gave the wrong type.
    Template,
    /// A cap was met: a result over 64 KiB, a script text too long.
    TooLarge,
    /// A mutating call went out and its outcome is not known, nor could a probe tell.
    Unknown,
    /// The pipeline or configuration is wrong: an action or helper that is not there, a connector not configured.
    Misconfigured,
    /// An operator stopped it.
    Cancelled,
}

impl FaultKind {
    pub const ALL: [Self; 18] = [
        Self::RateLimited,
        Self::Timeout,
        Self::Unreachable,
        Self::ServerError,
        Self::BadReply,
        Self::Refused,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Ambiguous,
        Self::WrongIdentity,
        Self::FailIf,
        Self::NotConfirmed,
        Self::Template,
        Self::TooLarge,
        Self::Unknown,
        Self::Misconfigured,
        Self::Cancelled,
    ];

    /// The word pipelines use in `retry_on`, and the store keeps.
    pub fn word(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::ServerError => "server_error",
            Self::BadReply => "bad_reply",
            Self::Refused => "refused",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Ambiguous => "ambiguous",
            Self::WrongIdentity => "wrong_identity",
            Self::FailIf => "fail_if",
            Self::NotConfirmed => "not_confirmed",
            Self::Template => "template",
            Self::TooLarge => "too_large",
            Self::Unknown => "unknown",
            Self::Misconfigured => "misconfigured",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether the default `retry_on` covers it (DESIGN §2): trouble of the way there, never a refusal.
    /// `NotConfirmed` is in, as `else` names the step to start again from.
    pub fn worth_repeating(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Timeout
                | Self::Unreachable
                | Self::ServerError
                | Self::BadReply
                | Self::NotConfirmed
        )
    }
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.word().replace('_', " "))
    }
}

/// One failure: its kind, a cleaned sentence for people, and how long the service asked us to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct Fault {
    pub kind: FaultKind,
    /// What, where, and what to do; cleaned, without secrets.
    pub message: String,
    /// HTTP status, when an answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the service asked us to wait, in engine time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
}

impl Fault {
    pub fn new(kind: FaultKind, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            message: super::text::clean_short(message.as_ref(), 600),
            status: None,
            retry_after: None,
        }
    }

    pub fn status(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    pub fn retry_after(self, span: Option<Span>) -> Self {
        Self {
            retry_after: span,
            ..self
        }
    }

    /// The message with what differs from row to row taken out (numbers, UUIDs, quoted text), so that the same cause
    /// groups together whatever row met it.
    pub fn cause(&self) -> String {
        let mut cause = String::with_capacity(self.message.len());
        let mut quoted = false;
        for word in self.message.split_inclusive([' ', '/', ',', ':', '(', ')']) {
            let core = word.trim_end_matches([' ', '/', ',', ':', '(', ')', '.']);
            let tail = &word[core.len()..];
            let opens = core.starts_with('"');
            let closes = core.len() > 1 && core.ends_with('"');
            if quoted || opens {
                if opens && !quoted {
                    cause.push('…');
                }
                quoted = !closes;
                if !quoted {
                    cause.push_str(tail);
                }
            } else if core.chars().any(|c| c.is_ascii_digit()) && core.len() > 3 {
                cause.push('…');
                cause.push_str(tail);
            } else {
                cause.push_str(word);
            }
        }
        cause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word() {
        for kind in FaultKind::ALL {
            assert_eq!(FaultKind::from_word(kind.word()), Some(kind));
        }
    }

    #[test]
    fn the_same_cause_reads_alike_whatever_the_row() {
        let a = Fault::new(
            FaultKind::NotFound,
            "no computer with serial \"C02ABC\" in Jamf (host 12345)",
        );
        let b = Fault::new(
            FaultKind::NotFound,
            "no computer with serial \"C02XYZ\" in Jamf (host 98765)",
        );
        assert_eq!(a.cause(), b.cause());
        assert!(a.cause().contains("no computer"), "{}", a.cause());
    }
}
