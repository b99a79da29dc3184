//! Bodies that would hurt: refused before they are read, or kept as malformed, with memory flat.

use super::events::click;
use super::office::{Office, TOKEN};
use super::sender::{Line, request};
use crate::proofs::{alone, figure};
use drover::store::{EventState, Query};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

const MEGABYTE: usize = 1024 * 1024;

/// A body that comes whole, and what it is answered.
fn whole() -> Vec<(&'static str, Vec<u8>, u16)> {
    let wrapped = |inner: String| format!("{{\"timestamp\":\"x\",\"host\":{inner}}}").into_bytes();
    let keys: String = (0..90_000)
        .flat_map(|nth| ["\"".to_owned(), nth.to_string(), "\":1,".to_owned()])
        .collect();
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bomb.extend(std::iter::repeat_n(0xff, 100_000));
    vec![
        ("a list 100,000 deep", b"[".repeat(100_000), 400),
        ("objects 100,000 deep", b"{\"a\":".repeat(100_000), 400),
        (
            "ninety thousand keys",
            wrapped(format!("{{{keys}\"a\":1}}")),
            400,
        ),
        (
            "half a million numbers",
            wrapped(format!("[{}1]", "1,".repeat(500_000))),
            400,
        ),
        (
            "a million keys",
            "{\"\":1,".repeat(1_000_000).into_bytes(),
            413,
        ),
        (
            "a text of a megabyte",
            wrapped(format!("\"{}\"", "x".repeat(MEGABYTE - 100))),
            400,
        ),
        ("a megabyte that is no text", vec![0xff; MEGABYTE], 400),
        ("one byte too many", vec![b' '; MEGABYTE + 1], 413),
        ("something compressed", bomb, 400),
        ("nothing", Vec::new(), 400),
    ]
}

/// Sends parts until it is refused or cut; the status, and how many bytes were taken of it.
async fn stream(address: SocketAddr, head: &str, part: &[u8], most: usize) -> (u16, usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /hooks/migrate?token={TOKEN} HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reads, mut writes) = stream.split();
    let mut taken = 0;
    let (mut answer, mut done) = (Vec::new(), false);
    let mut space = [0; 1_024];
    while !done && taken < most {
        tokio::select! {
            biased;
            read = reads.read(&mut space) => match read {
                Ok(count) if count > 0 => {
                    answer.extend_from_slice(&space[..count]);
                    done = answer.windows(4).any(|part| part == b"\r\n\r\n");
                }
                _ => done = true,
            },
            sent = writes.write_all(part) => {
                taken += part.len();
                if sent.is_err() {
                    let _ = reads.read_to_end(&mut answer).await;
                    done = true;
                }
            }
        }
    }
    let text = String::from_utf8_lossy(&answer);
    let status = text
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3)?.parse().ok());
    (status.unwrap_or(0), taken)
}

async fn assault(office: &Office, rounds: usize, endless: usize) -> (usize, usize, f64) {
    let address = office.address();
    let (mut refused, mut kept, mut most) = (0, 0, office.rss());
    for round in 0..rounds {
        for (what, body, status) in whole() {
            let more = if what == "something compressed" {
                "content-encoding: gzip\r\n"
            } else {
                ""
            };
            let post = request("migrate", TOKEN, more, &body);
            let answer = Line::new(address).ask(&post).await.unwrap();
            assert_eq!(answer.status, status, "{what}");
            refused += usize::from(status != 400);
            kept += usize::from(status == 400 && round == 0);
            most = most.max(office.rss());
        }
        let chunk = [b"10000\r\n", &vec![b'x'; 0x1_0000][..], b"\r\n"].concat();
        for (head, part, statuses) in [
            ("content-length: 1073741824", &chunk[..], &[413][..]),
            ("transfer-encoding: chunked", &chunk[..], &[413]),
            // A megabyte of chunks of one byte each: too large in the end, or too slow.
            (
                "transfer-encoding: chunked",
                &b"1\r\nx\r\n".repeat(1_000)[..],
                &[413, 408],
            ),
        ] {
            let (status, taken) = stream(address, head, part, endless).await;
            // A reset may overtake the answer of whoever goes on sending.
            assert!(
                statuses.contains(&status) || status == 0,
                "{head}: {status}"
            );
            assert!(taken < endless, "{head}: all {taken} bytes were taken");
            refused += 1;
            most = most.max(office.rss());
        }
        let good = click(&format!("SHAPE{round}"), 1, "2026-03-02T09:00:00Z");
        let post = request("migrate", TOKEN, "", good.as_bytes());
        assert_eq!(Line::new(address).ask(&post).await.unwrap().status, 201);
    }
    (refused, kept, most)
}

fn shapes(proof: &str, rounds: usize, endless: usize) {
    let mut office = Office::open();
    let before = office.rss();
    let (refused, kept, most) = Runtime::new()
        .unwrap()
        .block_on(assault(&office, rounds, endless));
    let (rows, malformed) = office.look(|view| {
        let counts = view.event_counts()?;
        let malformed = counts.iter().filter(|c| c.1 == EventState::Malformed);
        Ok((
            view.count(&Query::all())?,
            malformed.map(|c| c.2).sum::<u64>(),
        ))
    });
    figure(
        proof,
        &[
            ("rounds", &rounds),
            ("refused", &refused),
            ("kept_malformed", &malformed),
            ("rss_before_mb", &format!("{before:.1}")),
            ("rss_growth_mb", &format!("{:.1}", most - before)),
            ("rows", &rows),
        ],
    );
    assert!(office.is_running());
    assert_eq!((rows as usize, malformed as usize), (rounds, kept));
    assert!(most - before < 20.0, "{before} MB grew to {most} MB");
}

#[test]
fn shapes_that_would_hurt_are_refused_with_memory_flat() {
    shapes("flood.shapes.short", 1, 64 * MEGABYTE);
}

#[test]
#[ignore = "takes minutes"]
fn shapes_that_would_hurt_are_refused_again_and_again_with_memory_flat() {
    let _alone = alone();
    shapes("flood.shapes", 10, 1024 * MEGABYTE);
}
