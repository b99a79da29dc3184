//! The witness: the simulated services in the test's own process, with a ledger on disk, and the engine as a process
//! beside them that can be killed.

use super::deeds::pipeline;
use crate::support::{Program, SOON, get, post, until};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use drover::model::clock::{Clock, real_pause};
use drover::model::secret::ExposeSecret;
use drover::model::time::{Span, Time};
use drover::sim::ledger::{Effect, Ledger};
use drover::sim::scenario::{Faults, Scenario, ServiceName};
use drover::sim::wire::{Habits, Oddities, Server, Setup, Wire};
use drover::sim::{Ports, Settings, Sim};
use drover::store::{Reader, StoreError, View};
use serde_json::Value as Json;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Where nothing goes wrong that was not arranged. A script that runs never ends, so that a second one of its kind is
/// always one too many.
const WEATHER: &str = r#"
name  = "still"
about = "Nothing happens by itself."
[company]
timezone       = "UTC"
stays_on       = 1.0
filevault      = 1.0
standard_users = 0.0
[night]
clicks_over = "1h"
late        = 0.0
answers     = [{ share = 1.0, least = "1m", most = "2m" }]
[remedy]
script = 1.0
nudge  = 1.0
"#;
const ENDLESS: &str = "\n[trouble.28d]\nrate = 1.0\n";

pub(super) struct Office {
    pub(super) sim: Sim,
    /// The service of `http.request`.
    pub(super) desk: Server,
    pub(super) ledger: Ledger,
    pub(super) runtime: Runtime,
    folder: TempDir,
    secrets: Vec<(&'static str, String)>,
    hooks: u16,
    /// How many times faster than real time.
    speed: f64,
    program: Program,
}

/// How the chat is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chat {
    Bot,
    Webhook,
}

impl Office {
    /// Services for so many Macs, and a folder with the pipeline of all deeds.
    pub(super) fn open(
        program: &Program,
        (speed, macs): (f64, usize),
        chat: Chat,
        scripts_end: bool,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let start = Time::parse("2026-03-02T10:00:00Z").unwrap();
        let clock = Clock::scaled(start, speed);
        let weather = if scripts_end { "" } else { ENDLESS };
        let settings = Settings {
            seed: 1,
            devices: macs,
            scenario: Scenario::parse(&format!("{WEATHER}{weather}")).unwrap(),
            clock: clock.clone(),
            jamf_version: "11.30.1".into(),
            fleet_version: "4.92.0".into(),
            ports: Ports::default(),
            ledger_file: Some(folder.path().join("ledger.jsonl")),
            folder: None,
        };
        let ledger = Ledger::open(&folder.path().join("desk.jsonl")).unwrap();
        let (sim, desk) = runtime.block_on(async {
            let sim = Sim::start(settings).await.unwrap();
            (sim, desk(&clock, &ledger).await)
        });
        let known = sim.credentials();
        let hook = format!(
            "{}/services/{}",
            sim.addresses().slack.trim_end_matches("/api"),
            known.slack_hook.expose_secret()
        );
        let secrets = vec![
            ("DROVER_HOOK_TOKEN", "a-hook-token-of-the-proof".to_owned()),
            ("FLEET_TOKEN", known.fleet_token.expose_secret().to_owned()),
            (
                "JAMF_CLIENT_SECRET",
                known.jamf_client_secret.expose_secret().to_owned(),
            ),
            ("SLACK_TOKEN", known.slack_token.expose_secret().to_owned()),
            ("SLACK_HOOK", hook),
        ];
        let hooks = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .unwrap()
            .port();
        let config = config(&sim, &desk, hooks, chat);
        std::fs::write(folder.path().join("drover.toml"), config).unwrap();
        std::fs::write(folder.path().join("landings.toml"), pipeline()).unwrap();
        Self {
            sim,
            desk,
            ledger,
            runtime,
            folder,
            secrets,
            hooks,
            speed,
            program: program.clone(),
        }
    }

    /// Lets engine time pass.
    pub(super) fn pause(&self, span: Span) {
        real_pause(span.to_std().div_f64(self.speed));
    }

    pub(super) fn wire(&self, service: &str) -> Wire {
        match service {
            "fleet" => self.sim.wire(ServiceName::Fleet).clone(),
            "jamf" => self.sim.wire(ServiceName::Jamf).clone(),
            "slack" => self.sim.wire(ServiceName::Slack).clone(),
            _ => self.desk.wire().clone(),
        }
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// An engine that answers.
    pub(super) fn engine(&self) -> Life {
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.path("run.log"))
            .unwrap();
        let mut command = self.program.command();
        let child = command
            .args(["run", "--speed", &self.speed.to_string()])
            .current_dir(self.folder.path())
            .envs(self.secrets.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut life = Life(child);
        until(SOON, "the engine answers", || {
            if let Some(status) = life.0.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.path("run.log")).unwrap_or_default();
                panic!("the engine ended: {status}\n{log}");
            }
            get(self.hooks, "/healthz").filter(|answer| answer.status == 200)
        });
        life
    }

    /// Makes a row with these columns.
    pub(super) fn wants(&self, row: &Json) {
        let target = format!("/hooks/want?token={}", self.secrets[0].1);
        let answer = post(self.hooks, &target, row.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{row}");
    }

    pub(super) fn look<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T, StoreError>) -> T {
        Reader::open(&self.path("drover.db"))
            .and_then(|reader| reader.look(work))
            .unwrap()
    }

    /// Everything that landed anywhere.
    pub(super) fn effects(&self) -> Vec<Effect> {
        let file = Ledger::open(&self.path("ledger.jsonl")).unwrap();
        let mut all = file.effects();
        all.extend(self.ledger.effects());
        all
    }
}

/// An engine's life; it ends with SIGKILL.
pub(super) struct Life(Child);

impl Life {
    pub(super) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A service nobody knows anything of: it writes down what it was sent.
async fn desk(clock: &Clock, ledger: &Ledger) -> Server {
    let wire = Wire::new(Setup {
        habits: Habits::plain("desk"),
        clock: clock.clone(),
        seed: 1,
        faults: Faults::default(),
        odd: Oddities::default(),
        ledger: ledger.clone(),
    });
    let router = Router::new()
        .route("/desk/{subject}", axum::routing::any(note))
        .with_state((clock.clone(), ledger.clone()));
    Server::start(wire, router, 0).await.unwrap()
}

async fn note(
    State((clock, ledger)): State<(Clock, Ledger)>,
    Path(subject): Path<String>,
    body: Bytes,
) -> axum::Json<Json> {
    ledger.record(Effect::new(clock.now(), "desk", "note", subject, &body));
    axum::Json(serde_json::json!({ "noted": true }))
}

fn config(sim: &Sim, desk: &Server, hooks: u16, chat: Chat) -> String {
    let at = sim.addresses();
    let door = match chat {
        Chat::Bot => format!(
            "token = {{ env = \"SLACK_TOKEN\" }}\nchannel = \"C0MIGRATE\"\nurl = \"{}\"",
            at.slack
        ),
        Chat::Webhook => "webhook_url = { env = \"SLACK_HOOK\" }".to_owned(),
    };
    format!(
        r#"
pipeline = "./landings.toml"
store = "drover.db"
[listen]
address = "127.0.0.1:{hooks}"
token = {{ env = "DROVER_HOOK_TOKEN" }}
[connectors.fleet]
url = "{}"
token = {{ env = "FLEET_TOKEN" }}
[connectors.jamf]
url = "{}"
client_id = "{}"
client_secret = {{ env = "JAMF_CLIENT_SECRET" }}
[connectors.slack]
{door}
[connectors.http]
allow = ["{}/desk"]
"#,
        at.fleet,
        at.jamf,
        sim.credentials().jamf_client_id,
        desk.url(),
    )
}
