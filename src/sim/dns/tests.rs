//! Resolvers, asked over UDP and by themselves.

use super::answer::Truth;
use super::{Resolver, Zone};
use crate::model::time::{Span, Time};
use crate::sim::trying::{NAME, moved};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use std::net::IpAddr;
use tokio::net::UdpSocket;

fn zone(phase: f64) -> Zone {
    Zone {
        name: NAME.to_owned(),
        old: IpAddr::from([127, 0, 0, 2]),
        new: IpAddr::from([127, 0, 0, 3]),
        phase,
    }
}

async fn ask(resolver: &Resolver, name: &str, kind: RecordType) -> Message {
    let mut asked = Message::query();
    asked.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let packet = asked.to_vec().unwrap();
    socket.send_to(&packet, resolver.address()).await.unwrap();
    let mut buffer = [0; 1_500];
    let read = socket.recv(&mut buffer).await.unwrap();
    let answer = Message::from_vec(&buffer[..read]).unwrap();
    assert_eq!(answer.metadata.id, asked.metadata.id);
    answer
}

fn addresses(answer: &Message) -> Vec<String> {
    let records = answer.answers.iter();
    records.map(|record| record.data.to_string()).collect()
}

#[tokio::test]
async fn the_name_leads_to_the_old_front_and_after_the_move_to_the_new_endpoint() {
    let moved = moved(1);
    let resolver = Resolver::start(moved.world.clone(), zone(0.3), 0);
    let resolver = resolver.await.unwrap();
    let name = "MDM.acme.example.";
    let answer = ask(&resolver, name, RecordType::A).await;
    assert_eq!(addresses(&answer), ["127.0.0.2"]);
    assert!((1..=300).contains(&answer.answers[0].ttl));
    let now = moved.clock.now();
    moved.knob(|handover| handover.moved_at = Some(now));
    moved.clock.turn(Span::from_mins(5));
    let answer = ask(&resolver, name, RecordType::A).await;
    assert_eq!(addresses(&answer), ["127.0.0.3"]);
}

#[tokio::test]
async fn other_names_do_not_exist_and_other_kinds_are_empty() {
    let moved = moved(1);
    let resolver = Resolver::start(moved.world.clone(), zone(0.0), 0);
    let resolver = resolver.await.unwrap();
    let none = ask(&resolver, "gone.acme.example.", RecordType::A).await;
    assert_eq!(none.metadata.response_code, ResponseCode::NXDomain);
    let empty = ask(&resolver, "mdm.acme.example.", RecordType::AAAA).await;
    assert_eq!(empty.metadata.response_code, ResponseCode::NoError);
    assert!(empty.answers.is_empty());
    let root = ask(&resolver, "a.root-servers.net.", RecordType::A).await;
    assert_eq!(addresses(&root), ["198.41.0.4"]);
}

#[test]
fn a_cache_counts_down_and_each_resolver_learns_of_the_move_at_its_own_moment() {
    let start = Time::parse("2026-03-02T20:00:00Z").unwrap();
    let ttl = Span::from_mins(5);
    let at = |zone: &Zone, second: i64, moved: bool| {
        zone.cached(Truth {
            now: start.plus(Span::from_secs(second)),
            ttl,
            moved_at: moved.then_some(start),
        })
    };
    let (one, other) = (zone(0.2), zone(0.7));
    let (_, left) = at(&one, 0, false);
    assert_eq!(at(&one, 10, false).1, left - 10);
    let learns = |zone: &Zone| (0..=300).find(|second| at(zone, *second, true).0 == zone.new);
    let (first, second) = (learns(&one).unwrap(), learns(&other).unwrap());
    assert_ne!(first, second);
    assert!(first <= 300 && second <= 300);
    assert_eq!(i64::from(left), first, "it learns when its cache runs out");
    for zone in [&one, &other] {
        let forgets = (0..=300).filter(|second| at(zone, *second, true).0 == zone.old);
        assert_eq!(forgets.max(), Some(learns(zone).unwrap() - 1));
    }
}
