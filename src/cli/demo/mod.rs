//! `drover demo`: a simulated company, its Jamf, Fleet and Slack over loopback HTTP, the real engine and console.

pub(super) mod company;
mod headless;
mod operator;
mod quiet;
mod registry;
pub(super) mod scenario;
pub(super) mod standing;
mod summary;

use super::args::DemoArgs;
use super::context::Context;
use super::error::{CliError, Exit};
use company::Company;

/// Runs the demo, with the console or headless.
pub fn run(context: &mut Context, args: &DemoArgs) -> Result<Exit, CliError> {
    if !(args.speed.is_finite() && args.speed > 0.0) {
        return Err(CliError::usage("--speed takes a number above 0"));
    }
    let runtime = super::runtime::runtime()?;
    if args.headless || args.until_done {
        return runtime.block_on(headless::run(context, args));
    }
    let company = runtime.block_on(Company::open(context, args))?;
    let pipeline = (*company.machine.pipeline).clone();
    let line = company.line(args);
    let ended = super::console::demo(
        context,
        company.store_path(),
        pipeline,
        company.clock.clone(),
        line,
        &args.look,
    );
    let (played, _) = company.operators.ended();
    runtime.block_on(company.close());
    for failed in played.iter().filter(|one| !one.done) {
        context
            .out
            .note(format_args!("operator: {}", failed.line()));
    }
    if played.iter().all(|one| one.done) {
        ended
    } else {
        ended.map(|_| Exit::Failed)
    }
}
