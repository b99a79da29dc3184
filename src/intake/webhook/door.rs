//! Takes connections, keeps them within their limits, and cuts those that dawdle.
//!
//! hyper times only the head of a request, and only once its first byte is there (`reliability.md` §0.9), so each
//! connection also has a pulse: while nothing is being answered it may rest for the idle timeout and no longer.

use super::answers::{App, router};
use super::counts::Counts;
use super::seats::Seats;
use super::settings::{Parts, Settings, WebhookError};
use super::tls;
use crate::model::clock::{Stopwatch, real_sleep};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// How long requests under way may go on once the engine stops, in real time.
const FAREWELL: Duration = Duration::from_secs(3);
/// Room for one request's head.
const LARGEST_HEAD: usize = 16 * 1024;

/// The open listener.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    settings: Settings,
}

impl Listener {
    /// Where it listens; the port is known even when the settings left it to the system.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap_or(self.settings.address)
    }
}

/// Opens the listener. Nothing is answered before [`serve`].
pub async fn bind(settings: Settings) -> Result<Listener, WebhookError> {
    let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
    let socket = TcpListener::bind(settings.address)
        .await
        .map_err(|source| WebhookError::Address {
            address: settings.address,
            source,
        })?;
    Ok(Listener {
        socket,
        tls,
        settings,
    })
}

/// What every connection shares.
struct Door {
    router: Router,
    seats: Arc<Seats>,
    counts: Arc<Counts>,
    tls: Option<TlsAcceptor>,
    settings: Settings,
    stop: watch::Receiver<bool>,
}

/// Who is at the other end, for answers that depend on it.
#[derive(Clone, Copy)]
pub(super) struct From(pub(super) IpAddr);

/// Serves until `stop` becomes true or its sender is gone; requests under way are answered first, within three seconds.
pub async fn serve(listener: Listener, parts: Parts, mut stop: watch::Receiver<bool>) {
    let Listener {
        socket,
        tls,
        settings,
    } = listener;
    let sockets = Arc::new(Semaphore::new(settings.sockets));
    let door = Arc::new(Door {
        seats: Seats::new(settings.sockets_per_address, settings.loopback_unlimited),
        counts: Arc::clone(&parts.counts),
        router: router(Arc::new(App::new(parts, &settings))),
        tls,
        settings,
        stop: stop.clone(),
    });
    let mut open = JoinSet::new();
    loop {
        let (stream, from, socket) = tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = open.join_next() => continue,
            accepted = accept(&socket, &sockets) => accepted,
        };
        let door = Arc::clone(&door);
        open.spawn(async move {
            door.attend(stream, from).await;
            drop(socket);
        });
    }
    drop(socket);
    let _ = timeout(FAREWELL, async {
        while open.join_next().await.is_some() {}
    })
    .await;
}

pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The next connection, once there is a socket to spare for it. Until then the kernel keeps it waiting.
async fn accept(
    socket: &TcpListener,
    sockets: &Arc<Semaphore>,
) -> (TcpStream, IpAddr, Option<OwnedSemaphorePermit>) {
    let permit = Arc::clone(sockets).acquire_owned().await.ok();
    loop {
        match socket.accept().await {
            Ok((stream, from)) => return (stream, from.ip(), permit),
            // The sender left before we came, or the process is out of file descriptors: wait rather than spin.
            Err(_) => real_sleep(Duration::from_millis(20)).await,
        }
    }
}

impl Door {
    async fn attend(&self, stream: TcpStream, from: IpAddr) {
        let _ = stream.set_nodelay(true);
        let Some(_seat) = self.seats.take(from).await else {
            Counts::add(&self.counts.crowded);
            if self.tls.is_none() {
                let _ = timeout(Duration::from_secs(1), turn_away(stream)).await;
            }
            return;
        };
        match &self.tls {
            None => self.talk(stream, from).await,
            Some(tls) => match timeout(self.settings.header_timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.talk(stream, from).await,
                Ok(Err(_)) => {}
                Err(_) => Counts::add(&self.counts.slow),
            },
        }
    }

    /// Serves one connection to its end, or to the end of patience with it.
    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin, from: IpAddr) {
        let pulse = Arc::new(Pulse::new());
        let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| {
            let beat = Pulse::beat(&pulse);
            let router = self.router.clone();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(From(from));
            async move {
                let answer = router.oneshot(request).await;
                drop(beat);
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.settings.header_timeout)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut stop = self.stop.clone();
        let mut stopping = false;
        loop {
            tokio::select! {
                end = connection.as_mut() => {
                    if end.is_err_and(|error| error.is_timeout()) {
                        Counts::add(&self.counts.slow);
                    }
                    return;
                }
                () = real_sleep(self.settings.idle_timeout / 8) => {
                    if pulse.resting() >= self.settings.idle_timeout {
                        if pulse.beats.load(Ordering::Relaxed) == 0 {
                            Counts::add(&self.counts.slow);
                        }
                        return;
                    }
                }
                () = stopped(&mut stop), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Whether something is being answered on a connection, and since when nothing is.
struct Pulse {
    born: Stopwatch,
    open: AtomicUsize,
    beats: AtomicU64,
    /// Milliseconds after `born`.
    last: AtomicU64,
}

struct Beat(Arc<Pulse>);

impl Pulse {
    fn new() -> Self {
        Self {
            born: Stopwatch::start(),
            open: AtomicUsize::new(0),
            beats: AtomicU64::new(0),
            last: AtomicU64::new(0),
        }
    }

    fn beat(pulse: &Arc<Self>) -> Beat {
        pulse.open.fetch_add(1, Ordering::SeqCst);
        pulse.beats.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(pulse))
    }

    fn resting(&self) -> Duration {
        if self.open.load(Ordering::SeqCst) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_millis(self.last.load(Ordering::SeqCst));
        self.born.elapsed().saturating_sub(last)
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        let age = self.0.born.elapsed().as_millis() as u64;
        self.0.last.store(age, Ordering::SeqCst);
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers 429 without looking: Fleet's activity hook tries again after it, and after nothing else.
async fn turn_away(mut stream: TcpStream) {
    const NO: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    if stream.write_all(NO).await.is_ok() && stream.shutdown().await.is_ok() {
        // What was sent must be taken in, or the reset that follows overtakes the answer.
        let mut sink = [0; 4096];
        while matches!(stream.read(&mut sink).await, Ok(read) if read > 0) {}
    }
}
