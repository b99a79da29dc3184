//! The listener under senders that are slow, large or many.

use super::{Open, TOKEN, answer, click};
use crate::intake::kit::until;
use crate::model::clock::Stopwatch;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const AT: &str = "2026-03-02T21:14:58Z";

/// Everything cut soon, and each limit at another moment.
async fn hasty() -> Open {
    Open::with(|settings| {
        settings.header_timeout = Duration::from_millis(150);
        settings.body_timeout = Duration::from_millis(150);
        settings.idle_timeout = Duration::from_millis(300);
    })
    .await
}

/// All that comes until the other end closes, and how long that took.
async fn to_the_end(stream: &mut TcpStream) -> (Vec<u8>, Duration) {
    let watch = Stopwatch::start();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes));
    let _ = read.await.expect("the connection is never cut");
    (bytes, watch.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_is_refused_before_it_is_read() {
    let open = Open::new().await;
    let head = format!("POST /hooks/migrate?token={TOKEN} HTTP/1.1\r\nhost: x\r\n");
    let mut announced = open.connect().await;
    let text = format!("{head}content-length: 1073741824\r\n\r\n");
    announced.write_all(text.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut announced).await.0, 413);
    let mut streamed = open.connect().await;
    let text = format!("{head}transfer-encoding: chunked\r\n\r\n");
    streamed.write_all(text.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..17 {
        if streamed.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    assert_eq!(answer(&mut streamed).await.0, 413);
    assert_eq!(open.count(|counts| &counts.oversized), 2);
    assert!(open.kit.events().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_is_kept_as_malformed() {
    let open = Open::new().await;
    let deep = "[".repeat(100_000);
    assert_eq!(open.post("migrate", &deep).await, 400);
    assert!(open.kit.events().await[0].note.contains("deeper"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_dawdles_is_cut_whether_silent_or_dripping() {
    let open = hasty().await;
    let head = format!("POST /hooks/migrate?token={TOKEN} HTTP/1.1\r\nhost: x\r\n");
    for begun in [
        String::new(),
        "POST /hoo".to_owned(),
        format!("{head}content-length: 100\r\n\r\n{{\"half"),
    ] {
        let mut stream = open.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let (_, took) = to_the_end(&mut stream).await;
        assert!(took < Duration::from_secs(3), "{begun:?} took {took:?}");
    }
    let mut dripping = open.connect().await;
    let watch = Stopwatch::start();
    for byte in head.bytes().cycle() {
        if dripping.write_all(&[byte]).await.is_err() {
            break;
        }
        crate::model::clock::real_sleep(Duration::from_millis(20)).await;
        assert!(watch.elapsed() < Duration::from_secs(10), "never cut");
    }
    until("all of them counted", async || {
        open.count(|counts| &counts.slow) >= 4
    })
    .await;
    assert_eq!(open.post("migrate", &click("C02A", 1, AT)).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_rests_after_its_answer_is_closed_in_time() {
    let open = hasty().await;
    let body = click("C02A", 1, AT);
    let text = format!(
        "POST /hooks/migrate?token={TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = open.connect().await;
    stream.write_all(text.as_bytes()).await.unwrap();
    let (bytes, took) = to_the_end(&mut stream).await;
    assert!(bytes.starts_with(b"HTTP/1.1 201"));
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_with_too_many_connections_is_told_to_try_again() {
    let open = Open::with(|settings| {
        settings.sockets_per_address = 2;
        settings.loopback_unlimited = false;
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(open.connect().await);
    }
    // Two are served, two wait; which of the five is one too many is chance.
    until("one is turned away", async || {
        let mut bytes = [0; 12];
        held.iter()
            .any(|stream| stream.try_read(&mut bytes).is_ok() && &bytes == b"HTTP/1.1 429")
    })
    .await;
    assert_eq!(open.count(|counts| &counts.crowded), 1);
    drop(held);
    until("room again", async || {
        open.post("migrate", &click("C02A", 1, AT)).await == 201
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_sockets_wait_their_turn_and_are_answered() {
    let open = Open::with(|settings| settings.sockets = 4).await;
    let serials: Vec<String> = (0..60).map(|n| format!("C02A{n:03}")).collect();
    let bodies: Vec<_> = serials.iter().map(|s| click(s, 1, AT)).collect();
    let posts = bodies.iter().map(|body| open.post("migrate", body));
    let told = futures_util::future::join_all(posts).await;
    assert!(told.iter().all(|status| *status == 201), "{told:?}");
    assert_eq!(open.kit.rows().await, 60);
}
