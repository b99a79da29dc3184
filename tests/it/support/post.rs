//! Requests to the engine's hooks, byte by byte, so that nothing is retried behind a test's back.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// As the header says it.
    pub(crate) date: Option<String>,
}

pub(crate) fn get(port: u16, target: &str) -> Option<Answer> {
    exchange(port, "GET", target, b"")
}

/// Posts a body; nothing when the engine was gone, or left before it answered.
pub(crate) fn post(port: u16, target: &str, body: &[u8]) -> Option<Answer> {
    exchange(port, "POST", target, body)
}

fn exchange(port: u16, method: &str, target: &str, body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut head = String::new();
    let _ = write!(
        head,
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    // A body that is too large is refused before all of it is read: the answer may stand there already.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count) = stream.read(&mut part) {
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&part[..count]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let date = text.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("date: ")
            .map(|_| line[6..].to_owned())
    });
    Some(Answer { status, date })
}

/// A connection that is kept, for a sender of one event after the other. It is made anew after each failure.
pub(crate) struct Line {
    port: u16,
    stream: Option<TcpStream>,
}

impl Line {
    pub(crate) fn to(port: u16) -> Self {
        Self { port, stream: None }
    }

    /// The status; nothing when the engine was gone, or left before it answered.
    pub(crate) fn post(&mut self, target: &str, body: &[u8]) -> Option<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(("127.0.0.1", self.port)).ok()?,
        };
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
        let status = answered(&mut stream)?;
        self.stream = Some(stream);
        Some(status)
    }
}

/// Reads one answer to its end.
fn answered(stream: &mut TcpStream) -> Option<u16> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.parse::<usize>().ok()).flatten()
        });
        if body.len() >= length.unwrap_or_default() {
            return head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok();
        }
    }
}
