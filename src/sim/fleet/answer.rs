//! How answers are written.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use serde_json::{Value as Json, json};

/// What a call comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Indented by two spaces.
    Json(u16, Json),
    /// On one line, as the streamed host list is.
    Compact(Json),
    Text(u16, String),
    Empty(u16),
}

impl Answer {
    pub(super) fn ok(body: Json) -> Self {
        Self::Json(200, body)
    }

    /// `{}`: done, and nothing to say.
    pub(super) fn nothing() -> Self {
        Self::Json(200, json!({}))
    }

    pub(super) fn response(self) -> Response<Body> {
        let (status, body, kind) = match self {
            Self::Json(status, body) => (
                status,
                format!("{body:#}\n"),
                "application/json; charset=utf-8",
            ),
            Self::Compact(body) => (200, body.to_string(), "application/json; charset=utf-8"),
            Self::Text(status, body) => (status, body, "text/plain; charset=utf-8"),
            Self::Empty(status) => (status, String::new(), ""),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if !kind.is_empty() {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        response
    }
}
