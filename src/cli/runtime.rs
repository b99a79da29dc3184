//! The asynchronous runtime of the commands that need one.

use super::error::CliError;
use tokio::runtime::{Builder, Runtime};

/// A runtime on every core.
pub fn runtime() -> Result<Runtime, CliError> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("the runtime could not be started: {error}")))
}
