//! `drover run` as a process that can be killed.

use super::company::terminate;
use super::{Company, SOON, get, until};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

/// An engine under way; dropping it kills it.
pub(crate) struct Engine {
    child: Child,
    log: PathBuf,
}

impl Engine {
    /// Starts it and waits until it answers.
    pub(crate) fn start(company: &Company) -> Self {
        let speed = company.speed.to_string();
        let mut engine = Self::with(company, &["run", "--speed", &speed]);
        until(SOON, "the engine answers", || {
            if let Some(status) = engine.child.try_wait().unwrap() {
                panic!("the engine ended: {status}\n{}", engine.log());
            }
            get(company.hooks, "/healthz").filter(|answer| answer.status == 200)
        });
        engine
    }

    /// Starts it with these words, and waits for nothing.
    pub(crate) fn with(company: &Company, words: &[&str]) -> Self {
        Self::with_env(company, words, &[])
    }

    /// The same, with more in its environment.
    pub(crate) fn with_env(company: &Company, words: &[&str], env: &[(String, String)]) -> Self {
        let mut command = company.command(words);
        command.envs(env.iter().map(|(name, value)| (name, value)));
        Self::spawn(company, command)
    }

    /// Starts it under a tracer that leaves the program this process's own child.
    pub(crate) fn under(company: &Company, tracer: &[&str], words: &[&str]) -> Self {
        Self::spawn(company, company.command_under(tracer, words))
    }

    /// Starts a command of one's own that becomes an engine.
    pub(crate) fn spawn(company: &Company, mut command: Command) -> Self {
        let log = company.path("run.log");
        let file = File::options()
            .append(true)
            .create(true)
            .open(&log)
            .unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL: not one instruction more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        terminate(&self.child);
        until(SOON, "the engine ends", || self.child.try_wait().unwrap())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
