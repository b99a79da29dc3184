//! `drover completions SHELL`.

use super::args::Cli;
use super::context::Context;
use super::error::{CliError, Exit};
use clap::CommandFactory;

#[derive(clap::Args, Debug)]
pub struct CompletionsArgs {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

pub fn run(context: &mut Context, args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "drover", &mut bytes);
    context.out.text(&String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Done)
}
