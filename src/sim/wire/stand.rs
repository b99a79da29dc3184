//! What stands before one service.

use super::draw::{Arranged, Circumstances, Drawn, Oddities, arranged, draw};
use super::gate::{Bucket, Gate};
use super::stale::Memory;
use crate::model::clock::Clock;
use crate::model::time::{Span, Time};
use crate::sim::ledger::Ledger;
use crate::sim::scenario::Faults;
use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::http::request::Parts;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What never changes about a service.
#[derive(Clone)]
pub struct Habits {
    pub service: &'static str,
    /// More open requests than this are a violation.
    pub most_open: Option<usize>,
    /// The balancer's cookie: who sends it back always reaches the node that took the write, so never reads stale.
    pub sticky_cookie: Option<&'static str>,
    /// The service's own body for an error status, 429 included.
    pub error: fn(u16) -> Response<Body>,
    /// Which limit a call counts against.
    pub bucket: fn(&Parts, &Bytes) -> String,
    /// Real time in which calls already under way may still arrive after a 429.
    pub grace: Duration,
}

impl Habits {
    /// A service without a limit on open requests, with one rate limit and the simplest error body.
    pub fn plain(service: &'static str) -> Self {
        Self {
            service,
            most_open: None,
            sticky_cookie: None,
            error: |status| super::json(status, &serde_json::json!({ "message": "error" })),
            bucket: |_, _| "any route".to_owned(),
            grace: Duration::from_millis(200),
        }
    }
}

/// What a [`Wire`] is made of.
pub struct Setup {
    pub habits: Habits,
    pub clock: Clock,
    pub seed: u64,
    pub faults: Faults,
    pub odd: Oddities,
    pub ledger: Ledger,
}

/// Stands before one service's router. Cheap to clone; clones are the same wire.
#[derive(Clone)]
pub struct Wire(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) habits: Habits,
    pub(super) clock: Clock,
    pub(super) ledger: Ledger,
    pub(super) gate: Gate,
    pub(super) memory: Memory,
    seed: u64,
    opened: Time,
    state: Mutex<State>,
}

struct State {
    faults: Faults,
    odd: Oddities,
    arranged: Vec<Arranged>,
    seen: HashMap<String, u64>,
    limit: Option<Bucket>,
    open: usize,
    most_open: usize,
}

/// One open request; closing is dropping.
pub(super) struct Open(Wire);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.state().open -= 1;
    }
}

impl Wire {
    pub fn new(setup: Setup) -> Self {
        let habits = setup.habits;
        Self(Arc::new(Inner {
            gate: Gate::new(
                habits.service,
                setup.clock.clone(),
                setup.ledger.clone(),
                habits.grace,
            ),
            habits,
            opened: setup.clock.now(),
            clock: setup.clock,
            ledger: setup.ledger,
            memory: Memory::default(),
            seed: setup.seed,
            state: Mutex::new(State {
                limit: limit(&setup.faults),
                faults: setup.faults,
                odd: setup.odd,
                arranged: Vec::new(),
                seen: HashMap::new(),
                open: 0,
                most_open: 0,
            }),
        }))
    }

    /// Spoils exactly the calls a test wants; arrangements come before the draw.
    pub fn arrange(&self, arranged: Arranged) {
        self.state().arranged.push(arranged);
    }

    /// The weather from now on.
    pub fn set_faults(&self, faults: Faults) {
        let mut state = self.state();
        state.limit = limit(&faults);
        state.faults = faults;
    }

    pub fn set_oddities(&self, odd: Oddities) {
        self.state().odd = odd;
    }

    /// Requests open now.
    pub fn open(&self) -> usize {
        self.state().open
    }

    /// The most requests that were ever open at once.
    pub fn most_open(&self) -> usize {
        self.state().most_open
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn state_odd(&self) -> Oddities {
        self.state().odd.clone()
    }

    pub(super) fn stale_for(&self) -> Option<Span> {
        let state = self.state();
        (state.faults.stale > 0.0).then_some(state.faults.stale_for)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more open request, until the guard is dropped.
    pub(super) fn enter(&self) -> (Open, usize) {
        let open = {
            let mut state = self.state();
            state.open += 1;
            state.most_open = state.most_open.max(state.open);
            state.open
        };
        if let Some(most) = self.0.habits.most_open
            && open == most + 1
        {
            self.0.ledger.violation(format!(
                "{}: {open} requests were open at once, more than {most}",
                self.0.habits.service
            ));
        }
        (Open(self.clone()), open)
    }

    /// Decides what happens to a call.
    pub(super) fn decide(&self, method: &str, path: &str, body: &[u8], open: usize) -> Drawn {
        let mut state = self.state();
        let nth = state.seen.entry(path.to_owned()).or_default();
        *nth += 1;
        let nth = *nth;
        let mut drawn = draw(
            &state.faults,
            &state.odd,
            &Circumstances {
                seed: self.0.seed,
                service: self.0.habits.service,
                method,
                path,
                nth,
                open,
                since: self.0.clock.now().since(self.0.opened),
            },
        );
        if let Some(one) = arranged(&mut state.arranged, method, path, body) {
            drawn.mishap = one.mishap;
            drawn.hold = one.hold;
        }
        drawn
    }

    /// Takes one of the calls a second that the service allows, or says how long until there is one.
    pub(super) fn within_limit(&self, now: Time) -> Result<(), Span> {
        match &mut self.state().limit {
            Some(bucket) => bucket.take(now),
            None => Ok(()),
        }
    }
}

fn limit(faults: &Faults) -> Option<Bucket> {
    (faults.per_second > 0.0)
        .then(|| Bucket::new(faults.per_second, (faults.per_second * 2.0).max(2.0)))
}
