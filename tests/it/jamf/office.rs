//! A scripted Jamf: tokens and version by itself, the rest as the test says.

use crate::wire::{Play, Seen, Wire};
use drover::connectors::action::{Call, Connector, Failure, Landing, Reply};
use drover::connectors::jamf::{Jamf, Settings};
use drover::model::clock::Clock;
use drover::model::fault::Fault;
use drover::model::time::Time;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const SECRET: &str = "canary-client-secret";
pub const SERIAL: &str = "C02ZC2QYLVDL";
pub const UDID: &str = "45436EDF-864E-4364-982A-330B01D39E65";

/// A payload of `api/jamf.md`, as text.
#[macro_export]
macro_rules! payload {
    ($name:literal) => {
        include_str!(concat!("../payloads/jamf/", $name))
    };
}

pub fn parsed(text: &str) -> Json {
    serde_json::from_str(text).expect("a payload is JSON")
}

/// Jamf's page for a path it does not know.
pub fn unknown_path() -> Play {
    Play::html(404, payload!("unknown_path.html"))
}

/// Jamf's envelope for an id it does not know.
pub fn unknown_id() -> Play {
    Play::json(
        404,
        json!({"httpStatus": 404, "errors": [{"code": "INVALID_ID", "description": "no such", "id": "0", "field": "id"}]}),
    )
}

/// The example record, as a single computer.
pub fn computer() -> Json {
    parsed(payload!("computers_v4.json"))["results"][0].clone()
}

pub struct Office {
    pub wire: Wire,
    pub clock: Clock,
    pub jamf: Arc<Jamf>,
}

impl Office {
    /// A Jamf of this version; what is neither token nor version is answered by `rest`.
    pub async fn open(
        version: &'static str,
        rest: impl Fn(&Seen) -> Play + Send + Sync + 'static,
    ) -> Self {
        let tokens = AtomicUsize::new(0);
        Self::raw(move |seen| match seen.path() {
            "/api/v1/oauth/token" => {
                let number = tokens.fetch_add(1, Ordering::SeqCst) + 1;
                Play::json(200, json!({"access_token": format!("canary-token-{number}"), "token_type": "Bearer", "expires_in": 300}))
            }
            "/api/v1/jamf-pro-version" => Play::json(200, json!({"version": version})),
            _ => rest(seen),
        })
        .await
    }

    /// A Jamf that is the test's alone.
    pub async fn raw(all: impl Fn(&Seen) -> Play + Send + Sync + 'static) -> Self {
        let wire = Wire::start(all).await;
        let clock = Clock::manual(Time::parse("2026-07-16T20:43:00Z").unwrap());
        let settings = Settings::new(wire.url.clone(), "1979ca82", SECRET.to_owned());
        let jamf = Arc::new(Jamf::new(settings, clock.clone()).unwrap());
        Self { wire, clock, jamf }
    }

    pub async fn call(&self, action: &str, input: Json) -> Result<Reply, Failure> {
        let result = call(&self.jamf, action, input, self.clock.now()).await;
        let shown = format!("{result:?}");
        assert!(!shown.contains("canary"), "a secret is shown: {shown}");
        result
    }

    /// What is wrong with a call that fails.
    pub async fn fault(&self, action: &str, input: Json) -> Fault {
        self.call(action, input).await.err().unwrap().fault
    }

    pub async fn probe(&self, input: Json) -> Result<Landing, Failure> {
        let spec = self.jamf.actions().iter().find(|spec| spec.probe).unwrap();
        self.jamf.probe(spec, made(input, self.clock.now())).await
    }

    pub async fn remove(&self) -> Result<Reply, Failure> {
        self.call("jamf.remove_mdm_profile", target()).await
    }
}

/// The example Mac, as the inputs of an action that changes something.
pub fn target() -> Json {
    json!({"id": "1234", "serial": SERIAL, "udid": UDID})
}

pub async fn call(jamf: &Jamf, action: &str, input: Json, now: Time) -> Result<Reply, Failure> {
    let spec = jamf
        .actions()
        .iter()
        .find(|spec| spec.name == action)
        .unwrap();
    jamf.call(spec, made(input, now)).await
}

fn made(input: Json, intent_at: Time) -> Call {
    Call {
        input: input.as_object().cloned().unwrap_or_default(),
        op: "01J0OP".into(),
        intent_at,
    }
}
