//! Slow clients of every kind at once are cut, and whoever posts beside them does not notice.

use super::events::event;
use super::office::{Office, TOKEN};
use super::sender::{Line, Waits, request};
use crate::proofs::{alone, figure};
use crate::support::until;
use drover::model::clock::{Stopwatch, real_sleep};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// No way to be slow lasts longer.
pub(super) const CUT: Duration = Duration::from_secs(10);
/// When this long nothing has come, whoever waits was not cut.
pub(super) const NEVER: Duration = Duration::from_secs(40);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Says nothing.
    Silent,
    /// One request, its answer, and then nothing.
    Resting,
    /// A byte of the head a second.
    Head,
    /// A byte of the body a second, with the token.
    Body,
    /// The same without the token.
    StrangersBody,
    /// Asks on and on and reads no answer.
    Deaf,
    /// Announces a chunk and sends none of it.
    Chunk,
}

const KINDS: [Kind; 7] = [
    Kind::Silent,
    Kind::Resting,
    Kind::Head,
    Kind::Body,
    Kind::StrangersBody,
    Kind::Deaf,
    Kind::Chunk,
];

impl Kind {
    /// What it says at once, and what it says then, a byte a second.
    fn words(self, nth: usize) -> (Vec<u8>, &'static str) {
        let head = |token: &str, more: &str| {
            format!("POST /hooks/migrate?token={token} HTTP/1.1\r\nhost: x\r\n{more}\r\n\r\n")
                .into_bytes()
        };
        let slowly = "x-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        match self {
            Self::Silent => (Vec::new(), ""),
            Self::Resting => {
                let event = event("RESTING", nth);
                (request(event.hook, TOKEN, "", event.body.as_bytes()), "")
            }
            Self::Head => (b"POST /hooks/migrate HTTP/1.1\r\n".to_vec(), slowly),
            Self::Body => (head(TOKEN, "content-length: 1000"), slowly),
            Self::StrangersBody => (head("guess", "content-length: 1000000"), slowly),
            Self::Deaf => {
                let one = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";
                (one.repeat(20), slowly)
            }
            Self::Chunk => (
                [&head(TOKEN, "transfer-encoding: chunked")[..], b"fffff\r\n"].concat(),
                "",
            ),
        }
    }
}

/// Plays one slow client; how long it was until the other side would have no more of it.
async fn dawdle(address: SocketAddr, kind: Kind, nth: usize) -> Duration {
    let socket = TcpSocket::new_v4().unwrap();
    if kind == Kind::Deaf {
        socket.set_recv_buffer_size(4_096).unwrap();
    }
    let mut stream = socket.connect(address).await.unwrap();
    let watch = Stopwatch::start();
    let (first, slowly) = kind.words(nth);
    if stream.write_all(&first).await.is_err() {
        return watch.elapsed();
    }
    let (mut reads, mut writes) = stream.split();
    let hear = async {
        if kind == Kind::Deaf {
            return std::future::pending().await;
        }
        let mut part = [0; 4_096];
        while matches!(reads.read(&mut part).await, Ok(count) if count > 0) {}
    };
    let drip = async {
        // A line without an end: nothing in it completes what was begun.
        for byte in slowly.bytes().cycle() {
            real_sleep(Duration::from_secs(1)).await;
            if writes.write_all(&[byte]).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    };
    let over = async {
        tokio::select! { () = hear => {}, () = drip => {} }
    };
    let _ = timeout(NEVER, over).await;
    watch.elapsed()
}

/// Posts an event at a pace, on one connection or on a new one each time, until told to stop.
async fn good(
    address: SocketAddr,
    name: &'static str,
    fresh: bool,
    pace: f64,
    stop: Arc<AtomicBool>,
) -> (Waits, usize) {
    let (mut line, watch) = (Line::new(address), Stopwatch::start());
    let (mut waits, mut refused) = (Waits::default(), 0);
    for nth in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let due = Duration::from_secs_f64(f64::from(nth) / pace);
        real_sleep(due.saturating_sub(watch.elapsed())).await;
        if fresh {
            line = Line::new(address);
        }
        let event = event(name, nth as usize);
        let post = request(event.hook, TOKEN, "", event.body.as_bytes());
        let asked = Stopwatch::start();
        match line.ask(&post).await {
            Some(answer) if answer.status < 300 => waits.add(asked.elapsed()),
            _ => refused += 1,
        }
    }
    (waits, refused)
}

/// What was seen of the engine from outside while it was beset.
struct Siege {
    cut: Vec<(Kind, Duration)>,
    kept: (Waits, usize),
    fresh: (Waits, usize),
    before: f64,
    most: f64,
    after: f64,
    descriptors: (usize, usize, usize),
}

fn besiege(office: &Office, clients: usize) -> Siege {
    let runtime = Runtime::new().unwrap();
    let address = office.address();
    let stop = Arc::new(AtomicBool::new(false));
    // Whatever is made once is made before anything is measured.
    runtime.block_on(async {
        for nth in 0..50 {
            let event = event("WARM", nth);
            let post = request(event.hook, TOKEN, "", event.body.as_bytes());
            let told = Line::new(address).ask(&post).await;
            assert!(told.is_some_and(|answer| answer.status < 300));
        }
    });
    let still = until(NEVER, "nobody is there", || {
        let count = office.descriptors();
        real_still(office, count).then_some(count)
    });
    let before = office.rss();
    let kept = runtime.spawn(good(address, "KEPT", false, 50.0, Arc::clone(&stop)));
    let fresh = runtime.spawn(good(address, "FRESH", true, 10.0, Arc::clone(&stop)));
    let slow: Vec<_> = (0..clients)
        .map(|nth| {
            let kind = KINDS[nth % KINDS.len()];
            runtime.spawn(async move { (kind, dawdle(address, kind, nth).await) })
        })
        .collect();
    let (mut most, mut sockets) = (before, 0);
    until(NEVER * 2, "all of them cut", || {
        most = most.max(office.rss());
        sockets = sockets.max(office.descriptors());
        slow.iter().all(|one| one.is_finished()).then_some(())
    });
    stop.store(true, Ordering::Relaxed);
    let cut = slow.into_iter().map(|one| runtime.block_on(one).unwrap());
    let cut = cut.collect();
    let kept = runtime.block_on(kept).unwrap();
    let fresh = runtime.block_on(fresh).unwrap();
    let back = until(NEVER, "the descriptors given back", || {
        let now = office.descriptors();
        (now <= still).then_some(now)
    });
    Siege {
        cut,
        kept,
        fresh,
        before,
        most,
        after: office.rss(),
        descriptors: (still, sockets, back),
    }
}

/// Whether no connection comes or goes for a moment.
fn real_still(office: &Office, count: usize) -> bool {
    drover::model::clock::real_pause(Duration::from_millis(50));
    office.descriptors() == count
}

impl Siege {
    fn told(mut self, proof: &str, measured: bool) {
        let longest = self
            .cut
            .iter()
            .map(|(_, took)| *took)
            .max()
            .unwrap_or_default();
        let of = |kind: Kind| {
            let all = self.cut.iter().filter(|(one, _)| *one == kind);
            let longest = all.map(|(_, took)| *took).max().unwrap_or_default();
            format!("{kind:?}:{:.1}s", longest.as_secs_f64())
        };
        let (still, sockets, back) = self.descriptors;
        let growth = self.most - self.before;
        figure(
            proof,
            &[
                ("clients", &self.cut.len()),
                ("longest_s", &format!("{:.1}", longest.as_secs_f64())),
                ("by_kind", &KINDS.map(of).join(",")),
                ("good_posts", &self.kept.0.len()),
                ("good_refused", &self.kept.1),
                ("good_p50_ms", &format!("{:.1}", self.kept.0.within(0.5))),
                ("good_p99_ms", &format!("{:.1}", self.kept.0.within(0.99))),
                ("fresh_posts", &self.fresh.0.len()),
                ("fresh_refused", &self.fresh.1),
                ("fresh_p99_ms", &format!("{:.1}", self.fresh.0.within(0.99))),
                ("rss_before_mb", &format!("{:.1}", self.before)),
                ("rss_growth_mb", &format!("{growth:.1}")),
                ("rss_after_mb", &format!("{:.1}", self.after)),
                ("fds_before", &still),
                ("fds_most", &sockets),
                ("fds_after", &back),
            ],
        );
        assert!(longest <= CUT, "{longest:?}");
        assert_eq!((self.kept.1, self.fresh.1), (0, 0), "a good post refused");
        assert!(sockets <= still + 257, "{sockets} sockets");
        assert!(growth < 20.0, "{growth} MB");
        if measured {
            assert!(self.kept.0.within(0.99) < 250.0);
            assert!(self.fresh.0.within(0.99) < 250.0);
        }
    }
}

#[test]
fn seventy_slow_clients_are_all_cut() {
    besiege(&Office::open(), 70).told("flood.slow.short", false);
}

#[test]
#[ignore = "takes minutes"]
fn five_hundred_slow_clients_are_all_cut_and_a_good_sender_does_not_notice() {
    let _alone = alone();
    besiege(&Office::open(), 500).told("flood.slow", true);
}
