//! Which request goes where.

use super::answers::{Answer, envelope, forbidden, no_such_path, unauthorised};
use super::tenant::{Jamf, privilege};
use super::tripwire::trips;
use crate::sim::wire::{Habits, MOST_BODY, html, json};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Method, Request};
use serde_json::json;

/// What the wire before Jamf needs to know: at most five connections, a sticky cookie, no rate limit of its own.
pub fn habits() -> Habits {
    Habits {
        most_open: Some(5),
        sticky_cookie: Some("jpro-ingress"),
        error: |status| match status {
            429 => html(429, "Too Many Requests"),
            _ => envelope(status, None, "The server is too busy"),
        },
        ..Habits::plain("jamf")
    }
}

impl Jamf {
    /// The Pro API under `/api/` and what is left of the Classic API under `/JSSResource/`.
    pub fn router(&self) -> Router {
        Router::new().fallback(any).with_state(self.clone())
    }
}

async fn any(State(jamf): State<Jamf>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return html(413, "Request Entity Too Large");
    };
    if let Some(why) = trips(&parts.method, parts.uri.path()) {
        jamf.ledger()
            .violation(format!("jamf: {} {} {why}", parts.method, parts.uri.path()));
        return forbidden();
    }
    let path = parts.uri.path().trim_matches('/').to_owned();
    let segments: Vec<String> = path.split('/').map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments[..] {
        ["api", "oauth", "token"] if parts.method == Method::POST => jamf.token(&parts, body).await,
        ["api", "v1", "oauth", "token"] if parts.method == Method::POST => {
            if jamf.with(|settings| settings.versioned_token_path) {
                jamf.token(&parts, body).await
            } else {
                no_such_path()
            }
        }
        ["api", ref route @ ..] => jamf.pro(&parts, route, &body),
        ["JSSResource", "computers", "serialnumber", serial] if parts.method == Method::GET => {
            jamf.classic_computer(&parts, serial)
        }
        [
            "JSSResource",
            "computerhistory",
            "serialnumber",
            serial,
            "subset",
            "Commands",
        ] if parts.method == Method::GET => jamf.classic_history(&parts, serial),
        _ => no_such_path(),
    }
}

impl Jamf {
    fn pro(&self, parts: &Parts, route: &[&str], body: &Bytes) -> Answer {
        let (method, uri) = (parts.method.as_str(), &parts.uri);
        let needed = self.needs(method, route);
        if needed == Need::Unknown {
            return no_such_path();
        }
        if !self.knows_caller(parts) {
            return unauthorised();
        }
        if let Need::Privilege(name) = needed
            && !self.with(|settings| settings.privileges.contains(name))
        {
            return forbidden();
        }
        let version = route.first().copied().and_then(number).unwrap_or_default();
        match (method, &route[1..]) {
            ("GET", ["jamf-pro-version"]) => {
                let text = self.with(|settings| format!("{}-t1784555528405", settings.version));
                json(200, &json!({ "version": text }))
            }
            ("GET", ["auth"]) => {
                let held = self.with(|settings| settings.privileges.clone());
                json(
                    200,
                    &json!({ "account": { "id": "1", "privilegeSet": "CUSTOM", "privilegesBySite": { "-1": held } },
                    "accountGroups": [], "sites": [], "authenticationType": "JSS" }),
                )
            }
            ("GET", ["computers-inventory"]) => self.list(uri, version),
            ("GET", ["computers-inventory", id]) => self.one(uri, id, version, false),
            ("GET", ["computers-inventory-detail", id]) => self.one(uri, id, version, true),
            ("PATCH", ["computers-inventory-detail", id]) => self.patch(id, version, body),
            ("POST", [_, id, "remove-mdm-profile"]) => self.remove_profile(id, body),
            ("GET", ["mdm", "commands"]) => self.commands(uri),
            ("POST", ["mdm", "commands"]) => self.send_command(body),
            ("POST", ["mdm", "blank-push"]) => self.blank_push(body),
            _ => no_such_path(),
        }
    }

    /// What a route needs, in the version this tenant has.
    fn needs(&self, method: &str, route: &[&str]) -> Need {
        use privilege::{COMMANDS, READ, UPDATE};
        let Some(version) = route.first().copied().and_then(number) else {
            return Need::Unknown;
        };
        if !self.with(|settings| settings.knows(version)) {
            return Need::Unknown;
        }
        match (method, version, &route[1..]) {
            (
                "GET",
                1..=4,
                ["computers-inventory"] | ["computers-inventory" | "computers-inventory-detail", _],
            ) => Need::Privilege(READ),
            ("PATCH", 1..=4, ["computers-inventory-detail", _]) => Need::Privilege(UPDATE),
            // The privilege for removing is asked for later: that refusal has no body.
            ("GET", 1, ["jamf-pro-version" | "auth"])
            | ("POST", 1, ["computer-inventory", _, "remove-mdm-profile"])
            | ("POST", 4, ["computers-inventory", _, "remove-mdm-profile"]) => Need::Token,
            ("GET" | "POST", 2, ["mdm", "commands"]) | ("POST", 2, ["mdm", "blank-push"]) => {
                Need::Privilege(COMMANDS)
            }
            _ => Need::Unknown,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// This version does not know the route.
    Unknown,
    Token,
    Privilege(&'static str),
}

fn number(segment: &str) -> Option<u8> {
    segment.strip_prefix('v')?.parse().ok()
}

/// Undoes percent-encoding; what is not UTF-8 then becomes U+FFFD.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = &tail[if code.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
