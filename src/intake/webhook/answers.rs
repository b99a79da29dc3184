//! What each request gets.
//!
//! A stranger gets 404 and nothing else, whatever is asked for: paths, methods and sizes are told to senders only.

use super::bodies::{Bodies, Held, Refused};
use super::counts::Counts;
use super::door::From;
use super::settings::{Parts, Settings};
use super::token::Tokens;
use crate::intake::apply::{Did, Manner, say, write};
use crate::intake::heard::Heard;
#[cfg(feature = "sabotage")]
use crate::model::sabotage::{self, Sabotage};
use crate::pipeline::definition::{Intake, Source};
use crate::store::{Level, StoreError};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// One webhook intake, ready to answer.
struct Hook {
    intake: Arc<Intake>,
    reply: StatusCode,
    busy: StatusCode,
}

/// What every answer needs.
pub(super) struct App {
    parts: Parts,
    tokens: Tokens,
    hooks: BTreeMap<String, Hook>,
    allow: Vec<IpNet>,
    bodies: Bodies,
    largest_body: usize,
    body_timeout: Duration,
    store_timeout: Duration,
}

impl App {
    pub(super) fn new(parts: Parts, settings: &Settings) -> Self {
        let status = |code: u16, otherwise| StatusCode::from_u16(code).unwrap_or(otherwise);
        let hooks = parts.pipeline.intakes.iter().filter_map(|intake| {
            let Source::Webhook { path, reply, busy } = &intake.source else {
                return None;
            };
            let hook = Hook {
                intake: Arc::new(intake.clone()),
                reply: status(*reply, StatusCode::OK),
                busy: status(*busy, StatusCode::SERVICE_UNAVAILABLE),
            };
            Some((path.trim_matches('/').to_owned(), hook))
        });
        Self {
            hooks: hooks.collect(),
            tokens: Tokens::new(settings),
            allow: settings.allow.clone(),
            bodies: Bodies::new(settings.bodies),
            largest_body: settings.largest_body,
            body_timeout: settings.body_timeout,
            store_timeout: settings.store_timeout,
            parts,
        }
    }
}

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/hooks/{path}", any(hook))
        .route("/healthz", get(health))
        .route("/metrics", any(metrics))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .with_state(app)
}

async fn health(State(app): State<Arc<App>>) -> Response {
    let report = (app.parts.health)();
    let status = if report.ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, format!("{}\n", report.word)).into_response()
}

/// For whoever is on this machine, and for senders: the counts tell how a migration goes.
async fn metrics(State(app): State<Arc<App>>, request: Request) -> Response {
    let near = caller(&request).is_some_and(|from| from.is_loopback());
    let welcome = near || app.knows(&request) && app.allows(&request);
    if !welcome {
        return StatusCode::NOT_FOUND.into_response();
    }
    let text = (app.parts.metrics)().await + &app.parts.counts.prometheus();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn hook(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches("/hooks");
    let hook = app.hooks.get(path.trim_matches('/'));
    let known = app.knows(&request);
    let Some(hook) = hook.filter(|_| known && app.allows(&request)) else {
        app.note_stranger(hook, known, &request);
        return StatusCode::NOT_FOUND.into_response();
    };
    if request.method() != Method::POST {
        let allow = [(header::ALLOW, HeaderValue::from_static("POST"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    let _busy = app.parts.clock.busy();
    match app.body(request.into_body()).await {
        Ok(body) => app.take(hook, body).await,
        Err(None) => app.busy(hook),
        Err(Some(status)) => status.into_response(),
    }
}

/// Who calls, as far as the socket says.
fn caller(request: &Request) -> Option<IpAddr> {
    let from = request.extensions().get::<From>()?;
    Some(from.0.to_canonical())
}

impl App {
    fn knows(&self, request: &Request) -> bool {
        self.tokens.admit(request.uri(), request.headers())
    }

    fn allows(&self, request: &Request) -> bool {
        self.allow.is_empty()
            || caller(request).is_some_and(|from| self.allow.iter().any(|net| net.contains(&from)))
    }

    /// The body, whole, within its size and time; else what is answered, where nothing means the hook's own `busy`.
    async fn body(&self, body: Body) -> Result<Held<'_>, Option<StatusCode>> {
        let counts = &self.parts.counts;
        match timeout(self.body_timeout, self.bodies.read(body, self.largest_body)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(Refused::TooLarge)) => {
                Counts::add(&counts.oversized);
                Err(Some(StatusCode::PAYLOAD_TOO_LARGE))
            }
            Ok(Err(Refused::Broken)) => Err(Some(StatusCode::BAD_REQUEST)),
            Ok(Err(Refused::NoRoom)) => Err(None),
            Err(_) => {
                Counts::add(&counts.slow);
                Err(Some(StatusCode::REQUEST_TIMEOUT))
            }
        }
    }

    fn busy(&self, hook: &Hook) -> Response {
        Counts::add(&self.parts.counts.busy);
        let later = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
        (hook.busy, later).into_response()
    }

    /// Writes the event and answers once it is on disk.
    async fn take(&self, hook: &Hook, body: Held<'_>) -> Response {
        let now = self.parts.clock.now();
        let Parts {
            suspects, pipeline, ..
        } = &self.parts;
        let heard = Heard::watched(suspects, pipeline, &hook.intake, &body, now);
        // Its text is kept; two of it are not needed while the disk is waited for.
        drop(body);
        #[cfg(feature = "sabotage")]
        if sabotage::is(Sabotage::Early) {
            let (store, intake) = (self.parts.store.clone(), Arc::clone(&hook.intake));
            tokio::spawn(async move { drop(write(&store, &intake, heard, Manner::Hook).await) });
            return hook.reply.into_response();
        }
        let written = write(&self.parts.store, &hook.intake, heard, Manner::Hook);
        let counts = &self.parts.counts;
        match timeout(self.store_timeout, written).await {
            Ok(Ok(Did::Malformed(_))) => {
                Counts::add(&counts.malformed);
                let said = "this event was not understood; it is kept for an operator to look at\n";
                (StatusCode::BAD_REQUEST, said).into_response()
            }
            Ok(Ok(did)) => {
                Counts::add(match did {
                    Did::Repeat => &counts.repeats,
                    Did::Unmatched => &counts.unmatched,
                    _ => &counts.accepted,
                });
                hook.reply.into_response()
            }
            Ok(Err(_)) | Err(_) => self.busy(hook),
        }
    }

    /// A sender with a wrong token looks like silence from here: say so, but not more than a stranger may cause.
    fn note_stranger(&self, hook: Option<&Hook>, known: bool, request: &Request) {
        let Some(hook) = hook else {
            return Counts::add(&self.parts.counts.strangers);
        };
        if known {
            Counts::add(&self.parts.counts.elsewhere);
        }
        let Some(count) = self.parts.counts.stranger() else {
            return;
        };
        let from = match caller(request) {
            Some(from) => from.to_string(),
            None => "an unknown address".to_owned(),
        };
        let (what, remedy) = if known {
            let allow = "add its address to allow of [listen]";
            (
                "with the right token from an address that is not allowed",
                allow,
            )
        } else {
            ("without the right token", "give it the token of [listen]")
        };
        let intake = Arc::clone(&hook.intake);
        let line = format!(
            "{from} called {what} and was answered 404 ({count} such requests in all since last told); \
             if it is a sender of yours, {remedy}"
        );
        let store = self.parts.store.clone();
        tokio::spawn(async move {
            let told: Result<(), StoreError> = store
                .write(move |tx| say(tx, &intake, Level::Warning, None, &line))
                .await;
            drop(told);
        });
    }
}
