//! Reports on a real store, written as an engine would.

use crate::cli::error::Exit;
use crate::cli::testing::typed;
use crate::model::actor::Actor;
use crate::model::clock::{Clock, real_now};
use crate::model::time::Time;
use crate::model::value::Value;
use crate::pipeline::{Pipeline, parse};
use crate::store::{
    Cause, CheckRecord, CheckState, CommandResult, CommandState, Hold, HoldKind, NewCommand, Setup,
    Store, SwitchKind,
};
use serde_json::{Value as Json, json};
use std::path::Path;
use tempfile::TempDir;

const PIPELINE: &str = r#"
name    = "waves"
title   = "Waves"
subject = "device"
key     = "serial"

[settings]
place = { default = "here", about = "Where." }

[columns]
serial    = "text"
group     = { type = "text", imported = true }
back_at   = "time"
done_at   = { type = "time", imported = true }

[[phase]]
name = "Done"
when = "done_at IS NOT NULL"
tone = "done"
[[phase]]
name = "Waiting"
when = "done_at IS NULL"

[[wave]]
name  = "first"
title = "First"
when  = "\"group\" = 'first'"

[proof]
"done"        = "done_at IS NOT NULL"
"rolled back" = "back_at IS NOT NULL"

[[check]]
name   = "path"
title  = "The path is right"
every  = "5m"
ok_if  = "settings.place == 'here'"
advice = "Put it right."

[[act]]
name  = "roll_back"
title = "Roll back"
set   = { back_at = "{{ now }}" }
[act.when]
"not done" = "done_at IS NULL"
"#;

fn pipeline(place: &str) -> Pipeline {
    let settings = [("place".to_owned(), json!(place))].into();
    let read = parse("waves.toml", PIPELINE).unwrap_or_else(|faults| panic!("{faults:#?}"));
    read.apply(&settings, Vec::new()).unwrap()
}

fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

/// A store in which the check stands so, with one Mac that is done and one that was rolled back.
async fn made(path: &Path, place: &str, state: CheckState) {
    let pipeline = pipeline(place);
    let setup = Setup {
        shape: pipeline.shape(),
        rules: pipeline.rules(),
        clock: Clock::manual(at("2026-03-02T12:00:00Z")),
    };
    let store = Store::open(path, setup).unwrap();
    let anna = Actor::Person("anna".into());
    let write = store.write(move |tx| {
        let now = tx.now();
        let mut rows = Vec::new();
        for (key, column) in [("C02A", "done_at"), ("C02B", "back_at")] {
            let (row, _) = tx.row_of(key)?;
            let values = [(column.to_owned(), Value::Time(now))];
            tx.set(row, &values.into(), &Cause::Schedule)?;
            tx.set_wave(row, Some("first"), &Cause::Schedule)?;
            rows.push(row);
        }
        tx.hold(Hold {
            row: rows[1],
            rule: "*".into(),
            kind: HoldKind::Held,
            reason: "asked its owner".into(),
            by: anna.clone(),
            owner: Some("anna".into()),
            until: None,
            attempt: None,
            fault: None,
            at: now,
        })?;
        tx.set_switch(SwitchKind::Proven, "first", true, "2 of 2", &Actor::Engine)?;
        // It is noon for who reads it, too.
        let engine = json!({"clock": now, "real": real_now(), "speed": 1.0});
        tx.set_note("engine", &engine)?;
        tx.set_check(&CheckRecord {
            name: "path".into(),
            state,
            since: now,
            at: now,
            text: "302 at /scep".into(),
            advice: "Put it right.".into(),
        })?;
        let command = tx.ask(NewCommand {
            actor: anna,
            verb: "act".into(),
            request: json!({"act": "roll_back"}),
            reason: "silent".into(),
            rows: vec![rows[1]],
        })?;
        let result = CommandResult {
            row: rows[1],
            key: "C02B".into(),
            done: true,
            note: "Roll back".into(),
        };
        tx.answer(command, CommandState::Done, vec![result])
    });
    write.await.unwrap();
    store.close().await;
}

fn office(states: &[(&str, &str, CheckState)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = "pipeline = \"./waves.toml\"\nstore = \"production.db\"\n";
    std::fs::write(folder.path().join("drover.toml"), config).unwrap();
    std::fs::write(folder.path().join("waves.toml"), PIPELINE).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, place, state) in states {
        runtime.block_on(made(&folder.path().join(name), place, *state));
    }
    folder
}

#[test]
fn a_report_tells_checks_waves_acts_and_who_is_not_complete() {
    let folder = office(&[("production.db", "here", CheckState::Failed)]);
    let report = |format: &str| {
        let typed = typed(folder.path(), &["report", "--format", format]);
        assert_eq!(typed.exit, Exit::Done, "{}", typed.err);
        typed.out
    };
    let md = report("md");
    for line in [
        "## Checks",
        "| The path is right | failed | 2026-03-02T12:00:00.000Z |",
        "| first | 2 | 1 done, 1 rolled back | 0 | 2026-03-02T12:00:00.000Z |",
        "| Roll back | anna | 1 | 0 | silent | C02B |",
        "| C02B | Waiting | \\*: asked its owner | anna |",
    ] {
        assert!(md.contains(line), "{line}\n{md}");
    }
    assert!(!md.contains("| C02A | Done"), "{md}");
    for (format, part) in [
        ("html", "<td>The path is right</td><td>failed</td>"),
        (
            "csv",
            "Waves,first,2,\"1 done, 1 rolled back\",0,2026-03-02",
        ),
        ("csv", "Not complete,C02B,Waiting,*: asked its owner,anna"),
    ] {
        let text = report(format);
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json: Json = serde_json::from_str(&report("json")).unwrap();
    assert_eq!(json["stragglers"][0]["key"], "C02B", "{json:#}");
    assert_eq!(json["waves"][0]["rows"], 2);
    assert_eq!(json["acts"][0]["done"], 1);
    assert_eq!(json["checks"][0]["ok"], false);
}

#[test]
fn a_staging_store_is_shown_beside_the_production_one() {
    let folder = office(&[
        ("production.db", "here", CheckState::Failed),
        ("staging.db", "there", CheckState::Ok),
    ]);
    let against = |other: &str, more: &[&str]| {
        let words = ["report", "--against", other];
        typed(folder.path(), &[&words[..], more].concat())
    };
    let typed = against("staging.db", &[]);
    assert_eq!(typed.exit, Exit::Done, "{}", typed.err);
    for line in [
        "settings or steps differ",
        "| place | here | there |",
        "| Done | 1 | 1 |",
        "| Waiting | 1 | 1 |",
        "| The path is right | failed",
    ] {
        assert!(typed.out.contains(line), "{line}\n{}", typed.out);
    }
    let json: Json = serde_json::from_str(&against("staging.db", &["--json"]).out).unwrap();
    assert_eq!(json["alike"], "other_settings", "{json:#}");
    assert_eq!(json["there"]["rows"], 2);
    let itself = against("production.db", &["--json"]);
    let json: Json = serde_json::from_str(&itself.out).unwrap();
    assert_eq!(json["alike"], "same");
    assert_eq!(against("gone.db", &[]).exit, Exit::Usage);
}
