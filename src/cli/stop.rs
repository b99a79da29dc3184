//! `drover stop` and `drover resume`.

use super::act::send;
use super::context::Context;
use super::error::{CliError, Exit};
use crate::control::protocol::Request;

#[derive(clap::Args, Debug)]
pub struct StopArgs {
    /// Why; kept for good
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

#[derive(clap::Args, Debug)]
pub struct ResumeArgs {
    /// Why; kept for good
    #[arg(long, value_name = "TEXT", default_value = "no reason given")]
    pub reason: String,
}

/// Asks nothing first: whoever stops everything has no time.
pub fn stop(context: &mut Context, args: StopArgs) -> Result<Exit, CliError> {
    let reason = args.reason;
    send(context, &Request::Stop { reason })
}

pub fn resume(context: &mut Context, args: ResumeArgs) -> Result<Exit, CliError> {
    let reason = args.reason;
    send(context, &Request::Resume { reason })
}
