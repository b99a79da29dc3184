//! A folder with a configuration and a store, and an engine that only writes down what it is asked.

use drover::control::protocol::{Peer, Reply, Request, RowResult};
use drover::control::server::{Obey, bind, serve};
use drover::model::actor::Actor;
use drover::model::clock::Clock;
use drover::model::row::RowId;
use drover::model::rule::RuleKind;
use drover::model::value::Value;
use drover::pipeline::Pipeline;
use drover::store::{Cause, Hold, HoldKind, Level, NewAttempt, NewEntry, Setup, Store};
use serde_json::Value as Json;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// A folder with a configuration and a store of three Macs.
pub struct Bench {
    pub folder: TempDir,
    runtime: Runtime,
    store: Store,
    pub ids: Vec<RowId>,
}

pub struct Typed {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drover.toml");
        std::fs::write(&file, "store = \"drover.db\"\n").unwrap();
        let runtime = Runtime::new().unwrap();
        let text = include_str!("../../../assets/pipelines/jamf-to-fleet.toml");
        let pipeline = drover::pipeline::parse("jamf-to-fleet.toml", text).unwrap();
        let store = Store::open(&folder.path().join("drover.db"), setup(&pipeline)).unwrap();
        let ids = runtime.block_on(fill(&store));
        Self {
            folder,
            runtime,
            store,
            ids,
        }
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drover"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    pub fn types(&self, words: &[&str]) -> Typed {
        let output = self.command(words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Typed {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    pub fn json(&self, words: &[&str]) -> Json {
        let typed = self.types(&[words, &["--json"]].concat());
        serde_json::from_str(&typed.out).unwrap_or_else(|_| panic!("{}{}", typed.out, typed.err))
    }

    /// Answers at the socket, and writes down what it was asked.
    pub fn engine(&self) -> Listening {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = watch::channel(false);
        let guard = self.runtime.enter();
        let listener = bind(&self.folder.path().join("drover.db"), None).unwrap();
        drop(guard);
        let obey = Arc::new(Scribe(heard.clone()));
        self.runtime.spawn(serve(listener, obey, stopped));
        Listening { heard, _stop: stop }
    }
}

fn setup(pipeline: &Pipeline) -> Setup {
    Setup {
        shape: pipeline.shape(),
        rules: pipeline.rules(),
        clock: Clock::system(),
    }
}

async fn fill(store: &Store) -> Vec<RowId> {
    let write = store.write(|tx| {
        let mut ids = Vec::new();
        for (key, name, team) in [
            ("C02A", "=HYPERLINK(\"x\")", "No team"),
            ("C02B", "Zoë 東京", "Staging"),
            ("C02C", "plain", "Staging"),
        ] {
            let (row, _) = tx.row_of(key)?;
            let values = [
                ("computer_name".to_owned(), Value::Text(name.into())),
                ("fleet_team".to_owned(), Value::Text(team.into())),
                ("unenrolled_at".to_owned(), Value::Time(tx.now())),
            ];
            tx.set(row, &values.into(), &Cause::Schedule)?;
            ids.push(row);
        }
        let attempt = tx.begin(NewAttempt {
            row: ids[1],
            rule: "transfer".into(),
            kind: RuleKind::Stage,
            rung: None,
            number: 1,
            cause: Cause::Schedule,
            actor: Actor::Engine,
            resumes: None,
            start_at: None,
        })?;
        let fault = drover::model::fault::Fault::new(
            drover::model::fault::FaultKind::Refused,
            "Fleet knows no team \"Workstations\"",
        );
        let failed = drover::store::AttemptState::Failed;
        tx.end(attempt, failed, Some("move"), Some(&fault))?;
        tx.hold(Hold {
            row: ids[1],
            rule: "transfer".into(),
            kind: HoldKind::Parked,
            reason: "refused: Fleet knows no team \"Workstations\"".into(),
            until: None,
            owner: None,
            by: Actor::Engine,
            attempt: Some(attempt),
            fault: Some(fault.kind),
            at: tx.now(),
        })?;
        for text in ["first line", "second line"] {
            tx.say(NewEntry {
                level: Level::Info,
                source: "transfer".into(),
                row: Some(ids[1]),
                text: text.into(),
            })?;
        }
        Ok(ids)
    });
    write.await.unwrap()
}

pub struct Listening {
    heard: Arc<Mutex<Vec<Request>>>,
    _stop: watch::Sender<bool>,
}

impl Listening {
    pub fn heard(&self) -> Vec<Request> {
        self.heard.lock().unwrap().clone()
    }
}

struct Scribe(Arc<Mutex<Vec<Request>>>);

impl Obey for Scribe {
    fn obey(
        &self,
        _peer: Peer,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        let rows = match &request {
            Request::Retry { rows, .. } | Request::Hold { rows, .. } => rows.len(),
            Request::Import { rows, .. } => rows.len(),
            _ => 0,
        };
        let done = |n: usize| RowResult {
            key: format!("row {n}"),
            done: true,
            note: "as asked".into(),
        };
        self.0.lock().unwrap().push(request);
        let reply = Reply::Done {
            command: 1,
            note: "taken".into(),
            rows: (0..rows).map(done).collect(),
        };
        Box::pin(async move { reply })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let store = self.store.clone();
        self.runtime.block_on(store.close());
    }
}
