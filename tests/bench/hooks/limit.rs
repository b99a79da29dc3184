//! The limit: the least that can be called a webhook on disk. One table, one writer thread, group commit.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rusqlite::Connection;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

type Job = (Bytes, oneshot::Sender<()>);

pub(crate) async fn start(path: &Path) -> (SocketAddr, JoinHandle<()>) {
    let conn = Connection::open(path).expect("the limit's store opens");
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE event (id INTEGER PRIMARY KEY, raw TEXT NOT NULL) STRICT;",
    )
    .expect("the limit's table is made");
    let (jobs, queue) = mpsc::channel::<Job>();
    std::thread::spawn(move || write(&conn, &queue));
    let app = Router::new().route("/", post(take)).with_state(jobs);
    let socket = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let address = socket.local_addr().expect("its address");
    let server = tokio::spawn(async move {
        axum::serve(socket, app).await.expect("the limit serves");
    });
    (address, server)
}

async fn take(State(jobs): State<mpsc::Sender<Job>>, body: Bytes) -> StatusCode {
    let (done, durable) = oneshot::channel();
    let sent = jobs.send((body, done)).is_ok();
    if sent && durable.await.is_ok() {
        StatusCode::CREATED
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

fn write(conn: &Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter().take(511));
        let written = conn.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
            let mut insert = conn.prepare_cached("INSERT INTO event (raw) VALUES (?1)")?;
            for (body, _) in &batch {
                insert.execute([std::str::from_utf8(body).unwrap_or_default()])?;
            }
            conn.execute_batch("COMMIT")
        });
        written.expect("the limit writes");
        for (_, done) in batch {
            let _ = done.send(());
        }
    }
}
