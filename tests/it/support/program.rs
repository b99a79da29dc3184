//! Which build of the program an engine is.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A build, and what its environment says beside the secrets.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    says: Vec<(&'static str, &'static str)>,
}

impl Program {
    /// The build under test.
    pub(crate) fn own() -> Self {
        Self::at(Path::new(env!("CARGO_BIN_EXE_drover")))
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            says: Vec::new(),
        }
    }

    pub(crate) fn says(mut self, name: &'static str, value: &'static str) -> Self {
        self.says.push((name, value));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// With an environment of nothing else.
    pub(crate) fn command(&self) -> Command {
        self.command_under(&[])
    }

    /// As the last words of another command line, such as a tracer's.
    pub(crate) fn command_under(&self, tracer: &[&str]) -> Command {
        let mut command = match tracer.split_first() {
            None => Command::new(&self.path),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.path);
                command
            }
        };
        command.env_clear().envs(self.says.iter().copied());
        command
    }
}
