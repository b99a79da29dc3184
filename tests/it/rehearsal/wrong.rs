//! Configurations and services that are not as they should be, found by `drover check` before anything is sent.

use crate::support::{Company, Engine, SOON, Typed, look, post, until};
use crate::wire::{Play, Wire};
use std::sync::LazyLock;

fn company() -> Company {
    Company::open(60, &["--devices", "3"])
}

fn with(company: &Company, name: &str, value: Option<&str>, words: &[&str]) -> Typed {
    let mut command = company.command(words);
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
    crate::support::typed(&mut command)
}

/// The findings of one service, as text.
fn section<'a>(checked: &'a Typed, service: &str) -> &'a str {
    let start = checked
        .out
        .find(&format!("\n{service}\n"))
        .unwrap_or_else(|| panic!("{checked:?}"));
    let rest = &checked.out[start + 1..];
    &rest[..rest.find("\n\n").unwrap_or(rest.len())]
}

#[test]
fn a_missing_secret_is_named_before_anything_starts() {
    let company = company();
    for name in [
        "FLEET_TOKEN",
        "JAMF_CLIENT_SECRET",
        "SLACK_TOKEN",
        "DROVER_HOOK_TOKEN",
    ] {
        for words in [&["check"][..], &["run"]] {
            let typed = with(&company, name, None, words);
            assert_eq!(typed.code, 2, "{typed:?}");
            assert!(typed.err.contains(name), "{typed:?}");
            assert_eq!(
                typed.err.trim().lines().count(),
                1,
                "one sentence: {typed:?}"
            );
        }
    }
    assert!(!company.path("drover.db").exists(), "nothing was made");
}

#[test]
fn a_wrong_token_is_told_with_its_service_and_the_others_are_checked_all_the_same() {
    let company = company();
    for (name, service, others) in [
        ("FLEET_TOKEN", "fleet", ["jamf", "slack"]),
        ("JAMF_CLIENT_SECRET", "jamf", ["fleet", "slack"]),
        ("SLACK_TOKEN", "slack", ["fleet", "jamf"]),
    ] {
        let checked = with(&company, name, Some("canary-wrong-token"), &["check"]);
        assert_eq!(checked.code, 3, "{checked:?}");
        let wrong = section(&checked, service);
        assert!(wrong.contains('✗') && wrong.contains("token"), "{wrong}");
        for other in others {
            assert!(!section(&checked, other).contains('✗'), "{checked:?}");
        }
        assert!(!format!("{checked:?}").contains("canary"), "{checked:?}");
    }
}

#[test]
fn a_service_that_cannot_be_reached_is_named_with_its_address() {
    let company = company();
    let jamf = format!("\"http://127.0.0.1:{}\"", company.port + 1);
    company.rewrite("drover.toml", &jamf, "\"http://127.0.0.1:9\"");
    let checked = company.types(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    assert!(
        section(&checked, "jamf").contains("127.0.0.1 refused the connection"),
        "{checked:?}"
    );
    assert!(!section(&checked, "fleet").contains('✗'), "{checked:?}");
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest() {
    let company = company();
    company.rewrite("drover.toml", "\naddress = ", "\nadress = ");
    for words in [&["check"][..], &["run"], &["status"]] {
        let typed = company.types(words);
        assert_eq!(typed.code, 2, "{typed:?}");
        assert!(typed.err.contains("line 12: listen.adress"), "{typed:?}");
        assert!(typed.err.contains("\"address\""), "{typed:?}");
    }
}

#[test]
fn a_fault_in_the_pipeline_is_told_by_line_and_nothing_runs() {
    let company = company();
    let (sound, wrong) = (
        "\"not told to leave yet\"",
        "\"not told\" = \"unenrol_queued_at IS NULL\"\n\"so\"",
    );
    let text = std::fs::read_to_string(company.path("jamf-to-fleet.toml")).unwrap();
    let line = text.lines().position(|line| line.starts_with(sound));
    let place = format!("jamf-to-fleet.toml:{}", line.unwrap() + 1);
    company.rewrite("jamf-to-fleet.toml", sound, wrong);
    for words in [&["check"][..], &["run"], &["pipeline", "check"]] {
        let typed = company.types(words);
        assert_eq!(typed.code, 2, "{typed:?}");
        let said = format!("{}{}", typed.out, typed.err);
        assert!(said.contains(&place), "{said}");
        assert!(said.contains("unenroll_queued_at"), "the nearest: {said}");
    }
    assert!(!company.path("drover.db").exists(), "nothing was made");
}

/// What a captive portal or a single sign-on answers to everything.
const LOGIN: &str =
    "<!doctype html><html><title>Sign in</title><form action=\"/sso\"></form></html>";

static PORTAL: LazyLock<(tokio::runtime::Runtime, String)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wire = runtime.block_on(Wire::start(|_| Play::html(200, LOGIN)));
    (runtime, wire.url)
});

fn behind_a_portal(company: &Company) {
    for (offset, rest) in [(0, ""), (1, ""), (2, "/api")] {
        let there = format!("\"http://127.0.0.1:{}{rest}\"", company.port + offset);
        company.rewrite("drover.toml", &there, &format!("\"{}{rest}\"", PORTAL.1));
    }
}

#[test]
fn a_login_page_is_no_answer_for_any_service() {
    let company = company();
    behind_a_portal(&company);
    let checked = company.types(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    for service in ["fleet", "jamf", "slack"] {
        let found = section(&checked, service);
        assert!(found.contains('✗'), "{found}");
        assert!(
            !found.contains('✓'),
            "nothing is well behind a login page: {found}"
        );
    }
}

#[test]
fn a_click_behind_a_login_page_moves_nothing_and_is_not_lost() {
    let company = company();
    behind_a_portal(&company);
    let mut engine = Engine::with(&company, &["run"]);
    let target = format!("/hooks/migrate?token={}", company.token());
    let body = br#"{"timestamp":"2026-03-02T09:14:58Z","host":{"id":7,"uuid":"U","hardware_serial":"C02A"}}"#;
    let status = until(SOON, "the click is taken", || {
        assert!(engine.is_running(), "{}", engine.log());
        post(company.hooks, &target, body)
    });
    assert_eq!(status.status, 201);
    let tried = until(SOON, "an attempt has failed", || {
        let attempts = look(&company, |view| view.attempts(None, 10));
        attempts.into_iter().find(|attempt| attempt.fault.is_some())
    });
    let row = look(&company, |view| view.row_by_key("C02A")).unwrap();
    assert!(row.get("unenroll_queued_at").is_null(), "{row:?}");
    assert!(row.get("completed_at").is_null(), "{row:?}");
    let fault = tried.fault.unwrap();
    assert!(
        fault.message.contains("HTML") || fault.message.contains("JSON"),
        "{fault}"
    );
    assert!(engine.terminate().success());
}
