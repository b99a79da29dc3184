//! Fleet's error body and its kinds (`api/fleet.md` §1.3).

use crate::model::hash::sha256_hex;
use serde_json::{Value as Json, json};

/// A refusal. `message` alone never says which one it is; status and the first reason do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    pub(super) status: u16,
    message: String,
    name: String,
    reason: String,
}

impl Error {
    fn new(status: u16, message: &str, name: &str, reason: impl Into<String>) -> Self {
        Self {
            status,
            message: message.to_owned(),
            name: name.to_owned(),
            reason: reason.into(),
        }
    }

    /// 422, or the status the field's error has of its own.
    pub(super) fn invalid(status: u16, name: &str, reason: impl Into<String>) -> Self {
        Self::new(status, "Validation Failed", name, reason)
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "forbidden", "base", "forbidden")
    }

    /// "Host with id=1 was not found in the datastore".
    pub(super) fn not_found(what: &str, id: &str) -> Self {
        let reason = format!("{what} {id} was not found in the datastore");
        Self::new(404, "Resource Not Found", "base", reason)
    }

    pub(super) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(400, "Bad request", "base", reason)
    }

    pub(super) fn unauthorized(text: &str) -> Self {
        Self::new(401, text, "base", text)
    }

    pub(super) fn exists(reason: impl Into<String>) -> Self {
        Self::new(409, "Resource Already Exists", "base", reason)
    }

    /// An error for people: the message is the HTTP status text.
    pub(super) fn human(status: u16, reason: impl Into<String>) -> Self {
        let message = match status {
            403 => "Forbidden",
            409 => "Conflict",
            422 => "Unprocessable Entity",
            _ => "Internal Server Error",
        };
        Self::new(status, message, "base", reason)
    }

    /// The body; `seen` makes the uuid its own.
    pub(super) fn body(&self, seen: &str) -> Json {
        let hash = sha256_hex(format!("{seen} {} {}", self.status, self.reason).as_bytes());
        let uuid = format!(
            "{}-{}-4{}-a{}-{}",
            &hash[0..8],
            &hash[8..12],
            &hash[13..16],
            &hash[17..20],
            &hash[20..32]
        );
        json!({
            "message": self.message,
            "errors": [{ "name": self.name, "reason": self.reason }],
            "uuid": uuid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_message_errors_and_uuid_and_nothing_else() {
        let body = Error::invalid(422, "script_name", "Script 'x.sh' doesn’t exist.").body("1");
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["message", "errors", "uuid"]);
        assert_eq!(body["message"], "Validation Failed");
        assert_eq!(
            body["errors"],
            json!([{ "name": "script_name", "reason": "Script 'x.sh' doesn’t exist." }])
        );
        assert_eq!(body["uuid"].as_str().unwrap().len(), 36);
    }
}
