//! `drover sim`: the simulated services alone, for rehearsals and for other clients.

mod guide;
mod papers;

pub(super) use papers::{PAPERS, Papers};

use super::args::SimArgs;
use super::context::Context;
use super::demo::company::{self, Founding};
use super::demo::scenario::scenario;
use super::error::{CliError, Exit};
use super::pipelines;
use crate::connectors::http::{Request, Service, ServiceSettings};
use crate::model::clock::{Clock, real_sleep};
use crate::model::secret::{SecretString, secret};
use crate::model::time::Time;
use crate::sim::{Hooks, Sim};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until interrupted; then prints what the services saw.
pub fn run(context: &mut Context, args: &SimArgs) -> Result<Exit, CliError> {
    if !(args.speed.is_finite() && args.speed > 0.0) {
        return Err(CliError::usage("--speed takes a number above 0"));
    }
    super::runtime::runtime()?.block_on(async {
        let clock = Clock::scaled(opening(&args.pipeline)?, args.speed);
        let scenario = scenario(&args.world, &args.pipeline)?;
        let guide = guide::guide(&scenario.operator);
        let folder = context.here.join(&args.folder);
        let founding = Founding {
            args: &args.world,
            scenario,
            ports: args.ports(),
            folder: Some(folder.clone()),
        };
        let sim = company::start_world(founding, &clock).await?;
        let token = hook_token(context, args);
        papers::leave(&sim, &folder)?;
        guide::announce(context, args, (&sim, &folder), &token)?;
        guide::print(context, &guide, &folder)?;
        sim.hook_to(Hooks {
            base: args.hooks.trim_end_matches('/').to_owned(),
            token,
        });
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = let_people_in(&sim, args) => {}
            () = guide::obey_files(context, &sim, &folder) => {}
        }
        let report = sim.report();
        sim.stop().await;
        context.out.json(&report)?;
        Ok(if report.ledger.is_clean() {
            Exit::Done
        } else {
            Exit::Failed
        })
    })
}

/// Employees come once the engine answers, so that nobody's click meets a closed door. Then waits for ever.
async fn let_people_in(sim: &Sim, args: &SimArgs) {
    while !answers(&args.hooks).await {
        real_sleep(Duration::from_millis(200)).await;
    }
    sim.open_for_business();
    std::future::pending::<()>().await;
}

async fn answers(base: &str) -> bool {
    let Ok(engine) = Service::new(ServiceSettings::new("engine", base, Clock::system())) else {
        return false;
    };
    engine
        .send(Request::get("/healthz"))
        .await
        .is_ok_and(|answer| answer.is_success())
}

fn opening(pipeline: &str) -> Result<Time, CliError> {
    let file = format!("{pipeline}.toml");
    let pipeline = crate::pipeline::parse(&file, pipelines::shipped(pipeline)?)
        .map_err(|f| pipelines::refused(&file, &f))?;
    Ok(company::opening(&pipeline))
}

/// The same for the same seed, so that a second terminal can be prepared before the first is started.
fn hook_token(context: &Context, args: &SimArgs) -> SecretString {
    let given = context.env.get("DROVER_HOOK_TOKEN");
    secret(given.unwrap_or_else(|| format!("rehearsal-{}", args.world.seed)))
}
