//! Takes requests at the socket and hands them to whoever obeys, with the caller's identity from the kernel.
//!
//! One connection carries one request and one reply, so a console that hangs or dies holds nothing.

use super::client::socket_path;
use super::people;
use super::protocol::{Peer, Reply, Request};
use crate::model::clock::real_sleep;
use crate::model::text;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// An import's rows travel in one line.
const LARGEST_REQUEST: usize = 8 * 1024 * 1024;
/// Connections served at once.
const MOST_PEERS: usize = 64;
/// How long a peer may take to say what it wants, and to take its answer, in real time.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long requests under way may go on once the engine stops, in real time.
const FAREWELL: Duration = Duration::from_secs(3);

/// Whoever checks the caller's role, records the command and carries it out. Answers once the command is on disk.
pub trait Obey: Send + Sync {
    fn obey(
        &self,
        peer: Peer,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>>;
}

/// Why the socket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("an engine answers at {} already: only one runs per store", .0.display())]
    Taken(PathBuf),
    #[error(
        "[control] group \"{0}\" is not a group of this machine: create it or correct the name"
    )]
    NoGroup(String),
    #[error(
        "the path {} is too long for a Unix socket (about 100 bytes): keep the store nearer to the root", .0.display()
    )]
    PathTooLong(PathBuf),
    #[error("the socket {} cannot be opened: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
}

/// The open socket; its file goes when this is dropped.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens the socket of this store, readable by its owner, or also by a group when one is named.
///
/// A socket file left behind is replaced only when nobody answers at it. Call it with the store's lock held.
pub fn bind(store: &Path, group: Option<&str>) -> Result<Listener, ServerError> {
    let path = socket_path(store);
    let io = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidInput => ServerError::PathTooLong(path.clone()),
        _ => ServerError::Io(path.clone(), error),
    };
    if std::os::unix::net::UnixStream::connect(&path).is_ok() {
        return Err(ServerError::Taken(path));
    }
    let gid = group
        .map(|name| people::group_id(name).ok_or_else(|| ServerError::NoGroup(name.to_owned())))
        .transpose()?;
    // Made under another name and renamed, so that it is never to be seen with wider rights, and never missing.
    let fresh = path.with_extension("sock-new");
    let _ = std::fs::remove_file(&fresh);
    let socket = UnixListener::bind(&fresh).map_err(io)?;
    let mode = if gid.is_some() { 0o660 } else { 0o600 };
    let settled = chown(&fresh, None, gid)
        .and_then(|()| std::fs::set_permissions(&fresh, PermissionsExt::from_mode(mode)))
        .and_then(|()| std::fs::rename(&fresh, &path));
    if let Err(error) = settled {
        let _ = std::fs::remove_file(&fresh);
        return Err(io(error));
    }
    Ok(Listener { socket, path })
}

/// Serves until `stop` becomes true or its sender is gone; requests under way are answered first, within three seconds.
pub async fn serve(listener: Listener, obey: Arc<dyn Obey>, mut stop: watch::Receiver<bool>) {
    let seats = Arc::new(Semaphore::new(MOST_PEERS));
    let mut peers = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = peers.join_next() => continue,
            accepted = listener.socket.accept() => accepted,
        };
        let Ok((mut stream, _)) = accepted else {
            // Out of file descriptors: wait for one rather than spin.
            real_sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (obey, seat) = (Arc::clone(&obey), Arc::clone(&seats).try_acquire_owned());
        peers.spawn(async move {
            let reply = match seat {
                Ok(_) => attend(&mut stream, obey.as_ref()).await,
                Err(_) => Some(Reply::Refused(format!(
                    "{MOST_PEERS} consoles are being served already: try again in a moment"
                ))),
            };
            if let Some(reply) = reply {
                let _ = timeout(PATIENCE, answer(&mut stream, &reply)).await;
            }
        });
    }
    let _ = timeout(FAREWELL, async {
        while peers.join_next().await.is_some() {}
    })
    .await;
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// One peer's request, carried out; `None` when the peer left or dawdled.
async fn attend(stream: &mut UnixStream, obey: &dyn Obey) -> Option<Reply> {
    let Ok(who) = stream.peer_cred() else {
        return Some(Reply::Refused(
            "the kernel does not say who is asking, so nothing was done".into(),
        ));
    };
    let Some(line) = timeout(PATIENCE, read_line(stream)).await.ok()?.ok()? else {
        return Some(Reply::Refused(format!(
            "the request is larger than {} MiB: split it",
            LARGEST_REQUEST >> 20
        )));
    };
    Some(match understand(&line) {
        Ok(request) => obey.obey(people::peer(who.uid(), who.gid()), request).await,
        Err(why) => Reply::Refused(why),
    })
}

fn understand(line: &[u8]) -> Result<Request, String> {
    let no = |error: serde_json::Error| {
        format!(
            "the request cannot be read ({}): are console and engine of the same version?",
            text::clean_short(&error.to_string(), 160)
        )
    };
    let mut json: serde_json::Value = serde_json::from_slice(line).map_err(no)?;
    text::clean_json(&mut json);
    serde_json::from_value(json).map_err(no)
}

/// Up to the line break; `None` when it is larger than a request may be.
async fn read_line(stream: &mut UnixStream) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::with_capacity(1024);
    loop {
        if stream.read_buf(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.len() > LARGEST_REQUEST {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            return Ok(Some(line));
        }
    }
}

async fn answer(stream: &mut UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::super::client::{ClientError, ask};
    use super::*;
    use std::io::{Read, Write};

    /// Says who asked, and for what.
    struct Echo;

    impl Obey for Echo {
        fn obey(
            &self,
            peer: Peer,
            request: Request,
        ) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
            let note = format!("{} {} {}", peer.uid, peer.name, request.verb());
            Box::pin(async move {
                Reply::Done {
                    command: 0,
                    note,
                    rows: Vec::new(),
                }
            })
        }
    }

    struct Open {
        folder: tempfile::TempDir,
        stop: watch::Sender<bool>,
        task: tokio::task::JoinHandle<()>,
    }

    impl Open {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (stop, stopped) = watch::channel(false);
            let listener = bind(&folder.path().join("drover.db"), None).unwrap();
            let task = tokio::spawn(serve(listener, Arc::new(Echo), stopped));
            Self { folder, stop, task }
        }

        fn store(&self) -> PathBuf {
            self.folder.path().join("drover.db")
        }

        /// Sends these bytes and reads all that comes back.
        async fn send(&self, bytes: Vec<u8>) -> String {
            let path = socket_path(&self.store());
            let talk = tokio::task::spawn_blocking(move || {
                let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
                let _ = stream.write_all(&bytes);
                let mut text = String::new();
                let _ = stream.read_to_string(&mut text);
                text
            });
            talk.await.unwrap()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_kernel_says_who_asks_and_the_socket_is_its_owners() {
        let open = Open::new();
        let store = open.store();
        let mode = std::fs::metadata(socket_path(&store)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let asked = store.clone();
        let reply = tokio::task::spawn_blocking(move || ask(&asked, &Request::Hello));
        let Reply::Done { note, .. } = reply.await.unwrap().unwrap() else {
            panic!("hello was refused");
        };
        let me = rustix::process::geteuid().as_raw();
        assert_eq!(note, format!("{me} {} hello", people::peer(me, 0).name));
        assert!(matches!(
            bind(&store, None).unwrap_err(),
            ServerError::Taken(_)
        ));
        open.stop.send(true).unwrap();
        open.task.await.unwrap();
        assert!(!socket_path(&store).exists());
        let gone = tokio::task::spawn_blocking(move || ask(&store, &Request::Hello));
        let gone = gone.await.unwrap().unwrap_err();
        assert!(matches!(gone, ClientError::NoEngine(_)), "{gone}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_cannot_be_read_is_refused_with_a_sentence() {
        let open = Open::new();
        for bad in [
            "nonsense\n",
            "{\"verb\":\"wipe\"}\n",
            "{\"verb\":\"stop\"}\n",
            "{\"verb\":\"stop\",\"reason\":\"x\",\"as\":\"root\"}\n",
        ] {
            let said = open.send(bad.into()).await;
            assert!(said.contains("refused"), "{bad}: {said}");
        }
        let mut huge = vec![b' '; LARGEST_REQUEST + 1];
        huge.push(b'\n');
        assert!(open.send(huge).await.contains("larger than 8 MiB"));
        assert!(
            open.send(b"{\"verb\":\"hello\"}\n".to_vec())
                .await
                .contains("hello")
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_socket_left_behind_is_replaced_and_an_unknown_group_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("drover.db");
        drop(std::os::unix::net::UnixListener::bind(socket_path(&store)).unwrap());
        let error = bind(&store, Some("no-such-group")).unwrap_err();
        assert!(error.to_string().contains("no-such-group"));
        let listener = bind(&store, None).unwrap();
        assert!(socket_path(&store).exists());
        drop(listener);
        assert!(!socket_path(&store).exists());
    }
}
