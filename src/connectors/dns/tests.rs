//! Against name servers of the test's own.

use super::*;
use crate::connectors::action::{Call, Connector};
use crate::model::clock::Clock;
use crate::model::time::Time;
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use serde_json::{Value as Json, json};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;

/// Answers `mdm.example.com` with an alias and this address; everything else does not exist.
async fn name_server(address: Ipv4Addr, ttl: u32) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1_500];
        while let Ok((read, from)) = socket.recv_from(&mut buffer).await {
            let asked = Message::from_vec(&buffer[..read]).unwrap();
            let query = asked.queries[0].clone();
            let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
            answer.metadata.message_type = MessageType::Response;
            answer.metadata.recursion_available = true;
            answer.add_query(query.clone());
            let alias = Name::from_ascii("balancer.example.net.").unwrap();
            if query.name().to_string() != "mdm.example.com." {
                answer.metadata.response_code = ResponseCode::NXDomain;
            } else if query.query_type() == RecordType::A {
                let name = query.name().clone();
                answer.add_answer(Record::from_rdata(
                    name,
                    ttl,
                    RData::CNAME(CNAME(alias.clone())),
                ));
                answer.add_answer(Record::from_rdata(alias, 30, RData::A(A(address))));
            }
            let _ = socket.send_to(&answer.to_vec().unwrap(), from).await;
        }
    });
    at
}

async fn lookup(resolvers: &[SocketAddr], name: &str) -> Json {
    let settings = Settings {
        resolvers: resolvers.to_vec(),
    };
    let dns = Dns::new(settings, Clock::system()).unwrap();
    let call = Call {
        input: json!({"name": name}).as_object().unwrap().clone(),
        op: "o-1".into(),
        intent_at: Time::from_millis(0),
    };
    dns.call(&ACTIONS[0], call).await.unwrap().result
}

#[tokio::test]
async fn resolvers_are_asked_one_by_one_and_compared() {
    let old = name_server(Ipv4Addr::new(192, 0, 2, 1), 3_600).await;
    let new = name_server(Ipv4Addr::new(192, 0, 2, 2), 60).await;
    let same = lookup(&[old, old], "mdm.example.com").await;
    assert_eq!(same["addresses"], json!(["192.0.2.1"]));
    assert_eq!(same["names"], json!(["balancer.example.net"]));
    assert_eq!(
        (same["agree"].clone(), same["ttl"].clone()),
        (json!(true), json!(3_600))
    );
    let torn = lookup(&[old, new], "mdm.example.com").await;
    assert_eq!(torn["addresses"], json!(["192.0.2.1", "192.0.2.2"]));
    assert_eq!(
        (torn["agree"].clone(), torn["answered"].clone()),
        (json!(false), json!(2))
    );
}

#[tokio::test]
async fn a_name_that_is_not_there_is_no_answer() {
    let server = name_server(Ipv4Addr::new(192, 0, 2, 1), 60).await;
    let none = lookup(&[server], "gone.example.com").await;
    assert_eq!(
        (none["answered"].clone(), none["agree"].clone()),
        (json!(0), json!(false))
    );
    assert_eq!(none["answers"][0]["error"], "there is no such name");
}

#[test]
fn a_resolver_is_an_address_with_or_without_a_port() {
    assert_eq!(
        Settings::resolver("192.0.2.1").unwrap().to_string(),
        "192.0.2.1:53"
    );
    assert_eq!(
        Settings::resolver(" [2001:db8::1]:5353").unwrap().port(),
        5_353
    );
    assert!(
        Settings::resolver("one.one.one.one")
            .unwrap_err()
            .contains("192.0.2.1")
    );
}
