//! What the tests of this folder share.

use crate::connectors::action::{Call, Connector, Failure, Landing, Reply};
use crate::connectors::fleet::spec::spec;
use crate::connectors::fleet::{Fleet, Settings};
use crate::connectors::stand_in::{Act, Seen, StandIn};
use crate::model::clock::Clock;
use crate::model::time::Time;
use serde_json::{Value as Json, json};

pub(super) const OP: &str = "01JNOPERATION";
pub(super) const SERIAL: &str = "C0124FXASD6G";
pub(super) const UUID: &str = "309A4B7D-0000-0000-8E7F-26AE0815EDE8";

/// The connector and the Fleet it talks to.
pub(super) struct Bench {
    pub there: StandIn,
    pub fleet: Fleet,
}

impl Bench {
    pub async fn new(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let there = StandIn::start(script).await;
        let token = "fleet-token-canary".to_owned();
        let fleet = Fleet::new(Settings::new(&there.url, token), Clock::system()).unwrap();
        Self { there, fleet }
    }

    pub async fn call(&self, action: &str, input: Json) -> Result<Reply, Failure> {
        self.fleet.call(spec(action), given(input)).await
    }

    pub async fn probe(&self, action: &str, input: Json) -> Result<Landing, Failure> {
        self.fleet.probe(spec(action), given(input)).await
    }
}

/// The intent of every call here.
pub(super) fn intent() -> Time {
    Time::parse("2026-03-02T09:30:20Z").unwrap()
}

fn given(input: Json) -> Call {
    Call {
        input: input.as_object().unwrap().clone(),
        op: OP.into(),
        intent_at: intent(),
    }
}

/// The host of most tests, in the team Staging (2).
pub(super) fn host(id: i64) -> Json {
    json!({"id": id, "uuid": UUID, "hardware_serial": SERIAL, "platform": "darwin", "status": "online",
        "team_id": 2, "team_name": "Staging", "scripts_enabled": true,
        "mdm": {"enrollment_status": "On (automatic)", "server_url": "https://acme.jamfcloud.com/mdm/ServerURL",
            "name": "Jamf", "connected_to_fleet": false}})
}

pub(super) fn one(host: Json) -> Act {
    Act::Json(200, json!({"host": host}))
}

/// Fleet's error body.
pub(super) fn refuse(status: u16, message: &str, name: &str, reason: &str) -> Act {
    Act::Json(
        status,
        json!({"message": message, "errors": [{"name": name, "reason": reason}], "uuid": "b7e0-11"}),
    )
}

pub(super) fn not_found() -> Act {
    refuse(
        404,
        "Resource Not Found",
        "base",
        "was not found in the datastore",
    )
}

pub(super) fn teams() -> Act {
    Act::Json(
        200,
        json!({"teams": [
            {"id": 2, "name": "Staging", "host_count": 10, "secrets": [{"secret": "ENROLSECRET"}]},
            {"id": 3, "name": "Workstations", "host_count": 0, "secrets": [{"secret": "ENROLSECRET"}]},
        ]}),
    )
}

/// An empty queue or history.
pub(super) fn nothing() -> Act {
    Act::Json(
        200,
        json!({"count": 0, "activities": [], "meta": {"has_next_results": false}}),
    )
}
