//! The one interface between the engine and any service.

use crate::model::action::{ActionSpec, Catalogue, Nature};
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;

/// Leave to send, which every request asks for right before its first byte: why nothing may be sent now, or nothing.
///
/// Whoever holds the other end (the engine) sets it at an operator's stop and at a halt. A call that waits for its
/// turn ends then with [`FaultKind::Cancelled`]: it certainly was not sent.
pub type Leave = watch::Receiver<Option<String>>;

/// One call of one action. Inputs are already checked against the [`ActionSpec`]: required ones present, types right.
#[derive(Clone, Debug)]
pub struct Call {
    pub input: Map<String, Json>,
    /// The operation's id, fixed when the intent was written; the same for a resend. Connectors that can carry it to the
    /// service do (an inline script's first line, Slack metadata). Empty in a probe for a call that the store has
    /// forgotten: then nothing but what was sent tells it from others.
    pub op: String,
    /// When the intent was written, in engine time.
    pub intent_at: Time,
}

/// The good end of a call.
#[derive(Clone, Debug)]
pub struct Reply {
    /// As the action's outputs declare it; text in it is cleaned.
    pub result: Json,
    /// `Done` for reads; `Accepted`, `Done` or `Confirmed` for what changes something.
    pub outcome: Outcome,
    pub exchanges: Vec<Exchange>,
}

/// The other end of a call. When `fault.kind` is [`FaultKind::Unknown`] the call may have landed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub fault: Fault,
    pub exchanges: Vec<Exchange>,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            exchanges: Vec::new(),
        }
    }
}

/// One HTTP request and what came back, as people read it in the history: redacted, cleaned, capped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    pub method: String,
    /// Path and query without secrets; the host is the connector's.
    pub path: String,
    pub request: String,
    pub status: Option<u16>,
    pub reply: String,
    /// Real milliseconds.
    pub took_ms: u64,
}

/// What a probe found of an earlier call whose outcome is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Landing {
    /// It landed; this is the result the call would have had, as far as it can be known.
    Landed(Json),
    /// The service shows no trace of it, and would.
    Absent,
    /// Cannot be told; says why.
    Undecided(String),
}

/// How a connector stands, for `drover check`, the services screen and `/metrics`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Engine time until which nothing is sent, after a 429.
    pub limited_until: Option<Time>,
    pub in_flight: usize,
    pub calls: u64,
    pub failures: u64,
    /// Real milliseconds, of the last few hundred calls.
    pub p50_ms: u64,
    pub p99_ms: u64,
    /// Requests a second of engine time that the budget allows now; 0 = no limit.
    pub rate_per_second: f64,
    /// The same as configured; what was learned from the service may be lower.
    #[serde(default)]
    pub configured_per_second: f64,
    /// Calls that may be in flight at once.
    #[serde(default)]
    pub parallel: usize,
    /// Calls of the last minute of engine time.
    #[serde(default)]
    pub last_minute: u64,
    /// The last few hundred calls, and those of them that failed.
    #[serde(default)]
    pub recent: u64,
    #[serde(default)]
    pub recent_failures: u64,
    /// Failures since the last success.
    #[serde(default)]
    pub failures_in_a_row: u64,
    /// When the first of them was.
    #[serde(default)]
    pub failing_since: Option<Time>,
    #[serde(default)]
    pub last_success_at: Option<Time>,
    #[serde(default)]
    pub last_failure: Option<Mishap>,
    /// Engine time of the next trial call, while the breaker is open: until then nothing is sent.
    #[serde(default)]
    pub shut_until: Option<Time>,
}

/// A call that failed, in a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mishap {
    /// Engine time.
    pub at: Time,
    pub text: String,
}

impl Health {
    /// Two doors of one service together: sums, the worse latencies, the later moments. The longer row of failures
    /// counts, as a door that fails is no better for another that works.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        let (failures_in_a_row, failing_since) = (self.failures_in_a_row, self.failing_since)
            .max((other.failures_in_a_row, other.failing_since));
        let later = |a: Option<Mishap>, b: Option<Mishap>| {
            let at = |mishap: &Option<Mishap>| mishap.as_ref().map(|mishap| mishap.at);
            if at(&a) >= at(&b) { a } else { b }
        };
        Self {
            limited_until: self.limited_until.max(other.limited_until),
            in_flight: self.in_flight + other.in_flight,
            calls: self.calls + other.calls,
            failures: self.failures + other.failures,
            p50_ms: self.p50_ms.max(other.p50_ms),
            p99_ms: self.p99_ms.max(other.p99_ms),
            rate_per_second: self.rate_per_second + other.rate_per_second,
            configured_per_second: self.configured_per_second + other.configured_per_second,
            parallel: self.parallel + other.parallel,
            last_minute: self.last_minute + other.last_minute,
            recent: self.recent + other.recent,
            recent_failures: self.recent_failures + other.recent_failures,
            failures_in_a_row,
            failing_since,
            last_success_at: self.last_success_at.max(other.last_success_at),
            last_failure: later(self.last_failure, other.last_failure),
            shut_until: self.shut_until.max(other.shut_until),
        }
    }
}

/// One line of `drover check`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at: "token", "privilege Send Computer Unmanage Command", "team Workstations".
    pub subject: String,
    pub ok: bool,
    /// What was found, and when not ok what to do. What works and is a danger all the same begins with [`CAREFUL`].
    pub detail: String,
}

/// How the detail of a warning begins.
pub const CAREFUL: &str = "careful: ";

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A service that actions can be called on.
pub trait Connector: Send + Sync {
    /// The part of action names before the dot.
    fn name(&self) -> &'static str;

    fn actions(&self) -> &'static [ActionSpec];

    /// The nature of this very call: the action's own, but for actions whose inputs decide it (`http.request`).
    fn nature(&self, action: &ActionSpec, _input: &Map<String, Json>) -> Nature {
        action.nature
    }

    /// Calls the action of this full name (`fleet.get_host`).
    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>>;

    /// Looks whether an earlier call landed. Only called for `Once` actions with `probe`.
    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Landing, Failure>>;

    /// Reaches the service and tries every privilege the actions need, changing nothing. `wanted` are the teams and
    /// scripts the pipeline's settings name.
    fn check<'a>(&'a self, wanted: &'a Wanted) -> Pending<'a, Vec<Finding>>;

    fn health(&self) -> Health;

    /// From now on every request asks for this leave, none waits for its turn for more than a minute (it then ends as
    /// not sent, [`FaultKind::Cancelled`]), and a service that fails again and again is left alone for a while. Called
    /// once, by the engine; without it a connector is used by hand, as by `drover check`.
    fn heed(&self, _leave: &Leave) {}

    /// Whether there is one service to ask for its time.
    fn tells_time(&self) -> bool {
        false
    }

    /// Asks for as little as the service has, so that its clock is heard ([`crate::model::clock::Clock::hear`]).
    fn tell_time(&self) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}

/// Names that must exist at the services, from the pipeline's settings.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub teams: Vec<String>,
    pub scripts: Vec<String>,
}

/// The connectors that are configured, by name.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn Connector>>);

impl Registry {
    pub fn new(connectors: impl IntoIterator<Item = Arc<dyn Connector>>) -> Self {
        Self(connectors.into_iter().map(|c| (c.name(), c)).collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Connector>> {
        self.0.values()
    }

    /// The connector of an action and the action's spec; a fault that says what is missing when there is none.
    pub fn find(&self, action: &str) -> Result<(&Arc<dyn Connector>, &'static ActionSpec), Fault> {
        let missing = |what: String| Fault::new(FaultKind::Misconfigured, what);
        let name = action
            .split_once('.')
            .map_or(action, |(connector, _)| connector);
        let connector = self.0.get(name).ok_or_else(|| {
            missing(format!(
                "{action} needs [connectors.{name}], which is not in the configuration"
            ))
        })?;
        let spec = connector.actions().iter().find(|spec| spec.name == action);
        Ok((
            connector,
            spec.ok_or_else(|| missing(format!("the {name} connector has no action {action}")))?,
        ))
    }

    /// What the configured connectors can do.
    pub fn catalogue(&self) -> Catalogue {
        Catalogue::new(self.0.values().flat_map(|c| c.actions()))
    }
}
