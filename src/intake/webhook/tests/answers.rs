//! What senders and strangers are told, and what is on disk when they are told it.

use super::{Open, TOKEN, answer, click};
use crate::intake::kit::until;
use crate::model::value::Value;
use crate::store::{EventState, Reader};
use tokio::io::AsyncWriteExt;

const AT: &str = "2026-03-02T21:14:58.123456Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_nothing() {
    let open = Open::new().await;
    let body = click("C02A", 1, AT);
    for (method, target) in [
        ("POST", "/hooks/migrate".to_owned()),
        ("POST", "/hooks/migrate?token=wrong".to_owned()),
        ("GET", "/hooks/migrate".to_owned()),
        ("POST", "/hooks/no-such-hook".to_owned()),
        ("POST", format!("/hooks/no-such-hook?token={TOKEN}")),
        ("POST", "/anything".to_owned()),
    ] {
        let told = open.ask(method, &target, &body).await;
        assert_eq!(told, (404, String::new()), "{method} {target}");
    }
    let target = format!("/hooks/migrate?token={TOKEN}");
    assert_eq!(open.ask("PUT", &target, &body).await.0, 405);
    assert_eq!(open.kit.rows().await, 0);
    assert!(open.kit.events().await.is_empty());
    crate::intake::kit::until("a warning", async || !open.kit.journal().await.is_empty()).await;
    let journal = open.kit.journal().await;
    assert!(journal[0].contains("127.0.0.1 called without the right token"));
    assert!(!journal.concat().contains("wrong"), "{journal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_on_disk_with_all_it_did() {
    let open = Open::new().await;
    let body = click("C02A", 121, AT);
    assert_eq!(open.post("migrate", &body).await, 201);
    let reader = Reader::open(&open.kit.folder.path().join("drover.db")).unwrap();
    let (row, events) = reader
        .look(|view| {
            Ok((
                view.row_by_key("C02A")?.unwrap(),
                view.events(None, None, 9)?,
            ))
        })
        .unwrap();
    assert_eq!(row.get("fleet_id"), &Value::Integer(121));
    assert_eq!(
        row.get("requested_at").to_string(),
        "2026-03-02T21:14:58.123Z"
    );
    assert_eq!(row.phase.as_deref(), Some("Asked"));
    let event = &events[0];
    assert_eq!(
        (event.state, event.row),
        (EventState::Applied, Some(row.id))
    );
    assert_eq!(event.raw, body);
    assert_eq!(
        event.sent_at.unwrap().to_string(),
        "2026-03-02T21:14:58.123Z"
    );
    let journal = open.kit.journal().await;
    assert_eq!(journal.len(), 1);
    assert!(
        journal[0] == "Info Migration trigger: C02A: new, Asked",
        "{journal:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_again_gets_the_same_answer_and_does_nothing() {
    let open = Open::new().await;
    let body = click("C02A", 121, AT);
    for _ in 0..3 {
        assert_eq!(open.post("migrate", &body).await, 201);
    }
    let events = open.kit.events().await;
    assert_eq!((events.len(), events[0].repeats), (1, 2));
    assert_eq!(open.kit.journal().await.len(), 1);
    assert_eq!(open.count(|counts| &counts.repeats), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_click_counts_and_the_newest_knows_best_in_whatever_order_they_come() {
    let open = Open::new().await;
    let clicks = [
        (121, AT),
        (122, "2026-03-02T21:04:00Z"),
        (123, "2026-03-02T21:08:00Z"),
    ];
    for (serial, order) in [
        ("C02A", [0, 1, 2]),
        ("C02B", [2, 1, 0]),
        ("C02C", [1, 2, 0]),
    ] {
        for (id, at) in order.map(|nth| clicks[nth]) {
            assert_eq!(open.post("migrate", &click(serial, id, at)).await, 201);
        }
    }
    for serial in ["C02A", "C02B", "C02C"] {
        let row = open.kit.row(serial).await.unwrap();
        let first = row.get("requested_at").to_string();
        assert_eq!(first, "2026-03-02T21:04:00.000Z", "{serial}");
        assert_eq!(row.get("fleet_id"), &Value::Integer(121), "{serial}");
    }
    let notes: Vec<_> = open
        .kit
        .events()
        .await
        .into_iter()
        .map(|e| e.note)
        .collect();
    let late = notes
        .iter()
        .filter(|note| note.contains("comes late"))
        .count();
    assert_eq!(late, 3, "{notes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_understood_is_not_understood_when_it_is_said_again() {
    let open = Open::new().await;
    for _ in 0..3 {
        assert_eq!(open.post("migrate", "[]").await, 400);
    }
    assert_eq!(open.kit.events().await[0].repeats, 2);
    assert_eq!(open.kit.journal().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_from_elsewhere_is_a_stranger_even_with_the_token() {
    let open = Open::with(|settings| settings.allow = vec!["192.0.2.0/24".parse().unwrap()]).await;
    let told = open
        .ask("POST", &format!("/hooks/migrate?token={TOKEN}"), "{}")
        .await;
    assert_eq!(told, (404, String::new()));
    assert_eq!(open.count(|counts| &counts.elsewhere), 1);
    until("it is told of", async || {
        !open.kit.journal().await.is_empty()
    })
    .await;
    let line = &open.kit.journal().await[0];
    assert!(
        line.contains("from an address that is not allowed"),
        "{line}"
    );
    assert!(open.kit.events().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_kept_raw_and_its_sender_told_no() {
    let open = Open::new().await;
    let bodies = [
        "{\"host\":",
        "",
        "null",
        r#"{"timestamp":"x","host":{"id":1,"hardware_serial":""}}"#,
        "{\"host\":{\"id\":1,\"hardware_serial\":\"C02\\u202E\"}}",
    ];
    for body in bodies {
        assert_eq!(open.post("migrate", body).await, 400, "{body}");
    }
    let events = open.kit.events().await;
    let raw: Vec<_> = events.iter().map(|event| event.raw.as_str()).collect();
    assert_eq!(raw, bodies);
    assert!(
        events
            .iter()
            .all(|event| event.state == EventState::Malformed)
    );
    assert!(events.iter().all(|event| !event.note.is_empty()));
    assert_eq!(open.kit.rows().await, 0);
    assert_eq!(open.post("migrate", &click("C02A", 1, AT)).await, 201);
    let (_, said) = open
        .ask("POST", &format!("/hooks/migrate?token={TOKEN}"), "[]")
        .await;
    assert!(
        said.contains("kept for an operator") && !said.contains(TOKEN),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_cannot_be_had_is_named_and_the_rest_written() {
    let open = Open::new().await;
    let body = r#"{"timestamp":"soon","host":{"id":7,"hardware_serial":"C02A"}}"#;
    assert_eq!(open.post("migrate", body).await, 201);
    let row = open.kit.row("C02A").await.unwrap();
    assert_eq!(row.get("fleet_id"), &Value::Integer(7));
    let event = &open.kit.events().await[0];
    assert_eq!(event.state, EventState::Applied);
    assert!(
        event.note.contains("left out: requested_at"),
        "{}",
        event.note
    );
    assert!(open.kit.journal().await[0].starts_with("Warning "));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_serial_is_parked_where_no_row_may_be_made() {
    let open = Open::new().await;
    let body = r#"{"id":1,"type":"moved","serial":"C02A","team":"Staging"}"#;
    assert_eq!(open.post("activity", body).await, 200);
    let events = open.kit.events().await;
    assert_eq!(
        (events[0].state, events[0].row),
        (EventState::Unmatched, None)
    );
    assert!(events[0].note.contains("C02A"));
    assert_eq!(open.kit.rows().await, 0);
    open.post("migrate", &click("C02A", 1, AT)).await;
    let body = r#"{"id":2,"type":"moved","serial":"C02A","team":"Staging"}"#;
    open.post("activity", body).await;
    let row = open.kit.row("C02A").await.unwrap();
    assert_eq!(row.get("team"), &Value::Text("Staging".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_nobody_wants_is_kept_and_ignored() {
    let open = Open::new().await;
    let body = r#"{"id":1,"type":"logged_in"}"#;
    assert_eq!(open.post("activity", body).await, 200);
    assert_eq!(open.kit.events().await[0].state, EventState::Ignored);
    assert!(open.kit.journal().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_takes_nothing_makes_each_sender_try_again_its_own_way() {
    let open = Open::new().await;
    open.kit.store.clone().close().await;
    assert_eq!(open.post("migrate", &click("C02A", 1, AT)).await, 503);
    let body = r#"{"id":1,"type":"moved","serial":"C02A"}"#;
    assert_eq!(open.post("activity", body).await, 429);
    assert_eq!(open.count(|counts| &counts.busy), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_one_word_and_metrics_are_text() {
    let open = Open::new().await;
    let health = open.ask("GET", "/healthz", "").await;
    assert_eq!(health, (503, "starting\n".into()));
    open.post("migrate", &click("C02A", 1, AT)).await;
    let (status, text) = open.ask("GET", "/metrics", "").await;
    assert_eq!(status, 200);
    assert!(text.starts_with("drover_rows 3\n"), "{text}");
    assert!(text.contains("\ndrover_hooks_accepted_total 1\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_may_carry_the_token_and_a_connection_many_hooks() {
    let open = Open::new().await;
    let mut stream = open.connect().await;
    for (serial, last) in [("C02A", "keep-alive"), ("C02B", "close")] {
        let body = click(serial, 1, AT);
        let request = format!(
            "POST /hooks/migrate HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\nconnection: {last}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
    }
    assert_eq!(answer(&mut stream).await.0, 201);
    assert_eq!(open.kit.rows().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_what_is_under_way_and_ends() {
    let open = Open::new().await;
    let _resting = open.connect().await;
    assert_eq!(open.post("migrate", &click("C02A", 1, AT)).await, 201);
    open.stop.send(true).unwrap();
    open.task.await.unwrap();
    assert!(tokio::net::TcpStream::connect(open.address).await.is_err());
}
