//! `drover pipeline check|show|test|diff|help`: pipeline files, without an engine.

mod check;
mod diff;
mod help;
mod show;
mod standing;
mod test;

use super::context::Context;
use super::error::{CliError, Exit};
use super::pipelines::text_of;
use crate::config::PipelineChoice;
use clap::Subcommand;

#[derive(clap::Args, Debug)]
#[command(disable_help_subcommand = true)]
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
    /// Run a file's own trials
    Test(test::TestArgs),
    /// Which rows of the store another file would decide differently
    Diff(diff::DiffArgs),
    /// Every key of a file and every action
    Help(help::HelpArgs),
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
        PipelineCommand::Test(args) => test::run(context, args),
        PipelineCommand::Diff(args) => diff::run(context, args),
        PipelineCommand::Help(args) => help::run(context, args),
    }
}
