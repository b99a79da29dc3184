//! A service on loopback that answers as a test says, keeps what it was asked, and may hang up instead.

use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub method: String,
    pub path: String,
    /// As on the wire, percent-encoded.
    pub query: String,
    pub headers: String,
    /// Null when there was none.
    pub body: Json,
}

impl Seen {
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// A query parameter that needs no decoding.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// What it does about a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Json(u16, Json),
    /// Status, headers, body.
    Text(u16, Vec<(&'static str, String)>, String),
    /// Takes the request and breaks the connection.
    HangUp,
}

type Script = dyn Fn(&Seen) -> Act + Send + Sync;

/// The service; it stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct StandIn {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::default());
        let stand_in = Self {
            url,
            seen: Arc::clone(&seen),
        };
        let script: Arc<Script> = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        stand_in
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    /// How often this was asked.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        let seen = self.seen();
        seen.iter().filter(|seen| seen.is(method, path)).count()
    }

    /// How many requests were no reads.
    pub(crate) fn changes(&self) -> usize {
        let seen = self.seen();
        seen.iter().filter(|seen| seen.method != "GET").count()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, all: Arc<Mutex<Vec<Seen>>>) {
    let Some(seen) = receive(&mut stream).await else {
        return;
    };
    all.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(seen.clone());
    let (status, headers, body) = match script(&seen) {
        Act::HangUp => return,
        Act::Json(status, json) => {
            let headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
            let body = if status == 204 {
                String::new()
            } else {
                json.to_string()
            };
            (status, headers, body)
        }
        Act::Text(status, headers, body) => (status, headers, body),
    };
    let mut answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        answer += &[name, ": ", &value, "\r\n"].concat();
    }
    answer.push_str("\r\n");
    answer.push_str(&body);
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let (line, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
    let length = headers
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.trim().parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Some(Seen {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.to_owned(),
        body: serde_json::from_slice(&bytes[end + 4..]).unwrap_or_default(),
    })
}
