//! `drover`: the console, attached to the engine of the configured store.

use super::args::ConsoleArgs;
use super::context::Context;
use super::error::{CliError, Exit};
use crate::model::clock::Clock;
use std::path::PathBuf;
use tokio::runtime::Runtime;

pub fn run(_context: &mut Context, _args: &ConsoleArgs) -> Result<Exit, CliError> {
    Err(CliError::failed("the console is not in this build"))
}

pub fn watch(
    _context: &mut Context,
    _runtime: &Runtime,
    _store: PathBuf,
    _clock: Option<&Clock>,
) -> Result<Exit, CliError> {
    Err(CliError::failed("the console is not in this build"))
}
