//! Answers that several services share.

use crate::model::time::Time;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use serde_json::Value as Json;

/// Marks an answer that must not be sent: the connection is closed instead.
#[derive(Clone, Copy)]
pub(super) struct Cut;

pub fn json(status: u16, body: &Json) -> Response<Body> {
    typed(status, "application/json", body.to_string())
}

/// A page as a proxy or an application server shows it, whatever the caller said it accepts.
pub fn html(status: u16, title: &str) -> Response<Body> {
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1></body></html>\n"
    );
    typed(status, "text/html;charset=utf-8", page)
}

pub(super) fn typed(status: u16, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

pub(super) fn cut() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

/// A time as HTTP headers write it: whole seconds, so the fraction is dropped.
pub fn retry_after_date(at: Time) -> String {
    at.to_chrono()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_date_is_written_as_the_standard_shows_it() {
        let at = Time::parse("1994-11-06T08:49:37.900Z").unwrap();
        assert_eq!(retry_after_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
