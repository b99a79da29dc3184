//! Reading a call's arguments and wording its answer.

use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest, Query};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method, Request};
use serde_json::{Map, Value as Json, json};

/// A refusal: HTTP 200 with `ok: false`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    error: &'static str,
    more: Map<String, Json>,
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Self {
            error,
            more: Map::new(),
        }
    }
}

impl Refusal {
    pub(super) fn missing_scope(needed: &str, have: &[String]) -> Self {
        let mut refusal = Self::from("missing_scope");
        refusal.more.insert("needed".into(), needed.into());
        refusal
            .more
            .insert("provided".into(), have.join(",").into());
        refusal
    }

    pub(super) fn invalid_blocks(what: String) -> Self {
        let mut refusal = Self::from("invalid_blocks");
        refusal.more.insert(
            "response_metadata".into(),
            json!({"messages": [format!("[ERROR] {what}")]}),
        );
        refusal
    }

    pub(super) fn error(&self) -> &'static str {
        self.error
    }

    pub(super) fn json(self) -> Json {
        let mut body = json!({"ok": false, "error": self.error});
        if let Some(map) = body.as_object_mut() {
            map.extend(self.more);
        }
        body
    }
}

/// The arguments of one call, wherever they were sent.
#[derive(Debug, Default)]
pub(super) struct Args {
    map: Map<String, Json>,
    pub(super) warnings: Vec<&'static str>,
}

impl Args {
    /// Reads the query, then the body by its content type (`api/slack.md` §1).
    pub(super) async fn read(parts: &Parts, body: Bytes) -> Result<Self, Refusal> {
        let mut args = Self::default();
        if let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) {
            args.add(pairs);
        }
        if parts.method == Method::GET || body.is_empty() {
            return Ok(args);
        }
        let kind = parts
            .headers
            .get(CONTENT_TYPE)
            .ok_or("missing_post_type")?
            .to_str()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" => {
                let Ok(Json::Object(map)) = serde_json::from_slice(&body) else {
                    return Err("invalid_json".into());
                };
                args.map.extend(map);
                if !kind.contains("charset") {
                    args.warnings.push("missing_charset");
                }
            }
            "application/x-www-form-urlencoded" => args.add(form(body).await?),
            "multipart/form-data" => return Err("invalid_form_data".into()),
            "text/plain" => {}
            _ => return Err("invalid_post_type".into()),
        }
        Ok(args)
    }

    /// The webhook's body: JSON, or a form with the JSON in `payload`.
    pub(super) async fn of_hook(parts: &Parts, body: Bytes) -> Option<Self> {
        let kind = parts.headers.get(CONTENT_TYPE);
        let form_kind = kind.is_some_and(|k| k.as_bytes().starts_with(b"application/x-www-form"));
        let text = if form_kind {
            let pairs = form(body).await.ok()?;
            pairs
                .into_iter()
                .find(|(name, _)| name == "payload")?
                .1
                .into_bytes()
        } else {
            body.to_vec()
        };
        let Ok(Json::Object(map)) = serde_json::from_slice(&text) else {
            return None;
        };
        Some(Self {
            map,
            warnings: Vec::new(),
        })
    }

    fn add(&mut self, pairs: Vec<(String, String)>) {
        self.map
            .extend(pairs.into_iter().map(|(name, text)| (name, text.into())));
    }

    /// An argument as text; a number is taken as it is written.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.map.get(name)? {
            Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        match self.map.get(name) {
            Some(Json::Bool(yes)) => *yes,
            Some(Json::String(text)) => ["true", "1"].contains(&text.as_str()),
            Some(Json::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        }
    }

    /// An argument that is JSON: as such, or as a text holding it (in forms).
    pub(super) fn json(&self, name: &str) -> Result<Option<Json>, Refusal> {
        match self.map.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| "invalid_blocks_format".into()),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }
}

async fn form(body: Bytes) -> Result<Vec<(String, String)>, Refusal> {
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .map_err(|_| Refusal::from("invalid_form_data"))?;
    match Form::from_request(request, &()).await {
        Ok(Form(pairs)) => Ok(pairs),
        Err(_) => Err("invalid_form_data".into()),
    }
}
