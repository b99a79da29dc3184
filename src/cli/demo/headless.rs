//! The demo without a screen: the journal on standard error, a summary at the end.

use super::company::Company;
use super::quiet::skip_quiet;
use super::summary;
use crate::cli::args::DemoArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::follow::follow;
use crate::engine::{Settlement, settlement};
use crate::model::clock::{Stopwatch, real_sleep};
use std::time::Duration;

/// How often the table is asked whether anything can still move, in real time.
const LOOK: Duration = Duration::from_millis(150);

/// Runs until nothing can move without a person (`--until-done`), or until interrupted.
pub async fn run(context: &mut Context, args: &DemoArgs) -> Result<Exit, CliError> {
    let watch = Stopwatch::start();
    let company = Company::open(args, context.globals.store.clone()).await?;
    let journal = (!args.quiet).then(|| tokio::spawn(follow(company.machine.store.clone())));
    let skipping = args.until_done.then(|| {
        tokio::spawn(skip_quiet(
            company.clock.clone(),
            company.machine.store.clone(),
        ))
    });
    let ended = if args.until_done {
        tokio::select! {
            ended = until_done(&company) => ended,
            _ = tokio::signal::ctrl_c() => stand(&company).await,
        }
    } else {
        let _ = tokio::signal::ctrl_c().await;
        stand(&company).await
    };
    for task in [journal, skipping].into_iter().flatten() {
        task.abort();
    }
    let settlement = ended?;
    let messages = company
        .machine
        .store
        .read(|view| view.message_counts())
        .await?;
    let report = company.sim.report();
    let taken = company.clock.now();
    let summary = summary::Summary::new(&settlement, messages, report, taken, watch.elapsed());
    company.close().await;
    summary.print(context)?;
    Ok(if summary.is_good() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

async fn until_done(company: &Company) -> Result<Settlement, CliError> {
    loop {
        let settlement = stand(company).await?;
        if settlement.rows > 0 && settlement.is_settled() {
            return Ok(settlement);
        }
        real_sleep(LOOK).await;
    }
}

async fn stand(company: &Company) -> Result<Settlement, CliError> {
    let pipeline = company.machine.pipeline.clone();
    let now = company.clock.now();
    Ok(company
        .machine
        .store
        .read(move |view| settlement(view, &pipeline, now))
        .await?)
}
