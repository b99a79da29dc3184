//! What is asked of a service, before it is on the wire.

use super::veil::Veil;
use crate::model::action::Nature;
use crate::model::percent::percent;
use crate::model::secret::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::cookie::Jar;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value as Json;
use std::sync::Arc;

/// One request below a service's base URL. Its nature decides the connection it gets and what a broken one means.
#[derive(Clone)]
pub struct Request {
    pub(super) method: reqwest::Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, SecretString)>,
    pub(super) body: Option<Body>,
    pub(super) nature: Nature,
    pub(super) secret_body: bool,
    pub(super) hidden_path: Option<&'static str>,
    pub(super) jar: Option<Arc<Jar>>,
    pub(super) veil: Veil,
}

#[derive(Clone)]
pub(super) struct Body {
    pub(super) content_type: Option<&'static str>,
    pub(super) bytes: Bytes,
}

impl Request {
    /// A request of any method. A mutating nature gets a connection of its own, used once.
    pub fn new(method: reqwest::Method, path: impl Into<String>, nature: Nature) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            nature,
            secret_body: false,
            hidden_path: None,
            jar: None,
            veil: Veil::default(),
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(reqwest::Method::GET, path, Nature::Read)
    }

    pub fn post(path: impl Into<String>, nature: Nature) -> Self {
        Self::new(reqwest::Method::POST, path, nature)
    }

    pub fn patch(path: impl Into<String>, nature: Nature) -> Self {
        Self::new(reqwest::Method::PATCH, path, nature)
    }

    pub fn put(path: impl Into<String>, nature: Nature) -> Self {
        Self::new(reqwest::Method::PUT, path, nature)
    }

    pub fn delete(path: impl Into<String>, nature: Nature) -> Self {
        Self::new(reqwest::Method::DELETE, path, nature)
    }

    /// Adds a query parameter; a name may come more than once. The client percent-encodes both.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn json(self, body: &Json) -> Self {
        self.body(Some("application/json"), body.to_string())
    }

    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        self.body(Some("application/x-www-form-urlencoded"), body.join("&"))
    }

    /// Text as it is; a `content-type` header of the request's own replaces the plain one.
    pub fn text(self, body: &str) -> Self {
        self.body(Some("text/plain; charset=utf-8"), body.to_owned())
    }

    /// An empty body that says so: `Content-Length: 0`.
    pub fn empty_body(self) -> Self {
        self.body(None, String::new())
    }

    fn body(mut self, content_type: Option<&'static str>, bytes: String) -> Self {
        self.body = Some(Body {
            content_type,
            bytes: bytes.into(),
        });
        self
    }

    /// Sends the token as `Authorization: Bearer`, and masks it wherever the service echoes it.
    pub fn bearer(self, token: &SecretString) -> Self {
        let value = format!("Bearer {}", token.expose_secret());
        let mut request = self.veil(token);
        request.headers.push(("authorization".into(), value.into()));
        request
    }

    /// Signs in as this user, and masks password and signature wherever the service echoes them.
    pub fn basic(self, user: &str, password: &SecretString) -> Self {
        let pair = format!("{user}:{}", password.expose_secret());
        let value = format!("Basic {}", STANDARD.encode(pair)).into();
        self.veil(password).secret_header("authorization", &value)
    }

    /// Sets a header. Headers are never shown, but the service may echo this one: secrets belong in
    /// [`Request::secret_header`].
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into().into()));
        self
    }

    /// Sets a header whose value is masked wherever the service echoes it.
    pub fn secret_header(self, name: &str, value: &SecretString) -> Self {
        let mut request = self.veil(value);
        // What follows the scheme is the secret proper, and may be echoed alone.
        if let Some((_, token)) = value.expose_secret().split_once(' ') {
            request = request.veil(&token.to_owned().into());
        }
        request.headers.push((name.to_owned(), value.clone()));
        request
    }

    /// Masks this text in everything that is shown of the exchange.
    pub fn veil(mut self, secret: &SecretString) -> Self {
        self.veil.add(secret);
        self
    }

    /// Shows neither the request's nor the reply's body: token requests, lists that carry enrol secrets.
    pub fn secret_body(mut self) -> Self {
        self.secret_body = true;
        self
    }

    /// Shows this instead of the path, which is a secret itself (a Slack incoming webhook).
    pub fn hidden_path(mut self, shown: &'static str) -> Self {
        self.veil.add(&self.path.clone().into());
        self.hidden_path = Some(shown);
        self
    }

    /// Sends and keeps the cookies of this jar: one node of a cluster for one device operation (`api/jamf.md` §1.5).
    pub fn jar(mut self, jar: Arc<Jar>) -> Self {
        self.jar = Some(jar);
        self
    }

    /// Path and query as they go on the wire.
    pub(super) fn target(&self) -> String {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        if query.is_empty() {
            format!("/{path}")
        } else {
            format!("/{path}?{}", query.join("&"))
        }
    }

    /// Path and query as people may see them.
    pub(super) fn shown_target(&self) -> String {
        if let Some(shown) = self.hidden_path {
            return shown.to_owned();
        }
        let mut shown = self.clone();
        for (name, value) in &mut shown.query {
            if super::veil::is_secret_name(name) {
                "***".clone_into(value);
            }
        }
        crate::model::text::clean_short(&self.veil.mask(&shown.target()), 2_000)
    }

    pub(super) fn shown_body(&self) -> String {
        match &self.body {
            None => String::new(),
            Some(_) if self.secret_body => super::veil::NOT_SHOWN.to_owned(),
            Some(body) => self.veil.shown(&String::from_utf8_lossy(&body.bytes)),
        }
    }
}

/// Whether the path is the same once it is read as a URL. A segment of one or two dots, however it is written, would be
/// taken for "here" or "one up", and there is no way to write it that is not.
pub(super) fn stays(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    let dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    !path.split(['/', '\\']).any(dots)
}

/// Ours first, then the request's own, which replace them; fails with the name of one that cannot be sent.
pub(super) fn request_headers(request: &Request) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(body) = &request.body {
        if let Some(content_type) = body.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if body.bytes.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }
    for (name, value) in &request.headers {
        let bad = || crate::model::text::clean_short(name, 60);
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_query_values_and_hidden_paths_are_not_shown() {
        let request = Request::get("/x")
            .query("api_token", "hunter22")
            .query("page", 1);
        assert_eq!(request.target(), "/x?api_token=hunter22&page=1");
        assert_eq!(request.shown_target(), "/x?api_token=%2A%2A%2A&page=1");
        let hook = Request::post("/services/T0/B0/XXX", Nature::Once).hidden_path("/services/…");
        assert_eq!(hook.shown_target(), "/services/…");
    }
}
