//! What came back, and what it means for the call.

use super::veil::Veil;
use crate::connectors::action::{Exchange, Failure};
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload;
use crate::model::text;
use crate::model::time::Span;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value as Json;

/// A whole HTTP answer of any status. Its exchange is redacted; its body is not.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    /// Without parameters, in lower case: `application/json`. Empty when the service named none.
    pub content_type: String,
    pub body: Bytes,
    pub exchange: Exchange,
    /// What the service asked for, in engine time.
    pub retry_after: Option<Span>,
    pub(super) headers: HeaderMap,
    pub(super) nature: Nature,
    pub(super) service: String,
    pub(super) veil: Veil,
    pub(super) secret_body: bool,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the request could change something.
    pub fn mutates(&self) -> bool {
        self.nature.mutates()
    }

    /// A page for people: somebody's sign-in page, a proxy's word, never a service's own success.
    pub fn is_page(&self) -> bool {
        super::service::is_page(&self.content_type, &self.body)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, cleaned at every depth, with echoes of the request's secrets masked.
    ///
    /// Fails when it is no JSON: [`FaultKind::BadReply`] for reads; [`FaultKind::Unknown`] for what may have changed
    /// something, as an unreadable answer proves nothing.
    pub fn json(&self) -> Result<Json, Failure> {
        let text = String::from_utf8_lossy(&self.body);
        payload::parse_within(
            self.veil.mask(&text).as_bytes(),
            super::service::LARGEST_ANSWER,
        )
        .map(|mut json| {
            self.veil.mask_json(&mut json);
            text::clean_json(&mut json);
            json
        })
        .map_err(|bad| self.unreadable(&bad.to_string()))
    }

    /// The body as text, with echoes of the request's secrets masked; not cleaned.
    pub fn text(&self) -> String {
        self.veil
            .mask(&String::from_utf8_lossy(&self.body))
            .into_owned()
    }

    /// The failure for an answer of the right status whose content is not what the API promises.
    pub fn unreadable(&self, why: &str) -> Failure {
        let kind = if self.nature.mutates() {
            FaultKind::Unknown
        } else {
            FaultKind::BadReply
        };
        let head = self.head();
        let head = if head.is_empty() {
            String::new()
        } else {
            format!("; it begins: {head}")
        };
        self.failure(kind, &format!("which cannot be read: {why}{head}"))
    }

    /// The failure for a status that is not the call's success. `said` is the service's own words; `refusals` are the
    /// statuses that, with the body that came, prove that nothing happened (`reliability.md` §3.2 rule 6).
    pub fn fault(&self, said: impl Into<String>, refusals: &[u16]) -> Failure {
        let said = said.into();
        let refused = !self.nature.mutates() || refusals.contains(&self.status);
        let kind = match self.status {
            429 => FaultKind::RateLimited,
            401 if refused => FaultKind::Unauthorized,
            403 if refused => FaultKind::Forbidden,
            404 if refused => FaultKind::NotFound,
            status if refusals.contains(&status) => FaultKind::Refused,
            _ if self.nature.mutates() => FaultKind::Unknown,
            408 => FaultKind::Timeout,
            400..=499 => FaultKind::Refused,
            500.. => FaultKind::ServerError,
            _ => FaultKind::BadReply,
        };
        let said = if (300..400).contains(&self.status) {
            format!(
                "a redirect, which drover never follows: put the final address into the configuration; {said}"
            )
        } else {
            said
        };
        self.failure(kind, said.trim_end_matches("; "))
    }

    /// The first few hundred characters of the body, cleaned and masked, markup taken out: what an operator reads of
    /// an HTML error page. Empty for a secret body.
    pub fn head(&self) -> String {
        if self.secret_body {
            return String::new();
        }
        let body = &self.body[..self.body.len().min(4_096)];
        let masked = self.veil.mask(&String::from_utf8_lossy(body)).into_owned();
        let plain = if self.content_type.contains("html") || masked.trim_start().starts_with('<') {
            without_markup(&masked)
        } else {
            masked
        };
        let words: Vec<&str> = plain.split_whitespace().collect();
        text::clean_short(&words.join(" "), 300)
    }

    fn failure(&self, kind: FaultKind, said: &str) -> Failure {
        let (service, status) = (&self.service, self.status);
        let (method, path) = (&self.exchange.method, &self.exchange.path);
        let path = path.split('?').next().unwrap_or(path);
        let unknown = if kind == FaultKind::Unknown {
            "; whether it took effect is not known"
        } else {
            ""
        };
        let said = self.veil.mask(said);
        let colon = if said.is_empty() { "" } else { ": " };
        Failure {
            fault: Fault::new(
                kind,
                format!("{service} answered {status} to {method} {path}{colon}{said}{unknown}"),
            )
            .status(status)
            .retry_after(self.retry_after),
            exchanges: vec![self.exchange.clone()],
        }
    }
}

/// The text of an HTML page, without tags, scripts and styles. Good enough for a Tomcat error page; not a parser.
fn without_markup(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        out.push(' ');
        let tag = rest[open + 1..].to_ascii_lowercase();
        let end = ["script", "style"]
            .into_iter()
            .find(|name| tag.starts_with(name))
            .and_then(|name| tag.find(&format!("</{name}")))
            .map_or(open, |at| open + 1 + at);
        match rest[end..].find('>') {
            Some(close) => rest = &rest[end + close + 1..],
            None => return out,
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_page_reads_as_its_text() {
        let page = "<!doctype html><html><head><style type=\"text/css\">h1 {color:red}</style></head>\
                    <body><h1>HTTP Status 404</h1><p>Not Found</p></body></html>";
        let words: Vec<String> = without_markup(page)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(words.join(" "), "HTTP Status 404 Not Found");
    }
}
