//! What answers under the old name, and name servers that lead to it: stand-ins on loopback, each wrong as a test says.

use crate::support::certificates::Leaf;
use hickory_resolver::proto::op::{Message, MessageType};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;

/// What a path is answered with: status and reason, headers, body.
pub(super) type Said = (&'static str, String, Vec<u8>);

pub(super) fn to(status: &'static str, location: &str) -> Said {
    (status, format!("location: {location}\r\n"), Vec::new())
}

/// Serves TLS with this certificate until the test ends; `says` is asked for every path, without its query.
pub(super) fn front(
    leaf: &Leaf,
    says: impl Fn(&str) -> Said + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream);
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let Some(target) = head.split(' ').nth(1) else {
                continue;
            };
            let (status, headers, body) = says(target.split('?').next().unwrap_or(target));
            let length = body.len();
            let start = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
            );
            let _ = tls.write_all(&[start.as_bytes(), &body].concat());
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    address
}

/// A name server that knows one address for every name.
pub(super) fn name_server(address: Ipv4Addr, ttl: u32) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 1_500];
        while let Ok((read, from)) = socket.recv_from(&mut buffer) {
            let Ok(asked) = Message::from_vec(&buffer[..read]) else {
                continue;
            };
            let query = asked.queries[0].clone();
            let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
            answer.metadata.message_type = MessageType::Response;
            answer.metadata.recursion_available = true;
            answer.add_query(query.clone());
            if query.query_type() == RecordType::A {
                let name = query.name().clone();
                answer.add_answer(Record::from_rdata(name, ttl, RData::A(A(address))));
            }
            let _ = socket.send_to(&answer.to_vec().unwrap(), from);
        }
    });
    at
}
