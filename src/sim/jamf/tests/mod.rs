mod inventory;
mod removal;
mod tokens;

use super::{Jamf, Settings, habits};
use crate::model::clock::Clock;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::{Mode, Scenario, Trouble};
use crate::sim::wire::Server;
use crate::sim::wire::trying::{client, monday, serve, wire};
use crate::sim::world::{Making, World};
use reqwest::Method;
use serde_json::Value as Json;

struct Tenant {
    jamf: Jamf,
    world: World,
    server: Server,
    clock: Clock,
    ledger: Ledger,
    token: String,
}

/// A tenant over a calm company; `troubled` strikes every Mac.
async fn tenant(troubled: Option<Trouble>) -> Tenant {
    let (clock, ledger) = (monday(), Ledger::in_memory());
    let mut scenario = Scenario::weather("calm").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    if let Some(trouble) = troubled {
        let always = Mode {
            rate: 1.0,
            ..Mode::default()
        };
        scenario.trouble.insert(trouble, always);
    }
    let making = Making {
        seed: 1,
        devices: 5,
        scenario,
        now: clock.now(),
        ledger: ledger.clone(),
        fleet_version: "4.94.1".into(),
    };
    let world = World::new(making, clock.clone());
    let settings = Settings::simple("client", "secret".to_owned().into());
    let jamf = Jamf::new(world.clone(), ledger.clone(), settings);
    let server = serve(wire(habits(), &clock, &ledger), jamf.router()).await;
    let mut tenant = Tenant {
        jamf,
        world,
        server,
        clock,
        ledger,
        token: String::new(),
    };
    tenant.sign_in().await;
    tenant
}

impl Tenant {
    async fn ask_token(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Json) {
        let url = format!("{}{path}", self.server.url());
        let answer = client().post(url).form(fields).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn sign_in(&mut self) {
        let (status, answer) = self.ask_token("/api/v1/oauth/token", &GOOD).await;
        assert_eq!(status, 200, "{answer}");
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        client()
            .request(method, format!("{}{path}", self.server.url()))
            .bearer_auth(&self.token)
    }

    async fn send(&self, method: Method, path: &str, body: &Json) -> (u16, String) {
        let request = self.request(method, path).json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Json) {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    async fn filtered(&self, path: &str, filter: &str) -> (u16, Json) {
        let request = self.request(Method::GET, path).query(&[("filter", filter)]);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }

    async fn remove(&self, id: &str) -> (u16, Json) {
        let path = format!("/api/v4/computers-inventory/{id}/remove-mdm-profile");
        let (status, text) = self.send(Method::POST, &path, &Json::Null).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    fn serial(&self) -> String {
        self.world.with(|state| state.serials()[0].clone())
    }

    fn id(&self) -> String {
        let serial = self.serial();
        let id = self.world.with(|state| state.find_by_serial(&serial)[0].id);
        id.to_string()
    }

    fn by_serial(&self) -> String {
        format!("hardware.serialNumber==\"{}\"", self.serial())
    }
}

const GOOD: [(&str, &str); 3] = [
    ("grant_type", "client_credentials"),
    ("client_id", "client"),
    ("client_secret", "secret"),
];
const VERSION: &str = "/api/v1/jamf-pro-version";
const INVENTORY: &str = "/api/v4/computers-inventory";
