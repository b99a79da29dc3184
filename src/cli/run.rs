//! `drover run`: the engine alone, as a service runs it.

use super::args::RunArgs;
use super::connect::{self, Secrets};
use super::context::Context;
use super::error::{CliError, Exit};
use super::follow::{follow, last_head};
use super::notify::Manager;
use super::people;
use super::pipelines;
use super::wiring::{Machine, Plan};
use crate::config::{Config, Env, Route};
use crate::connectors::http::{Request, Service, ServiceSettings};
use crate::engine::{Messages, Sink};
use crate::intake::webhook;
use crate::model::clock::Clock;
use crate::model::random::Random;
use crate::model::secret::{Rotating, SecretString, secret};
use crate::model::time::Time;
use crate::store::{Level, NewEntry, Store};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Runs until `SIGTERM`, `SIGINT`, or an operator's word.
pub fn run(context: &mut Context, args: &RunArgs) -> Result<Exit, CliError> {
    let config = context.config()?;
    let env = context.env.clone();
    if args.detach {
        // Its own session: the terminal it was started from may go.
        let _ = rustix::process::setsid();
    }
    let runtime = super::runtime::runtime()?;
    runtime.block_on(async {
        let clock = clock(&config, args.speed).await?;
        // Before the doors open: whoever sees it answer may end it, and it is to end in order.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let manager = Arc::new(Manager::of(&env));
        let (plan, secrets) = plan(&config, &env, clock)?;
        let mut machine = Machine::start(plan).await?;
        machine.attend(&manager);
        context.out.note(machine.store.told());
        let mut journal = tokio::spawn(follow(machine.store.clone()));
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                () = machine.ended() => break,
                // A hang-up is the terminal leaving, or an operator who has changed a secret: the engine goes on.
                _ = hang_up.recv() => read_again(&machine.store, &secrets).await,
                _ = &mut journal, if !journal.is_finished() => {}
            }
        }
        manager.tell("STOPPING=1");
        machine.stop().await;
        last_head(&config.store);
        Ok(Exit::Done)
    })
}

/// Reads every secret again where it is kept; the journal says what came of it, by slot.
async fn read_again(store: &Store, secrets: &Secrets) {
    let secrets = secrets.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let read = |(slot, secret): &(String, Rotating)| match secret.reread() {
            Ok(true) => Some(format!("{slot} is another now")),
            Ok(false) => None,
            Err(why) => Some(format!("{why}; the one before is kept")),
        };
        let told: Vec<String> = secrets.iter().filter_map(read).collect();
        (secrets.len(), told)
    });
    let Ok((all, told)) = reading.await else {
        return;
    };
    let told = match told.join("; ") {
        none if none.is_empty() => "none has changed".to_owned(),
        told => told,
    };
    let entry = NewEntry {
        level: Level::Info,
        source: "engine".into(),
        row: None,
        text: format!("{all} secrets read again: {told}"),
    };
    let _ = store.write(move |tx| tx.say(entry)).await;
}

/// Everything the configuration says, checked and read; and the secrets that may be read again.
pub fn plan(config: &Config, env: &Env, clock: Clock) -> Result<(Plan, Secrets), CliError> {
    let pipeline = pipelines::load(config)?;
    pipelines::sound(config, &pipeline)?;
    let token = match &config.listen.token {
        Some(token) => token
            .resolve(env)
            .map_err(|e| CliError::usage(e.to_string()))?,
        None => unguessable(),
    };
    let mut listen = webhook::Settings::new(config.listen.address, token);
    listen.largest_body = config.listen.max_body;
    listen.allow.clone_from(&config.listen.allow);
    if let Some(previous) = &config.listen.previous_token {
        listen.older_tokens.push(
            previous
                .resolve(env)
                .map_err(|e| CliError::usage(e.to_string()))?,
        );
    }
    listen.tls = config.listen.tls.as_ref().map(|tls| webhook::TlsFiles {
        certificate: tls.cert.clone(),
        key: tls.key.clone(),
    });
    let (registry, secrets) = connect::connected(config, env, &clock)?;
    let plan = Plan {
        pipeline: Arc::new(pipeline),
        store: config.store.clone(),
        registry,
        clock,
        random: Random::system(),
        listen,
        messages: Messages {
            ticket: sink(config, &config.messages.ticket),
            page: sink(config, &config.messages.page),
        },
        roles: people::roles(config),
        ceilings: config.ceilings,
        heartbeat: config.control.heartbeat.clone(),
        group: config.control.group.clone(),
    };
    Ok((plan, secrets))
}

/// With no token configured nobody can know one, so no hook is taken.
fn unguessable() -> SecretString {
    let mut random = Random::system();
    secret(format!("{}{}", random.uuid(), random.uuid()))
}

fn sink(config: &Config, route: &Route) -> Sink {
    match route {
        Route::Slack => Sink::Chat,
        Route::Http(name) => {
            let endpoint = config
                .http
                .as_ref()
                .and_then(|http| http.endpoints.get(name));
            endpoint.map_or(Sink::Chat, |endpoint| Sink::Http(endpoint.url.clone()))
        }
    }
}

/// The machine's clock; with `--speed`, the simulated world's, which says what time it is with every answer.
async fn clock(config: &Config, speed: Option<f64>) -> Result<Clock, CliError> {
    let Some(speed) = speed else {
        return Ok(Clock::watched());
    };
    if !(speed.is_finite() && speed > 0.0) {
        return Err(CliError::usage("--speed takes a number above 0"));
    }
    let Some(fleet) = &config.fleet else {
        return Err(CliError::usage(
            "--speed rehearses against `drover sim`, and [connectors.fleet] is not configured",
        ));
    };
    let world = world_time(&fleet.url).await.map_err(|why| {
        CliError::usage(format!(
            "--speed rehearses against `drover sim`, and {} does not say its time: {why}",
            fleet.url
        ))
    })?;
    Ok(Clock::scaled(world, speed))
}

async fn world_time(url: &str) -> Result<Time, String> {
    let settings = ServiceSettings::new("fleet", url, Clock::system());
    let service = Service::new(settings).map_err(|fault| fault.message)?;
    let answer = service
        .send(Request::get("/healthz"))
        .await
        .map_err(|failure| failure.fault.message)?;
    let date = answer
        .header("date")
        .ok_or("there is no Date in its answer")?;
    let date = DateTime::parse_from_rfc2822(date).map_err(|_| "its Date cannot be read")?;
    Ok(Time::from_chrono(date.with_timezone(&Utc)))
}
