//! What changes something: sent once, to the right Mac, by the right path; and looked for when its answer is lost.

use super::office::{Office, computer, parsed, target, unknown_id, unknown_path};
use crate::payload;
use crate::wire::{Play, Seen};
use drover::connectors::action::{Connector, Landing, Wanted};
use drover::model::fault::FaultKind;
use drover::model::outcome::Outcome;
use serde_json::{Value as Json, json};

const V4: &str = "/api/v4/computers-inventory/1234/remove-mdm-profile";
const V1: &str = "/api/v1/computer-inventory/1234/remove-mdm-profile";
const UUID: &str = "aaaaaaaa-3f1e-4b3a-a5b3-ca0cd7430937";

fn removal() -> Play {
    Play::json(200, parsed(payload!("removal.json")))
}

/// Shows the example computer to reads and leaves changes to the test.
fn with_computer(
    change: impl Fn(&Seen) -> Play + Send + Sync,
) -> impl Fn(&Seen) -> Play + Send + Sync {
    move |seen| match seen.method.as_str() {
        "GET" if seen.path().ends_with("computers-inventory") => {
            Play::json(200, parsed(payload!("computers_v4.json")))
        }
        "GET" if seen.path().contains("computers-inventory") => Play::json(200, computer()),
        _ => change(seen),
    }
}

#[tokio::test]
async fn a_removal_reads_the_computer_again_and_is_sent_once_on_a_connection_of_its_own() {
    let office = Office::open(
        "11.30.1",
        with_computer(|_| removal().with("set-cookie", "jpro-ingress=b; Path=/")),
    )
    .await;
    let reply = office.remove().await.unwrap();
    assert_eq!(reply.outcome, Outcome::Accepted);
    assert_eq!(
        reply.result,
        json!({"command_uuid": UUID, "management_id": "73226fb6-61df-4c10-9552-eb9bc353d507"})
    );
    let seen = office.wire.seen();
    let sent = seen.last().unwrap();
    assert_eq!(
        (
            sent.path(),
            sent.header("content-length"),
            sent.body.as_str()
        ),
        (V4, Some("0"), "")
    );
    assert_eq!(
        seen[seen.len() - 2].path(),
        "/api/v4/computers-inventory/1234"
    );
    assert!(
        seen[..seen.len() - 1]
            .iter()
            .all(|other| other.connection != sent.connection)
    );
}

#[tokio::test]
async fn cookies_hold_for_one_operation_and_no_longer() {
    let office = Office::open("11.30.1", |seen| match seen.method.as_str() {
        "GET" => Play::json(200, computer()).with("set-cookie", "jpro-ingress=node-b; Path=/"),
        _ => removal(),
    })
    .await;
    office.remove().await.unwrap();
    office.remove().await.unwrap();
    let seen = office.wire.seen();
    let posts: Vec<&Seen> = seen.iter().filter(|seen| seen.path() == V4).collect();
    assert!(
        posts
            .iter()
            .all(|seen| seen.header("cookie") == Some("jpro-ingress=node-b"))
    );
    let reads: Vec<&Seen> = seen
        .iter()
        .filter(|seen| seen.path().ends_with("/1234"))
        .collect();
    assert!(reads.len() == 2 && reads.iter().all(|seen| seen.header("cookie").is_none()));
}

#[tokio::test]
async fn a_computer_that_is_not_the_one_meant_is_left_alone() {
    let office = Office::open("11.30.1", with_computer(|_| removal())).await;
    for (field, value) in [("serial", "C02OTHER"), ("udid", "ANOTHER")] {
        for action in ["jamf.remove_mdm_profile", "jamf.mark_unmanaged"] {
            let mut input = target();
            input[field] = json!(value);
            let fault = office.call(action, input).await.err().unwrap().fault;
            assert_eq!(fault.kind, FaultKind::WrongIdentity, "{fault}");
        }
    }
    let changes = office
        .wire
        .seen()
        .into_iter()
        .filter(|seen| seen.path().contains("1234") && seen.method != "GET");
    assert_eq!(changes.count(), 0);
}

#[tokio::test]
async fn an_older_server_gets_the_older_path() {
    let office = Office::open("11.29.0", with_computer(|_| removal())).await;
    office.remove().await.unwrap();
    assert_eq!(
        (office.wire.count("POST", V4), office.wire.count("POST", V1)),
        (0, 1)
    );
}

#[tokio::test]
async fn an_unknown_path_leads_to_the_other_one_only_while_the_computer_is_there() {
    let office = Office::open(
        "11.30.1",
        with_computer(|seen| {
            if seen.path() == V1 {
                removal()
            } else {
                unknown_path()
            }
        }),
    )
    .await;
    office.remove().await.unwrap();
    office.remove().await.unwrap();
    assert_eq!(
        (office.wire.count("POST", V4), office.wire.count("POST", V1)),
        (1, 2)
    );

    let gone = std::sync::atomic::AtomicBool::new(false);
    let office = Office::open("11.30.1", move |seen| {
        if seen.method == "POST" {
            gone.store(true, std::sync::atomic::Ordering::SeqCst);
            return unknown_id();
        }
        if gone.load(std::sync::atomic::Ordering::SeqCst) {
            unknown_id()
        } else {
            Play::json(200, computer())
        }
    })
    .await;
    let fault = office.remove().await.err().unwrap().fault;
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert_eq!(
        (office.wire.count("POST", V4), office.wire.count("POST", V1)),
        (1, 0)
    );

    let office = Office::open("11.30.1", with_computer(|_| unknown_path())).await;
    let fault = office.remove().await.err().unwrap().fault;
    assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
}

#[tokio::test]
async fn only_a_listed_refusal_proves_that_nothing_was_removed() {
    let envelope = |status: u16| Play::json(status, json!({"httpStatus": status, "errors": []}));
    for (case, kind) in [
        ("403 empty", FaultKind::Forbidden),
        ("403 envelope", FaultKind::Forbidden),
        ("403 html", FaultKind::Unknown),
        ("400 envelope", FaultKind::Refused),
        ("400 html", FaultKind::Unknown),
        ("500 envelope", FaultKind::Unknown),
        ("502 html", FaultKind::Unknown),
        ("429", FaultKind::RateLimited),
        ("408", FaultKind::Unknown),
        ("200 html", FaultKind::Unknown),
        ("200 other computer", FaultKind::Unknown),
        ("200 no uuid", FaultKind::Unknown),
        ("302", FaultKind::Unknown),
        ("cut", FaultKind::Unknown),
    ] {
        let office = Office::open(
            "11.30.1",
            with_computer(move |_| match case {
                "cut" => Play::Cut,
                "429" => Play::empty(429).with("retry-after", "7"),
                "408" => Play::empty(408),
                "302" => Play::empty(302).with("location", "/sso"),
                "403 empty" => Play::empty(403),
                "200 other computer" => {
                    Play::json(200, json!({"deviceId": "9", "commandUuid": UUID}))
                }
                "200 no uuid" => Play::json(200, json!({"deviceId": "1234"})),
                _ => {
                    let status = case[..3].parse().unwrap();
                    if case.ends_with("html") {
                        Play::html(status, "<h1>Proxy</h1>")
                    } else {
                        envelope(status)
                    }
                }
            }),
        )
        .await;
        let failure = office.remove().await.expect_err(case);
        assert_eq!(failure.fault.kind, kind, "{case}: {}", failure.fault);
        assert_eq!(office.wire.count("POST", "remove-mdm-profile"), 1, "{case}");
        if kind == FaultKind::Forbidden {
            assert!(
                failure
                    .fault
                    .message
                    .contains("Send Computer Unmanage Command"),
                "{}",
                failure.fault
            );
        }
        let shown = failure.exchanges.last().unwrap();
        assert!(
            shown.path == V4 && shown.method == "POST",
            "{case}: {shown:?}"
        );
    }
}

#[tokio::test]
async fn marking_unmanaged_writes_the_field_that_is_for_writing() {
    let office = Office::open("11.30.1", with_computer(|_| Play::empty(204))).await;
    let reply = office.call("jamf.mark_unmanaged", target()).await.unwrap();
    assert_eq!((reply.result, reply.outcome), (json!({}), Outcome::Done));
    let seen = office.wire.seen();
    let sent = seen.last().unwrap();
    assert_eq!(
        (sent.method.as_str(), sent.path()),
        ("PATCH", "/api/v4/computers-inventory-detail/1234")
    );
    assert_eq!(parsed(&sent.body), json!({"general": {"managed": false}}));
}

#[tokio::test]
async fn a_blank_push_is_accepted_unless_its_uuid_comes_back() {
    let office = Office::open("11.30.1", |seen| {
        if seen.body.contains("m-bad") {
            Play::json(200, json!({"errorUuids": ["M-BAD"]}))
        } else {
            Play::json(200, parsed(payload!("blank_push.json")))
        }
    })
    .await;
    for (id, accepted) in [("m-good", true), ("m-bad", false)] {
        let reply = office
            .call("jamf.blank_push", json!({"management_id": id}))
            .await
            .unwrap();
        assert_eq!(reply.result, json!({"accepted": accepted}));
    }
    assert_eq!(
        parsed(&office.wire.seen().last().unwrap().body),
        json!({"clientManagementIds": ["m-bad"]})
    );
}

/// What a probe finds when the record says this and the queue shows that since the intent; of older commands it shows
/// one.
async fn probed(capable: Json, commands: Play) -> (Landing, Option<String>) {
    probed_with(capable, commands, parsed(payload!("command.json"))).await
}

async fn probed_with(capable: Json, commands: Play, older: Json) -> (Landing, Option<String>) {
    let commands = std::sync::Mutex::new(Some(commands));
    let office = Office::open("11.30.1", move |seen| {
        if seen.path() == "/api/v2/mdm/commands" {
            let first = commands.lock().unwrap().take();
            return first.unwrap_or_else(|| Play::json(200, older.clone()));
        }
        let mut record = computer();
        record["general"]["mdmCapable"]["capable"] = capable.clone();
        Play::json(200, record)
    })
    .await;
    let landing = office.probe(target()).await.unwrap();
    assert_eq!(office.wire.count("POST", "remove-mdm-profile"), 0);
    let seen = office.wire.seen();
    let asked = seen
        .iter()
        .find(|seen| seen.path() == "/api/v2/mdm/commands");
    (landing, asked.and_then(|seen| seen.query("filter")))
}

#[tokio::test]
async fn a_lost_removal_is_found_in_the_queue_or_on_the_record() {
    let nothing = || Play::json(200, json!({"totalCount": 0, "results": []}));
    let management_id = "73226fb6-61df-4c10-9552-eb9bc353d507";
    let (landing, filter) = probed(
        json!(true),
        Play::json(200, parsed(payload!("command.json"))),
    )
    .await;
    assert_eq!(
        landing,
        Landing::Landed(json!({"command_uuid": UUID, "management_id": management_id}))
    );
    let expected =
        format!("clientManagementId==\"{management_id}\";dateSent=ge=\"2026-07-16T20:38:00.000Z\"");
    assert_eq!(filter.as_deref(), Some(expected.as_str()));
    let (landing, _) = probed(json!(false), nothing()).await;
    assert_eq!(
        landing,
        Landing::Landed(json!({"command_uuid": null, "management_id": management_id}))
    );
    assert_eq!(probed(json!(true), nothing()).await.0, Landing::Absent);
    assert!(matches!(
        probed(json!(null), nothing()).await.0,
        Landing::Undecided(_)
    ));
    // A queue that shows nothing of any time proves nothing.
    let none = json!({"totalCount": 0, "results": []});
    assert!(matches!(
        probed_with(json!(true), nothing(), none).await.0,
        Landing::Undecided(why) if why.contains("no command at all")
    ));
    // Without the right to look, only the record can prove it.
    let forbidden = || Play::json(403, parsed(payload!("forbidden.json")));
    assert!(matches!(
        probed(json!(true), forbidden()).await.0,
        Landing::Undecided(_)
    ));
    assert!(matches!(
        probed(json!(false), forbidden()).await.0,
        Landing::Landed(_)
    ));
}

#[tokio::test]
async fn a_probe_that_finds_another_mac_or_none_decides_nothing() {
    let office = Office::open("11.30.1", with_computer(|_| removal())).await;
    let mut other = target();
    other["serial"] = json!("C02OTHER");
    assert!(matches!(
        office.probe(other).await.unwrap(),
        Landing::Undecided(_)
    ));
    let office = Office::open("11.30.1", |_| Play::empty(503)).await;
    assert_eq!(
        office.probe(target()).await.err().unwrap().fault.kind,
        FaultKind::ServerError
    );
}

#[tokio::test]
async fn the_check_tries_every_privilege_and_changes_nothing() {
    let office = Office::open("11.30.1", |seen| {
        match (seen.method.as_str(), seen.path()) {
            ("GET", "/api/v2/mdm/commands") => Play::json(403, parsed(payload!("forbidden.json"))),
            ("GET", _) => Play::json(200, parsed(payload!("computers_v4.json"))),
            ("POST", _) => Play::empty(403),
            _ => unknown_id(),
        }
    })
    .await;
    let findings = office.jamf.check(&Wanted::default()).await;
    let stands: Vec<(&str, bool)> = findings
        .iter()
        .map(|found| (found.subject.as_str(), found.ok))
        .collect();
    assert_eq!(
        stands,
        [
            ("token", true),
            ("version", true),
            ("privilege Read Computers", true),
            (
                "privilege View MDM command information in Jamf Pro API",
                false
            ),
            ("privilege Send Computer Unmanage Command", false),
            ("privilege Update Computers", true),
        ]
    );
    let touched = office
        .wire
        .seen()
        .into_iter()
        .filter(|seen| seen.method != "GET" && !seen.path().contains("token"));
    assert!(
        touched.into_iter().all(|seen| seen.path().contains("/0")),
        "only the computer that nobody is"
    );
    assert!(!format!("{findings:?}").contains("canary"));
}
