//! Which call goes where, and what every call goes through first.

use super::args::{Args, Refusal};
use super::workspace::Slack;
use crate::model::secret::ExposeSecret;
use crate::model::time::{Span, Time};
use crate::sim::wire::{Arrived, Habits, json};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{Request, Response};
use axum::routing::{any, post};
use serde_json::{Value as Json, json};

pub(super) type Answer = Response<Body>;

/// What the wire before Slack needs to know.
pub fn habits() -> Habits {
    Habits {
        error: |status| {
            let word = match status {
                429 => "ratelimited",
                503 => "service_unavailable",
                _ => "internal_error",
            };
            json(status, &json!({"ok": false, "error": word}))
        },
        bucket: |parts, body| {
            // The rest of this path is the secret.
            if parts.uri.path().starts_with("/services/") {
                return "webhook".to_owned();
            }
            let channel = serde_json::from_slice::<Json>(body)
                .ok()
                .and_then(|args| Some(args.get("channel")?.as_str()?.to_owned()));
            format!(
                "{} {}",
                parts.uri.path().rsplit('/').next().unwrap_or_default(),
                channel.unwrap_or_default()
            )
        },
        ..Habits::plain("slack")
    }
}

impl Slack {
    /// The Web API under `/api/` and the webhook under `/services/`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/api/{method}", any(api))
            .route("/services/{*rest}", post(services))
            .with_state(self.clone())
    }
}

async fn api(
    State(slack): State<Slack>,
    Path(method): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, crate::sim::wire::MOST_BODY).await else {
        return json(413, &json!({"ok": false, "error": "request_too_large"}));
    };
    match call(&slack, &method, &parts, body).await {
        Ok(answer) => answer,
        Err(refusal) => json(200, &refusal.json()),
    }
}

async fn call(slack: &Slack, method: &str, parts: &Parts, body: Bytes) -> Result<Answer, Refusal> {
    let args = Args::read(parts, body.clone()).await?;
    if args.has("token") {
        slack
            .ledger()
            .violation("slack: a token was sent outside the Authorization header");
    }
    authorise(slack, parts)?;
    let arrived = arrival(slack, parts);
    match method {
        "auth.test" => Ok(slack.auth_test(&args)),
        "chat.postMessage" => slack.post(&args, &body, arrived),
        "chat.update" => slack.update(&args, &body, arrived),
        "chat.delete" => slack.delete(&args, &body, arrived),
        "conversations.history" => slack.history(&args, arrived),
        "conversations.replies" => slack.replies(&args, arrived),
        "conversations.info" => slack.info(&args, arrived),
        _ => Err("unknown_method".into()),
    }
}

fn authorise(slack: &Slack, parts: &Parts) -> Result<(), Refusal> {
    let given = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or("not_authed")?;
    let state = slack.state();
    if given != state.settings.token.expose_secret() {
        return Err("invalid_auth".into());
    }
    if state.revoked {
        return Err("token_revoked".into());
    }
    Ok(())
}

async fn services(
    State(slack): State<Slack>,
    Path(rest): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, crate::sim::wire::MOST_BODY).await;
    slack.hooked(&rest, &parts, body.unwrap_or_default()).await
}

/// When the call arrived, before the wire made it wait.
pub(super) fn arrival(slack: &Slack, parts: &Parts) -> Time {
    parts
        .extensions
        .get::<Arrived>()
        .map_or_else(|| slack.now(), |arrived| arrived.0)
}

pub(super) fn told(slack: &Slack, seconds: u64) -> Time {
    slack.now().plus(Span::from_secs(seconds as i64))
}

/// A good answer, with its warnings.
pub(super) fn ok(mut body: Json, warnings: &[&str]) -> Answer {
    if !warnings.is_empty() {
        body["warning"] = warnings.join(",").into();
        body["response_metadata"]["warnings"] = warnings.into();
    }
    json(200, &body)
}

/// A 429, and the bucket's callers are expected to stay away for that long.
pub(super) fn limited(slack: &Slack, bucket: &str, wait: Span) -> Answer {
    let seconds = (wait.millis() as u64).div_ceil(1_000).max(1);
    slack.gate().shut(bucket, told(slack, seconds));
    let mut answer = json(429, &json!({"ok": false, "error": "ratelimited"}));
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}
