//! The answers of the Pro API that many routes share (`api/jamf.md` §1.4).

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

pub(super) fn bad_query(description: &str) -> Answer {
    envelope(400, Some("INVALID_QUERY"), description)
}
