//! Which call goes where, and what every call goes through first.

use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use super::tripwire::trips;
use super::{
    activities, apple, bothnames, config, hostlist, hosts, profiles, queue, scripts, transfer,
};
use crate::model::secret::{ExposeSecret, SecretString};
use crate::sim::wire::{Habits, MOST_BODY};
use crate::sim::world::{State, World};
use axum::Router;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use std::sync::Arc;

pub(super) type Handled = Result<Answer, Error>;

/// The three prefixes of one API (`api/fleet.md` §1.1).
const PREFIXES: [&str; 3] = [
    "/api/v1/fleet/",
    "/api/2022-04/fleet/",
    "/api/latest/fleet/",
];

/// The pretended server. Cheap to clone; clones are the same server.
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    world: World,
    token: SecretString,
}

/// What the wire before Fleet needs to know.
pub fn habits() -> Habits {
    Habits {
        error: |status| {
            let text = if status == 429 {
                "limit exceeded"
            } else {
                "upstream connect error"
            };
            Answer::Json(status, Error::human(status, text).body("wire")).response()
        },
        ..Habits::plain("fleet")
    }
}

impl Fleet {
    pub fn new(world: World, token: SecretString) -> Self {
        Self(Arc::new(Inner { world, token }))
    }

    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    fn serve(&self, parts: &Parts, call: &Call) -> Response<Body> {
        let path = parts.uri.path();
        if path == "/healthz" {
            return Answer::Empty(200).response();
        }
        let told = |state: &mut State| apple::serve(state, parts, &call.body);
        if let Some(answer) = self.0.world.with(told) {
            return answer;
        }
        let Some(route) = PREFIXES.iter().find_map(|prefix| path.strip_prefix(prefix)) else {
            return Answer::Text(404, "404 page not found\n".into()).response();
        };
        let segments: Vec<String> = route.split('/').map(unescaped).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        self.0.world.with(|state| {
            let answer = self
                .authorise(parts)
                .and_then(|()| dispatch(state, parts.method.as_str(), &segments, call));
            let answer = answer.unwrap_or_else(|error| {
                let seen = format!("{} {path}", state.now());
                Answer::Json(error.status, error.body(&seen))
            });
            let both = state.version.has_both_names();
            match answer {
                Answer::Json(status, body) if both && status < 300 => {
                    Answer::Json(status, bothnames::both(body))
                }
                Answer::Compact(body) if both => Answer::Compact(bothnames::both(body)),
                other => other,
            }
            .response()
        })
    }

    fn authorise(&self, parts: &Parts) -> Result<(), Error> {
        let header = parts.headers.get(AUTHORIZATION);
        let given = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match given {
            None => Err(Error::unauthorized("Authorization header required")),
            Some(given) if given == self.0.token.expose_secret() => Ok(()),
            Some(_) => Err(Error::unauthorized("Authentication required")),
        }
    }
}

async fn handle(Shared(fleet): Shared<Fleet>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return Answer::Text(413, "Request Entity Too Large\n".into()).response();
    };
    let _busy = fleet.0.world.clock().busy();
    let call = Call::new(&parts, body);
    fleet.serve(&parts, &call)
}

fn unescaped(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = code {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every route. `fleets` is the canonical name of `teams` since 4.82, and both are registered.
fn dispatch(state: &mut State, method: &str, path: &[&str], call: &Call) -> Handled {
    match (method, path) {
        ("GET", ["hosts"]) => hostlist::list(state, call),
        ("GET", ["hosts", "count"]) => hostlist::count(state, call),
        ("GET", ["hosts", "summary", "mdm"]) => hosts::mdm_summary(state),
        ("GET", ["host_summary"]) => hosts::summary(state),
        ("GET", ["hosts", "identifier", identifier]) => hosts::by_identifier(state, identifier),
        ("POST", ["hosts", "transfer"]) => transfer::transfer(state, call),
        ("GET", ["hosts", id]) => hosts::by_id(state, id),
        ("GET", ["hosts", id, "mdm"]) => hosts::mdm(state, id),
        ("POST", ["hosts", id, "refetch"]) => hosts::refetch(state, id, call),
        ("GET", ["hosts", id, "activities"]) => queue::past(state, id, call),
        ("GET", ["hosts", id, "activities", "upcoming"]) => queue::upcoming(state, id, call),
        ("DELETE", ["hosts", id, "activities", "upcoming", run]) => {
            queue::cancel(state, id, run, call)
        }
        ("POST", ["scripts", "run"]) => scripts::run(state, call),
        ("GET", ["scripts", "results", id]) => scripts::result(state, id),
        ("GET", ["scripts"]) => scripts::list(state, call),
        ("POST", ["scripts"]) => scripts::upload(state, call),
        ("GET", ["scripts", id]) => scripts::get(state, id, call),
        ("GET", ["activities"]) => activities::list(state, call),
        ("GET", ["teams"]) => config::teams(state, call),
        ("GET", ["teams", id]) => config::team(state, id),
        ("GET", ["fleets"]) if state.version.has_both_names() => config::teams(state, call),
        ("GET", ["fleets", id]) if state.version.has_both_names() => config::team(state, id),
        ("GET", ["configuration_profiles"]) => profiles::list(state, call),
        ("GET", ["apns"]) => profiles::apns(state),
        ("GET", ["config"]) => config::config(state),
        ("GET", ["version"]) => config::version(state),
        ("GET", ["me"]) => config::me(),
        _ => tripwire(state, method, path),
    }
}

/// Calls that destroy, lock or disown are refused and reported; anything else is simply not there.
fn tripwire(state: &mut State, method: &str, path: &[&str]) -> Handled {
    let route = path.join("/");
    if let Some(why) = trips(method, path) {
        state
            .ledger
            .violation(format!("fleet: {method} {route} {why}"));
        return Err(Error::forbidden());
    }
    Ok(Answer::Text(404, "404 page not found\n".into()))
}
