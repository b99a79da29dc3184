//! Commands that read.

use super::bench::Bench;
use drover::config::parse;
use serde_json::Value as Json;
use std::path::Path;
use std::process::Stdio;

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
        "✗ enrolled in Fleet",
        "? Jamf removed  unknown: jamf_bits_removed was never read",
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
    assert!(alone.out.contains("1 row parked"), "{}", alone.out);
    let _engine = bench.engine();
    let json = bench.json(&["status"]);
    assert_eq!(json["rows"], 3);
    assert_eq!(json["engine"]["alive"], true);
    assert_eq!(json["parked"][0]["example"], "C02B");
    assert_eq!(json["faults"][0]["rows"], 1);
    assert_eq!(json["attention"].as_array().unwrap().len(), 1, "{json}");
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
fn pipeline_files_are_checked_tried_and_compared() {
    let bench = Bench::new();
    for words in [
        ["pipeline", "check"],
        ["pipeline", "show"],
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
    let text = include_str!("../../../assets/pipelines/jamf-to-fleet.toml");
    let trial = "[[trial]]\nname = 'takes a row'\nstage = 'transfer'\nrow = { serial = 'C02' }\n";
    for (expected, code) in [("false", 0), ("true", 1)] {
        let case = format!("{text}\n{trial}expect = {{ taken = {expected} }}\n");
        std::fs::write(bench.folder.path().join("tried.toml"), case).unwrap();
        let tried = bench.types(&["pipeline", "test", "tried.toml", "--only", "takes a row"]);
        assert_eq!(tried.code, code, "{}{}", tried.out, tried.err);
    }
    let text = text.replace(
        "\"in the staging team\"  = \"fleet_team = :staging_team\"\n\"not yet transferred\"  = \"transferred_at IS NULL\"\n\"enrolled in Fleet\"    = \"connected_to_fleet AND enrolled_at IS NOT NULL\"",
        "\"in the staging team\" = \"fleet_team = :staging_team\"",
    );
    std::fs::write(bench.folder.path().join("new.toml"), text).unwrap();
    let diff = bench.json(&["pipeline", "diff", "jamf-to-fleet", "new.toml"]);
    assert_eq!(diff[0]["rule"], "transfer", "{diff}");
    assert_eq!(
        diff[0]["keys"],
        serde_json::json!(["C02B", "C02C"]),
        "{diff}"
    );
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

#[test]
fn a_backup_comes_back_and_what_was_there_is_kept() {
    let bench = Bench::new();
    assert_eq!(bench.types(&["backup", "copy.db"]).code, 0);
    assert_eq!(bench.types(&["backup", "copy.db"]).code, 2);
    let running = bench.types(&["restore", "copy.db", "--yes"]);
    assert_eq!(running.code, 1, "{}{}", running.out, running.err);
    assert_eq!(bench.types(&["restore", "copy.db"]).code, 2);
    assert_eq!(bench.types(&["restore", "gone.db", "--yes"]).code, 2);
    let other = ["--store", "other.db"];
    let restored = bench.types(&[&other[..], &["restore", "copy.db", "--yes"]].concat());
    assert_eq!(restored.code, 0, "{}", restored.err);
    let rows = bench.json(&[&other[..], &["list"]].concat());
    assert_eq!(rows.as_array().unwrap().len(), 3);
}
