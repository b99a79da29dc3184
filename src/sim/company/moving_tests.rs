//! A company that moves under its old server's name.

use super::{Ports, Settings, Sim};
use crate::model::clock::Clock;
use crate::model::secret::ExposeSecret;
use crate::model::time::{Span, Time};
use crate::sim::scenario::Scenario;
use crate::sim::trying::{NAME, scenario};
use crate::sim::wire::trying::client;
use crate::sim::world::Routing;

fn settings(folder: &std::path::Path, scenario: Scenario) -> Settings {
    Settings {
        seed: 1,
        devices: 20,
        scenario,
        clock: Clock::manual(Time::parse("2026-03-02T21:00:00Z").unwrap()),
        jamf_version: "11.30.1".into(),
        fleet_version: "4.92.0".into(),
        ports: Ports::default(),
        ledger_file: None,
        folder: Some(folder.to_owned()),
    }
}

async fn company(folder: &std::path::Path) -> Sim {
    Sim::start(settings(folder, scenario())).await.unwrap()
}

async fn tell(sim: &Sim, replica: usize, path: &str, body: &str) -> u16 {
    let url = &sim.addresses().handover.as_ref().unwrap().proxies[replica];
    let token = sim.credentials().proxy_token.expose_secret();
    let request = client().post(format!("{url}{path}")).bearer_auth(token);
    let answer = request.body(body.to_owned()).send().await.unwrap();
    answer.status().as_u16()
}

fn routing(sim: &Sim, replica: usize) -> Routing {
    let proxies = |state: &mut crate::sim::world::State| {
        state.handover.as_ref().unwrap().proxies[replica].clone()
    };
    sim.world().with(proxies)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_part_of_the_move_answers_at_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let sim = company(folder.path()).await;
    let at = sim.addresses().handover.clone().unwrap();
    assert_eq!((at.name.as_str(), at.proxies.len()), (NAME, 2));
    assert_eq!(at.resolvers.len(), 2);
    assert_eq!(at.old_front.port(), at.new_endpoint.port());
    assert_eq!(at.backup, folder.path().join("micromdm.db"));
    assert_eq!(at.records, folder.path().join("dump.sql"));
    let key = sim.credentials().micromdm_key.expose_secret();
    let request = client().post(format!("{}/v1/devices", at.micromdm));
    let answer = request.basic_auth("micromdm", Some(key)).body("{}").send();
    let list: serde_json::Value = answer.await.unwrap().json().await.unwrap();
    assert_eq!(list["devices"].as_array().unwrap().len(), 20);
    let ca = reqwest::Certificate::from_pem(&at.ca).unwrap();
    for (address, expected) in [(at.old_front, 403), (at.new_endpoint, 404)] {
        let client = reqwest::Client::builder()
            .tls_certs_only([ca.clone()])
            .resolve(NAME, address)
            .build();
        let url = format!("https://{NAME}:{}/nowhere", address.port());
        let answer = client.unwrap().get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{address}");
    }
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_replica_has_forgotten_and_the_other_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let sim = company(folder.path()).await;
    for replica in [0, 1] {
        assert_eq!(tell(&sim, replica, "/admin/percentage", "100").await, 200);
    }
    let before = sim.addresses().handover.clone();
    sim.restart_proxy(0).await.unwrap();
    assert_eq!(sim.addresses().handover, before);
    assert_eq!(routing(&sim, 0), Routing::default());
    assert_eq!(routing(&sim, 1).percentage, 100);
    let report = sim.report();
    assert!(report.lost_by_restart > 0 && report.lost_by_restart < 20);
    assert_eq!(tell(&sim, 0, "/admin/percentage", "100").await, 200);
    assert_eq!(sim.report().flaps, 0);
    let error = sim.restart_proxy(7).await.unwrap_err().to_string();
    assert!(error.contains("replica 7"), "{error}");
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_move_the_name_and_back_and_save_the_old_database() {
    let folder = tempfile::tempdir().unwrap();
    let sim = company(folder.path()).await;
    let moved_at = || {
        sim.world()
            .with(|state| state.handover.as_ref().unwrap().moved_at)
    };
    sim.move_name();
    let first = moved_at();
    assert_eq!(first, Some(sim.world().clock().now()));
    sim.world().clock().turn(Span::from_mins(1));
    sim.move_name();
    assert_eq!(moved_at(), first);
    sim.move_name_back();
    assert_eq!(moved_at(), None);
    sim.save_old_database().unwrap();
    assert!(folder.path().join("micromdm.db").is_file());
    sim.stop().await;
}

#[tokio::test]
async fn a_company_that_does_not_move_has_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let calm = Scenario::weather("calm").unwrap();
    let sim = Sim::start(settings(folder.path(), calm)).await.unwrap();
    assert_eq!(sim.addresses().handover, None);
    assert!(sim.restart_proxy(0).await.is_err());
    sim.move_name();
    sim.save_old_database().unwrap();
    assert!(sim.old_server_wire().is_none());
    sim.stop().await;
}
