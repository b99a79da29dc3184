//! A whole small night, over the real socket: Macs that fail until an admin has done something about them.

use crate::cli::error::Exit;
use crate::cli::testing::{Typed, typed};
use serde_json::Value as Json;

const PIPELINE: &str = r#"
name    = "small"
title   = "Small"
subject = "device"
key     = "serial"

[columns]
serial   = "text"
fleet_id = "integer"
mended   = { type = "boolean", imported = true }
done_at  = "time"

[[phase]]
name = "Done"
when = "done_at IS NOT NULL"
tone = "done"
[[phase]]
name = "Waiting"
when = "done_at IS NULL"

[[intake]]
name   = "inventory"
title  = "Inventory"
poll   = { call = "fleet.list_hosts", every = "5m" }
when   = "event.hardware_serial"
key    = "{{ event.hardware_serial }}"
create = true
set    = { fleet_id = "{{ event.id }}" }

[[stage]]
name  = "look"
title = "Look"
retry = { attempts = 1 }
[stage.gate]
"not done" = "done_at IS NULL"
[[stage.step]]
name      = "host"
call      = "fleet.get_host"
with      = { id = "{{ row.fleet_id }}" }
fail_if   = "not row.mended"
fail_text = "nobody has mended it"
[stage.set]
done_at = "{{ now }}"

[[brake]]
name     = "unmended"
title    = "Too many Macs are not mended"
stage    = "look"
failures = "2 in 1h"
"#;

const MENDED: &str = r#"
[[operator]]
name  = "mend"
about = "Anna mends them."
when  = { brake = "unmended" }
where = "mended IS NOT TRUE"
rows  = 2
wait  = "10m"
run   = ["set", "--where", "mended IS NOT TRUE", "--column", "mended", "--value", "true", "--reason", "looked at each"]

[[operator]]
name  = "release"
about = "Anna lets them go on."
when  = { brake = "unmended" }
once  = ["mend"]
run   = ["brake", "release", "unmended", "--reason", "all of them are mended"]

[[operator]]
name  = "again"
about = "Anna has those tried again that had failed."
when  = { settled = true }
where = "done_at IS NULL"
once  = ["release"]
run   = ["retry", "--where", "done_at IS NULL", "--reason", "mended"]

[[operator]]
name  = "never"
about = "Nobody is called that."
when  = { brake = "unmended" }
where = "serial = 'nobody'"
run   = ["stop", "--reason", "never"]
"#;

fn night(entries: &str, more: &[&str]) -> Typed {
    let folder = tempfile::tempdir().unwrap();
    let calm = include_str!("../../../../assets/scenarios/calm.toml");
    let scenario = folder.path().join("scenario.toml");
    std::fs::write(folder.path().join("small.toml"), PIPELINE).unwrap();
    std::fs::write(&scenario, format!("{calm}\n{entries}")).unwrap();
    let mut words = vec!["demo", "--pipeline", "./small.toml", "--scenario"];
    words.push(scenario.to_str().unwrap());
    words.extend(["--headless", "--until-done", "--quiet", "--devices", "8"]);
    words.extend(["--speed", "600"]);
    words.extend(more);
    typed(folder.path(), &words)
}

fn summary(typed: &Typed) -> Json {
    serde_json::from_str(&typed.out).unwrap_or_else(|_| panic!("{}{}", typed.out, typed.err))
}

#[test]
fn a_brake_is_released_by_the_admin_who_mended_what_tripped_it() {
    let typed = night(MENDED, &["--json"]);
    assert_eq!(typed.exit, Exit::Done, "{}{}", typed.out, typed.err);
    let summary = summary(&typed);
    assert_eq!(summary["complete"], summary["rows"], "{summary:#}");
    let played = summary["operators"].as_array().unwrap();
    let names: Vec<_> = played
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["mend", "release", "again"]);
    let release = &played[1];
    assert_eq!(
        release["command"],
        "drover brake release unmended --reason 'all of them are mended'"
    );
    assert_eq!(release["done"], true, "{release:#}");
    assert_eq!(summary["never"][0][0], "never");
}

#[test]
fn a_command_that_fails_is_told_and_the_demo_fails() {
    let wrong = r#"
[[operator]]
name  = "slip"
about = "Anna mistypes a serial."
when  = { brake = "unmended" }
run   = ["retry", "C02NOBODY", "--reason", "slip"]
"#;
    let typed = night(wrong, &[]);
    assert_eq!(typed.exit, Exit::Failed, "{}{}", typed.out, typed.err);
    let line = typed
        .out
        .lines()
        .find(|line| line.starts_with("operator: "));
    let line = line.unwrap_or_else(|| panic!("{}", typed.out));
    for part in ["drover retry C02NOBODY", "FAILED", "no row answers"] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn what_cannot_be_played_is_refused_before_the_night() {
    let entry = |when: &str, run: &str| {
        format!("[[operator]]\nname = \"a\"\nabout = \"\"\nwhen = {when}\nrun = {run}\n")
    };
    let stop = r#"["stop", "--reason", "x"]"#;
    for (entries, says) in [
        (
            entry("{ brake = \"unmendet\" }", stop),
            "did you mean \"unmended\"?",
        ),
        (entry("{ proven = \"w1\" }", stop), "no wave is called"),
        (entry("{ check = \"path\" }", stop), "no check is called"),
        (entry("{ settled = true }", r#"["stopp"]"#), "stopp"),
        (
            entry("{ settled = true }", r#"["demo"]"#),
            "demo's own engine",
        ),
        (
            entry("{ settled = true }\nwhere = \"nothing > 3\"", stop),
            "nothing",
        ),
    ] {
        let typed = night(&entries, &[]);
        assert_eq!(typed.exit, Exit::Usage, "{}{}", typed.out, typed.err);
        assert!(typed.err.contains("operator entry a: "), "{}", typed.err);
        assert!(typed.err.contains(says), "{}", typed.err);
    }
}
