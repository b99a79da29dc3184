//! Asks the engine: one request, one reply, from any process that can reach the socket.

use super::protocol::{Reply, Request};
use crate::model::clock::Stopwatch;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an answer may take, in real time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Reading a row afresh asks a service and is answered once all were read, so each row is given this much more.
const PER_READ: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(15);
/// A reply names every row of a bulk act, so it may be large; more than this is no reply of ours.
const LARGEST_REPLY: usize = 64 * 1024 * 1024;

/// Why nothing was answered. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error(
        "no engine runs on {}: start one with `drover run`, or open the console with `drover`, which starts one", .0.display()
    )]
    NoEngine(PathBuf),
    #[error(
        "you may not reach the engine's socket {}: ask its owner to add you to the group of [control] in drover.toml", .0.display()
    )]
    NotAllowed(PathBuf),
    #[error(
        "the engine on {} was asked and did not answer{}: whether it took the command is not known; `drover journal` shows it if it did", .0.display(), .1
    )]
    NoAnswer(PathBuf, String),
    #[error(
        "the path {} is too long for a Unix socket (about 100 bytes): keep the store nearer to the root", .0.display()
    )]
    PathTooLong(PathBuf),
    #[error(
        "the engine on {} answered with something this version does not understand ({}): are both of the same version?", .0.display(), .1
    )]
    BadReply(PathBuf, String),
    #[error("talking to the engine's socket {} failed: {}", .0.display(), .1)]
    Broken(PathBuf, #[source] std::io::Error),
}

impl ClientError {
    /// Whether the engine may have taken the command all the same: it was sent, and no answer came.
    pub fn may_be_taken(&self) -> bool {
        matches!(self, Self::NoAnswer(..) | Self::BadReply(..))
    }
}

/// How long the answer to this request is waited for.
fn patience(request: &Request) -> Duration {
    match request {
        Request::Refresh { rows, .. } => {
            let rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            PATIENCE
                .saturating_add(PER_READ.saturating_mul(rows))
                .min(LONGEST)
        }
        _ => PATIENCE,
    }
}

/// Where the engine of this store listens: the store's path with `.sock` after it.
pub fn socket_path(store: &Path) -> PathBuf {
    let mut path = OsString::from(store);
    path.push(".sock");
    path.into()
}

/// Sends one request and waits for its reply, blocking the calling thread at most ten seconds of real time; longer only for
/// rows that are read afresh.
///
/// A reply of [`Reply::Refused`] is an answer, not an error.
pub fn ask(store: &Path, request: &Request) -> Result<Reply, ClientError> {
    let path = socket_path(store);
    let stream = UnixStream::connect(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
            ClientError::NoEngine(store.to_owned())
        }
        ErrorKind::PermissionDenied => ClientError::NotAllowed(path.clone()),
        ErrorKind::InvalidInput => ClientError::PathTooLong(path.clone()),
        _ => ClientError::Broken(path.clone(), error),
    })?;
    let watch = Stopwatch::start();
    // From here on the request may have reached it, whatever becomes of this connection.
    let text = exchange(&stream, request, watch).map_err(|error| {
        let how = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                format!(" within {} s", patience(request).as_secs())
            }
            ErrorKind::UnexpectedEof => ", and closed the connection".to_owned(),
            _ => format!(" ({error})"),
        };
        ClientError::NoAnswer(store.to_owned(), how)
    })?;
    serde_json::from_slice(&text)
        .map_err(|error| ClientError::BadReply(store.to_owned(), error.to_string()))
}

fn exchange(
    mut stream: &UnixStream,
    request: &Request,
    watch: Stopwatch,
) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that refuses before it has read everything closes its end; what it said can still be read.
    let sent = stream.write_all(&line);
    if let Err(error) = sent
        && !matches!(
            error.kind(),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
        )
    {
        return Err(error);
    }
    let mut text = Vec::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        let left = patience(request)
            .checked_sub(watch.elapsed())
            .filter(|left| !left.is_zero())
            .ok_or(ErrorKind::TimedOut)?;
        stream.set_read_timeout(Some(left))?;
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        text.extend_from_slice(&part[..read]);
        if text.last() == Some(&b'\n') {
            return Ok(text);
        }
        if text.len() > LARGEST_REPLY {
            return Err(std::io::Error::other("the reply has no end"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_lies_beside_the_store() {
        assert_eq!(
            socket_path(Path::new("/srv/drover.db")),
            Path::new("/srv/drover.db.sock")
        );
    }

    #[test]
    fn without_an_engine_the_error_says_how_to_start_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("drover.db");
        let error = ask(&store, &Request::Hello).unwrap_err();
        assert!(matches!(error, ClientError::NoEngine(_)));
        assert!(error.to_string().contains("`drover run`"), "{error}");
        drop(std::os::unix::net::UnixListener::bind(socket_path(&store)).unwrap());
        assert!(
            socket_path(&store).exists(),
            "a socket nobody listens on is left behind"
        );
        let error = ask(&store, &Request::Hello).unwrap_err();
        assert!(matches!(error, ClientError::NoEngine(_)), "{error}");
    }
}
