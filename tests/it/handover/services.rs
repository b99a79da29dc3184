//! The connectors of a move against the simulated services, which know nothing of them: both were written from the facts
//! alone, so what they agree on is the wire.

use drover::connectors::action::{Call, Connector};
use drover::connectors::{dns, endpoint, mdmproxy, micromdm};
use drover::model::clock::Clock;
use drover::model::hash::fnv1a32;
use drover::model::time::{Span, Time};
use drover::sim::ledger::verb;
use drover::sim::scenario::{Faults, Scenario};
use drover::sim::world::{Certificate, Redirect};
use drover::sim::{HandoverAddresses, Ports, Settings, Sim};
use serde_json::{Value as Json, json};
use std::path::Path;

pub(super) struct Move {
    pub(super) sim: Sim,
    pub(super) clock: Clock,
    pub(super) at: HandoverAddresses,
}

/// A hundred Macs, all awake, with nothing wrong.
pub(super) async fn moving(folder: &Path) -> Move {
    let clock = Clock::manual(Time::parse("2026-03-02T09:00:00Z").unwrap());
    let mut scenario = Scenario::weather("handover").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    let table = scenario.handover.as_mut().unwrap();
    (table.missing, table.mismatched, table.unenrolled) = (0.0, 0.0, 0.0);
    // Latency would wait for a clock that nobody turns.
    scenario.fleet = Faults::default();
    let settings = Settings {
        seed: 1,
        devices: 100,
        scenario,
        clock: clock.clone(),
        jamf_version: "11.30.1".into(),
        fleet_version: "4.92.0".into(),
        ports: Ports::default(),
        ledger_file: None,
        folder: Some(folder.to_owned()),
    };
    let sim = Sim::start(settings).await.unwrap();
    let at = sim.addresses().handover.clone().unwrap();
    Move { sim, clock, at }
}

impl Move {
    pub(super) fn proxy(&self) -> mdmproxy::Proxy {
        let settings = mdmproxy::Settings {
            urls: self.at.proxies.clone(),
            token: self.sim.credentials().proxy_token.clone().into(),
            extra_ca: None,
        };
        mdmproxy::Proxy::new(settings, &self.clock).unwrap()
    }

    pub(super) fn old_server(&self) -> micromdm::MicroMdm {
        let settings = micromdm::Settings {
            url: self.at.micromdm.clone(),
            api_key: self.sim.credentials().micromdm_key.clone().into(),
            rate: None,
            parallel: 4,
            extra_ca: None,
        };
        micromdm::MicroMdm::new(settings, &self.clock).unwrap()
    }

    pub(super) fn endpoint(&self) -> endpoint::Endpoint {
        let settings = endpoint::Settings {
            extra_ca: Some(self.at.ca.clone()),
            ..endpoint::Settings::new([self.at.name.clone(), "127.0.0.1".to_owned()])
        };
        endpoint::Endpoint::new(settings, self.clock.clone()).unwrap()
    }

    pub(super) fn resolvers(&self) -> dns::Dns {
        let settings = dns::Settings {
            resolvers: self.at.resolvers.clone(),
        };
        dns::Dns::new(settings, self.clock.clone()).unwrap()
    }

    async fn lookup(&self) -> Json {
        let dns = self.resolvers();
        asked(&dns, "dns.lookup", json!({"name": self.at.name})).await
    }

    /// The new endpoint, asked under the old name.
    async fn shown(&self, action: &str, more: Json) -> Json {
        let mut input = json!({"name": self.at.name, "address": self.at.new_endpoint.to_string()});
        let fields = more.as_object().unwrap().clone();
        input.as_object_mut().unwrap().extend(fields);
        asked(&self.endpoint(), action, input).await
    }

    async fn redirect(&self, path: &str) -> Json {
        self.shown("endpoint.redirect", json!({"path": path})).await
    }

    fn at_new(&self) -> usize {
        self.sim.report().handover.unwrap().at_new
    }
}

async fn tried(connector: &dyn Connector, name: &str, input: Json) -> Result<Json, String> {
    let actions = connector.actions().iter();
    let action = actions.into_iter().find(|action| action.name == name);
    let call = Call {
        input: input.as_object().unwrap().clone(),
        op: "o-1".into(),
        intent_at: Time::from_millis(0),
    };
    let said = connector.call(action.unwrap(), call).await;
    said.map(|reply| reply.result)
        .map_err(|failure| failure.fault.message)
}

async fn asked(connector: &dyn Connector, name: &str, input: Json) -> Json {
    tried(connector, name, input).await.unwrap()
}

/// Every UDID, by the old server's list in pages.
async fn udids(old: &micromdm::MicroMdm) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), Json::Null);
    loop {
        let mut input = json!({"per_page": 40});
        if !cursor.is_null() {
            input["cursor"] = cursor;
        }
        let page = asked(old, "micromdm.list_devices", input).await;
        let items = page["items"].as_array().unwrap();
        let udid = |item: &Json| item["udid"].as_str().unwrap().to_owned();
        found.extend(items.iter().map(udid));
        if page["more"] != true {
            return found;
        }
        cursor = page["cursor"].clone();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_servers_list_comes_by_pages_and_a_pushed_mac_comes_by() {
    let folder = tempfile::tempdir().unwrap();
    let one = moving(folder.path()).await;
    one.sim.open_for_business();
    let old = one.old_server();
    let udids = udids(&old).await;
    assert_eq!(udids.len(), 100);
    let find = || asked(&old, "micromdm.find_device", json!({"udid": udids[7]}));
    let before = find().await;
    assert_eq!(
        (&before["enrolled"], &before["pushable"]),
        (&json!(true), &json!(true))
    );
    asked(&old, "micromdm.push", json!({"udid": udids[7]})).await;
    one.clock.turn(Span::from_secs(30));
    let seen = Time::parse(find().await["last_seen"].as_str().unwrap()).unwrap();
    assert!(
        one.clock.now().since(seen) <= Span::from_secs(30),
        "{before}"
    );
    let nobody = tried(&old, "micromdm.find_device", json!({"udid": "nobody"})).await;
    assert!(nobody.unwrap_err().contains("knows no device"));
    assert_eq!(one.sim.report().ledger.by_verb[verb::PUSH], 1);
    one.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_restarted_in_mid_wave_is_told_again_and_no_mac_flaps() {
    let folder = tempfile::tempdir().unwrap();
    let one = moving(folder.path()).await;
    let udids = udids(&one.old_server()).await;
    let part = |udid: &String| fnv1a32(udid.as_bytes()) % 100;
    // The wave up to 50 is open, the one up to 10 is proven.
    let (new, old): (Vec<_>, Vec<_>) = udids.into_iter().partition(|udid| part(udid) < 50);
    let wanted = json!({"new": new, "old": old, "proven": [0, 10]});
    let proxy = one.proxy();
    let told = asked(&proxy, "mdmproxy.route", wanted.clone()).await;
    assert_eq!(
        (&told["percentage"], &told["replicas"]),
        (&json!(10), &json!(2))
    );
    assert_eq!(one.at_new(), new.len());
    for replica in [0, 1] {
        one.sim.restart_proxy(replica).await.unwrap();
        assert!(one.at_new() < new.len());
        asked(&proxy, "mdmproxy.route", wanted.clone()).await;
        assert_eq!(one.at_new(), new.len());
    }
    // The wave is proven: the percentage takes over from the list, and nobody is without both in between.
    let proven = json!({"new": new, "old": old, "proven": [0, 10, 50]});
    let told = asked(&proxy, "mdmproxy.route", proven).await;
    assert_eq!(
        (&told["percentage"], &told["listed"]),
        (&json!(50), &json!(0))
    );
    asked(&proxy, "mdmproxy.route", wanted).await;
    let report = one.sim.report();
    assert_eq!(
        (report.flaps, report.lost_by_restart),
        (0, new.len() as u64)
    );
    assert!(report.ledger.is_clean());
    one.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resolvers_disagree_for_a_while_after_the_name_has_moved_and_then_agree() {
    let folder = tempfile::tempdir().unwrap();
    let one = moving(folder.path()).await;
    let old = one.at.old_front.ip().to_string();
    let new = one.at.new_endpoint.ip().to_string();
    let before = one.lookup().await;
    assert_eq!(before["addresses"], json!([old]));
    assert_eq!(before["agree"], true);
    assert!(before["ttl"].as_u64().unwrap() <= 300);
    one.sim.move_name();
    let mut torn = 0;
    for _ in 0..30 {
        one.clock.turn(Span::from_secs(10));
        torn += usize::from(one.lookup().await["agree"] == false);
    }
    assert!(torn > 0);
    let after = one.lookup().await;
    assert_eq!(
        (&after["addresses"], &after["agree"]),
        (&json!([new]), &json!(true))
    );
    one.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_knob_of_the_new_endpoint_is_what_a_check_finds_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let one = moving(folder.path()).await;
    let good = one.shown("endpoint.tls", json!({})).await;
    assert_eq!(good["valid"], true, "{good}");
    for (certificate, says) in [
        (Certificate::OtherName, "www.other.example"),
        (Certificate::Expired, "2020"),
        (Certificate::Unknown, "Somebody's CA"),
    ] {
        one.sim
            .knob(|handover| handover.endpoint.certificate = certificate);
        let bad = one.shown("endpoint.tls", json!({})).await;
        assert_eq!(bad["valid"], false, "{bad}");
        assert!(bad["why"].as_str().unwrap().contains(says), "{bad}");
    }
    one.sim
        .knob(|handover| handover.endpoint.certificate = Certificate::Good);
    let led = one.redirect("/mdm/checkin").await;
    assert_eq!(
        (&led["status"], &led["target"], &led["keeps_method"]),
        (&json!(307), &json!("/mdm/apple/mdm"), &json!(true))
    );
    one.sim.knob(|handover| {
        handover.endpoint.checkin = Redirect::Turned;
        handover.endpoint.connect = Redirect::Astray;
        handover.endpoint.scep = Redirect::Missing;
    });
    assert_eq!(one.redirect("/mdm/checkin").await["keeps_method"], false);
    assert_ne!(
        one.redirect("/mdm/connect").await["target"],
        "/mdm/apple/mdm"
    );
    assert_eq!(one.redirect("/scep").await["status"], 404);
    one.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_servers_have_one_scep_ca_unless_the_new_one_made_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let one = moving(folder.path()).await;
    let endpoint = one.endpoint();
    let fleet = format!("{}/mdm/apple/scep", one.sim.addresses().fleet);
    let old = format!("{}/scep", one.at.micromdm);
    let ca = |url: &str| asked(&endpoint, "endpoint.scep_ca", json!({"url": url}));
    let brought = ca(&old).await;
    assert_eq!(ca(&fleet).await["fingerprint"], brought["fingerprint"]);
    assert!(brought["years_left"].as_f64().unwrap() > 5.0);
    // Under the old name it is the same, through the front and the proxy.
    let named = format!("https://{}:{}/scep", one.at.name, one.at.old_front.port());
    let input = json!({"url": named, "address": one.at.old_front.to_string()});
    let fronted = asked(&endpoint, "endpoint.scep_ca", input).await;
    assert_eq!(fronted["fingerprint"], brought["fingerprint"]);
    one.sim.knob(|handover| handover.same_ca = false);
    assert_ne!(ca(&fleet).await["fingerprint"], brought["fingerprint"]);
    one.sim.stop().await;
}
