//! `drover sim` with its folder, and an operator in that folder.

use super::{Engine, Program, SOON, until};
use drover::sim::ledger::{Ledger, LedgerReport};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use tempfile::TempDir;

/// The simulated services under way, and a folder prepared for an engine.
pub(crate) struct Company {
    folder: TempDir,
    sim: Child,
    said: BufReader<ChildStdout>,
    /// The environment for the second terminal, as the first one prints it.
    pub(crate) secrets: Vec<(String, String)>,
    /// Where the engine is to hear hooks.
    pub(crate) hooks: u16,
    /// Fleet's; Jamf Pro's and Slack's follow.
    pub(crate) port: u16,
    pub(crate) speed: u32,
    /// Which build the engine and the operator are. The services are always the build under test.
    pub(crate) program: Program,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Company {
    /// Starts `drover sim` with these words, and lets `drover init` prepare the folder.
    pub(crate) fn open(speed: u32, words: &[&str]) -> Self {
        Self::open_with(speed, words, &[])
    }

    /// The same, with an environment for `drover sim`.
    pub(crate) fn open_with(speed: u32, words: &[&str], env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_ports();
        let hooks = port + 3;
        let mut sim = drover()
            .current_dir(folder.path())
            .args(["sim", "--ledger", "ledger.jsonl"])
            .args(["--port", &port.to_string(), "--speed", &speed.to_string()])
            .args(["--hooks", &format!("http://127.0.0.1:{hooks}")])
            .args(words)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(sim.stdout.take().unwrap());
        let secrets = announced(&mut said);
        let company = Self {
            folder,
            sim,
            said,
            secrets,
            hooks,
            port,
            speed,
            program: Program::own(),
        };
        let made = company.types(&["init", &format!("--rehearsal={port}")]);
        assert_eq!(made.code, 0, "{made:?}");
        company.rewrite(
            "drover.toml",
            "127.0.0.1:8480",
            &format!("127.0.0.1:{hooks}"),
        );
        company
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces one place of a file, which must be there.
    pub(crate) fn rewrite(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "{old} in {name}");
        std::fs::write(self.path(name), text.replace(old, new)).unwrap();
    }

    /// A setting of the pipeline, which the prepared configuration shows commented out or set.
    pub(crate) fn set(&self, name: &str, value: &str) {
        let text = std::fs::read_to_string(self.path("drover.toml")).unwrap();
        let is_it = |line: &&str| {
            line.trim_start_matches("# ")
                .starts_with(&format!("{name} = "))
        };
        let line = text.lines().find(is_it).unwrap().to_owned();
        self.rewrite(
            "drover.toml",
            &format!("\n{line}\n"),
            &format!("\n{name} = \"{value}\"\n"),
        );
    }

    /// `drover WORDS…` in the folder, with the secrets in its environment and nobody to answer questions.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.command_under(&[], words)
    }

    /// The same under a tracer, whose own words come first.
    pub(crate) fn command_under(&self, tracer: &[&str], words: &[&str]) -> Command {
        let mut command = self.program.command_under(tracer);
        command
            .args(words)
            .current_dir(self.folder.path())
            .envs(self.secrets.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn types(&self, words: &[&str]) -> Typed {
        typed(&mut self.command(words))
    }

    pub(crate) fn json(&self, words: &[&str]) -> Json {
        let typed = self.types(&[words, &["--json"]].concat());
        serde_json::from_str(&typed.out).unwrap_or_else(|_| panic!("{typed:?}"))
    }

    /// `drover run`, once it answers.
    pub(crate) fn engine(&self) -> Engine {
        Engine::start(self)
    }

    /// The token hooks come with.
    pub(crate) fn token(&self) -> &str {
        let named = self
            .secrets
            .iter()
            .find(|(name, _)| name == "DROVER_HOOK_TOKEN");
        &named.unwrap().1
    }

    /// Ends the services; what they saw.
    pub(crate) fn close(mut self) -> LedgerReport {
        terminate(&self.sim);
        let mut text = String::new();
        self.said.read_to_string(&mut text).unwrap();
        let report: Json = serde_json::from_str(&text).unwrap();
        let ledger: LedgerReport = serde_json::from_value(report["ledger"].clone()).unwrap();
        let status = self.sim.wait().unwrap();
        assert_eq!(status.success(), ledger.is_clean(), "{status}: {ledger:?}");
        let file = Ledger::open(&self.path("ledger.jsonl")).unwrap().report();
        assert_eq!(file.effects, ledger.effects, "the file has what was seen");
        ledger
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}

/// The program with an environment of nothing.
pub(crate) fn drover() -> Command {
    Program::own().command()
}

pub(crate) fn typed(command: &mut Command) -> Typed {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Typed {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// As a service manager ends it.
pub(crate) fn terminate(child: &Child) {
    let pid = Pid::from_child(child);
    let _ = kill_process(pid, Signal::TERM);
}

/// The `export` lines, up to the last line of the announcement.
fn announced(said: &mut impl BufRead) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    loop {
        let mut line = String::new();
        assert!(
            said.read_line(&mut line).unwrap() > 0,
            "drover sim ended: {secrets:?}"
        );
        if let Some((name, value)) = line
            .trim()
            .strip_prefix("export ")
            .and_then(|l| l.split_once('='))
        {
            secrets.push((name.to_owned(), value.to_owned()));
        }
        if line.starts_with("drover init --rehearsal") {
            return secrets;
        }
    }
}

/// Four ports in a row that nobody listens on, below those the system gives to clients.
fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 12_000 + (std::process::id() % 2_000) as u16 * 8;
    until(SOON, "four free ports in a row", || {
        let port = start.wrapping_add(NEXT.fetch_add(4, Ordering::Relaxed)) % 18_000 + 12_000;
        let free = |at: u16| TcpListener::bind(("127.0.0.1", at)).is_ok();
        (port..port + 4).all(free).then_some(port)
    })
}
