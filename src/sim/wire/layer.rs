//! What one request goes through.

use super::answer::{cut, html, retry_after_date, typed};
use super::draw::{Mishap, RetryAfter};
use super::hold::Place;
use super::stand::Wire;
use crate::model::time::{Span, Time};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{COOKIE, DATE, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Method, Request, Response};
use axum::middleware::Next;
use axum::{Router, middleware};

/// Bodies above this many bytes are refused with 413.
pub const MOST_BODY: usize = 4 * 1024 * 1024;

/// When the request arrived, in engine time; handlers find it among the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Arrived(pub Time);

impl Wire {
    /// Puts this wire before a service's router.
    pub fn before(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), pass))
    }
}

async fn pass(State(wire): State<Wire>, request: Request<Body>, next: Next) -> Response<Body> {
    let arrived = wire.0.clock.now();
    wire.0.ledger.called();
    let (_open, open) = wire.enter();
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return dress(&wire, &parts, html(413, "Request Entity Too Large"));
    };
    let method = parts.method.as_str().to_owned();
    let drawn = wire.decide(&method, parts.uri.path(), &body, open);
    let bucket = (wire.0.habits.bucket)(&parts, &body);
    wire.0.gate.arrive(&bucket, arrived);
    if let Err(wait) = wire.within_limit(arrived) {
        let seconds = (wait.millis() as u64).div_ceil(1_000).max(1);
        let answer = limited(&wire, RetryAfter::Seconds(seconds));
        hear(&wire, &bucket, &answer);
        return dress(&wire, &parts, answer);
    }
    let takes = match drawn.mishap {
        Some(Mishap::Slow(more)) => Span::from_millis(drawn.takes.millis() + more.millis()),
        _ => drawn.takes,
    };
    let stale = drawn.stale && method == "GET" && !sticks(&wire, &parts);
    let seen = parts.clone();
    let call = Call {
        wire: wire.clone(),
        parts,
        body,
        next,
        arrived,
    };
    // Its own task: a service goes on with what it received, also when the caller goes away.
    let meeting = tokio::spawn(async move {
        pause(&call.wire, takes.times(0.5)).await;
        if let Some(hold) = &drawn.hold {
            hold.wait(Place::Arrival).await;
        }
        let answer = meet(call, drawn.mishap, stale).await;
        if let Some(hold) = &drawn.hold {
            hold.wait(Place::Answer).await;
        }
        answer
    });
    let answer = meeting.await.unwrap_or_else(|_| cut());
    if answer.extensions().get::<Never>().is_some() {
        std::future::pending::<()>().await;
    }
    pause(&wire, takes.times(0.5)).await;
    hear(&wire, &bucket, &answer);
    dress(&wire, &seen, answer)
}

/// Marks a 429 with the moment it states.
#[derive(Clone, Copy)]
struct Until(Time);

/// The caller hears of its limit, and is to keep to it from here on.
fn hear(wire: &Wire, bucket: &str, answer: &Response<Body>) {
    if let Some(Until(until)) = answer.extensions().get() {
        wire.0.gate.shut(bucket, *until);
    }
}

/// Marks an answer that never comes.
#[derive(Clone, Copy)]
struct Never;

fn never() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Never);
    response
}

/// Waiting is not work: no busy guard is held here.
async fn pause(wire: &Wire, span: Span) {
    if span > Span::ZERO {
        wire.0.clock.sleep(span).await;
    }
}

/// A call on its way to its handler.
struct Call {
    wire: Wire,
    parts: Parts,
    body: Bytes,
    next: Next,
    arrived: Time,
}

impl Call {
    async fn apply(self) -> Response<Body> {
        let _busy = self.wire.0.clock.busy();
        let mut request = Request::from_parts(self.parts, Body::from(self.body));
        request.extensions_mut().insert(Arrived(self.arrived));
        self.next.run(request).await
    }

    /// Runs the handler later; nobody hears its answer.
    fn apply_late(self, by: Span) {
        tokio::spawn(async move {
            self.wire.0.clock.sleep(by).await;
            self.apply().await;
        });
    }

    /// A read, which may show what was before.
    async fn read(self, stale: bool) -> Response<Body> {
        let Some(most) = self.wire.stale_for() else {
            return self.apply().await;
        };
        let (wire, address) = (self.wire.clone(), self.parts.uri.to_string());
        let now = wire.0.clock.now();
        if stale && let Some(old) = wire.0.memory.recall(&address, now, most) {
            return old;
        }
        let answer = self.apply().await;
        wire.0.memory.keep(&address, now, most, answer).await
    }
}

async fn meet(call: Call, mishap: Option<Mishap>, stale: bool) -> Response<Body> {
    match mishap {
        None | Some(Mishap::Slow(_)) if call.parts.method == Method::GET => call.read(stale).await,
        None | Some(Mishap::Slow(_)) => call.apply().await,
        Some(Mishap::Status(status)) => (call.wire.0.habits.error)(status),
        Some(Mishap::Page(status)) => html(status, "Bad Gateway"),
        Some(Mishap::Limited(when)) => limited(&call.wire, when),
        Some(Mishap::Lost) => cut(),
        Some(Mishap::AnswerCut) => {
            call.apply().await;
            cut()
        }
        Some(Mishap::AppliedThenPage) => {
            call.apply().await;
            html(502, "Bad Gateway")
        }
        Some(Mishap::AppliedLate(by)) => {
            call.apply_late(by);
            cut()
        }
        Some(Mishap::Hang) => never(),
        Some(Mishap::AppliedThenHang) => {
            call.apply().await;
            never()
        }
        Some(Mishap::LoginPage) => html(200, "Sign in to continue"),
        Some(Mishap::Redirect) => {
            let mut answer = typed(302, "text/html", String::new());
            answer
                .headers_mut()
                .insert(LOCATION, HeaderValue::from_static("/sign-in"));
            answer
        }
    }
}

/// A 429; the bucket is shut until the moment it states.
fn limited(wire: &Wire, when: RetryAfter) -> Response<Body> {
    let mut answer = (wire.0.habits.error)(429);
    let now = wire.0.clock.now();
    let said = match when {
        RetryAfter::Absent => return answer,
        RetryAfter::Seconds(seconds) => {
            let until = now.plus(Span::from_secs(seconds as i64));
            answer.extensions_mut().insert(Until(until));
            seconds.to_string()
        }
        RetryAfter::Date(seconds) => {
            let whole = Time::from_millis(now.millis().div_euclid(1_000) * 1_000);
            let until = whole.plus(Span::from_secs(seconds as i64));
            answer.extensions_mut().insert(Until(until));
            retry_after_date(until.plus(wire.state_odd().clock_ahead))
        }
    };
    if let Ok(value) = HeaderValue::from_str(&said) {
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
    answer
}

fn sticks(wire: &Wire, parts: &Parts) -> bool {
    let Some(name) = wire.0.habits.sticky_cookie else {
        return false;
    };
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .any(|pair| pair.trim().starts_with(&format!("{name}=")))
}

/// What every answer carries: the service's own time, and the balancer's cookie for who does not have it yet.
fn dress(wire: &Wire, parts: &Parts, mut answer: Response<Body>) -> Response<Body> {
    let now = wire.0.clock.now().plus(wire.state_odd().clock_ahead);
    if let Ok(value) = HeaderValue::from_str(&retry_after_date(now)) {
        answer.headers_mut().insert(DATE, value);
    }
    if let Some(name) = wire.0.habits.sticky_cookie
        && !sticks(wire, parts)
        && let Ok(value) = HeaderValue::from_str(&format!("{name}=node1; Path=/; HttpOnly"))
    {
        answer.headers_mut().append(SET_COOKIE, value);
    }
    answer
}
