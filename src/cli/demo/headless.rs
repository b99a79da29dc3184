//! The demo without a screen: the journal on standard error, a summary at the end.

use super::company::Company;
use super::quiet::skip_quiet;
use super::standing::Standing;
use super::summary::{Ended, Summary};
use crate::cli::args::DemoArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::follow::follow;
use crate::engine::{Settlement, settlement};
use crate::model::clock::{Stopwatch, real_sleep};
use std::time::Duration;

/// How often the table is asked whether anything can still move, in real time.
const LOOK: Duration = Duration::from_millis(150);
/// A look at thousands of rows takes time that the night needs: so many times longer than it took passes before the next.
const SHARE: u32 = 12;

/// Runs until nothing can move without a person (`--until-done`), or until interrupted.
pub async fn run(context: &mut Context, args: &DemoArgs) -> Result<Exit, CliError> {
    let watch = Stopwatch::start();
    let company = Company::open(context, args).await?;
    let ended = night(&company, args, watch).await;
    company.close().await;
    let summary = ended?;
    summary.print(context)?;
    Ok(if summary.is_good() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

async fn night(company: &Company, args: &DemoArgs, watch: Stopwatch) -> Result<Summary, CliError> {
    let journal = (!args.quiet).then(|| tokio::spawn(follow(company.machine.store.clone())));
    let skipping = args.until_done.then(|| {
        tokio::spawn(skip_quiet(
            company.clock.clone(),
            company.machine.store.clone(),
        ))
    });
    let ended = if args.until_done {
        tokio::select! {
            ended = until_done(company) => ended,
            _ = tokio::signal::ctrl_c() => stand(company).await,
        }
    } else {
        let _ = tokio::signal::ctrl_c().await;
        stand(company).await
    };
    for task in [journal, skipping].into_iter().flatten() {
        task.abort();
    }
    let ended = last_look(company, ended?).await?;
    let (operators, report) = (company.operators.ended(), company.sim.report());
    let taken = company.clock.now();
    Ok(Summary::new(
        ended,
        operators,
        report,
        taken,
        watch.elapsed(),
    ))
}

async fn until_done(company: &Company) -> Result<Settlement, CliError> {
    loop {
        let watch = Stopwatch::start();
        let (settlement, pending) = look(company).await?;
        if settlement.rows > 0 && settlement.is_settled() && !pending {
            return Ok(settlement);
        }
        real_sleep(LOOK.max(watch.elapsed() * SHARE)).await;
    }
}

/// How the rows stand, and whether an admin is still to act of their own accord.
async fn look(company: &Company) -> Result<(Settlement, bool), CliError> {
    let pipeline = company.machine.pipeline.clone();
    let now = company.clock.now();
    let pending = company.operators.pending();
    let looked = company.machine.store.read(move |view| {
        let settlement = settlement(view, &pipeline, now)?;
        let pending = pending(view, &settlement, now)?;
        Ok((settlement, pending))
    });
    Ok(looked.await?)
}

async fn last_look(company: &Company, settlement: Settlement) -> Result<Ended, CliError> {
    let pipeline = company.machine.pipeline.clone();
    let looked = company.machine.store.read(move |view| {
        Ok(Ended {
            settlement,
            messages: view.message_counts()?,
            standing: Standing::read(view, &pipeline)?,
        })
    });
    Ok(looked.await?)
}

async fn stand(company: &Company) -> Result<Settlement, CliError> {
    let pipeline = company.machine.pipeline.clone();
    let now = company.clock.now();
    let store = &company.machine.store;
    let looked = store.read(move |view| settlement(view, &pipeline, now));
    Ok(looked.await?)
}
