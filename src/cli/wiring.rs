//! The engine's process: the store, the engine, what it hears and who may ask, started and ended together.

use super::error::CliError;
use crate::connectors::action::Registry;
use crate::control;
use crate::engine::{Engine, Messages, Parts, Roles};
use crate::intake::webhook::{self, Counts, HealthReport};
use crate::model::clock::Clock;
use crate::model::random::Random;
use crate::model::time::Span;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Source;
use crate::store::{Setup, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Everything one engine process is made of.
pub struct Plan {
    pub pipeline: Arc<Pipeline>,
    pub store: PathBuf,
    pub registry: Registry,
    pub clock: Clock,
    pub random: Random,
    pub listen: webhook::Settings,
    pub messages: Messages,
    pub roles: Roles,
    /// The group that may reach the control socket.
    pub group: Option<String>,
}

/// A running engine process.
pub struct Machine {
    pub engine: Engine,
    pub store: Store,
    pub pipeline: Arc<Pipeline>,
    /// Where hooks are answered; the port is the one that was free when 0 was asked for.
    pub address: std::net::SocketAddr,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// When the engine has not looked at its queue for this long, in real terms, it is called stalled.
const STALLED_AFTER: Span = Span::from_mins(5);

impl Machine {
    /// Opens the store, takes up what was left open, then opens the doors: nothing is heard before it can be kept.
    pub async fn start(plan: Plan) -> Result<Self, CliError> {
        let setup = Setup {
            shape: plan.pipeline.shape(),
            rules: plan.pipeline.rules(),
            clock: plan.clock.clone(),
        };
        let store = Store::open(&plan.store, setup)?;
        let listener = webhook::bind(plan.listen)
            .await
            .map_err(|e| CliError::failed(e.to_string()))?;
        let address = listener.address();
        let socket = socket(&plan.store, plan.group.as_deref())?;
        let engine = Engine::start(Parts {
            pipeline: plan.pipeline.clone(),
            store: store.clone(),
            registry: plan.registry.clone(),
            clock: plan.clock.clone(),
            random: plan.random,
            messages: plan.messages,
            roles: plan.roles,
        })
        .await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let parts = webhook::Parts {
            pipeline: plan.pipeline.clone(),
            store: store.clone(),
            clock: plan.clock.clone(),
            health: health(engine.clone(), plan.clock.clone()),
            metrics: super::metrics::metrics(
                store.clone(),
                plan.registry.clone(),
                plan.clock.clone(),
            ),
            counts: Arc::new(Counts::default()),
        };
        tasks.spawn(webhook::serve(listener, parts, stopped.clone()));
        tasks.spawn(control::server::serve(
            socket,
            Arc::new(engine.clone()),
            stopped.clone(),
        ));
        for intake in plan
            .pipeline
            .intakes
            .iter()
            .filter(|intake| matches!(intake.source, Source::Poll { .. }))
        {
            let (intake, pipeline) = (intake.clone(), plan.pipeline.clone());
            let (store, registry, clock) =
                (store.clone(), plan.registry.clone(), plan.clock.clone());
            tasks.spawn(crate::intake::poll::run(
                intake,
                pipeline,
                store,
                registry,
                clock,
                stopped.clone(),
            ));
        }
        Ok(Self {
            engine,
            store,
            pipeline: plan.pipeline,
            address,
            stop,
            tasks,
        })
    }

    /// Returns when an operator asked the engine to end.
    pub async fn ended(&self) {
        self.engine.ended().await;
    }

    /// Stops hearing, lets what is under way come to its next record, and closes the store.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        self.engine.stop().await;
        self.store.close().await;
    }
}

/// The control socket; the group that may reach it may read the store as well.
fn socket(store: &Path, group: Option<&str>) -> Result<control::Listener, CliError> {
    let socket =
        control::server::bind(store, group).map_err(|e| CliError::failed(e.to_string()))?;
    if let Some(gid) = group.and_then(control::people::group_id) {
        Store::share_with_group(store, gid)?;
    }
    Ok(socket)
}

fn health(engine: Engine, clock: Clock) -> Arc<dyn Fn() -> HealthReport + Send + Sync> {
    Arc::new(move || {
        let ok =
            clock.now().since(engine.looked_at()) < STALLED_AFTER.times(clock.speed().max(1.0));
        HealthReport {
            ok,
            word: if ok { "ok" } else { "stalled" }.to_owned(),
        }
    })
}
