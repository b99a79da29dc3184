//! An engine in a folder of its own: the shipped pipeline, services nobody answers for, all sending stopped.

use crate::support::{SOON, drover, get, typed, until};
use drover::store::{Reader, StoreError, View};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt::Write as _;
use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub(super) const TOKEN: &str = "aaaaaaaaaaaaaaaa-the-token-of-the-flood";
pub(super) const OLD_TOKEN: &str = "bbbbbbbbbbbbbbbb-the-token-before";
const SECRETS: [(&str, &str); 4] = [
    ("HOOK", TOKEN),
    ("HOOK_OLD", OLD_TOKEN),
    ("FLEET", "f"),
    ("JAMF", "j"),
];

pub(super) struct Office {
    folder: TempDir,
    port: u16,
    /// What a shell does before it becomes the engine.
    before: &'static str,
    tls: bool,
    child: Child,
}

impl Office {
    pub(super) fn open() -> Self {
        Self::with("", "")
    }

    /// With more lines of `[listen]`, and words for a shell that then becomes the engine.
    pub(super) fn with(listen: &str, before: &'static str) -> Self {
        Self::made("jamf-to-fleet", None, listen, before)
    }

    /// With another pipeline.
    pub(super) fn of(pipeline: &str, before: &'static str) -> Self {
        Self::made("./other.toml", Some(pipeline), "", before)
    }

    fn made(name: &str, pipeline: Option<&str>, listen: &str, before: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut text = format!(
            "pipeline = \"{name}\"\n[listen]\naddress = \"127.0.0.1:{port}\"\ntoken = {{ env = \"HOOK\" }}\nprevious_token = {{ env = \"HOOK_OLD\" }}\n{listen}\n"
        );
        // Port 9 of this machine: refused at once.
        let _ = write!(
            text,
            "[connectors.fleet]\nurl = \"http://127.0.0.1:9\"\ntoken = {{ env = \"FLEET\" }}\n[connectors.jamf]\nurl = \"http://127.0.0.1:9\"\nclient_id = \"c\"\nclient_secret = {{ env = \"JAMF\" }}\n"
        );
        std::fs::write(folder.path().join("drover.toml"), text).unwrap();
        if let Some(pipeline) = pipeline {
            std::fs::write(folder.path().join("other.toml"), pipeline).unwrap();
        }
        let tls = listen.contains("tls");
        let mut office = Self {
            child: spawn(&folder, before),
            folder,
            port,
            before,
            tls,
        };
        office.is_up();
        let stopped = typed(
            office
                .command(&mut drover())
                .args(["stop", "--reason", "flood"]),
        );
        assert_eq!(stopped.code, 0, "{stopped:?}");
        office
    }

    fn command<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.folder.path()).envs(SECRETS)
    }

    fn is_up(&mut self) {
        let log = self.path("run.log");
        until(SOON, "the engine answers", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("the engine ended: {status}\n{log}");
            }
            if self.tls {
                return TcpStream::connect(self.address()).ok().map(|_| ());
            }
            get(self.port, "/healthz")
                .filter(|answer| answer.status == 200)
                .map(|_| ())
        });
    }

    pub(super) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn is_slowed(&self) -> bool {
        self.before.contains("strace")
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL, and a new engine on the same store.
    pub(super) fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.start();
    }

    /// A new engine on the same store, once this one has ended by itself.
    pub(super) fn after_its_end(&mut self) {
        until(SOON, "the engine ends", || self.child.try_wait().unwrap());
        self.start();
    }

    /// SIGTERM, and a new engine on the same store.
    pub(super) fn restart(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        until(SOON, "the engine ends", || self.child.try_wait().unwrap());
        self.start();
    }

    fn start(&mut self) {
        self.child = spawn(&self.folder, self.before);
        self.is_up();
    }

    /// Resident memory, in megabytes.
    pub(super) fn rss(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|line| line.split_whitespace().next());
        kb.and_then(|kb| kb.parse::<f64>().ok()).unwrap() / 1024.0
    }

    /// Open file descriptors.
    pub(super) fn descriptors(&self) -> usize {
        let path = format!("/proc/{}/fd", self.child.id());
        std::fs::read_dir(path).unwrap().count()
    }

    pub(super) fn look<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T, StoreError>) -> T {
        Reader::open(&self.path("drover.db"))
            .and_then(|reader| reader.look(work))
            .unwrap()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &TempDir, before: &str) -> Child {
    let log = folder.path().join("run.log");
    let log = File::options().append(true).create(true).open(log).unwrap();
    let mut command = if before.is_empty() {
        drover()
    } else {
        let mut shell = Command::new("/bin/sh");
        shell
            .env_clear()
            .arg("-c")
            .arg(format!("{before}; exec \"$0\" \"$@\""));
        shell.arg(env!("CARGO_BIN_EXE_drover"));
        shell
    };
    command
        .arg("run")
        .current_dir(folder.path())
        .envs(SECRETS)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
