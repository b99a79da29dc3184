//! The binary as an operator types it: a store made by the store, an engine that only writes down what it is asked.

use drover::config::parse;
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
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// A folder with a configuration and a store of three Macs.
struct Bench {
    folder: TempDir,
    runtime: Runtime,
    store: Store,
    ids: Vec<RowId>,
}

struct Typed {
    code: i32,
    out: String,
    err: String,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drover.toml");
        std::fs::write(&file, "store = \"drover.db\"\n").unwrap();
        let runtime = Runtime::new().unwrap();
        let text = include_str!("../../assets/pipelines/jamf-to-fleet.toml");
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

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drover"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    fn types(&self, words: &[&str]) -> Typed {
        let output = self.command(words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Typed {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    fn json(&self, words: &[&str]) -> Json {
        let typed = self.types(&[words, &["--json"]].concat());
        serde_json::from_str(&typed.out).unwrap_or_else(|_| panic!("{}{}", typed.out, typed.err))
    }

    /// Answers at the socket, and writes down what it was asked.
    fn engine(&self) -> Listening {
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

struct Listening {
    heard: Arc<Mutex<Vec<Request>>>,
    _stop: watch::Sender<bool>,
}

impl Listening {
    fn heard(&self) -> Vec<Request> {
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

#[test]
fn rows_are_listed_for_people_spreadsheets_and_programs() {
    let bench = Bench::new();
    let table = bench.types(&["list", "--columns", "serial,computer_name"]);
    assert_eq!(table.code, 0, "{}", table.err);
    assert_eq!(table.out.lines().count(), 4, "{}", table.out);
    assert!(!table.out.contains('\u{1b}'), "{}", table.out);
    let csv = bench.types(&[
        "list",
        "--format",
        "csv",
        "--columns",
        "serial,computer_name,fleet_id",
        "--sort",
        "-serial",
    ]);
    assert_eq!(
        csv.out,
        "serial,computer_name,fleet_id\nC02C,plain,\nC02B,Zoë 東京,\nC02A,\"'=HYPERLINK(\"\"x\"\")\",\n"
    );
    let json = bench.json(&["list", "--where", "fleet_team = 'No team'"]);
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(json[0]["serial"], "C02A");
    let wrong = bench.types(&["list", "--where", "flet_team = 1"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert!(wrong.err.contains("flet_team"), "{}", wrong.err);
    let wrong = bench.types(&["list", "--where", "1; DROP TABLE device"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
}

#[test]
fn a_dossier_says_what_a_row_waits_for() {
    let bench = Bench::new();
    let shown = bench.types(&["show", "C02A"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for part in [
        "✓ unenrolled from Jamf",
        "✗ in the staging team  fleet_team is \"No team\"",
        "? enrolled in Fleet  unknown:",
        "waiting for: in the staging team",
        "fleet_team: – → No team",
    ] {
        assert!(shown.out.contains(part), "{part}\n{}", shown.out);
    }
    let parked = bench.types(&["show", "C02B"]);
    assert!(parked.out.contains("parked"), "{}", parked.out);
    assert!(
        parked.out.contains("✗ transfer failed, at step move"),
        "{}",
        parked.out
    );
    let json = bench.json(&["show", "C02B"]);
    assert_eq!(json["key"], "C02B");
    assert!(json["history"].as_array().unwrap().len() > 3);
    let unknown = bench.types(&["show", "C02X"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean C02"), "{}", unknown.err);
}

#[test]
fn status_says_whether_somebody_must_look() {
    let bench = Bench::new();
    let alone = bench.types(&["status"]);
    assert_eq!(alone.code, 3, "{}{}", alone.out, alone.err);
    assert!(alone.out.contains("no engine"), "{}", alone.out);
    assert!(alone.out.contains("1 parked rows"), "{}", alone.out);
    let _engine = bench.engine();
    let json = bench.json(&["status"]);
    assert_eq!(json["rows"], 3);
    assert_eq!(json["engine"]["alive"], true);
    assert_eq!(json["parked"][0]["example"], "C02B");
    assert_eq!(json["faults"][0]["rows"], 1);
    assert_eq!(json["attention"].as_array().unwrap().len(), 1, "{json}");
}

#[test]
fn an_act_shows_its_list_first_and_sends_only_what_will_be_done() {
    let bench = Bench::new();
    let engine = bench.engine();
    let why = ["--reason", "looked"];
    let act = |words: &[&str]| bench.types(&[words, &why].concat());
    for (words, part) in [
        (vec!["retry"], "required"),
        (
            vec!["retry", "--where", "serial = 'none'"],
            "empty means nothing",
        ),
        (vec!["retry", "C02B", "C02X"], "no row answers to C02X"),
        (
            vec!["retry", "C02B", "--stage", "transfr"],
            "did you mean \"transfer\"",
        ),
        (vec!["retry", "C02B"], "add --yes"),
        (vec!["hold", "--fault", "nothing"], "no group of failures"),
    ] {
        let typed = act(&words);
        assert_eq!(typed.code, 2, "{words:?}: {}", typed.err);
        assert!(typed.err.contains(part), "{words:?}: {}", typed.err);
    }
    let dry = bench.types(&[
        "retry",
        "--where",
        "1",
        "--dry-run",
        "--json",
        "--reason",
        "x",
    ]);
    let dry: Json = serde_json::from_str(&dry.out).unwrap();
    let will: Vec<bool> = dry["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["will"].as_bool().unwrap())
        .collect();
    assert_eq!(will, [false, true, false], "{dry}");
    assert!(engine.heard().is_empty());

    let typed = act(&["retry", "--where", "1", "--yes"]);
    assert_eq!(typed.code, 0, "{}", typed.err);
    assert!(
        typed.err.contains("retry: 1 row will: C02B"),
        "{}",
        typed.err
    );
    assert!(typed.err.contains("2 rows will not"), "{}", typed.err);
    assert_eq!(
        engine.heard(),
        [Request::Retry {
            rows: vec![bench.ids[1]],
            stage: None,
            from_start: false,
            reason: "looked".into()
        }]
    );
    let fault = bench.json(&["status"])["faults"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let typed = act(&["hold", "--fault", &fault, "--yes"]);
    assert_eq!(typed.code, 0, "{}", typed.err);
    assert!(
        matches!(engine.heard().last(), Some(Request::Hold { rows, .. }) if rows == &[bench.ids[1]])
    );
}

#[test]
fn stopping_needs_a_reason_and_an_engine() {
    let bench = Bench::new();
    let alone = bench.types(&["stop", "--reason", "smoke"]);
    assert_eq!(alone.code, 1);
    assert!(alone.err.contains("`drover run`"), "{}", alone.err);
    let engine = bench.engine();
    assert_eq!(bench.types(&["stop", "--reason", "smoke"]).code, 0);
    assert_eq!(bench.types(&["stage", "off", "transfer"]).code, 0);
    assert_eq!(bench.types(&["stage", "off", "transfers"]).code, 2);
    assert_eq!(bench.types(&["resume"]).code, 0);
    assert_eq!(engine.heard().len(), 3);
}

#[test]
fn an_import_leaves_bad_lines_out_and_says_which() {
    let bench = Bench::new();
    let engine = bench.engine();
    let file = bench.folder.path().join("macs.csv");
    std::fs::write(&file, "serial,fleet_id\nC02D,7\nC02E,x\nC02F,\n").unwrap();
    let typed = bench.types(&["import", "macs.csv", "--yes"]);
    assert_eq!(typed.code, 1, "{}", typed.err);
    assert!(typed.err.contains("line 3: fleet_id"), "{}", typed.err);
    assert!(
        typed.out.contains("2 of 2 rows imported, 1 lines left out"),
        "{}",
        typed.out
    );
    assert!(matches!(&engine.heard()[..], [Request::Import { rows, .. }] if rows.len() == 2));
}

#[test]
fn the_journal_reads_in_order_and_is_proven_whole() {
    let bench = Bench::new();
    let typed = bench.types(&["journal", "--row", "C02B"]);
    let (first, second) = (typed.out.find("first line"), typed.out.find("second line"));
    assert!(first.is_some() && first < second, "{}", typed.out);
    let lines = bench.types(&["journal", "--json", "-n", "1"]).out;
    let entry: Json = serde_json::from_str(&lines).unwrap();
    assert_eq!(entry["text"], "second line");
    let verified = bench.types(&["journal", "--verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert!(verified.out.contains("the chain is whole"));
}

#[test]
fn an_export_is_private_and_never_overwrites() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    assert_eq!(bench.types(&["export", "-o", "all.csv"]).code, 0);
    let path = bench.folder.path().join("all.csv");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    assert_eq!(reader.records().count(), 3);
    assert_eq!(bench.types(&["export", "-o", "all.csv"]).code, 2);
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let bench = Bench::new();
    let mut child = bench
        .command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn the_shipped_pipeline_passes_its_check_and_its_trials() {
    let bench = Bench::new();
    for words in [
        ["pipeline", "check"],
        ["pipeline", "test"],
        ["pipeline", "help"],
    ] {
        let typed = bench.types(&words);
        assert_eq!(typed.code, 0, "{words:?}: {}{}", typed.out, typed.err);
    }
    let shipped = bench.types(&["pipeline", "diff", "jamf-to-fleet", "jamf-to-fleet"]);
    assert!(
        shipped.out.contains("decided alike"),
        "{}{}",
        shipped.out,
        shipped.err
    );
    let text = include_str!("../../assets/pipelines/jamf-to-fleet.toml");
    let text = text.replace(
        "\"fleet_team = :staging_team\"",
        "\"fleet_team = 'No team'\"",
    );
    std::fs::write(bench.folder.path().join("new.toml"), text).unwrap();
    let diff = bench.json(&["pipeline", "diff", "jamf-to-fleet", "new.toml"]);
    assert!(diff.is_array(), "{diff}");
}

#[test]
fn reading_needs_no_secret_and_a_wrong_configuration_says_all_that_is_wrong() {
    let bench = Bench::new();
    let file = bench.folder.path().join("drover.toml");
    let text = "store = \"drover.db\"\n[connectors.fleet]\nurl = \"https://fleet.example.com\"\ntoken = { env = \"NOT_SET\" }\n";
    std::fs::write(&file, text).unwrap();
    assert!(parse(text, Path::new("drover.toml")).is_ok());
    assert_eq!(bench.types(&["list"]).code, 0);
    std::fs::write(&file, "stor = 1\n[listen]\naddress = 'x'\n").unwrap();
    let typed = bench.types(&["list"]);
    assert_eq!(typed.code, 2);
    assert!(typed.err.contains("has 2 faults"), "{}", typed.err);
}

impl Drop for Bench {
    fn drop(&mut self) {
        let store = self.store.clone();
        self.runtime.block_on(store.close());
    }
}
