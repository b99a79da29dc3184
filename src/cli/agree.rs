//! `drover agree` and `drover refuse`: the second person's word for a command that waits for one.

use super::act::send;
use super::context::Context;
use super::error::{CliError, Exit};
use crate::control::protocol::Request;

#[derive(clap::Args, Debug)]
pub struct WordArgs {
    /// The command's number, as the journal and the console say it
    #[arg(value_name = "COMMAND")]
    pub command: i64,
    /// Why; kept for good
    #[arg(long, value_name = "TEXT", default_value = "no reason given")]
    pub reason: String,
}

pub fn agree(context: &mut Context, args: WordArgs) -> Result<Exit, CliError> {
    let WordArgs { command, reason } = args;
    send(context, &Request::Agree { command, reason })
}

pub fn refuse(context: &mut Context, args: WordArgs) -> Result<Exit, CliError> {
    let WordArgs { command, reason } = args;
    send(context, &Request::Refuse { command, reason })
}
