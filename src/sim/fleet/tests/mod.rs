//! The wire as a client sees it, against `api/fleet.md`.

mod handover;
mod hosts;
mod scripts;

use super::{Fleet, habits};
use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::{Mode, Scenario, Trouble};
use crate::sim::wire::Server;
use crate::sim::wire::trying::{client, monday, serve, wire};
use crate::sim::world::{Making, World};
use serde_json::Value as Json;

const TOKEN: &str = "t0ken";

struct Bench {
    clock: Clock,
    world: World,
    ledger: Ledger,
    server: Server,
    client: reqwest::Client,
}

/// Status, body.
type Said = (u16, Json);

impl Bench {
    async fn new(version: &str, devices: usize, troubles: &[Trouble]) -> Self {
        let mut scenario = Scenario::weather("calm").unwrap();
        scenario.trouble.clear();
        scenario.company.stays_on = 1.0;
        for trouble in troubles {
            let rate = 1.0;
            let mode = Mode {
                rate,
                ..Mode::default()
            };
            scenario.trouble.insert(*trouble, mode);
        }
        Self::of(version, devices, scenario).await
    }

    async fn of(version: &str, devices: usize, scenario: Scenario) -> Self {
        let (clock, ledger) = (monday(), Ledger::in_memory());
        let making = Making {
            seed: 1,
            devices,
            scenario,
            now: clock.now(),
            ledger: ledger.clone(),
            fleet_version: version.into(),
        };
        let world = World::new(making, clock.clone());
        world.with(|state| {
            state.save_script(Some(1), "remove-jamf.sh", "echo 1");
            state.save_script(Some(2), "remove-jamf.sh", "echo 1");
        });
        let fleet = Fleet::new(world.clone(), TOKEN.to_owned().into());
        let server = serve(wire(habits(), &clock, &ledger), fleet.router()).await;
        Self {
            clock,
            world,
            ledger,
            server,
            client: client(),
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Json>) -> Said {
        let url = format!("{}/api/v1/fleet/{path}", self.server.url());
        let mut request = self
            .client
            .request(method.parse().unwrap(), url)
            .bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    async fn get(&self, path: &str) -> Said {
        self.send("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Json) -> Said {
        self.send("POST", path, Some(body)).await
    }

    fn later(&self, span: &str) {
        self.clock.turn(Span::parse(span).unwrap());
    }
}

/// The three things an error is told by.
fn told((status, body): &Said) -> (u16, &str, &str, &str) {
    let text = |json: &'static str| body.pointer(json).and_then(Json::as_str).unwrap_or("");
    (
        *status,
        text("/message"),
        text("/errors/0/name"),
        text("/errors/0/reason"),
    )
}

#[tokio::test]
async fn what_destroys_is_refused_and_reported() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    for (method, path) in [
        ("POST", "hosts/1001/wipe"),
        ("POST", "hosts/1001/lock"),
        ("DELETE", "hosts/1001"),
        ("DELETE", "hosts/1001/mdm"),
        ("POST", "hosts/delete"),
        ("GET", "hosts/1001/encryption_key"),
        ("POST", "hosts/transfer/filter"),
        ("DELETE", "teams/1"),
    ] {
        let said = bench.send(method, path, None).await;
        assert_eq!(
            told(&said),
            (403, "forbidden", "base", "forbidden"),
            "{path}"
        );
    }
    assert_eq!(bench.ledger.report().violations.len(), 8);
    assert_eq!(bench.get("nothing/here").await.0, 404);
    assert_eq!(bench.ledger.report().violations.len(), 8);
    assert_eq!(bench.get("hosts/1001").await.0, 200);
}

#[tokio::test]
async fn configuration_and_version_are_told() {
    let bench = Bench::new("4.76.1", 1, &[]).await;
    let (_, config) = bench.get("config").await;
    assert_eq!(config["license"]["tier"], "premium");
    assert_eq!(config["mdm"]["macos_migration"]["enable"], false);
    assert_eq!(bench.get("version").await.1["version"], "4.76.1");
    let empty = bench.send("POST", "scripts/run", None).await;
    assert_eq!(
        told(&empty),
        (400, "Bad request", "base", "Expected JSON Body")
    );
}
