use super::trying::{client, monday, serve, wire};
use super::{Arranged, Habits, Mishap, RetryAfter};
use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::Faults;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A service that counts what was applied.
struct Counter {
    server: super::Server,
    applied: Arc<AtomicUsize>,
    ledger: Ledger,
    clock: Clock,
}

async fn counter(habits: Habits) -> Counter {
    let (clock, ledger, applied) = (monday(), Ledger::in_memory(), Arc::new(AtomicUsize::new(0)));
    let (adds, reads) = (applied.clone(), applied.clone());
    let router = Router::new()
        .route(
            "/add",
            post(move |body: String| async move {
                adds.fetch_add(1, Ordering::SeqCst);
                body
            }),
        )
        .route(
            "/read",
            get(move || async move { reads.load(Ordering::SeqCst).to_string() }),
        );
    let server = serve(wire(habits, &clock, &ledger), router).await;
    Counter {
        server,
        applied,
        ledger,
        clock,
    }
}

impl Counter {
    async fn add(&self) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/add", self.server.url());
        client().post(url).body("x").send().await
    }

    async fn read(&self) -> String {
        let url = format!("{}/read", self.server.url());
        client()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    fn applied(&self) -> usize {
        self.applied.load(Ordering::SeqCst)
    }

    fn arrange(&self, mishap: Mishap) {
        self.server
            .wire()
            .arrange(Arranged::next("POST", "/add", mishap));
    }
}

#[tokio::test]
async fn a_cut_answer_is_no_answer_though_the_call_was_applied() {
    let service = counter(Habits::plain("test")).await;
    service.arrange(Mishap::AnswerCut);
    service.arrange(Mishap::Lost);
    let error = service.add().await.unwrap_err();
    assert!(error.status().is_none(), "{error:?}");
    assert_eq!(service.applied(), 1);
    assert!(service.add().await.is_err());
    assert_eq!(service.applied(), 1, "a lost call is not applied");
    assert_eq!(service.add().await.unwrap().status(), 200);
    assert_eq!(service.ledger.report().calls, 3);
}

#[tokio::test]
async fn a_page_may_hide_a_call_that_was_applied() {
    let service = counter(Habits::plain("test")).await;
    for (mishap, status, applied) in [
        (Mishap::AppliedThenPage, 502, 1),
        (Mishap::Page(504), 504, 1),
        (Mishap::LoginPage, 200, 1),
        (Mishap::Redirect, 302, 1),
        (Mishap::Status(500), 500, 1),
    ] {
        service.arrange(mishap);
        let answer = service.add().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), service.applied()),
            (status, applied)
        );
        assert_ne!(answer.text().await.unwrap(), "x");
    }
}

#[tokio::test]
async fn a_late_call_lands_after_its_caller_was_cut_off() {
    let service = counter(Habits::plain("test")).await;
    service.arrange(Mishap::AppliedLate(Span::from_secs(30)));
    assert!(service.add().await.is_err());
    while service.clock.next_wake().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.applied(), 0);
    service.clock.turn(Span::from_secs(30));
    while service.applied() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_on_a_hanging_call_frees_its_place() {
    let service = counter(Habits::plain("test")).await;
    service.arrange(Mishap::Hang);
    let gives_up = client()
        .post(format!("{}/add", service.server.url()))
        .timeout(Duration::from_millis(50))
        .send()
        .await;
    assert!(gives_up.unwrap_err().is_timeout());
    while service.server.wire().open() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.applied(), 0);
}

#[tokio::test]
async fn answers_take_engine_time_and_too_many_at_once_are_a_violation() {
    let service = counter(Habits {
        most_open: Some(2),
        ..Habits::plain("test")
    })
    .await;
    let wire = service.server.wire();
    wire.set_faults(Faults {
        p50: Span::from_secs(1),
        p95: Span::from_secs(1),
        ..Faults::default()
    });
    let url = format!("{}/read", service.server.url());
    let calls: Vec<_> = (0..3)
        .map(|_| tokio::spawn(client().get(url.clone()).send()))
        .collect();
    while wire.open() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(calls.iter().all(|call| !call.is_finished()));
    assert!(!service.clock.is_busy(), "waiting is not work");
    while calls.iter().any(|call| !call.is_finished()) {
        service.clock.skip_if_quiet();
        tokio::task::yield_now().await;
    }
    assert_eq!(wire.most_open(), 3);
    let violations = service.ledger.report().violations;
    assert_eq!(
        violations,
        ["test: 3 requests were open at once, more than 2"]
    );
}

#[tokio::test]
async fn a_429_says_when_in_every_spelling_and_coming_early_is_a_violation() {
    let service = counter(Habits::plain("test")).await;
    for (when, header) in [
        (RetryAfter::Seconds(0), Some("0")),
        (RetryAfter::Absent, None),
        (RetryAfter::Date(30), Some("Mon, 02 Mar 2026 20:00:30 GMT")),
    ] {
        service.arrange(Mishap::Limited(when));
        let answer = service.add().await.unwrap();
        assert_eq!(answer.status(), 429);
        let said = answer.headers().get("retry-after");
        assert_eq!(said.map(|v| v.to_str().unwrap()), header);
        assert_eq!(answer.headers()["date"], "Mon, 02 Mar 2026 20:00:00 GMT");
    }
    assert!(service.ledger.report().is_clean());
    service.clock.turn(Span::from_secs(29));
    service.add().await.unwrap();
    assert_eq!(service.ledger.report().violations.len(), 1);
    service.clock.turn(Span::from_secs(1));
    service.add().await.unwrap();
    assert_eq!(service.ledger.report().violations.len(), 1);
}

#[tokio::test]
async fn calls_above_the_services_rate_get_429() {
    let service = counter(Habits::plain("test")).await;
    service.server.wire().set_faults(Faults {
        per_second: 1.0,
        ..Faults::default()
    });
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(service.add().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(service.applied(), 2);
}

#[tokio::test]
async fn a_stale_read_shows_what_was_before_unless_the_caller_sticks_to_its_node() {
    let service = counter(Habits {
        sticky_cookie: Some("jpro-ingress"),
        ..Habits::plain("test")
    })
    .await;
    service.server.wire().set_faults(Faults {
        stale: 1.0,
        stale_for: Span::from_mins(1),
        ..Faults::default()
    });
    assert_eq!(service.read().await, "0");
    service.add().await.unwrap();
    assert_eq!(service.read().await, "0");
    let url = format!("{}/read", service.server.url());
    let sticky = client().get(&url).header("cookie", "jpro-ingress=node1");
    assert_eq!(sticky.send().await.unwrap().text().await.unwrap(), "1");
    service.clock.turn(Span::from_mins(2));
    assert_eq!(service.read().await, "1");
}

#[tokio::test]
async fn a_stopped_server_lets_go_of_its_port() {
    let service = counter(Habits::plain("test")).await;
    service.add().await.unwrap();
    let (url, port) = (service.server.url(), service.server.address().port());
    service.server.stop().await;
    assert!(client().get(format!("{url}/read")).send().await.is_err());
    let again = wire(Habits::plain("test"), &service.clock, &service.ledger);
    super::Server::start(again, Router::new(), port)
        .await
        .unwrap();
}
