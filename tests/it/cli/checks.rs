//! How checks are shown and asked at a shell.

use drover::model::clock::Clock;
use drover::model::time::Span;
use drover::pipeline::parse;
use drover::store::{CheckRecord, CheckState, Setup, Store};
use serde_json::Value as Json;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const FILE: &str = r#"
name    = "moving"
title   = "Moving"
subject = "device"
key     = "serial"
[settings]
moved = false
[columns]
serial  = "text"
done_at = "time"
[[stage]]
name   = "cut"
checks = ["path", "settled"]
[stage.gate]
"not done" = "done_at IS NULL"
[stage.set]
done_at = "{{ now }}"
[[check]]
name     = "path"
title    = "Path of check-ins"
ok_if    = "settings.moved"
evidence = "moved is {{ settings.moved }}"
advice   = "redirect /mdm/checkin"
[[check]]
name   = "settled"
no_row = "serial IS NULL"
advice = "name them"
[[check]]
name   = "later"
after  = ["path"]
ok_if  = "true"
advice = "wait"
"#;

/// A folder with this pipeline and a store of one row, in which the checks were asked and nobody asks any more.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("moving.toml", FILE);
    let config = "pipeline = \"moving.toml\"\nstore = \"drover.db\"\n";
    write("drover.toml", config);
    let pipeline = parse("moving.toml", FILE).unwrap();
    let setup = Setup {
        shape: pipeline.shape(),
        rules: pipeline.rules(),
        clock: Clock::system(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&folder.path().join("drover.db"), setup).unwrap();
        let filled = store.write(|tx| {
            tx.row_of("C02A")?;
            let failed = (
                "path",
                CheckState::Failed,
                "moved is no",
                "redirect /mdm/checkin",
            );
            let later = ("later", CheckState::NotDue, "after Path of check-ins", "");
            for (name, state, text, advice) in [failed, later] {
                tx.set_check(&CheckRecord {
                    name: name.into(),
                    state,
                    since: tx.now().minus(Span::from_mins(3)),
                    at: tx.now(),
                    text: text.into(),
                    advice: advice.into(),
                })?;
            }
            Ok(())
        });
        filled.await.unwrap();
        store.close().await;
    });
    folder
}

fn types(folder: &Path, words: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drover"));
    let typed: Output = command
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("COLUMNS", "200")
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&typed.stderr);
    let out = String::from_utf8(typed.stdout).unwrap();
    (typed.status.code().unwrap(), out + &err)
}

fn json(folder: &Path, words: &[&str]) -> Json {
    let (_, out) = types(folder, &[words, &["--json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}"))
}

const WHY: &str = "waits for the check Path of check-ins: moved is no — redirect /mdm/checkin";

#[test]
fn status_says_how_checks_stand_and_which_stage_they_keep_back() {
    let folder = folder();
    let (code, out) = types(folder.path(), &["status"]);
    assert_eq!(code, 3, "{out}");
    for part in [
        "✗  Path of check-ins  3m",
        "?  Settled            –",
        "·  Later",
        &format!("cut {WHY}"),
        "! the check Path of check-ins keeps back cut: moved is no — redirect /mdm/checkin",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let told = json(folder.path(), &["status"]);
    let checks = told["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 3);
    assert_eq!(checks[0]["record"]["state"], "failed");
    assert_eq!(checks[0]["keeps_back"][0], "cut");
    assert_eq!(checks[1]["record"], Json::Null);
    assert_eq!(told["queues"][0]["kept_back"][0], WHY);
    assert_eq!(told["queues"][0]["kept_back"].as_array().unwrap().len(), 2);
}

#[test]
fn a_report_lists_them() {
    let folder = folder();
    let (code, out) = types(folder.path(), &["report", "--format", "csv"]);
    assert_eq!(code, 0, "{out}");
    let line = "Checks,Path of check-ins,failed,";
    assert!(out.contains(line), "{out}");
    assert!(out.contains("Checks,Settled,not asked yet,"), "{out}");
}

#[test]
fn a_dossier_says_that_a_check_keeps_the_row_back() {
    let folder = folder();
    let (code, out) = types(folder.path(), &["show", "C02A"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains(&format!("Cut (cut): {WHY}")), "{out}");
    assert!(
        out.contains("✗ waits for the check Settled: not asked yet"),
        "{out}"
    );
    let told = json(folder.path(), &["show", "C02A"]);
    assert_eq!(told["rules"][0]["kept_back"][0], WHY);
}

#[test]
fn drover_check_asks_them_now_without_a_store() {
    let folder = folder();
    std::fs::remove_file(folder.path().join("drover.db")).unwrap();
    let (code, out) = types(folder.path(), &["check"]);
    assert_eq!(code, 3, "{out}");
    for part in [
        "✗ Path of check-ins: moved is False — redirect /mdm/checkin",
        "✓ Settled: asked of the table by the engine",
        "✓ Later: ok",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let (code, out) = types(folder.path(), &["pipeline", "show", "moving.toml"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("asked every 5m; keeps back cut"), "{out}");
    assert!(
        out.contains("ok while no device meets serial IS NULL"),
        "{out}"
    );
}
