//! `drover pipeline help [TOPIC]`: every key, every action, what templates and SQL may use.

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::pipelines::catalogue;
use crate::pipeline::help::help;
use serde_json::json;

#[derive(clap::Args, Debug)]
pub struct HelpArgs {
    /// A table or key of the file (stage, wait_if), an action (fleet.get_host), actions, templates or sql
    pub topic: Option<String>,
}

pub fn run(context: &mut Context, args: &HelpArgs) -> Result<Exit, CliError> {
    let text = help(args.topic.as_deref(), &catalogue()).map_err(CliError::usage)?;
    if context.json() {
        context
            .out
            .json(&json!({"topic": args.topic, "text": text}))?;
    } else {
        context.out.text(&text)?;
    }
    Ok(Exit::Done)
}
