//! `drover pipeline check|show`: pipeline files, without a store or an engine.

mod check;
mod show;

use super::context::Context;
use super::error::{CliError, Exit};
use super::pipelines::text_of;
use crate::config::PipelineChoice;
use clap::Subcommand;

#[derive(clap::Args, Debug)]
pub struct PipelineArgs {
    #[command(subcommand)]
    pub command: PipelineCommand,
}

#[derive(Subcommand, Debug)]
pub enum PipelineCommand {
    /// Every fault of a file, with its line and a hint
    Check(FileArgs),
    /// What a file does, in words
    Show(FileArgs),
}

#[derive(clap::Args, Debug)]
pub struct FileArgs {
    /// A file or a shipped name [default: the configured pipeline]
    pub file: Option<String>,
}

impl FileArgs {
    /// The name to report faults under, and the text.
    fn text(&self, context: &Context) -> Result<(String, String), CliError> {
        match &self.file {
            Some(file) => text_of(&PipelineChoice::read(file, &context.here)),
            None => text_of(&context.config()?.pipeline),
        }
    }
}

pub fn run(context: &mut Context, args: &PipelineArgs) -> Result<Exit, CliError> {
    match &args.command {
        PipelineCommand::Check(file) => check::run(context, file),
        PipelineCommand::Show(file) => show::run(context, file),
    }
}
