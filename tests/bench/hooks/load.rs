//! Senders: each holds one connection and posts one click after the other.

use drover::model::clock::Stopwatch;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What the senders saw.
pub(crate) struct Load {
    /// Microseconds, sorted.
    waits: Vec<u64>,
    took: Duration,
    cpu: Duration,
}

impl Load {
    pub(crate) fn answered(&self) -> u64 {
        self.waits.len() as u64
    }

    pub(crate) fn rate(&self) -> f64 {
        self.waits.len() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        let at = self.waits.len().saturating_sub(1) * 99 / 100;
        self.waits.get(at).map_or(0.0, |us| *us as f64 / 1_000.0)
    }

    /// Of the whole process, sender included.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.waits.len().max(1) as f64
    }
}

pub(crate) async fn run(
    address: SocketAddr,
    target: &str,
    connections: usize,
    span: Duration,
) -> Load {
    let (watch, cpu) = (Stopwatch::start(), cpu());
    let senders: Vec<_> = (0..connections)
        .map(|sender| tokio::spawn(send(address, target.to_owned(), sender, span)))
        .collect();
    let mut waits = Vec::new();
    for sender in senders {
        waits.extend(sender.await.expect("a sender ends well"));
    }
    waits.sort_unstable();
    Load {
        waits,
        took: watch.elapsed(),
        cpu: self::cpu().saturating_sub(cpu),
    }
}

async fn send(address: SocketAddr, target: String, sender: usize, span: Duration) -> Vec<u64> {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server is there");
    stream.set_nodelay(true).expect("a socket option");
    let watch = Stopwatch::start();
    let mut waits = Vec::new();
    let mut buffer = vec![0; 4096];
    while watch.elapsed() < span {
        let body = format!(
            r#"{{"timestamp":"2026-03-02T09:14:58.123456Z","host":{{"id":{},"uuid":"309A4B7D-1122-4A5B-8C9D-001122334455","hardware_serial":"S{sender}N{}"}}}}"#,
            waits.len(),
            waits.len(),
        );
        let request = format!(
            "POST {target} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let asked = Stopwatch::start();
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut read = 0;
        while !buffer[..read].ends_with(b"\r\n\r\n") {
            let got = stream.read(&mut buffer[read..]).await.expect("answered");
            assert!(got > 0, "the server hung up");
            read += got;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 201"), "not stored");
        waits.push(asked.elapsed().as_micros() as u64);
    }
    waits
}

/// What this process has used so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
