//! Commands that act.

use super::bench::Bench;
use drover::control::protocol::Request;
use serde_json::Value as Json;

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
        typed.out.contains("2 of 2 rows imported, 1 line left out"),
        "{}",
        typed.out
    );
    assert!(matches!(&engine.heard()[..], [Request::Import { rows, .. }] if rows.len() == 2));
}
