//! A small HTTP server on 127.0.0.1 that does exactly what a test tells it to, wrong things included, and remembers
//! what it saw.

use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which connection it came on, from 0.
    pub connection: usize,
    pub method: String,
    /// Path and query as on the wire.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The decoded value of a query parameter.
    pub fn query(&self, name: &str) -> Option<String> {
        let url = reqwest::Url::parse(&format!("http://wire{}", self.target)).ok()?;
        let found = url.query_pairs().find(|(own, _)| own == name);
        found.map(|(_, value)| value.into_owned())
    }
}

/// What the server does with a request.
pub enum Play {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Answers 200 as if the connection stayed, and closes it.
    Farewell,
    /// Closes the connection without a word.
    Cut,
    /// Says nothing until the client leaves.
    Silence,
    /// Announces so many bytes, and sends one of them.
    Promise(usize),
    /// Sends bytes as chunks for as long as the client takes them.
    Endless,
}

impl Play {
    pub fn json(status: u16, body: serde_json::Value) -> Self {
        Self::Answer(
            status,
            vec![("content-type", "application/json".into())],
            body.to_string(),
        )
    }

    pub fn html(status: u16, body: &str) -> Self {
        Self::Answer(
            status,
            vec![("content-type", "text/html;charset=utf-8".into())],
            body.into(),
        )
    }

    pub fn empty(status: u16) -> Self {
        Self::Answer(status, Vec::new(), String::new())
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

type Handler = dyn Fn(Seen) -> Pin<Box<dyn Future<Output = Play> + Send>> + Send + Sync;

/// The server; it ends with the test's runtime.
pub struct Wire {
    pub url: String,
    state: Arc<State>,
}

struct State {
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    handler: Box<Handler>,
}

impl Wire {
    /// Answers each request with what the function says.
    pub async fn start(handler: impl Fn(&Seen) -> Play + Send + Sync + 'static) -> Self {
        Self::start_async(move |seen| {
            let play = handler(&seen);
            async move { play }
        })
        .await
    }

    /// As [`Wire::start`], for a handler that waits for something first.
    pub async fn start_async<F>(handler: impl Fn(Seen) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Play> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State {
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            handler: Box::new(move |seen| Box::pin(handler(seen))),
        });
        let serving = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = serving.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(serving.clone(), stream, number));
            }
        });
        Self { url, state }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("not poisoned").clone()
    }

    /// How many requests of this method came to paths that contain this.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let seen = self.seen();
        seen.iter()
            .filter(|seen| seen.method == method && seen.path().contains(path))
            .count()
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    pub fn in_flight(&self) -> usize {
        self.state.in_flight.load(Ordering::SeqCst)
    }

    pub fn most_in_flight(&self) -> usize {
        self.state.most_in_flight.load(Ordering::SeqCst)
    }
}

async fn serve(state: Arc<State>, mut stream: TcpStream, connection: usize) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut stream, &mut buffer, connection).await {
        state.seen.lock().expect("not poisoned").push(seen.clone());
        let now = state.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_in_flight.fetch_max(now, Ordering::SeqCst);
        let head = seen.method == "HEAD";
        let play = (state.handler)(seen).await;
        state.in_flight.fetch_sub(1, Ordering::SeqCst);
        if !perform(&mut stream, play, head).await {
            return;
        }
    }
}

/// True when the connection may be used again.
async fn perform(stream: &mut TcpStream, play: Play, head: bool) -> bool {
    match play {
        Play::Answer(status, headers, body) => {
            let mut answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                let _ = write!(answer, "{name}: {value}\r\n");
            }
            answer.push_str("\r\n");
            if !head {
                answer.push_str(&body);
            }
            stream.write_all(answer.as_bytes()).await.is_ok()
        }
        Play::Farewell => {
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            let _ = stream.write_all(answer.as_bytes()).await;
            false
        }
        Play::Cut => false,
        Play::Silence => {
            let _ = stream.read(&mut [0; 16]).await;
            false
        }
        Play::Promise(length) => {
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\nx");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.read(&mut [0; 16]).await;
            false
        }
        Play::Endless => {
            let start = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            let mut sent = stream.write_all(start.as_bytes()).await;
            while sent.is_ok() {
                sent = stream.write_all(chunk.as_bytes()).await;
            }
            false
        }
    }
}

async fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    connection: usize,
) -> Option<Seen> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap_or(0));
    while buffer.len() < end + length {
        more(stream, buffer).await?;
    }
    let body = String::from_utf8_lossy(&buffer[end..end + length]).into_owned();
    buffer.drain(..end + length);
    Some(Seen {
        connection,
        method,
        target,
        headers,
        body,
    })
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(buffer).await.ok()?;
    (read > 0).then_some(())
}

/// Waits until the condition holds; fails the test when it does not within ten seconds.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), wait).await;
    assert!(waited.is_ok(), "waited in vain: {what}");
}
