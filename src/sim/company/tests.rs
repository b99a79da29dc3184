//! A whole company with a receiver of its webhooks.

use super::{Hooks, Ports, Settings, Sim};
use crate::model::clock::{Clock, Stopwatch, real_sleep};
use crate::model::time::{Span, Time};
use crate::sim::scenario::Scenario;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A receiver that has Jamf remove the profile, and remembers what it heard.
#[derive(Clone, Default)]
struct Receiver {
    heard: Arc<Mutex<Vec<(String, Json)>>>,
    sim: Arc<Mutex<Option<crate::sim::world::World>>>,
    refusals: Arc<Mutex<Vec<u16>>>,
}

async fn receive(State(receiver): State<Receiver>, uri: Uri, body: Bytes) -> StatusCode {
    let body: Json = serde_json::from_slice(&body).unwrap();
    receiver
        .heard
        .lock()
        .unwrap()
        .push((uri.to_string(), body.clone()));
    if let Some(status) = receiver.refusals.lock().unwrap().pop() {
        return StatusCode::from_u16(status).unwrap();
    }
    let world = receiver.sim.lock().unwrap().clone().unwrap();
    if let Some(serial) = body.pointer("/host/hardware_serial").and_then(Json::as_str) {
        world.with(|state| {
            if let Some(computer) = state.find_by_serial(serial).pop() {
                let _ = state.queue_remove_profile(computer.id);
            }
        });
    }
    StatusCode::CREATED
}

impl Receiver {
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(receive).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    fn of_kind(&self, kind: &str) -> usize {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter(|(_, body)| body["type"] == kind)
            .count()
    }
}

async fn company(devices: usize) -> (Sim, Clock, Receiver) {
    let mut scenario = Scenario::weather("calm").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    weathered(devices, scenario).await
}

async fn weathered(devices: usize, scenario: Scenario) -> (Sim, Clock, Receiver) {
    let clock = Clock::scaled(Time::parse("2026-03-02T21:00:00Z").unwrap(), 60.0);
    let sim = Sim::start(Settings {
        seed: 1,
        devices,
        scenario,
        clock: clock.clone(),
        jamf_version: "11.30.1".into(),
        fleet_version: "4.92.0".into(),
        ports: Ports::default(),
        ledger_file: None,
        folder: None,
    })
    .await
    .unwrap();
    let receiver = Receiver::default();
    *receiver.sim.lock().unwrap() = Some(sim.world().clone());
    let base = receiver.listen().await;
    let token = "hook token".to_owned().into();
    sim.hook_to(Hooks { base, token });
    (sim, clock, receiver)
}

/// Skips the waiting until nobody has anything left to do.
async fn rest(sim: &Sim, clock: &Clock) {
    let watch = Stopwatch::start();
    while !sim.quiet() {
        assert!(
            watch.elapsed() < Duration::from_mins(1),
            "{:?}",
            sim.report()
        );
        clock.skip_if_quiet();
        real_sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_runs_from_click_to_enrollment_over_real_webhooks() {
    let (sim, clock, receiver) = company(12).await;
    assert!(!sim.quiet());
    sim.open_for_business();
    rest(&sim, &clock).await;
    let report = sim.report();
    assert_eq!(
        report.macs.get("in Fleet, with Jamf's framework"),
        Some(&12),
        "{report:?}"
    );
    assert_eq!(receiver.of_kind("mdm_enrolled"), 12);
    let heard = receiver.heard.lock().unwrap().clone();
    assert!(
        heard
            .iter()
            .any(|(path, _)| path == "/hooks/migrate?token=hook+token"),
        "{heard:?}"
    );
    assert!(
        heard
            .iter()
            .any(|(path, _)| path == "/hooks/activity?token=hook+token")
    );
    assert!(report.strays.is_empty());
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_click_is_pressed_again() {
    let (sim, clock, receiver) = company(1).await;
    // The click meets 503, its repetition is taken, and so is the activity.
    *receiver.refusals.lock().unwrap() = vec![503];
    sim.open_for_business();
    rest(&sim, &clock).await;
    let clicks = receiver
        .heard
        .lock()
        .unwrap()
        .iter()
        .filter(|(path, _)| path.contains("migrate"))
        .count();
    assert_eq!(clicks, 2);
    assert_eq!(receiver.of_kind("mdm_enrolled"), 1);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activity_is_repeated_after_429_only() {
    for (status, times) in [(429, 2), (503, 1)] {
        let (sim, clock, receiver) = company(1).await;
        receiver.refusals.lock().unwrap().push(status);
        sim.world().with(|state| {
            state.opened = Some(state.now);
            state.log("mdm_enrolled", None, None, serde_json::json!({}));
        });
        rest(&sim, &clock).await;
        assert_eq!(receiver.of_kind("mdm_enrolled"), times, "{status}");
        sim.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_eighty_macs_comes_to_rest_within_days_and_strays_nowhere() {
    let (sim, clock, _receiver) = weathered(80, Scenario::weather("storm").unwrap()).await;
    let start = clock.now();
    sim.open_for_business();
    rest(&sim, &clock).await;
    let report = sim.report();
    assert!(
        clock.now().since(start) < Span::from_hours(24 * 6),
        "{}",
        clock.now()
    );
    assert!(report.strays.is_empty(), "{:?}", report.strays);
    assert_eq!(report.macs.values().sum::<usize>(), 80);
    sim.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let (sim, clock, _) = company(1).await;
    let port = sim
        .addresses()
        .fleet
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let again = Sim::start(Settings {
        seed: 1,
        devices: 1,
        scenario: Scenario::weather("calm").unwrap(),
        clock,
        jamf_version: "11.30.1".into(),
        fleet_version: "4.92.0".into(),
        ports: Ports {
            fleet: port,
            ..Ports::default()
        },
        ledger_file: None,
        folder: None,
    })
    .await;
    let error = again.err().unwrap().to_string();
    assert!(error.contains(&port.to_string()), "{error}");
    sim.stop().await;
}
