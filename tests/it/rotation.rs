//! A secret that is changed where it is kept is taken up without a restart: after a refusal, and at a hang-up.

use crate::support::{Company, SOON, journal, until};
use crate::wire::{Play, Seen, Wire};
use drover::connectors::action::{Call, Connector, Failure, Reply};
use drover::connectors::fleet::{self, Fleet};
use drover::connectors::generic::{self, Allow, Generic};
use drover::connectors::jamf::{self, Jamf};
use drover::connectors::slack::{self, Slack};
use drover::model::clock::Clock;
use drover::model::fault::FaultKind;
use drover::model::secret::{Rotating, SecretString};
use drover::model::time::Time;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value as Json, json};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn clock() -> Clock {
    // Slack is given one message a second.
    Clock::scaled(Time::parse("2026-03-02T12:00:00Z").unwrap(), 100.0)
}

/// Where a secret is kept: "old" in use, "new" there by now.
#[derive(Clone)]
struct Kept {
    now: Arc<Mutex<String>>,
    reads: Arc<AtomicUsize>,
}

impl Kept {
    fn new(now: &str) -> Self {
        Self {
            now: Arc::new(Mutex::new(now.to_owned())),
            reads: Arc::default(),
        }
    }

    fn secret(&self, held: &str) -> Rotating {
        let this = self.clone();
        Rotating::new(held.to_owned().into(), move || {
            this.reads.fetch_add(1, Ordering::SeqCst);
            Ok(SecretString::from(this.now.lock().unwrap().clone()))
        })
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

async fn call(connector: &dyn Connector, action: &str, input: Json) -> Result<Reply, Failure> {
    let spec = connector
        .actions()
        .iter()
        .find(|spec| spec.name == action)
        .unwrap();
    let call = Call {
        input: input.as_object().cloned().unwrap_or_default(),
        op: "01J0OP".into(),
        intent_at: clock().now(),
    };
    connector.call(spec, call).await
}

fn bears(seen: &Seen, token: &str) -> bool {
    seen.header("authorization") == Some(&format!("Bearer {token}"))
}

fn services(seen: &Seen) -> Play {
    match seen.path() {
        "/api/v1/oauth/token" if seen.body.contains("client_secret=new") => {
            Play::json(200, json!({"access_token": "given", "expires_in": 1_800}))
        }
        "/api/v1/oauth/token" => Play::json(401, json!({"error": "invalid_client"})),
        "/api/v1/jamf-pro-version" => Play::json(200, json!({"version": "11.30.1"})),
        "/api/v1/fleet/teams" if bears(seen, "new") => Play::json(200, json!({"teams": []})),
        "/chat.postMessage" if bears(seen, "new") => Play::json(
            200,
            json!({"ok": true, "ts": "1.1", "channel": "C0AAAAAAA"}),
        ),
        "/chat.postMessage" => Play::json(200, json!({"ok": false, "error": "token_revoked"})),
        "/tickets" if bears(seen, "new") => Play::json(201, json!({"id": 1})),
        _ => Play::json(
            401,
            json!({"message": "Authentication required", "errors": []}),
        ),
    }
}

fn connectors(wire: &Wire, kept: &Kept) -> Vec<(Arc<dyn Connector>, &'static str, Json)> {
    let old = || kept.secret("old");
    let bearer = {
        let this = kept.clone();
        Rotating::new("Bearer old".to_owned().into(), move || {
            this.reads.fetch_add(1, Ordering::SeqCst);
            Ok(format!("Bearer {}", this.now.lock().unwrap()).into())
        })
    };
    let url = &wire.url;
    let fleet = Fleet::new(fleet::Settings::new(url, old()), clock()).unwrap();
    let jamf = Jamf::new(jamf::Settings::new(url, "client", old()), clock()).unwrap();
    let mode = slack::Mode::Bot {
        token: old(),
        channel: "C0AAAAAAA".into(),
        url: url.clone(),
    };
    let slack = Slack::new(slack::Settings::new(mode), clock()).unwrap();
    let allow = Allow {
        prefix: url.clone(),
        headers: vec![("Authorization".into(), bearer)],
    };
    let http = Generic::new(generic::Settings::new(vec![allow], Vec::new()), clock()).unwrap();
    let ticket = json!({"method": "POST", "url": format!("{url}/tickets"), "body": {"a": 1}});
    vec![
        (Arc::new(fleet), "fleet.list_teams", json!({})),
        (Arc::new(jamf), "jamf.version", json!({})),
        (Arc::new(slack), "slack.post", json!({"text": "hello"})),
        (Arc::new(http), "http.request", ticket),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_secret_is_read_again_once_and_the_call_succeeds() {
    let wire = Wire::start(services).await;
    for index in 0..4 {
        let kept = Kept::new("new");
        let (connector, action, input) = connectors(&wire, &kept).swap_remove(index);
        let reply = call(connector.as_ref(), action, input.clone()).await;
        assert!(reply.is_ok(), "{action}: {:?}", reply.err());
        assert_eq!(kept.reads(), 1, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_has_not_changed_is_refused_as_before_and_not_read_in_a_storm() {
    let wire = Wire::start(services).await;
    for index in 0..4 {
        let kept = Kept::new("old");
        let (connector, action, input) = connectors(&wire, &kept).swap_remove(index);
        for _ in 0..3 {
            let failure = call(connector.as_ref(), action, input.clone()).await.err();
            assert_eq!(
                failure.map(|failure| failure.fault.kind),
                Some(FaultKind::Unauthorized),
                "{action}"
            );
        }
        assert_eq!(kept.reads(), 1, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_refused_at_once_read_it_once_and_none_of_them_fails() {
    let wire = Wire::start(services).await;
    let kept = Kept::new("new");
    let (connector, action, input) = connectors(&wire, &kept).swap_remove(0);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (connector, input) = (connector.clone(), input.clone());
        calls.spawn(async move { call(connector.as_ref(), action, input).await.is_ok() });
    }
    assert!(calls.join_all().await.into_iter().all(|well| well));
    assert_eq!(kept.reads(), 1);
}

#[test]
fn a_hang_up_reads_every_secret_again_and_the_journal_names_the_slots_alone() {
    let company = Company::open(60, &["--devices", "2"]);
    let file = company.path("fleet.token");
    let keep = |text: &str| {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    // One that is taken: after a refusal it would be read again by itself.
    let known = company
        .secrets
        .iter()
        .find(|(name, _)| name == "FLEET_TOKEN");
    let before = known.unwrap().1.clone();
    keep(&before);
    company.rewrite(
        "drover.toml",
        "{ env = \"FLEET_TOKEN\" }\n# The budget",
        "{ file = \"fleet.token\" }\n# The budget",
    );
    let mut engine = company.engine();
    let id = Pid::from_raw(engine.id().cast_signed()).unwrap();
    let said = |part: &str| {
        until(SOON, part, || {
            let lines = journal(&company);
            lines
                .iter()
                .any(|line| line.text.contains(part))
                .then_some(())
        });
    };
    keep("another-token");
    kill_process(id, Signal::HUP).unwrap();
    said("3 secrets read again: connectors.fleet.token is another now");
    std::fs::remove_file(&file).unwrap();
    kill_process(id, Signal::HUP).unwrap();
    said(
        "fleet.token cannot be read: No such file or directory (os error 2); the one before is kept",
    );
    assert!(engine.is_running());
    let lines = format!("{:?}", journal(&company));
    assert!(!lines.contains("another-token") && !lines.contains(&before));
}
