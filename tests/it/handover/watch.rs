//! The shipped pipeline's engine against the simulated services of a move: every check of the path fails when its part of
//! the outside is wrong and says what to change; a proxy that forgot is told again within one round.

use super::services::{Move, moving};
use drover::connectors::action::{Connector, Registry};
use drover::connectors::fleet;
use drover::engine::{Ceilings, Engine, Messages, Parts, Roles};
use drover::model::clock::{Stopwatch, real_sleep};
use drover::model::random::Random;
use drover::model::row::Values;
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::pipeline::{Pipeline, SHIPPED, parse};
use drover::sim::world::{Certificate, Handover, Redirect};
use drover::store::{Cause, CheckRecord, CheckState, Setup, Store};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// An engine that knows no Mac but those it is told of.
struct Watch {
    of: Move,
    store: Store,
    engine: Engine,
}

fn pipeline(of: &Move) -> Pipeline {
    let (name, text) = SHIPPED[1];
    let fleet = &of.sim.addresses().fleet;
    let settings: [(&str, Json); 8] = [
        ("old_name", json!(of.at.name)),
        ("https_port", json!(of.at.new_endpoint.port())),
        ("new_address", json!(of.at.new_endpoint.ip().to_string())),
        ("push_topic", json!(of.at.topic)),
        ("records_file", json!(of.at.records)),
        ("backup_file", json!(of.at.backup)),
        ("old_scep_url", json!(format!("{}/scep", of.at.micromdm))),
        ("new_scep_url", json!(format!("{fleet}/mdm/apple/scep"))),
    ];
    let settings: BTreeMap<String, Json> = settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let parsed = parse(name, text).unwrap();
    parsed.apply(&settings, Vec::new()).unwrap()
}

impl Watch {
    async fn over(of: Move, folder: &Path) -> Self {
        let pipeline = Arc::new(pipeline(&of));
        let setup = Setup {
            shape: pipeline.shape(),
            rules: pipeline.rules(),
            clock: of.clock.clone(),
        };
        let store = Store::open(&folder.join("drover.db"), setup).unwrap();
        let token = of.sim.credentials().fleet_token.clone();
        let fleet = fleet::Settings::new(&of.sim.addresses().fleet, token);
        let connectors: [Arc<dyn Connector>; 5] = [
            Arc::new(fleet::Fleet::new(fleet, of.clock.clone()).unwrap()),
            Arc::new(of.proxy()),
            Arc::new(of.old_server()),
            Arc::new(of.endpoint()),
            Arc::new(of.resolvers()),
        ];
        let parts = Parts {
            pipeline,
            store: store.clone(),
            registry: Registry::new(connectors),
            clock: of.clock.clone(),
            random: Random::named(1, "engine"),
            messages: Messages::default(),
            roles: Roles::default(),
            ceilings: Ceilings::default(),
        };
        let engine = Engine::start(parts).await.unwrap();
        Self { of, store, engine }
    }

    /// Turns the clock, minute by minute, until the check stands so.
    async fn until(&self, name: &'static str, state: CheckState) -> CheckRecord {
        let watch = Stopwatch::start();
        loop {
            let found = self.store.read(move |view| view.check(name)).await.unwrap();
            if let Some(found) = found.clone().filter(|check| check.state == state) {
                return found;
            }
            assert!(
                watch.elapsed() < PATIENCE,
                "{name} is not {state:?}: {found:?}"
            );
            self.of.clock.turn(Span::from_mins(1));
            real_sleep(Duration::from_millis(5)).await;
        }
    }

    async fn set(&self, serial: &'static str, values: &[(&str, Value)]) {
        let values: Values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let write = move |tx: &mut drover::store::Tx<'_>| {
            let (row, _) = tx.row_of(serial)?;
            tx.set(row, &values, &Cause::Schedule)
        };
        self.store.write(write).await.unwrap();
    }

    async fn close(self) {
        self.engine.stop().await;
        self.of.sim.stop().await;
    }
}

/// What goes wrong, which check says so, and words of what it says to change.
type Wrong = (&'static str, Turn, Turn, &'static str);

/// Turns a knob of the simulated outside.
type Turn = fn(&mut Handover);

const WRONGS: [Wrong; 10] = [
    (
        "redirect_checkin",
        |it| it.endpoint.checkin = Redirect::Turned,
        |it| it.endpoint.checkin = Redirect::Kept,
        "redirect /mdm/checkin to Fleet's /mdm/apple/mdm with 307 or 308",
    ),
    (
        "redirect_connect",
        |it| it.endpoint.connect = Redirect::Missing,
        |it| it.endpoint.connect = Redirect::Kept,
        "redirect /mdm/connect to Fleet's /mdm/apple/mdm",
    ),
    (
        "redirect_scep",
        |it| it.endpoint.scep = Redirect::Astray,
        |it| it.endpoint.scep = Redirect::Kept,
        "redirect /scep to Fleet's /mdm/apple/scep",
    ),
    (
        "certificate",
        |it| it.endpoint.certificate = Certificate::OtherName,
        |it| it.endpoint.certificate = Certificate::Good,
        "Install a certificate for mdm.acme.example",
    ),
    (
        "certificate",
        |it| it.endpoint.certificate = Certificate::Expired,
        |it| it.endpoint.certificate = Certificate::Good,
        "Install a certificate for mdm.acme.example",
    ),
    (
        "certificate",
        |it| it.endpoint.certificate = Certificate::Unknown,
        |it| it.endpoint.certificate = Certificate::Good,
        "Install a certificate for mdm.acme.example",
    ),
    (
        "resolvers",
        |it| it.ttl = Span::from_hours(6),
        |it| it.ttl = Span::from_mins(5),
        "Lower the TTL of mdm.acme.example to 600 s or less",
    ),
    (
        "scep_ca",
        |it| it.same_ca = false,
        |it| it.same_ca = true,
        "Load the old server's SCEP CA certificate and key into Fleet",
    ),
    (
        "push_key",
        |it| it.same_topic = false,
        |it| it.same_topic = true,
        "Load the old server's APNs key and certificate into Fleet",
    ),
    (
        "name_moved",
        |_| {},
        |it| it.moved_at = Some(Time::from_millis(0)),
        "point mdm.acme.example at",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_of_the_path_fails_with_its_part_and_says_what_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::over(moving(folder.path()).await, folder.path()).await;
    let now = watch.of.clock.now();
    let moved = ["wanted_at", "routed_at", "proven_at"].map(|name| (name, Value::Time(now)));
    watch.set("C1", &moved).await;
    for (name, break_it, mend_it, says) in WRONGS {
        if name != "name_moved" {
            watch.until(name, CheckState::Ok).await;
        }
        watch.of.sim.knob(break_it);
        let found = watch.until(name, CheckState::Failed).await;
        assert!(found.advice.contains(says), "{name}: {found:?}");
        watch.of.sim.knob(mend_it);
        watch.until(name, CheckState::Ok).await;
    }
    // Long after the move: the same three paths and the certificate under the public address.
    let public: [(Turn, Turn); 3] = [
        (
            |it| it.endpoint.checkin = Redirect::Missing,
            |it| it.endpoint.checkin = Redirect::Kept,
        ),
        (
            |it| it.endpoint.scep = Redirect::Missing,
            |it| it.endpoint.scep = Redirect::Kept,
        ),
        (
            |it| it.endpoint.connect = Redirect::Turned,
            |it| it.endpoint.connect = Redirect::Kept,
        ),
    ];
    for (break_it, mend_it) in public {
        watch.until("public_path", CheckState::Ok).await;
        watch.of.sim.knob(break_it);
        let found = watch.until("public_path", CheckState::Failed).await;
        assert!(found.advice.contains("Put the redirects of"), "{found:?}");
        watch.of.sim.knob(mend_it);
    }
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_forgot_in_mid_wave_is_told_again_within_one_round() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::over(moving(folder.path()).await, folder.path()).await;
    let udids: Vec<String> = watch.of.sim.world().with(|state| {
        let of = |index| state.udid(index).unwrap().to_owned();
        (0..40).map(of).collect()
    });
    let wanted = udids.len();
    assert_eq!(wanted, 40);
    let now = watch.of.clock.now();
    for (at, udid) in udids.into_iter().enumerate() {
        let serial: &'static str = format!("C{at}").leak();
        let values = [("udid", Value::Text(udid)), ("wanted_at", Value::Time(now))];
        watch.set(serial, &values).await;
    }
    let at_new = || watch.of.sim.report().handover.unwrap().at_new;
    let back = |after: Time| {
        let watch = &watch;
        async move {
            let patience = Stopwatch::start();
            while at_new() < wanted {
                assert!(patience.elapsed() < PATIENCE, "{} of {wanted}", at_new());
                watch.of.clock.turn(Span::from_secs(5));
                real_sleep(Duration::from_millis(5)).await;
            }
            watch.of.clock.now().since(after)
        }
    };
    back(now).await;
    for replica in [0, 1] {
        watch.of.sim.restart_proxy(replica).await.unwrap();
        assert!(at_new() < wanted, "it has forgotten");
        let took = back(watch.of.clock.now()).await;
        // Told every minute; the clock is turned ahead of the answers here.
        assert!(took <= Span::from_secs(120), "{took}");
    }
    let report = watch.of.sim.report();
    assert_eq!(report.flaps, 0);
    assert_eq!(report.lost_by_restart, wanted as u64);
    watch.close().await;
}
