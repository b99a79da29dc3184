//! How a command ends: an exit code and, when it did not go well, one sentence.

use crate::config::ConfigError;
use crate::control::client::ClientError;
use crate::store::StoreError;
use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Something needs an operator.
    Attention = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what was asked, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct CliError {
    pub exit: Exit,
    pub text: String,
}

impl CliError {
    /// The command line or the configuration is wrong: the same command will fail again.
    pub fn usage(text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            text: text.into(),
        }
    }

    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            text: text.into(),
        }
    }

    /// Whoever read our output has left, as `head` does: nothing went wrong.
    pub fn is_silent(&self) -> bool {
        self.text.is_empty()
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self {
                exit: Exit::Done,
                text: String::new(),
            };
        }
        Self::failed(format!("the output cannot be written: {error}"))
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<StoreError> for CliError {
    /// What the store calls bad was given to it from the command line.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Bad(text) => Self::usage(text),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<color_eyre::Report> for CliError {
    fn from(report: color_eyre::Report) -> Self {
        Self::failed(format!("{report:#}"))
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        Self::failed(error.to_string())
    }
}
