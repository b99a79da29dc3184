//! `drover pipeline` as an operator types it: what is printed, and the exit code.

use serde_json::Value as Json;
use std::process::{Command, Stdio};

const SHIPPED: &str = drover::pipeline::SHIPPED[0].1;

/// Runs `drover pipeline WORDS FILE` on a file of this text.
fn types(words: &[&str], text: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tried.toml"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_drover"))
        .args([&["pipeline"], words, &["tried.toml"]].concat())
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), out)
}

#[test]
fn the_shipped_trials_all_pass() {
    for (name, text) in drover::pipeline::SHIPPED {
        let (code, out) = types(&["test"], text);
        assert_eq!(code, 0, "{name}: {out}");
        let passed = out.lines().filter(|line| line.starts_with("✓ ")).count();
        assert!(passed >= 16, "{name}: {out}");
        let last = out.lines().last().unwrap();
        assert_eq!(last, format!("{passed} passed, 0 failed"));
    }
}

#[test]
fn a_broken_expectation_fails_and_says_what_came() {
    let broken = SHIPPED.replacen(
        "row = { completed_at = \"{{ now }}\" }",
        "row = { completed_at = \"{{ none }}\" }",
        1,
    );
    assert_ne!(broken, SHIPPED);
    let (code, out) = types(&["test"], &broken);
    assert_eq!(code, 1, "{out}");
    let failed = "✗ complete: everything is true at once\n    completed_at: expected –, got 2026-01-05T12:00:00.000Z\n";
    assert!(out.contains(failed), "{out}");
    assert!(out.ends_with(" passed, 1 failed\n"), "{out}");
    let (code, out) = types(&["test", "--json"], &broken);
    assert_eq!(code, 1, "{out}");
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(json["failed"], 1);
    let trials = json["trials"].as_array().unwrap();
    let failed: Vec<_> = trials.iter().filter(|t| t["passed"] == false).collect();
    assert_eq!(failed.len(), 1, "{out}");
    assert_eq!(failed[0]["name"], "complete: everything is true at once");
}

#[test]
fn a_file_without_trials_shows_nothing_and_is_not_called_good() {
    let text = SHIPPED.split("[[trial]]").next().unwrap();
    assert_eq!(types(&["check"], text).0, 0);
    assert_eq!(types(&["test"], text).0, 2);
}

/// The line each mistake stands on, a part of what is said, and a part of the hint.
const MISTAKES: [(usize, &str, &str); 10] = [
    (11, "column fleet_id: \"intger\" is no type", "\"integer\"?"),
    (28, "there is no column \"fleet_teem\"", "\"fleet_team\"?"),
    (32, "there is no window \"nigthly\"", "\"nightly\"?"),
    (33, "gate, asked: no such column: askd_at", "\"asked_at\"?"),
    (
        38,
        "no action \"fleet.refetch_hots\"",
        "\"fleet.refetch_host\"?",
    ),
    (43, "stage move: unknown key \"paralell\"", "\"parallel\"?"),
    (
        47,
        "there is no setting \"staging_taem\"",
        "\"staging_team\"?",
    ),
    (
        49,
        "reads \"never_heard\", which nothing writes",
        "imported = true",
    ),
    (
        52,
        "fleet.transfer_host needs the input \"team\" (text)",
        "add team = … to `with`",
    ),
    (55, "there is no column \"fleetid\"", "\"fleet_id\"?"),
];

#[test]
fn ten_mistakes_are_ten_findings_each_with_its_line_and_a_hint() {
    let text = include_str!("../data/ten-mistakes.toml");
    let (code, out) = types(&["check"], text);
    assert_eq!(code, 2, "{out}");
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.len(), MISTAKES.len() + 1, "{out}");
    for ((line, problem, hint), said) in MISTAKES.iter().zip(&lines) {
        let (place, rest) = said.split_once("  ").unwrap();
        assert!(place.contains(&format!("tried.toml:{line}:")), "{said}");
        let (what, hinted) = rest.split_once("  hint: ").unwrap();
        assert!(what.contains(problem) && hinted.contains(hint), "{said}");
    }
    assert!(lines[10].ends_with("10 errors, 0 warnings"), "{out}");
    let (code, out) = types(&["check", "--json"], text);
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 2);
    assert_eq!(json["findings"].as_array().unwrap().len(), 10, "{out}");
}
