//! A service that ends each call as a test says, and remembers what it was asked.

use drover::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use drover::model::action::{ActionSpec, Field, Nature};
use drover::model::fault::{Fault, FaultKind};
use drover::model::outcome::Outcome;
use drover::model::time::{Span, Time};
use drover::model::value::ValueType;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// How long the service may still work on a call whose answer was lost.
pub(crate) const SETTLE: Span = Span::from_mins(4);

const TO: &[Field] = &[Field::optional("to", ValueType::Text, "to whom")];

const fn spec(name: &'static str, nature: Nature, probe: bool) -> ActionSpec {
    ActionSpec {
        name,
        about: "",
        nature,
        inputs: TO,
        outputs: &[],
        destructive: false,
        settle: SETTLE,
        probe,
    }
}

static SERVICE: [ActionSpec; 7] = [
    spec("svc.look", Nature::Read, false),
    spec("svc.confirm", Nature::Read, false),
    spec("svc.put", Nature::Repeatable, false),
    ActionSpec {
        inputs: &[
            Field::required("new", ValueType::Json, "who is to be there"),
            Field::required("proven", ValueType::Json, "percentages"),
        ],
        outputs: &[
            Field::optional("percentage", ValueType::Integer, "what it took"),
            Field::optional("listed", ValueType::Integer, "how many"),
        ],
        ..spec("svc.route", Nature::Repeatable, false)
    },
    spec("svc.send", Nature::Once, true),
    spec("svc.shout", Nature::Once, false),
    ActionSpec {
        destructive: true,
        ..spec("svc.leave", Nature::Once, true)
    },
];

const TEXT: &[Field] = &[
    Field::required("text", ValueType::Text, "the message"),
    Field::optional("channel", ValueType::Text, "where"),
    Field::optional("ts", ValueType::Text, "which"),
];

static CHAT: [ActionSpec; 2] = [
    ActionSpec {
        inputs: TEXT,
        ..spec("slack.post", Nature::Once, true)
    },
    ActionSpec {
        inputs: TEXT,
        ..spec("slack.update", Nature::Repeatable, false)
    },
];

/// One call, or one look for an earlier call, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub action: &'static str,
    pub input: Map<String, Json>,
    pub op: String,
    pub intent_at: Time,
}

impl Asked {
    pub(crate) fn text(&self) -> &str {
        self.input["text"].as_str().unwrap_or_default()
    }
}

type Script<T> = Mutex<BTreeMap<String, VecDeque<Result<T, Fault>>>>;

/// The service. Whatever no script covers goes well, and cannot be told afterwards.
pub(crate) struct Service {
    name: &'static str,
    actions: &'static [ActionSpec],
    ends: Script<Json>,
    landings: Script<Landing>,
    /// For whom every call fails.
    broken: Mutex<BTreeSet<String>>,
    calls: Mutex<Vec<Asked>>,
    looks: Mutex<Vec<Asked>>,
    /// Calls of this action arrive and are not answered.
    silent: watch::Sender<Option<&'static str>>,
    /// What the engine says of sending.
    leave: Mutex<Option<Leave>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next<T>(script: &Script<T>, action: &str) -> Option<Result<T, Fault>> {
    locked(script).get_mut(action)?.pop_front()
}

impl Service {
    fn new(name: &'static str, actions: &'static [ActionSpec]) -> Self {
        Self {
            name,
            actions,
            ends: Mutex::default(),
            landings: Mutex::default(),
            broken: Mutex::default(),
            calls: Mutex::default(),
            looks: Mutex::default(),
            silent: watch::channel(None).0,
            leave: Mutex::default(),
        }
    }

    pub(crate) fn svc() -> Self {
        Self::new("svc", &SERVICE)
    }

    pub(crate) fn chat() -> Self {
        Self::new("slack", &CHAT)
    }

    /// The next unscripted call of `action` ends with this result.
    pub(crate) fn answers(&self, action: &str, result: Json) {
        self.ends(action, Ok(result));
    }

    /// The next unscripted call of `action` fails with this kind.
    pub(crate) fn fails(&self, action: &str, kind: FaultKind) {
        self.ends(action, Err(Fault::new(kind, "as the test says")));
    }

    pub(crate) fn ends(&self, action: &str, end: Result<Json, Fault>) {
        let mut ends = locked(&self.ends);
        ends.entry(action.to_owned()).or_default().push_back(end);
    }

    /// From now on every call to this one is refused, or none is any more.
    pub(crate) fn breaks_for(&self, to: &str, broken: bool) {
        let mut all = locked(&self.broken);
        if broken {
            all.insert(to.to_owned());
        } else {
            all.remove(to);
        }
    }

    /// What the next looks for a call of `action` find.
    pub(crate) fn found(&self, action: &str, landings: impl IntoIterator<Item = Landing>) {
        let mut all = locked(&self.landings);
        let script = all.entry(action.to_owned()).or_default();
        script.extend(landings.into_iter().map(Ok));
    }

    /// From now on calls of this action arrive and are not answered, until `silence(None)`.
    pub(crate) fn silence(&self, action: Option<&'static str>) {
        self.silent.send_replace(action);
    }

    pub(crate) fn calls(&self) -> Vec<Asked> {
        locked(&self.calls).clone()
    }

    pub(crate) fn calls_of(&self, action: &str) -> Vec<Asked> {
        let mut calls = self.calls();
        calls.retain(|call| call.action == action);
        calls
    }

    /// How often `action` was called.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.calls_of(action).len()
    }

    /// The actions called, in order.
    pub(crate) fn order(&self) -> Vec<&'static str> {
        self.calls().iter().map(|call| call.action).collect()
    }

    /// Why nothing may be sent now, as the engine told this service.
    pub(crate) fn forbidden(&self) -> Option<String> {
        let leave = locked(&self.leave);
        leave.as_ref().and_then(|leave| leave.borrow().clone())
    }

    /// Looks whether earlier calls landed.
    pub(crate) fn looks(&self) -> Vec<Asked> {
        locked(&self.looks).clone()
    }
}

fn asked(action: &'static ActionSpec, call: Call) -> Asked {
    Asked {
        action: action.name,
        input: call.input,
        op: call.op,
        intent_at: call.intent_at,
    }
}

impl Connector for Service {
    fn name(&self) -> &'static str {
        self.name
    }

    fn actions(&self) -> &'static [ActionSpec] {
        self.actions
    }

    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            let to = call.input.get("to").and_then(Json::as_str);
            let broken = to.is_some_and(|to| locked(&self.broken).contains(to));
            locked(&self.calls).push(asked(action, call));
            let mut silent = self.silent.subscribe();
            let _ = silent.wait_for(|silent| *silent != Some(action.name)).await;
            if broken {
                let text = "as the test says of this one";
                return Err(Fault::new(FaultKind::Refused, text).into());
            }
            let result = next(&self.ends, action.name).unwrap_or_else(|| Ok(json!({})))?;
            Ok(Reply {
                result,
                outcome: Outcome::Done,
                exchanges: Vec::new(),
            })
        })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async move {
            locked(&self.looks).push(asked(action, call));
            let none = || Ok(Landing::Undecided("nobody can tell".into()));
            Ok(next(&self.landings, action.name).unwrap_or_else(none)?)
        })
    }

    fn check<'a>(&'a self, _: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }

    fn health(&self) -> Health {
        Health::default()
    }

    fn heed(&self, leave: &Leave) {
        *locked(&self.leave) = Some(leave.clone());
    }
}
