//! The service manager's watchdog, and a heartbeat for a watcher elsewhere: both are fed only while the engine really
//! goes round, so that silence is an alarm.

use crate::config::Env;
use crate::connectors::http::{Request, Service, ServiceSettings};
use crate::engine::Engine;
use crate::model::clock::{Clock, real_sleep};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use tokio::sync::watch;

/// Where the service manager listens, when one started us (`sd_notify(3)`).
pub struct Manager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// Without a word for this long it starts us anew.
    patience: Option<Duration>,
}

impl Manager {
    /// By `$NOTIFY_SOCKET` and `$WATCHDOG_USEC`; without them every word goes nowhere.
    pub fn of(env: &Env) -> Self {
        let address = env
            .get("NOTIFY_SOCKET")
            .and_then(|path| match path.strip_prefix('@') {
                Some(name) => SocketAddr::from_abstract_name(name).ok(),
                None => SocketAddr::from_pathname(&path).ok(),
            });
        let socket = address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address)));
        let patience = env
            .get("WATCHDOG_USEC")
            .and_then(|text| text.parse().ok())
            .filter(|micros| *micros > 0)
            .map(Duration::from_micros);
        Self { socket, patience }
    }

    pub fn tell(&self, word: &str) {
        if let Some((socket, address)) = &self.socket
            && let Err(error) = socket.send_to_addr(word.as_bytes(), address)
        {
            tracing::debug!("telling the service manager {word}: {error}");
        }
    }

    /// Feeds the watchdog while the engine goes round, until told to stop.
    pub async fn feed(&self, engine: Engine, mut stop: watch::Receiver<bool>) {
        let Some(rhythm) = self.patience.map(|patience| patience / 3) else {
            return;
        };
        loop {
            match engine.stalled() {
                None => self.tell("WATCHDOG=1"),
                Some(why) => tracing::error!("the watchdog is not fed: {why}"),
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = real_sleep(rhythm) => {}
            }
        }
    }
}

/// How often a watcher elsewhere hears of us.
const BEAT: Duration = Duration::from_mins(1);

/// Asks for `url` every minute while the engine goes round: a watcher there alarms when it hears nothing.
pub async fn beat(url: String, engine: Engine, mut stop: watch::Receiver<bool>) {
    let (base, path) = split(&url);
    let settings = ServiceSettings {
        timeout: Duration::from_secs(15),
        ..ServiceSettings::new("heartbeat", base, Clock::system())
    };
    let service = match Service::new(settings) {
        Ok(service) => service,
        Err(fault) => {
            tracing::error!("no heartbeat is sent: {fault}");
            return;
        }
    };
    loop {
        if engine.stalled().is_none() {
            let request = Request::get(&path).hidden_path("/…");
            if let Err(failure) = service.send(request).await {
                tracing::warn!("the heartbeat: {}", failure.fault);
            }
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = real_sleep(BEAT) => {}
        }
    }
}

/// Origin and path: the path is as good as a secret there, and is not shown.
fn split(url: &str) -> (String, String) {
    let from = url.find("://").map_or(0, |at| at + 3);
    match url[from..].find('/') {
        Some(at) => (url[..from + at].to_owned(), url[from + at..].to_owned()),
        None => (url.to_owned(), "/".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_manager_hears_words_on_the_socket_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let path = path.to_str().unwrap();
        let env = Env::of([("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "30000000")]);
        let manager = Manager::of(&env);
        assert_eq!(manager.patience, Some(Duration::from_secs(30)));
        manager.tell("READY=1");
        let mut heard = [0; 64];
        let count = socket.recv(&mut heard).unwrap();
        assert_eq!(&heard[..count], b"READY=1");
        let nobody = Manager::of(&Env::of([]));
        nobody.tell("READY=1");
        assert!(nobody.patience.is_none());
    }

    #[test]
    fn a_heartbeats_path_is_told_from_its_origin() {
        let parts = |url| split(url);
        let own = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            parts("https://hc.example/ping/4f"),
            own("https://hc.example", "/ping/4f")
        );
        assert_eq!(parts("https://hc.example"), own("https://hc.example", "/"));
    }
}
