//! The listener, met as senders and strangers meet it: over a socket.

mod answers;
mod limits;

use super::{Counts, HealthReport, Parts, Settings, bind, serve};
use crate::intake::kit::Kit;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const TOKEN: &str = "a-token-of-the-tests";

/// A listener on a store of its own.
struct Open {
    kit: Kit,
    address: SocketAddr,
    counts: Arc<Counts>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Open {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let kit = Kit::new();
        let mut settings = Settings::new(([127, 0, 0, 1], 0).into(), TOKEN.into());
        change(&mut settings);
        let listener = bind(settings).await.unwrap();
        let address = listener.address();
        let (stop, stopped) = watch::channel(false);
        let counts = Arc::new(Counts::default());
        let parts = Parts {
            pipeline: Arc::clone(&kit.pipeline),
            store: kit.store.clone(),
            clock: kit.clock.clone(),
            health: Arc::new(|| HealthReport {
                ok: false,
                word: "starting".into(),
            }),
            metrics: Arc::new(|| Box::pin(async { "drover_rows 3\n".to_owned() })),
            counts: Arc::clone(&counts),
            suspects: crate::intake::Suspects::default(),
        };
        let task = tokio::spawn(serve(listener, parts, stopped));
        Self {
            kit,
            address,
            counts,
            stop,
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// One request on a connection of its own: the status and the body of the answer.
    async fn ask(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = self.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        // A refusal may come before the body is through.
        let _ = stream.write_all(body.as_bytes()).await;
        answer(&mut stream).await
    }

    async fn post(&self, path: &str, body: &str) -> u16 {
        let target = format!("/hooks/{path}?token={TOKEN}");
        self.ask("POST", &target, body).await.0
    }

    fn count(&self, count: impl Fn(&Counts) -> &std::sync::atomic::AtomicU64) -> u64 {
        count(&self.counts).load(Ordering::Relaxed)
    }
}

/// All that comes before the other end closes.
async fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (status.unwrap_or(0), body.unwrap_or_default())
}

/// A click on "Migrate to Fleet", as `api/fleet.md` §8.3 has it.
fn click(serial: &str, id: u32, at: &str) -> String {
    format!(
        r#"{{"timestamp":"{at}","host":{{"id":{id},"uuid":"309A4B7D","hardware_serial":"{serial}"}}}}"#
    )
}
