//! The shared HTTP client against a server that behaves badly.

use crate::wire::{Play, Wire, until};
use drover::connectors::http::{Request, Service, ServiceSettings};
use drover::model::action::Nature;
use drover::model::clock::Clock;
use drover::model::fault::FaultKind;
use drover::model::secret::SecretString;
use drover::model::time::{Span, Time};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

fn noon() -> Clock {
    Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap())
}

fn service(wire: &Wire, clock: &Clock) -> Service {
    Service::new(ServiceSettings::new(
        "test",
        wire.url.clone(),
        clock.clone(),
    ))
    .unwrap()
}

fn hurried(wire: &Wire) -> Service {
    Service::new(ServiceSettings {
        timeout: Duration::from_millis(250),
        ..ServiceSettings::new("test", wire.url.clone(), noon())
    })
    .unwrap()
}

#[tokio::test]
async fn after_a_429_nothing_is_sent_until_engine_time_has_come_that_far() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let wire = Wire::start(move |_| {
        if counter.fetch_add(1, Ordering::SeqCst) == 0 {
            Play::empty(429).with("retry-after", "90")
        } else {
            Play::json(200, json!({}))
        }
    })
    .await;
    let clock = noon();
    let service = service(&wire, &clock);
    let first = service
        .send(Request::post("/x", Nature::Once))
        .await
        .unwrap();
    let fault = first.fault("", &[]).fault;
    assert_eq!(
        (fault.kind, fault.retry_after),
        (FaultKind::RateLimited, Some(Span::from_secs(90)))
    );
    assert_eq!(
        service.health().limited_until,
        Some(clock.now().plus(Span::from_secs(90)))
    );
    let waiting = tokio::spawn({
        let service = service.clone();
        async move { service.send(Request::get("/y")).await }
    });
    until("the second call sleeps", || clock.next_wake().is_some()).await;
    clock.turn(Span::from_millis(89_999));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(wire.seen().len(), 1);
    clock.turn(Span::from_millis(1));
    assert_eq!(waiting.await.unwrap().unwrap().status, 200);
    assert_eq!(service.health().limited_until, None);
}

#[tokio::test]
async fn never_more_are_in_flight_than_the_cap_allows() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let wire = Wire::start_async(move |_| {
        let held = held.clone();
        async move {
            held.acquire().await.expect("open").forget();
            Play::json(200, json!({}))
        }
    })
    .await;
    let service = Service::new(ServiceSettings {
        parallel: 3,
        ..ServiceSettings::new("test", wire.url.clone(), noon())
    })
    .unwrap();
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let service = service.clone();
            let nature = if n % 2 == 0 {
                Nature::Read
            } else {
                Nature::Once
            };
            tokio::spawn(async move { service.send(Request::post("/x", nature)).await })
        })
        .collect();
    until("three are in flight", || wire.in_flight() == 3).await;
    assert_eq!(service.health().in_flight, 3);
    gate.add_permits(20);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status, 200);
    }
    assert_eq!(wire.most_in_flight(), 3);
    assert_eq!(service.health().in_flight, 0);
    assert_eq!(service.health().calls, 20);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let wire = Wire::start(|_| Play::empty(302).with("location", "/elsewhere")).await;
    let service = service(&wire, &noon());
    let read = service.send(Request::get("/x")).await.unwrap();
    assert_eq!(read.fault("", &[]).fault.kind, FaultKind::BadReply);
    let call = service
        .send(Request::post("/x", Nature::Once))
        .await
        .unwrap();
    assert_eq!(call.fault("", &[]).fault.kind, FaultKind::Unknown);
    assert_eq!(
        wire.count("GET", "elsewhere") + wire.count("POST", "elsewhere"),
        0
    );
    assert_eq!(wire.seen().len(), 2);
}

#[tokio::test]
async fn reads_share_a_connection_and_every_change_has_its_own() {
    let wire = Wire::start(|_| Play::json(200, json!({}))).await;
    let service = service(&wire, &noon());
    for _ in 0..3 {
        service.send(Request::get("/read")).await.unwrap();
    }
    assert_eq!(wire.connections(), 1);
    for _ in 0..3 {
        service
            .send(Request::post("/change", Nature::Once))
            .await
            .unwrap();
    }
    service
        .send(Request::patch("/change", Nature::Repeatable))
        .await
        .unwrap();
    assert_eq!(wire.connections(), 5);
    let mut used: Vec<usize> = wire.seen().iter().map(|seen| seen.connection).collect();
    used.dedup();
    assert_eq!(used, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_unknown_and_is_not_sent_again() {
    for lost in ["cut", "silence", "promise", "huge", "endless"] {
        let wire = Wire::start(move |_| match lost {
            "cut" => Play::Cut,
            "silence" => Play::Silence,
            "promise" => Play::Promise(50),
            "huge" => Play::Promise(9 * 1024 * 1024),
            _ => Play::Endless,
        })
        .await;
        let timeout = Duration::from_millis(if lost == "endless" { 10_000 } else { 250 });
        let service = Service::new(ServiceSettings {
            timeout,
            ..ServiceSettings::new("test", wire.url.clone(), noon())
        })
        .unwrap();
        let changed = service
            .send(Request::post("/x", Nature::Once).empty_body())
            .await;
        let fault = changed.err().map(|failure| failure.fault).expect(lost);
        assert_eq!(fault.kind, FaultKind::Unknown, "{lost}: {fault}");
        assert_eq!(wire.count("POST", "/x"), 1, "{lost}");
        let read = service.send(Request::get("/y")).await.err().expect(lost);
        let expected = match lost {
            "cut" => FaultKind::Unreachable,
            "silence" | "promise" => FaultKind::Timeout,
            _ => FaultKind::BadReply,
        };
        assert_eq!(read.fault.kind, expected, "{lost}: {}", read.fault);
        assert_eq!(read.exchanges.len(), 1, "{lost}");
    }
}

#[tokio::test]
async fn a_connection_that_was_never_made_is_unreachable_for_changes_too() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let service = Service::new(ServiceSettings::new("test", url, noon())).unwrap();
    let fault = service
        .send(Request::post("/x", Nature::Once))
        .await
        .err()
        .unwrap()
        .fault;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.message.contains("refused the connection"), "{fault}");
}

#[tokio::test]
async fn a_slow_answer_is_cut_off_at_the_deadline_and_frees_its_place() {
    let wire = Wire::start(|_| Play::Silence).await;
    let service = hurried(&wire);
    let fault = service.send(Request::get("/x")).await.err().unwrap().fault;
    assert_eq!(fault.kind, FaultKind::Timeout);
    assert_eq!(service.health().in_flight, 0);
    assert_eq!(service.health().failures, 1);
}

#[tokio::test]
async fn what_a_status_means_depends_on_what_was_asked() {
    let wire = Wire::start(|seen| {
        let status = seen.path().trim_start_matches('/').parse().unwrap_or(500);
        Play::html(status, "<html><h1>Down</h1></html>")
    })
    .await;
    for (status, read, change) in [
        (400, FaultKind::Refused, FaultKind::Unknown),
        (401, FaultKind::Unauthorized, FaultKind::Unknown),
        (403, FaultKind::Forbidden, FaultKind::Unknown),
        (404, FaultKind::NotFound, FaultKind::NotFound),
        (408, FaultKind::Timeout, FaultKind::Unknown),
        (409, FaultKind::Refused, FaultKind::Refused),
        (429, FaultKind::RateLimited, FaultKind::RateLimited),
        (500, FaultKind::ServerError, FaultKind::Unknown),
        (502, FaultKind::ServerError, FaultKind::Unknown),
    ] {
        let service = service(&wire, &noon());
        let path = format!("/{status}");
        let refusals = [404, 409];
        let answer = service.send(Request::get(&path)).await.unwrap();
        let fault = answer.fault(answer.head(), &refusals).fault;
        assert_eq!(fault.kind, read, "read {status}");
        assert!(
            fault.message.contains("Down") && !fault.message.contains('<'),
            "{fault}"
        );
        // A fresh door: the 429 above has shut the first one.
        let service = self::service(&wire, &noon());
        let answer = service
            .send(Request::post(&path, Nature::Once))
            .await
            .unwrap();
        assert_eq!(
            answer.fault("", &refusals).fault.kind,
            change,
            "change {status}"
        );
    }
}

#[tokio::test]
async fn no_secret_is_shown_even_when_the_service_echoes_it() {
    const CANARY: &str = "canary-a1b2c3d4";
    let wire = Wire::start(|seen| {
        let echo = seen.header("authorization").unwrap_or_default().to_owned();
        Play::json(
            400,
            json!({"said": echo, "target": seen.target, "node_key": "canary-node"}),
        )
    })
    .await;
    let service = service(&wire, &noon());
    let token: SecretString = CANARY.to_owned().into();
    let request = Request::post("/x", Nature::Once)
        .query("token", CANARY)
        .json(&json!({"mine": CANARY, "client_secret": "canary-body"}))
        .bearer(&token);
    let answer = service.send(request.clone()).await.unwrap();
    let fault = answer.fault(String::from_utf8_lossy(&answer.body), &[400]);
    let shown = format!("{:?} {:?} {:?}", answer.exchange, fault, answer.json());
    assert!(!shown.contains("canary-a1b2"), "{shown}");
    let history = format!("{:?}", answer.exchange);
    assert!(!history.contains("canary"), "{history}");
    assert!(history.contains("***"), "{history}");
    assert_eq!(
        wire.seen()[0].header("authorization"),
        Some("Bearer canary-a1b2c3d4")
    );
    let hidden = service.send(request.secret_body()).await.unwrap();
    assert!(
        hidden.exchange.request.contains("not shown"),
        "{:?}",
        hidden.exchange
    );
    assert!(
        hidden.exchange.reply.contains("not shown"),
        "{:?}",
        hidden.exchange
    );
    assert_eq!(hidden.head(), "");
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_no_proof_of_anything() {
    let wire = Wire::start(|_| Play::html(200, "<html>Please sign in</html>")).await;
    let service = service(&wire, &noon());
    let read = service
        .send(Request::get("/x"))
        .await
        .unwrap()
        .json()
        .err()
        .unwrap();
    assert_eq!(read.fault.kind, FaultKind::BadReply);
    assert!(
        read.fault.message.contains("Please sign in"),
        "{}",
        read.fault
    );
    let change = service
        .send(Request::post("/x", Nature::Once))
        .await
        .unwrap();
    assert_eq!(change.json().err().unwrap().fault.kind, FaultKind::Unknown);
}

#[tokio::test]
async fn the_rate_is_kept_by_all_callers_together() {
    let wire = Wire::start(|_| Play::json(200, json!({}))).await;
    let clock = noon();
    let service = Service::new(ServiceSettings {
        rate: Some(2.0),
        parallel: 4,
        ..ServiceSettings::new("test", wire.url.clone(), clock.clone())
    })
    .unwrap();
    for _ in 0..8 {
        let service = service.clone();
        tokio::spawn(async move { service.send(Request::get("/x")).await });
    }
    for sent in 1..=8 {
        until("the next call is out and answered", || {
            wire.seen().len() == sent && service.health().in_flight == 0
        })
        .await;
        if sent < 8 {
            until("the others sleep", || clock.next_wake().is_some()).await;
        }
        assert_eq!(wire.seen().len(), sent);
        clock.turn(Span::from_millis(500));
    }
}

#[tokio::test]
async fn a_change_is_sent_once_though_the_connection_kept_for_reads_is_dead() {
    for lost in [false, true] {
        let wire = Wire::start(move |seen| match (seen.method.as_str(), lost) {
            // Says that the connection stays, and closes it.
            ("GET", _) => Play::Farewell,
            (_, false) => Play::json(200, json!({})),
            (_, true) => Play::Cut,
        })
        .await;
        let service = service(&wire, &noon());
        for round in 1..=20 {
            // A read that meets the dead connection may be repeated; it changes nothing.
            let _ = service.send(Request::get("/read")).await;
            for nature in [Nature::Once, Nature::Repeatable] {
                let changed = service
                    .send(Request::post("/change", nature).json(&json!({})))
                    .await;
                assert_eq!(changed.is_err(), lost);
            }
            assert_eq!(wire.count("POST", "/change"), round * 2);
        }
    }
}

fn stoppable(wire: &Wire, clock: &Clock, rate: f64) -> (Service, watch::Sender<Option<String>>) {
    let service = Service::new(ServiceSettings {
        rate: Some(rate),
        parallel: 1,
        ..ServiceSettings::new("test", wire.url.clone(), clock.clone())
    })
    .unwrap();
    let (leave, follows) = watch::channel(None);
    service.heed(&follows);
    (service, leave)
}

#[tokio::test]
async fn a_change_that_waits_for_its_turn_is_not_sent_after_the_word_and_a_read_is() {
    let wire = Wire::start(|_| Play::json(200, json!({}))).await;
    let clock = noon();
    let (service, leave) = stoppable(&wire, &clock, 0.1);
    service.send(Request::get("/first")).await.unwrap();
    let waiting = tokio::spawn({
        let service = service.clone();
        async move { service.send(Request::post("/change", Nature::Once)).await }
    });
    until("it waits for the budget", || clock.next_wake().is_some()).await;
    leave.send_replace(Some("all sending is stopped".into()));
    // The clock stands still: it is the word that ends it.
    let fault = waiting.await.unwrap().err().unwrap().fault;
    assert_eq!(fault.kind, FaultKind::Cancelled);
    assert!(fault.message.contains("all sending is stopped"), "{fault}");
    let refused = service.send(Request::post("/change", Nature::Once)).await;
    assert_eq!(refused.err().unwrap().fault.kind, FaultKind::Cancelled);
    clock.turn(Span::from_mins(1));
    service.send(Request::get("/read")).await.unwrap();
    leave.send_replace(None);
    clock.turn(Span::from_mins(1));
    service
        .send(Request::post("/change", Nature::Once))
        .await
        .unwrap();
    assert_eq!(wire.count("POST", "/change"), 1);
}

#[tokio::test]
async fn a_failing_service_is_left_alone_and_nobody_is_failed_for_it() {
    let ill = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_ill = ill.clone();
    let wire = Wire::start(move |_| {
        if is_ill.load(Ordering::SeqCst) {
            Play::html(200, "<html>Please sign in</html>")
        } else {
            Play::json(200, json!({}))
        }
    })
    .await;
    let clock = noon();
    let (service, _leave) = stoppable(&wire, &clock, 1_000.0);
    for n in 1..=5 {
        service.send(Request::get(format!("/{n}"))).await.unwrap();
    }
    let shut = service.health().shut_until.unwrap();
    let waiting = tokio::spawn({
        let service = service.clone();
        async move { service.send(Request::get("/sixth")).await }
    });
    until("it waits", || clock.next_wake().is_some()).await;
    assert_eq!(wire.seen().len(), 5);
    ill.store(false, Ordering::SeqCst);
    clock.turn_to(shut);
    assert_eq!(waiting.await.unwrap().unwrap().status, 200);
    assert_eq!(service.health().shut_until, None);
}
