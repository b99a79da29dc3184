//! Spoilt bodies, guessed tokens, recorded requests, and a process that may open next to no files.

use super::events::{event, samples, spoilt};
use super::office::{OLD_TOKEN, Office, TOKEN};
use super::sender::{Line, request, send};
use crate::proofs::{alone, figure};
use drover::model::random::Random;
use drover::store::Query;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;

const SEED: u64 = 5;

fn heard(office: &Office) -> u64 {
    office.look(|view| {
        let (mut all, mut before) = (0, None);
        loop {
            let part = view.event_heads(before, 1_000)?;
            let Some(last) = part.last() else {
                return Ok(all);
            };
            before = Some(last.id);
            all += part
                .iter()
                .map(|event| 1 + u64::from(event.repeats))
                .sum::<u64>();
        }
    })
}

fn spoilt_bodies(proof: &str, bodies: usize) {
    let mut office = Office::open();
    let (mut random, samples) = (Random::named(SEED, "spoilt"), samples());
    let (mut statuses, mut neighbours) = (BTreeMap::new(), 0);
    Runtime::new().unwrap().block_on(async {
        let mut line = Line::new(office.address());
        for nth in 0..bodies {
            let (body, kind) = spoilt(&mut random, &samples);
            let hook = *random.pick(&["migrate", "activity"]).unwrap();
            let more = format!("content-type: {kind}\r\n");
            let answer = line.ask(&request(hook, TOKEN, &more, &body)).await;
            let status = answer.map_or(0, |answer| answer.status);
            assert!(
                [200, 201, 400].contains(&status),
                "{status} for body {nth} of seed {SEED}: {}",
                String::from_utf8_lossy(&body)
            );
            *statuses.entry(status).or_insert(0) += 1;
            if nth % 20 == 0 {
                let good = event("NEIGHBOUR", nth);
                let post = request(good.hook, TOKEN, "", good.body.as_bytes());
                assert!(
                    line.ask(&post)
                        .await
                        .is_some_and(|answer| answer.status < 300)
                );
                neighbours += 1;
            }
        }
    });
    let heard = heard(&office);
    figure(
        proof,
        &[
            ("bodies", &bodies),
            ("answers", &format!("{statuses:?}").replace(' ', "")),
            ("in_the_inbox", &heard),
            ("neighbours", &neighbours),
            ("seed", &SEED),
        ],
    );
    assert!(office.is_running());
    assert_eq!(
        heard as usize,
        bodies + neighbours,
        "each is kept or counted"
    );
    assert!(statuses.len() > 1, "some are taken, some are not");
}

#[test]
fn spoilt_bodies_are_kept_and_their_neighbours_taken() {
    spoilt_bodies("flood.spoilt.short", 400);
}

#[test]
#[ignore = "takes minutes"]
fn five_thousand_spoilt_bodies_are_kept_and_their_neighbours_taken() {
    let _alone = alone();
    spoilt_bodies("flood.spoilt", 5_000);
}

/// A token that is nearly one.
fn guess(random: &mut Random) -> String {
    let token = *random.pick(&[TOKEN, OLD_TOKEN]).unwrap();
    let at = random.below(token.len());
    match random.below(7) {
        0 => token[..at].to_owned(),
        1 => token[at + 1..].to_owned(),
        2 => format!("{token}{at}"),
        3 => token[..=at].to_ascii_uppercase() + &token[at + 1..],
        4 => format!("{}x{}", &token[..at], &token[at + 1..]),
        5 => format!("{TOKEN}&token={OLD_TOKEN}"),
        _ => random.uuid(),
    }
}

fn guesses(proof: &str, guesses: usize) {
    let office = Office::open();
    let mut random = Random::named(SEED, "guesses");
    let (mut accepted, mut told) = (0, 0);
    Runtime::new().unwrap().block_on(async {
        let mut line = Line::new(office.address());
        for nth in 0..guesses {
            let token = guess(&mut random);
            let event = event("FORGED", nth);
            let body = event.body.as_bytes();
            let post = if nth % 2 == 0 {
                request(event.hook, &token, "", body)
            } else {
                let bearer = format!("authorization: Bearer {token}\r\n");
                request(event.hook, "", &bearer, body)
            };
            let answer = line.ask(&post).await.expect("an answer");
            // A capital of what has no letters there is the token itself; nothing else may pass.
            let true_one = token == TOKEN || token == OLD_TOKEN;
            accepted += usize::from(answer.status != 404 && !true_one);
            told += answer.body.len() * usize::from(answer.status == 404);
        }
        for token in [TOKEN, OLD_TOKEN] {
            let event = event("TRUE", 0);
            let post = request(event.hook, token, "", event.body.as_bytes());
            assert_eq!(line.ask(&post).await.unwrap().status, 201);
        }
    });
    figure(
        proof,
        &[
            ("guesses", &guesses),
            ("accepted", &accepted),
            ("bytes_told", &told),
            ("seed", &SEED),
        ],
    );
    assert_eq!((accepted, told), (0, 0));
}

#[test]
fn guessed_tokens_are_told_nothing() {
    guesses("flood.guesses.short", 500);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_guessed_tokens_are_told_nothing() {
    let _alone = alone();
    guesses("flood.guesses", 10_000);
}

/// From one of this machine's own addresses.
async fn from(office: &Office, ip: [u8; 4], nth: usize) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind((std::net::Ipv4Addr::from(ip), 0).into())
        .unwrap();
    let stream = socket.connect(office.address()).await.unwrap();
    let event = event("NEAR", nth);
    let post = request(event.hook, TOKEN, "", event.body.as_bytes());
    Line::on(stream).ask(&post).await.unwrap().status
}

#[test]
fn the_right_token_from_the_wrong_address_is_a_strangers() {
    let office = Office::with("allow = [\"127.0.0.2\", \"127.1.0.0/16\"]", "");
    Runtime::new().unwrap().block_on(async {
        for (nth, (ip, status)) in [
            ([127, 0, 0, 1], 404),
            ([127, 0, 0, 2], 201),
            ([127, 0, 0, 3], 404),
            ([127, 2, 0, 1], 404),
            ([127, 1, 200, 9], 201),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(from(&office, ip, nth * 2).await, status, "{ip:?}");
        }
    });
    assert_eq!(office.look(|view| view.count(&Query::all())), 2);
}

fn changes(office: &Office) -> usize {
    office.look(|view| {
        let rows = view.rows(&Query::all())?;
        let of = |row: &drover::model::row::Row| Ok(view.changes_of(row.id, 1_000)?.len());
        rows.iter().map(of).sum()
    })
}

fn replays(proof: &str, requests: usize) {
    let mut office = Office::open();
    let events = (0..requests).map(|nth| event("REPLAY", nth));
    let posts: Vec<Arc<[u8]>> = events
        .map(|event| Arc::from(request(event.hook, TOKEN, "", event.body.as_bytes())))
        .collect();
    let (posts, runtime) = (Arc::new(posts), Runtime::new().unwrap());
    let post = |office: &Office| {
        let sent = send(
            office.address(),
            8,
            None,
            Arc::clone(&posts),
            Arc::default(),
        );
        runtime.block_on(sent)
    };
    assert_eq!(post(&office).again, 0);
    let (before, first) = (changes(&office), heard(&office));
    let mut again = 0;
    for _ in 0..2 {
        again += post(&office).statuses.len();
        office.restart();
    }
    again += post(&office).statuses.len();
    let (after, all) = (changes(&office), heard(&office));
    figure(
        proof,
        &[
            ("requests", &requests),
            ("replayed", &again),
            ("effects", &(after - before)),
            ("counted", &(all - first)),
        ],
    );
    assert_eq!(after, before, "a replay changed something");
    assert_eq!((all - first) as usize, again);
}

#[test]
fn requests_that_were_recorded_do_nothing_when_they_are_sent_again() {
    replays("flood.replays.short", 100);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_recorded_requests_do_nothing_when_they_are_sent_again() {
    let _alone = alone();
    replays("flood.replays", 1_000);
}

/// Five hundred senders and a hundred who only sit there, before an engine that may open 64 files.
fn few_descriptors(proof: &str, senders: usize, sitting: usize) {
    let mut office = Office::with("", "ulimit -n 64");
    let address = office.address();
    let posts: Vec<Arc<[u8]>> = (0..senders * 2)
        .map(|nth| event("CROWD", nth))
        .map(|event| Arc::from(request(event.hook, TOKEN, "", event.body.as_bytes())))
        .collect();
    let total = posts.len();
    let told = Runtime::new().unwrap().block_on(async {
        let mut held = Vec::new();
        for _ in 0..sitting {
            held.push(TcpStream::connect(address).await.unwrap());
        }
        send(address, senders, None, Arc::new(posts), Arc::default()).await
    });
    let rows = office.look(|view| view.count(&Query::all())) as usize;
    figure(
        proof,
        &[
            ("limit", &64),
            ("senders", &senders),
            ("sitting", &sitting),
            ("posts", &total),
            ("again", &told.again),
            ("rows", &rows),
            ("fds_now", &office.descriptors()),
        ],
    );
    assert!(office.is_running());
    assert_eq!(rows, total, "every post ended in a row");
}

#[test]
fn with_next_to_no_descriptors_everybody_is_served_in_turn() {
    few_descriptors("flood.descriptors.short", 60, 30);
}

#[test]
#[ignore = "takes minutes"]
fn with_next_to_no_descriptors_five_hundred_senders_are_served_in_turn() {
    let _alone = alone();
    few_descriptors("flood.descriptors", 500, 100);
}
