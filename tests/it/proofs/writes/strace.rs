//! `strace`, which fails or kills at the N-th write from outside.

use crate::support::until;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What changes a file or makes it last. The writer's thread uses no others for that. One after the other, as the tracer
/// counts each kind of call for itself: the N-th of one would hide the N-th of another.
pub(super) const WRITES: [&str; 7] = [
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "rename,renameat2",
    "unlink,unlinkat",
];

/// Room for a tracer to come and go on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What happens, and at which call from now on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strike {
    pub(super) mishap: Mishap,
    /// One of [`WRITES`].
    pub(super) call: &'static str,
    pub(super) n: usize,
}

/// What happens to a write instead of being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    Kill,
    /// The disk answers with an error.
    Eio,
    /// There is no room.
    Enospc,
}

impl Mishap {
    fn word(self) -> &'static str {
        match self {
            Self::Kill => "signal=SIGKILL",
            Self::Eio => "error=EIO",
            Self::Enospc => "error=ENOSPC",
        }
    }
}

pub(super) fn is_installed() -> bool {
    let asked = Command::new("strace")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

/// The words before a program's own that strike at its main thread. The tracer stays in the
/// background, so that the program is the child.
pub(super) fn around(strike: Strike, told: &Path) -> Command {
    let mut command = Command::new("strace");
    command
        .args(["-D", "-q", "-o"])
        .arg(told)
        .args(words(strike));
    command
}

fn words(strike: Strike) -> [String; 4] {
    let Strike { mishap, call, n } = strike;
    [
        "-e".into(),
        format!("trace={call}"),
        "-e".into(),
        format!("inject={call}:{}:when={n}", mishap.word()),
    ]
}

/// A tracer of one thread of a process that runs already.
pub(super) struct Tracer {
    child: Child,
    told: PathBuf,
}

impl Tracer {
    /// Waits until it holds the thread, so that its count begins with what is done next.
    pub(super) fn attach(thread: u32, strike: Strike, told: &Path) -> Self {
        let _ = std::fs::remove_file(told);
        let mut child = Command::new("strace")
            .args(["-q", "-ttt", "-o"])
            .arg(told)
            .args(words(strike))
            .args(["-p", &thread.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let status = format!("/proc/{thread}/status");
        until(PATIENCE, "strace holds the thread", || {
            if child.try_wait().unwrap().is_some() {
                // Already: the engine writes a word about itself now and then.
                assert!(
                    has_struck(told),
                    "strace may not trace here: {}",
                    said(&mut child)
                );
                return Some(());
            }
            let text = std::fs::read_to_string(&status).ok()?;
            let tracer = text
                .lines()
                .find_map(|line| line.strip_prefix("TracerPid:"))?;
            (tracer.trim().parse::<u32>() == Ok(child.id())).then_some(())
        });
        Self {
            child,
            told: told.to_owned(),
        }
    }

    /// Lets go of the thread, if it still is.
    pub(super) fn detach(mut self) -> bool {
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
        until(PATIENCE, "strace ends", || self.child.try_wait().unwrap());
        has_struck(&self.told)
    }
}

/// By what it wrote of the call: an error shows as injected; one that was killed at never came back.
pub(super) fn has_struck(told: &Path) -> bool {
    let text = std::fs::read_to_string(told).unwrap_or_default();
    text.contains("(INJECTED)") || text.contains("+++ killed by SIGKILL +++")
}

/// The same of a process that has ended: its tracer says so a moment later, as its last word.
pub(super) fn had_struck(told: &Path) -> bool {
    until(PATIENCE, "the tracer's last word", || {
        let text = std::fs::read_to_string(told).unwrap_or_default();
        text.contains("+++").then_some(())
    });
    has_struck(told)
}

/// Seconds from the mishap to the thread's end, as the tracer saw both; nothing when one of them was not seen.
pub(super) fn outlived(told: &Path) -> Option<f64> {
    let text = std::fs::read_to_string(told).ok()?;
    let moment = |part: &str| {
        let line = text.lines().find(|line| line.contains(part))?;
        line.split(' ').next()?.parse::<f64>().ok()
    };
    Some(moment("+++ exited")? - moment("(INJECTED)")?)
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = std::io::Read::read_to_string(&mut stderr, &mut text);
    }
    text
}

/// The thread that writes the store.
pub(super) fn writer_of(process: u32) -> u32 {
    until(PATIENCE, "the writer's thread", || {
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
        threads.flatten().find_map(|thread| {
            let name = std::fs::read_to_string(thread.path().join("comm")).ok()?;
            (name.trim() == "store").then(|| thread.file_name().to_str()?.parse().ok())?
        })
    })
}
