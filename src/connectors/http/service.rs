//! The door itself: budget, concurrency cap, sending, reading with a cap, counting.

use super::answer::Answer;
use super::base::{base_url, forbidden_addresses};
use super::client::client;
use super::peek;
use super::picked::{Names, names_of};
use super::record::Record;
use super::request::{Request, request_headers, stays};
use super::trouble::{self, Trouble};
use super::turn::Turns;
use super::{limits, veil};
use crate::connectors::action::{Exchange, Failure, Health, Leave};
use crate::model::clock::{Clock, Stopwatch};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use bytes::{Bytes, BytesMut};
use reqwest::Client;
use reqwest::cookie::CookieStore;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Larger answers are cut off: nothing a service has to say here is that long.
pub(super) const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// How one service is reached, from the configuration.
#[derive(Clone)]
pub struct ServiceSettings {
    /// The connector's name, as sentences begin with it.
    pub name: &'static str,
    /// Base URL, with or without a path. Plain http only on this machine.
    pub url: String,
    /// Requests a second of engine time that drover allows itself; none means no limit of ours.
    pub rate: Option<f64>,
    /// Requests in flight at once.
    pub parallel: usize,
    /// Real time for a whole call, from connecting to the answer's last byte.
    pub timeout: Duration,
    /// PEM certificates trusted beside the system's.
    pub extra_ca: Option<Vec<u8>>,
    pub clock: Clock,
    /// `host` or `host:port` of other connectors, which this one must not reach.
    pub forbidden_hosts: Vec<String>,
    /// Connects here, whatever the host's name leads to; the name is still the one TLS and `Host` say.
    pub connect_to: Option<IpAddr>,
    /// Bytes; longer answers are cut off.
    pub largest: usize,
}

impl ServiceSettings {
    /// The usual: no limit of ours, 4 in flight, 30 s a call.
    pub fn new(name: &'static str, url: impl Into<String>, clock: Clock) -> Self {
        Self {
            name,
            url: url.into(),
            rate: None,
            parallel: 4,
            timeout: Duration::from_secs(30),
            extra_ca: None,
            clock,
            forbidden_hosts: Vec::new(),
            connect_to: None,
            largest: LARGEST_ANSWER,
        }
    }
}

/// One service's door: base URL, rate budget, concurrency cap, redaction. Cheap to clone; clones share all of it.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    name: String,
    base: String,
    host: String,
    port: u16,
    connect_to: Option<IpAddr>,
    largest: usize,
    timeout: Duration,
    clock: Clock,
    /// Services of whatever kind, which may answer with pages and be well.
    shows_pages: bool,
    /// For reads: keeps connections.
    pooled: Client,
    /// For what changes something: each request has its own connection, so nothing can be sent twice.
    fresh: Client,
    turns: Turns,
    in_flight: AtomicUsize,
    calls: AtomicU64,
    failures: AtomicU64,
    rate: Option<f64>,
    parallel: usize,
    record: Mutex<Record>,
    /// What of its answers may be kept.
    names: Option<Names>,
}

impl Service {
    /// Prepares the clients; connects nothing. Fails with a sentence on a bad URL, rate or CA.
    pub fn new(settings: ServiceSettings) -> Result<Self, Fault> {
        let bad = |what: String| Fault::new(FaultKind::Misconfigured, what);
        let name = settings.name;
        let url = base_url(&settings.url)
            .map_err(|why| bad(format!("[connectors.{name}] url: {why}")))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if settings
            .rate
            .is_some_and(|rate| !rate.is_finite() || rate <= 0.0)
        {
            return Err(bad(format!(
                "[connectors.{name}] rate must be above zero, as \"20/s\""
            )));
        }
        if settings.parallel == 0 {
            return Err(bad(format!(
                "[connectors.{name}] parallel must be at least 1"
            )));
        }
        let forbidden = forbidden_addresses(&settings, &url)?;
        let client = |keep| client(&settings, &url, &forbidden, keep);
        Ok(Self(Arc::new(Inner {
            name: capitalised(name),
            shows_pages: name == "http",
            base: url.as_str().trim_end_matches('/').to_owned(),
            host,
            port: url.port_or_known_default().unwrap_or(443),
            connect_to: settings.connect_to,
            largest: settings.largest,
            timeout: settings.timeout,
            pooled: client(settings.parallel)?,
            fresh: client(0)?,
            turns: Turns::new(capitalised(name), &settings),
            clock: settings.clock.clone(),
            in_flight: AtomicUsize::new(0),
            calls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            rate: settings.rate,
            parallel: settings.parallel,
            record: Mutex::default(),
            names: names_of(name),
        })))
    }

    /// The base URL without a trailing slash.
    pub fn url(&self) -> &str {
        &self.0.base
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// From now on every request asks for this leave, waits for its turn no longer than a minute, and leaves a failing
    /// service alone.
    pub fn heed(&self, leave: &Leave) {
        self.0.turns.heed(leave);
    }

    /// Waits for a turn and the budget, sends, and counts: when it went out, what came back, and how people read it.
    async fn in_turn(&self, request: &Request) -> Result<(Time, Ended, Exchange), Failure> {
        let inner = &*self.0;
        // Whoever calls holds the clock busy; waiting for a turn, the budget or the answer is not work.
        let away = inner.clock.away();
        let turn = inner.turns.wait(request.nature.mutates()).await?;
        let sent_at = turn.at;
        let _in_flight = InFlight::enter(&inner.in_flight);
        inner.calls.fetch_add(1, Ordering::Relaxed);
        inner.record().sent(sent_at);
        let watch = Stopwatch::start();
        let received = inner.exchange(request).await;
        drop(away);
        turn.ended(in_trouble(&received, inner.shows_pages));
        let took_ms = watch.elapsed().as_millis() as u64;
        let exchange = Exchange {
            method: request.method.to_string(),
            path: request.shown_target(),
            request: request.shown_body(),
            status: None,
            reply: String::new(),
            took_ms,
        };
        Ok((sent_at, received, exchange))
    }

    /// Sends one request, once, when budget and cap allow it. Any HTTP status is an answer; trouble on the way is a
    /// failure, and [`FaultKind::Unknown`] when a mutating request may have gone out.
    pub async fn send(&self, request: Request) -> Result<Answer, Failure> {
        let inner = &*self.0;
        let (sent_at, received, exchange) = self.in_turn(&request).await?;
        match received {
            Ok((status, headers, body)) => {
                inner.clock.hear(&inner.name, limits::date(&headers));
                let said = limits::read(&headers, inner.clock.now());
                let alone = inner.turns.budget.learn(sent_at, status, said);
                // A service that lets nobody in is of no more use than one that is down.
                let failed = status == 401 || status == 429 || status >= 500;
                let why = failed.then(|| format!("{} answered {status}", asked(&exchange)));
                inner.ended(&exchange, why);
                let reply = if request.secret_body && !body.is_empty() {
                    veil::NOT_SHOWN.to_owned()
                } else {
                    request
                        .veil
                        .picked(inner.names, &String::from_utf8_lossy(&body))
                };
                Ok(Answer {
                    status,
                    content_type: content_type(&headers),
                    body,
                    exchange: Exchange {
                        status: Some(status),
                        reply,
                        ..exchange
                    },
                    retry_after: alone.or(said.retry_after),
                    headers,
                    nature: request.nature,
                    service: inner.name.clone(),
                    veil: request.veil,
                    secret_body: request.secret_body,
                })
            }
            Err((status, trouble)) => {
                let what = asked(&exchange);
                let place = inner.place();
                let mut fault =
                    trouble::fault(&trouble, request.nature, &place, &what, inner.timeout);
                if trouble::is_unknown_issuer(&trouble)
                    && peek::vouches_for_itself(&inner.host, inner.port, inner.connect_to).await
                {
                    fault.message = trouble::self_signed(&place);
                }
                let reply = fault.message.clone();
                inner.ended(&exchange, Some(reply.clone()));
                Err(Failure {
                    fault,
                    exchanges: vec![Exchange {
                        status,
                        reply,
                        ..exchange
                    }],
                })
            }
        }
    }

    pub fn health(&self) -> Health {
        let inner = &*self.0;
        let (rate, limited_until) = inner.turns.budget.standing();
        let mut record = inner.record();
        let [p50_ms, p99_ms] = record.latencies([0.5, 0.99]);
        let (recent, recent_failures) = record.recent();
        Health {
            limited_until,
            in_flight: inner.in_flight.load(Ordering::Relaxed),
            calls: inner.calls.load(Ordering::Relaxed),
            failures: inner.failures.load(Ordering::Relaxed),
            p50_ms,
            p99_ms,
            // JSON has no infinity; zero says "no limit".
            rate_per_second: if rate.is_finite() { rate } else { 0.0 },
            configured_per_second: inner.rate.unwrap_or(0.0),
            parallel: inner.parallel,
            last_minute: record.last_minute(inner.clock.now()),
            recent,
            recent_failures,
            failures_in_a_row: record.failures_in_a_row,
            failing_since: record.failing_since,
            last_success_at: record.last_success_at,
            last_failure: record.last_failure.clone(),
            shut_until: inner.turns.breaker.shut_until(),
        }
    }
}

/// Method and path, without the query.
fn asked(exchange: &Exchange) -> String {
    let path = exchange.path.split('?').next().unwrap_or_default();
    format!("{} {path}", exchange.method)
}

/// An exchange's end: what was read, or the trouble and the status if one came.
type Ended = Result<Received, (Option<u16>, Trouble)>;

type Received = (u16, HeaderMap, Bytes);

/// Whether this is a page for people, whatever its status.
pub(super) fn is_page(content_type: &str, body: &[u8]) -> bool {
    content_type.contains("html") && body.trim_ascii_start().starts_with(b"<")
}

/// An answer that says the service is not well: none, an error of its own, or somebody's sign-in page. What it refuses
/// and what it limits it has understood.
fn in_trouble(received: &Ended, shows_pages: bool) -> bool {
    let Ok((status, headers, body)) = received else {
        return true;
    };
    let page = !shows_pages && is_page(&content_type(headers), body);
    *status >= 500 || *status == 408 || ((200..400).contains(status) && page)
}

impl Inner {
    async fn exchange(&self, request: &Request) -> Ended {
        let client = if request.nature.mutates() {
            &self.fresh
        } else {
            &self.pooled
        };
        let target = format!("{}{}", self.base, request.target());
        if !stays(&target) {
            return Err((None, Trouble::BadPath));
        }
        let headers = request_headers(request).map_err(|name| (None, Trouble::BadHeader(name)))?;
        let mut builder = client
            .request(request.method.clone(), target)
            .headers(headers);
        if let Some(body) = &request.body {
            builder = builder.body(body.bytes.clone());
        }
        let built = builder.build().map_err(|error| (None, error.into()))?;
        let url = built.url().clone();
        let mut built = built;
        if let Some(cookies) = request.jar.as_ref().and_then(|jar| jar.cookies(&url)) {
            built.headers_mut().insert(COOKIE, cookies);
        }
        let response = client
            .execute(built)
            .await
            .map_err(|error| (None, error.into()))?;
        let status = response.status().as_u16();
        if let Some(jar) = &request.jar {
            jar.set_cookies(&mut response.headers().get_all(SET_COOKIE).iter(), &url);
        }
        let headers = response.headers().clone();
        let body = read_body(response, self.largest)
            .await
            .map_err(|trouble| (Some(status), trouble))?;
        Ok((status, headers, body))
    }

    /// What sentences call the other side: its name, and the address where that is not the name's own.
    fn place(&self) -> String {
        match self.connect_to {
            Some(address) => {
                let at = SocketAddr::new(address, self.port);
                format!("{} at {at}", self.host)
            }
            None => self.host.clone(),
        }
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call came to its end; `failure` is why, as a sentence, when it failed.
    fn ended(&self, exchange: &Exchange, failure: Option<String>) {
        if failure.is_some() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        let now = self.clock.now();
        self.record().ended(now, exchange.took_ms, failure);
    }
}

async fn read_body(mut response: reqwest::Response, largest: usize) -> Result<Bytes, Trouble> {
    if response
        .content_length()
        .is_some_and(|length| length > largest as u64)
    {
        return Err(Trouble::TooLarge(largest));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > largest {
            return Err(Trouble::TooLarge(largest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

struct InFlight<'a>(&'a AtomicUsize);

impl<'a> InFlight<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
