//! Waves, what is told outside, and the pipeline's own acts, at the command line.

use super::bench::Typed;
use drover::control::protocol::{Peer, Reply, Request, RowResult};
use drover::control::server::{Obey, bind, serve};
use drover::model::actor::Actor;
use drover::model::clock::Clock;
use drover::model::value::Value;
use drover::store::{Cause, MirrorRecord, MirrorState, Setup, Store, SwitchKind};
use serde_json::{Value as Json, json};
use std::pin::Pin;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;

const FILE: &str = r#"
name    = "moves"
title   = "Moves"
subject = "thing"
key     = "serial"
[columns]
serial  = "text"
wanted  = { type = "boolean", imported = true }
back    = "boolean"
done_at = "time"
[[wave]]
name = "few"
title = "A few"
[[wave]]
name  = "all"
title = "All"
after = "few"
pause = "2h"
[proof]
"done" = "done_at IS NOT NULL"
"back" = "back"
[[mirror]]
name  = "proxy"
title = "Proxy"
call  = "mdmproxy.route"
with  = { new = "{{ lists.new }}", old = [], proven = "{{ waves.proven }}" }
[mirror.lists]
new = { column = "serial", when = "wanted" }
[[stage]]
name  = "send"
title = "Send"
waves = true
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[stage.set]
done_at = "{{ now }}"
[[act]]
name  = "roll_back"
title = "Roll back"
set   = { back = true }
[act.when]
"wanted" = "wanted"
"#;

struct Table {
    folder: TempDir,
    runtime: Runtime,
    store: Store,
    heard: Arc<Mutex<Vec<Request>>>,
    _stop: watch::Sender<bool>,
}

struct Scribe(Arc<Mutex<Vec<Request>>>);

impl Obey for Scribe {
    fn obey(&self, _: Peer, request: Request) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        let rows = request.rows().unwrap_or_default().iter();
        let done = |row: &drover::model::row::RowId| RowResult {
            key: row.0.to_string(),
            done: true,
            note: String::new(),
        };
        let rows = rows.map(done).collect();
        self.0.lock().unwrap().push(request);
        Box::pin(async move {
            let (command, note) = (1, String::new());
            Reply::Done {
                command,
                note,
                rows,
            }
        })
    }
}

impl Table {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "drover.toml",
            "store = \"drover.db\"\npipeline = \"moves.toml\"\n",
        );
        write("moves.toml", FILE);
        let pipeline = drover::pipeline::parse("moves.toml", FILE).unwrap();
        let runtime = Runtime::new().unwrap();
        let path = folder.path().join("drover.db");
        let setup = Setup {
            shape: pipeline.shape(),
            rules: pipeline.rules(),
            clock: Clock::system(),
        };
        let store = Store::open(&path, setup).unwrap();
        runtime.block_on(fill(&store));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = watch::channel(false);
        let guard = runtime.enter();
        let listener = bind(&path, None).unwrap();
        drop(guard);
        runtime.spawn(serve(listener, Arc::new(Scribe(heard.clone())), stopped));
        Self {
            folder,
            runtime,
            store,
            heard,
            _stop: stop,
        }
    }

    fn types(&self, words: &[&str]) -> Typed {
        let output = Command::new(env!("CARGO_BIN_EXE_drover"))
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
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

    fn heard(&self) -> Vec<Request> {
        let heard = self.heard.lock().unwrap().clone();
        heard
            .into_iter()
            .filter(|it| *it != Request::Hello)
            .collect()
    }
}

async fn fill(store: &Store) {
    let write = store.write(|tx| {
        for (key, wave, wanted, done) in [
            ("A", "few", true, true),
            ("B", "few", true, false),
            ("C", "all", false, false),
        ] {
            let (row, _) = tx.row_of(key)?;
            tx.set_wave(row, Some(wave), &Cause::Schedule)?;
            let done = if done {
                Value::Time(tx.now())
            } else {
                Value::Null
            };
            let values = [
                ("wanted".to_owned(), Value::Boolean(wanted)),
                ("done_at".to_owned(), done),
            ];
            tx.set(row, &values.into(), &Cause::Schedule)?;
        }
        let now = tx.now();
        tx.set_switch(
            SwitchKind::Wave,
            "few",
            true,
            "go",
            &Actor::Person("anna".into()),
        )?;
        tx.set_mirror(&MirrorRecord {
            name: "proxy".into(),
            state: MirrorState::Told,
            since: now,
            told_at: Some(now),
            told: String::new(),
            result: json!({"percentage": 1, "listed": 2}),
            text: String::new(),
        })
    });
    write.await.unwrap();
}

#[test]
fn the_waves_say_what_is_settled_in_them_and_what_opens_the_next() {
    let table = Table::new();
    let waves = table.json(&["wave"]);
    assert_eq!(waves[0]["name"], "few");
    assert_eq!(waves[0]["open"], true);
    assert_eq!(
        (&waves[0]["rows"], &waves[0]["unsettled"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(waves[0]["settled"], json!([["done", 1], ["back", 0]]));
    assert_eq!(waves[1]["open"], false);
    assert_eq!(waves[1]["next"], "opens 2h after wave few is proven");
    let typed = table.types(&["wave", "list"]);
    assert_eq!(typed.code, 0, "{}", typed.err);
    assert!(
        typed.out.contains("A few") && typed.out.contains("1 done"),
        "{}",
        typed.out
    );
    for (words, code) in [
        (&["wave", "open"][..], 2),
        (&["wave", "open", "all", "--reason", "x"], 0),
    ] {
        let typed = table.types(words);
        assert_eq!(typed.code, code, "{words:?}: {}", typed.err);
    }
    assert!(
        matches!(&table.heard()[..], [Request::WaveSwitch { wave, open: true, .. }] if wave == "all")
    );
}

#[test]
fn status_has_the_waves_and_what_was_told_outside() {
    let table = Table::new();
    let status = table.json(&["status"]);
    assert_eq!(status["waves"][0]["name"], "few", "{status}");
    assert_eq!(status["mirrors"][0]["title"], "Proxy");
    assert_eq!(status["mirrors"][0]["state"], "told");
    let text = table.types(&["status"]).out;
    for part in ["Waves", "A few", "Told outside", "percentage 1, listed 2"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    table
        .runtime
        .block_on(table.store.write(|tx| {
            let mut record = tx.mirror("proxy")?.unwrap();
            (record.state, record.text) = (MirrorState::Failed, "unreachable: refused".into());
            tx.set_mirror(&record)
        }))
        .unwrap();
    let failed = table.types(&["status"]);
    assert_eq!(failed.code, 3);
    let said = "! Proxy could not be told: unreachable: refused";
    assert!(failed.out.contains(said), "{}", failed.out);
}

#[test]
fn the_pipelines_own_acts_are_listed_previewed_and_asked_for_by_name() {
    let table = Table::new();
    let acts = table.json(&["act"]);
    assert_eq!(
        acts,
        json!([{"name": "roll_back", "title": "Roll back", "when": ["wanted"]}])
    );
    assert!(table.types(&["act"]).out.contains("Roll back"));
    for (words, part) in [
        (
            vec!["act", "rollback", "A", "--reason", "x"],
            "did you mean \"roll_back\"?",
        ),
        (vec!["act", "roll_back", "--reason", "x"], "which rows?"),
        (vec!["act", "roll_back", "A"], "--reason"),
        (
            vec!["act", "roll_back", "--wave", "feww", "--reason", "x"],
            "did you mean \"few\"?",
        ),
        (
            vec!["act", "roll_back", "A", "--wave", "few", "--reason", "x"],
            "cannot be used with",
        ),
    ] {
        let typed = table.types(&words);
        assert_eq!(typed.code, 2, "{words:?}: {}", typed.err);
        assert!(typed.err.contains(part), "{words:?}: {}", typed.err);
    }
    let dry = table.json(&["act", "roll_back", "A", "C", "--dry-run", "--reason", "x"]);
    assert_eq!(dry["rows"][0]["will"], true, "{dry}");
    assert_eq!(dry["rows"][1]["note"], "not met: wanted", "{dry}");
    let typed = table.types(&[
        "act",
        "roll_back",
        "--wave",
        "few",
        "--yes",
        "--reason",
        "silent",
    ]);
    assert_eq!(typed.code, 0, "{}", typed.err);
    assert!(
        matches!(&table.heard()[..], [Request::Act { rows, act, reason }] if rows.len() == 2 && act == "roll_back" && reason == "silent")
    );
}

#[test]
fn every_verb_takes_a_wave() {
    let table = Table::new();
    let dry = table.json(&["hold", "--wave", "all", "--dry-run", "--reason", "x"]);
    assert_eq!(dry["rows"][0]["key"], "C", "{dry}");
}

#[test]
fn a_file_is_shown_and_compared_with_its_waves_mirrors_and_acts() {
    let table = Table::new();
    let shown = table.types(&["pipeline", "show", "moves.toml"]).out;
    for part in [
        "all: rows put into it by an import; opens 2h after few is proven",
        "a row of a wave is settled when done  done_at IS NOT NULL",
        "mdmproxy.route when anything changes, and every 1m",
        "new: serial of rows for which wanted",
        "roll_back · Roll back",
        "writes back",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = table.json(&["pipeline", "show", "moves.toml"]);
    assert_eq!(json["mirrors"][0]["lists"][0]["column"], "serial");
    let other = FILE
        .replace("when = \"wanted\"", "when = \"NOT wanted\"")
        .replace(
            "\"done\" = \"done_at IS NOT NULL\"",
            "\"asked\" = \"wanted\"",
        );
    std::fs::write(table.folder.path().join("other.toml"), other).unwrap();
    let diff = table.json(&["pipeline", "diff", "moves.toml", "other.toml"]);
    let shifts: Vec<String> = diff
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!("{} {} {} {}", it["rule"], it["old"], it["new"], it["keys"]).replace('"', "")
        })
        .collect();
    for part in [
        "proxy, new in it not in it [A,B]",
        "proxy, new not in it in it [C]",
        "settled no asked [B]",
        "settled done asked [A]",
    ] {
        assert!(
            shifts.iter().any(|shift| shift == part),
            "{part}: {shifts:#?}"
        );
    }
}
