//! A service that refuses everybody, and in doing so repeats whatever it was told, in every spelling there is.

use crate::wire::{Play, Seen, Wire};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use drover::model::percent::percent;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;

pub(super) struct Echo {
    pub(super) url: String,
    /// What it gives to whoever asks for a token.
    token: String,
    wire: Wire,
    _runtime: Runtime,
}

impl Echo {
    pub(super) fn start(token: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let (turn, given) = (Arc::new(AtomicUsize::new(0)), token.to_owned());
        let wire = runtime.block_on(Wire::start(move |seen| {
            let now = "Mon, 02 Mar 2026 08:00:00 GMT";
            answer(seen, turn.fetch_add(1, Ordering::SeqCst), &given).with("date", now)
        }));
        Self {
            url: wire.url.clone(),
            token: token.to_owned(),
            wire,
            _runtime: runtime,
        }
    }

    /// How many requests carried this somewhere.
    pub(super) fn heard(&self, piece: &str) -> usize {
        let has = |seen: &&Seen| {
            let headers = seen.headers.iter().any(|(_, value)| value.contains(piece));
            headers
                || seen.target.contains(piece)
                || seen.body.contains(piece)
                || seen.body.contains(&percent(piece))
        };
        self.wire.seen().iter().filter(has).count()
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

fn answer(seen: &Seen, turn: usize, token: &str) -> Play {
    if seen.path() == "/healthz" {
        return Play::empty(200);
    }
    let secrets: Vec<String> = seen
        .headers
        .iter()
        .map(|(_, value)| value.clone())
        .collect();
    let bare: Vec<&str> = secrets
        .iter()
        .filter_map(|value| value.strip_prefix("Bearer "))
        .collect();
    let told = format!(
        "{} {} {} {}",
        seen.target,
        seen.body,
        secrets.join(" "),
        bare.join(" ")
    );
    if seen.path().ends_with("/oauth/token") && !turn.is_multiple_of(3) {
        return Play::json(
            200,
            json!({"access_token": token, "expires_in": 2, "scope": told}),
        );
    }
    let html = told
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let escaped = told.encode_utf16().fold(String::new(), |mut text, unit| {
        let _ = write!(text, "\\u{unit:04x}");
        text
    });
    match turn % 9 {
        0 => Play::html(500, &format!("<h1>Error</h1><pre>{html}</pre>")),
        1 => Play::json(
            401,
            json!({"message": told, "errors": [{"name": "base", "reason": told}]}),
        ),
        2 => Play::Answer(
            400,
            vec![("content-type", "application/json".into())],
            format!(
                r#"{{"message": "{escaped}", "error": "{escaped}", "error_description": "{escaped}"}}"#
            ),
        ),
        3 => Play::json(
            200,
            json!({"ok": false, "error": told, "response_metadata": {"messages": [told]}}),
        ),
        4 => Play::Answer(
            403,
            vec![("content-type", "text/plain".into())],
            bare.join(" and "),
        ),
        5 => Play::json(
            422,
            json!({"message": STANDARD.encode(bare.concat()), "errors": [{"reason": percent(&told)}]}),
        ),
        6 => Play::json(
            200,
            json!({"hosts": [], "totalCount": 0, "results": [], "error": told}),
        ),
        7 => Play::html(302, &told),
        // Cut short: no JSON, and it looks like some.
        _ => Play::Answer(
            500,
            vec![("content-type", "application/json".into())],
            format!(r#"{{"status": "error", "secret": {}, "x": "#, json!(told)),
        ),
    }
}
