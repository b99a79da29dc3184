//! Takes connections, keeps them within their limits, and cuts those that dawdle.
//!
//! hyper times only the head of a request, and only once its first byte is there (`reliability.md` §0.9), so each
//! connection also has a pulse from the moment it is taken, before TLS: while nothing is being answered it may rest for the
//! idle timeout and no longer. With a body's own time on top, no way to be slow lasts ten seconds.

use super::answers::{App, router};
use super::counts::Counts;
use super::pulse::{Lost, Pulse};
use super::room::{self, Guest, Room};
use super::seats::Seats;
use super::settings::{Parts, Settings, WebhookError};
use super::tls;
use crate::model::clock::real_sleep;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// How long requests under way may go on once the engine stops, in real time.
const FAREWELL: Duration = Duration::from_secs(3);
/// Connections the kernel keeps waiting. What comes beyond them it drops so that the sender takes it for open: the usual
/// 128 are gone in a burst, and who says nothing first would wait for ever.
const QUEUE: u32 = 4_096;
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
    let socket = listen(settings.address).map_err(|source| WebhookError::Address {
        address: settings.address,
        source,
    })?;
    Ok(Listener {
        socket,
        tls,
        settings,
    })
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for connections of the engine before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
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
    let room = Room::new(room::sockets(settings.sockets));
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
        let (stream, from) = tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = open.join_next() => continue,
            accepted = accept(&socket, &room) => accepted,
        };
        // Never inside the choice above: whoever was taken in must not be dropped because another left.
        let guest = tokio::select! {
            () = stopped(&mut stop) => break,
            guest = room.admit() => guest,
        };
        let Some(guest) = guest else { break };
        let door = Arc::clone(&door);
        open.spawn(async move { door.attend(stream, from, guest).await });
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

/// The next connection. It may hold one socket more than there is room for.
async fn accept(socket: &TcpListener, room: &Room) -> (TcpStream, IpAddr) {
    loop {
        if let Ok((stream, from)) = socket.accept().await {
            return (stream, from.ip());
        }
        // The sender left before we came, or the process is out of file descriptors: wait rather than spin.
        room.make_way();
        real_sleep(Duration::from_millis(20)).await;
    }
}

impl Door {
    /// Meets whoever is there until they leave, or until there is no more patience with them.
    async fn attend(&self, stream: TcpStream, from: IpAddr, guest: Guest) {
        let pulse = &guest.pulse;
        // In this order: what has arrived by now is read before its sender is judged.
        let lost = tokio::select! {
            biased;
            () = self.meet(stream, from, pulse) => return,
            lost = pulse.lost(self.settings.idle_timeout) => lost,
        };
        match lost {
            Lost::Slow => Counts::add(&self.counts.slow),
            Lost::Displaced => Counts::add(&self.counts.displaced),
            Lost::Idle => {}
        }
    }

    async fn meet(&self, stream: TcpStream, from: IpAddr, pulse: &Arc<Pulse>) {
        let _ = stream.set_nodelay(true);
        let Some(_seat) = self.seats.take(from).await else {
            Counts::add(&self.counts.crowded);
            if self.tls.is_none() {
                let _ = timeout(Duration::from_secs(1), turn_away(stream)).await;
            }
            return;
        };
        match &self.tls {
            None => self.talk(stream, from, pulse).await,
            Some(tls) => match timeout(self.settings.header_timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.talk(stream, from, pulse).await,
                Ok(Err(_)) => {}
                Err(_) => Counts::add(&self.counts.slow),
            },
        }
    }

    /// Serves one connection to its end.
    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        from: IpAddr,
        pulse: &Arc<Pulse>,
    ) {
        let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| {
            let beat = Pulse::beat(pulse);
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
        let end = tokio::select! {
            end = connection.as_mut() => end,
            () = stopped(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                connection.as_mut().await
            }
        };
        if end.is_err_and(|error| error.is_timeout()) {
            Counts::add(&self.counts.slow);
        }
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
