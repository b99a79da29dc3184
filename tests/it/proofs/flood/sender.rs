//! Senders: each holds one connection and posts what is next, at a pace or as fast as it is answered.

use drover::model::clock::{Stopwatch, real_sleep};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a sender waits for an answer, in real time; as long as Fleet does.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// One connection, made anew when it is gone.
pub(super) struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Line {
    pub(super) fn new(address: SocketAddr) -> Self {
        let stream = None;
        Self { address, stream }
    }

    pub(super) fn on(stream: TcpStream) -> Self {
        Self {
            address: stream.peer_addr().unwrap(),
            stream: Some(stream),
        }
    }

    /// One request and its answer; nothing when the engine was gone or left before it answered.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Option<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await.ok()?,
        };
        stream.set_nodelay(true).ok()?;
        let exchange = async {
            // A refusal may come before all is sent.
            let sent = stream.write_all(request).await.is_ok();
            let (answer, stays) = read(&mut stream).await?;
            Some((answer, stays && sent))
        };
        let (answer, stays) = timeout(PATIENCE, exchange).await.ok()??;
        if stays {
            self.stream = Some(stream);
        }
        Some(answer)
    }
}

async fn read(stream: &mut TcpStream) -> Option<(Answer, bool)> {
    let mut bytes = Vec::with_capacity(512);
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let status: u16 = text.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    if status == 100 {
        return Box::pin(read(stream)).await;
    }
    let length = text.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let whole = head + length.unwrap_or(0_usize);
    while bytes.len() < whole {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            break;
        }
    }
    let stays = !text.contains("connection: close");
    let body = bytes.split_off(head);
    Some((Answer { status, body }, stays))
}

/// A request to a hook, with more header lines.
pub(super) fn request(hook: &str, token: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /hooks/{hook}?token={token} HTTP/1.1\r\nhost: flood\r\n{more}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// What became of a run of posts.
pub(super) struct Told {
    /// By the order of the posts.
    pub(super) statuses: Vec<u16>,
    /// Posts that had to be sent again, because the engine was gone or busy.
    pub(super) again: usize,
    pub(super) waits: Waits,
    pub(super) took: Duration,
}

impl Told {
    pub(super) fn count(&self, status: u16) -> usize {
        self.statuses.iter().filter(|told| **told == status).count()
    }

    pub(super) fn rate(&self) -> f64 {
        self.statuses.len() as f64 / self.took.as_secs_f64()
    }
}

/// How long answers took.
#[derive(Default)]
pub(super) struct Waits(Vec<Duration>);

impl Waits {
    pub(super) fn add(&mut self, wait: Duration) {
        self.0.push(wait);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds within which this share of the answers came.
    pub(super) fn within(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let at = (self.0.len().saturating_sub(1) as f64 * share) as usize;
        self.0
            .get(at)
            .map_or(0.0, |wait| wait.as_secs_f64() * 1_000.0)
    }
}

/// Posts under way, and how many are answered.
#[derive(Default)]
pub(super) struct Run {
    next: AtomicUsize,
    pub(super) answered: AtomicUsize,
    again: AtomicUsize,
    waits: Mutex<Waits>,
}

/// Posts them all over so many connections, each until it is answered with anything but "later"; `pace` is posts a second.
pub(super) async fn send(
    address: SocketAddr,
    connections: usize,
    pace: Option<f64>,
    posts: Arc<Vec<Arc<[u8]>>>,
    run: Arc<Run>,
) -> Told {
    let watch = Stopwatch::start();
    let statuses: Arc<Vec<AtomicUsize>> = Arc::new(posts.iter().map(|_| 0.into()).collect());
    let senders: Vec<_> = (0..connections)
        .map(|_| {
            let (posts, run) = (Arc::clone(&posts), Arc::clone(&run));
            let statuses = Arc::clone(&statuses);
            tokio::spawn(async move {
                let mut line = Line::new(address);
                loop {
                    let nth = run.next.fetch_add(1, Ordering::Relaxed);
                    let Some(post) = posts.get(nth) else { return };
                    if let Some(pace) = pace {
                        let due = Duration::from_secs_f64(nth as f64 / pace);
                        real_sleep(due.saturating_sub(watch.elapsed())).await;
                    }
                    let status = run.until_answered(&mut line, post).await;
                    statuses[nth].store(status.into(), Ordering::Relaxed);
                    run.answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.expect("a sender ends well");
    }
    let statuses = statuses
        .iter()
        .map(|status| status.load(Ordering::Relaxed) as u16);
    Told {
        statuses: statuses.collect(),
        again: run.again.load(Ordering::Relaxed),
        waits: std::mem::take(&mut *run.waits.lock().unwrap()),
        took: watch.elapsed(),
    }
}

impl Run {
    async fn until_answered(&self, line: &mut Line, post: &[u8]) -> u16 {
        let whole = Stopwatch::start();
        loop {
            let watch = Stopwatch::start();
            match line.ask(post).await {
                Some(Answer { status, .. }) if status != 503 && status != 429 => {
                    self.waits.lock().unwrap().add(watch.elapsed());
                    return status;
                }
                _ => {
                    self.again.fetch_add(1, Ordering::Relaxed);
                    assert!(whole.elapsed() < PATIENCE * 2, "never answered");
                    real_sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}
