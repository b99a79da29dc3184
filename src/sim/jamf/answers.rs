//! The answers of the Pro API that many routes share (`api/jamf.md` §1.4).

use crate::model::hash::sha256_hex;
use crate::sim::wire::{html, json};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use serde_json::json;

pub(super) type Answer = Response<Body>;

/// The error envelope.
pub(super) fn envelope(status: u16, code: Option<&str>, description: &str) -> Answer {
    json(
        status,
        &json!({"httpStatus": status, "errors": [{"code": code, "description": description, "id": "0", "field": null}]}),
    )
}

/// A missing or spent token, spaces and all.
pub(super) fn unauthorised() -> Answer {
    let mut answer = Response::new(Body::from(r#"{"httpStatus" : 401,"errors" : [ ]}"#));
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

pub(super) fn forbidden() -> Answer {
    envelope(403, Some("INVALID_PRIVILEGE"), "Forbidden")
}

pub(super) fn empty(status: u16) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

pub(super) fn no_such_computer(id: &str) -> Answer {
    envelope(
        404,
        Some("INVALID_ID"),
        &format!("Computer {id} does not exist"),
    )
}

/// What the application server says of a path this version does not know.
pub(super) fn no_such_path() -> Answer {
    html(404, "HTTP Status 404 – Not Found")
}

/// An error envelope that is still to be worded.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: Option<&'static str>,
    description: String,
}

impl Refusal {
    pub(super) fn into_answer(self) -> Answer {
        envelope(self.status, self.code, &self.description)
    }
}

pub(super) fn bad_query(description: impl Into<String>) -> Refusal {
    Refusal {
        status: 400,
        code: Some("INVALID_QUERY"),
        description: description.into(),
    }
}

pub(super) fn server_error(description: impl Into<String>) -> Refusal {
    Refusal {
        status: 500,
        code: None,
        description: description.into(),
    }
}

/// The id of a command the world does not keep, always the same for the same `seed`.
pub(super) fn made_up_uuid(seed: &str) -> String {
    let hash = sha256_hex(seed.as_bytes());
    format!(
        "{}-{}-4{}-a{}-{}",
        &hash[..8],
        &hash[8..12],
        &hash[12..15],
        &hash[15..18],
        &hash[18..30]
    )
}
