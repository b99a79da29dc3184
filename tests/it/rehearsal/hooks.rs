//! What comes in from outside while an engine runs: files, and bodies nobody should send.

use crate::support::{Company, SOON, get, look, post, until};
use drover::store::EventState;

#[test]
fn bad_lines_of_a_file_are_named_and_the_others_are_taken() {
    let company = Company::open(60, &["--devices", "3"]);
    let engine = company.engine();
    let file = "serial,requested_at,wave\n\
        NEW1,2026-03-02T09:00:00Z,pilot\n\
        NEW2,yesterday,pilot\n\
        NEW3\n\
        ,2026-03-02T09:00:00Z,pilot\n\
        NEW1,2026-03-02T09:00:00Z,pilot\n\
        NEW4,,\n";
    std::fs::write(company.path("macs.csv"), file).unwrap();
    let imported = company.types(&["import", "macs.csv", "--yes"]);
    assert_eq!(imported.code, 1, "some were left out: {imported:?}");
    for part in [
        "line 3: requested_at",
        "line 4: has 1 cells",
        "line 5: serial is empty",
        "line 6: NEW1 stands on line 2",
    ] {
        assert!(imported.err.contains(part), "{part}\n{imported:?}");
    }
    assert!(
        imported
            .out
            .contains("2 of 2 rows imported, 4 lines left out"),
        "{imported:?}"
    );
    for (serial, there) in [
        ("NEW1", true),
        ("NEW2", false),
        ("NEW3", false),
        ("NEW4", true),
    ] {
        let row = look(&company, |view| view.row_by_key(serial));
        assert_eq!(row.is_some(), there, "{serial}");
    }
    let unknown = "serial,requestd_at\nNEW5,2026-03-02T09:00:00Z\n";
    std::fs::write(company.path("macs.csv"), unknown).unwrap();
    let refused = company.types(&["import", "macs.csv", "--yes"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.contains("did you mean requested_at?"),
        "{refused:?}"
    );
    assert!(engine.terminate().success());
    let late = company.types(&["import", "macs.csv", "--yes", "--ignore-unknown"]);
    assert_eq!(late.code, 1, "{late:?}");
    assert!(late.err.contains("no engine runs"), "{late:?}");
}

/// What the engine answers at a hook; `None` is no answer.
fn answered(company: &Company, hook: &str, body: &[u8]) -> Option<u16> {
    let target = format!("/hooks/{hook}?token={}", company.token());
    post(company.hooks, &target, body).map(|answer| answer.status)
}

#[test]
fn bodies_nobody_should_send_stop_nothing() {
    let company = Company::open(600, &["--devices", "3"]);
    let mut engine = company.engine();
    let huge = vec![b'x'; 5 * 1024 * 1024];
    assert_eq!(answered(&company, "migrate", &huge), Some(413));
    for broken in [
        &b"{\"host\": {"[..],
        b"",
        b"\xff\xfe\x00",
        b"[[[[",
        b"null",
        b"{\"host\":{\"hardware_serial\":\"\"}}",
    ] {
        assert_eq!(
            answered(&company, "migrate", broken),
            Some(400),
            "{broken:?}"
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(answered(&company, "migrate", deep.as_bytes()), Some(400));
    let strange = "/hooks/migrate?token=guess";
    assert_eq!(post(company.hooks, strange, b"{}").unwrap().status, 404);
    assert_eq!(get(company.hooks, "/hooks/migrate").unwrap().status, 404);
    assert_eq!(answered(&company, "nothing", b"{}"), Some(404));
    let stranger = br#"{"timestamp":"2026-03-02T09:14:58Z","host":{"id":4711,"uuid":"00000000-AAAA","hardware_serial":"STRANGER1"}}"#;
    assert_eq!(answered(&company, "migrate", stranger), Some(201));
    assert_eq!(
        answered(&company, "migrate", stranger),
        Some(201),
        "heard before"
    );
    let left = until(SOON, "the stranger is with a person", || {
        let all = crate::support::standing(&company).left;
        all.into_iter().find(|left| left.key == "STRANGER1")
    });
    assert!(left.owner.is_some() && !left.reason.is_empty(), "{left:?}");
    let malformed = look(&company, |view| {
        view.events(Some(EventState::Malformed), None, 100)
    });
    assert_eq!(malformed.len(), 7, "{malformed:#?}");
    assert!(engine.is_running());
    let status = company.json(&["status"]);
    assert!(
        status["attention"]
            .to_string()
            .contains("7 events could not be read"),
        "{status:#}"
    );
    assert!(engine.terminate().success());
    let ledger = company.close();
    assert!(
        ledger.is_clean() && !ledger.by_verb.contains_key("unenroll"),
        "{ledger:?}"
    );
}
