//! `drover man`: one page, the commands' sections after the program's own.

use super::args::Cli;
use super::context::Context;
use super::error::{CliError, Exit};
use clap::CommandFactory;

pub fn run(context: &mut Context) -> Result<Exit, CliError> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut bytes)?;
    context.out.text(&String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Done)
}
