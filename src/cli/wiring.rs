//! The engine's process: the store, the engine, what it hears and who may ask, started and ended together.

use super::error::CliError;
use super::notify::{self, Manager};
use crate::connectors::action::Registry;
use crate::control;
use crate::engine::{Ceilings, Engine, Messages, Parts, Roles};
use crate::intake::webhook::{self, Counts, HealthReport};
use crate::model::clock::Clock;
use crate::model::random::Random;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Intake, Source};
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
    pub ceilings: Ceilings,
    /// Asked for every minute while the engine goes round.
    pub heartbeat: Option<String>,
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

impl Machine {
    /// Opens the store, takes up what was left open, then opens the doors: nothing is heard before it can be kept.
    pub async fn start(plan: Plan) -> Result<Self, CliError> {
        let store = open(&plan)?;
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
            ceilings: plan.ceilings,
        })
        .await?;
        let suspects = crate::intake::Suspects::beside(&plan.store);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let parts = webhook::Parts {
            pipeline: plan.pipeline.clone(),
            store: store.clone(),
            clock: plan.clock.clone(),
            health: health(engine.clone(), store.clone()),
            metrics: super::metrics::metrics(
                store.clone(),
                plan.registry.clone(),
                plan.clock.clone(),
            ),
            counts: Arc::new(Counts::default()),
            suspects: suspects.clone(),
        };
        tasks.spawn(webhook::serve(listener, parts, stopped.clone()));
        tasks.spawn(control::server::serve(
            socket,
            Arc::new(engine.clone()),
            stopped.clone(),
        ));
        if let Some(url) = plan.heartbeat.clone() {
            tasks.spawn(notify::beat(url, engine.clone(), stopped.clone()));
        }
        let polls = crate::intake::poll::Parts {
            pipeline: plan.pipeline.clone(),
            store: store.clone(),
            registry: plan.registry.clone(),
            clock: plan.clock.clone(),
            suspects,
        };
        for intake in polled(&plan.pipeline) {
            let poll = crate::intake::poll::run(intake, polls.clone(), stopped.clone());
            tasks.spawn(poll);
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

    /// Tells the service manager that the doors are open, and from now on that the engine goes round.
    pub fn attend(&mut self, manager: &Arc<Manager>) {
        manager.tell("READY=1");
        let (manager, engine) = (manager.clone(), self.engine.clone());
        let stopped = self.stop.subscribe();
        self.tasks
            .spawn(async move { manager.feed(engine, stopped).await });
    }

    /// Returns when an operator asked the engine to end.
    pub async fn ended(&self) {
        self.engine.ended().await;
    }

    /// Stops hearing, lets what is under way come to its next record, and closes the store.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.store.leave();
        while self.tasks.join_next().await.is_some() {}
        self.engine.stop().await;
        self.store.close().await;
    }
}

fn polled(pipeline: &Pipeline) -> impl Iterator<Item = Intake> {
    let polls = |intake: &&Intake| matches!(intake.source, Source::Poll { .. });
    pipeline.intakes.iter().filter(polls).cloned()
}

/// The store, with which this process stands and falls.
fn open(plan: &Plan) -> Result<Store, CliError> {
    let setup = Setup {
        shape: plan.pipeline.shape(),
        rules: plan.pipeline.rules(),
        clock: plan.clock.clone(),
    };
    let store = Store::open(&plan.store, setup)?;
    store.when_broken(super::last_words::end);
    Ok(store)
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

fn health(engine: Engine, store: Store) -> Arc<dyn Fn() -> HealthReport + Send + Sync> {
    Arc::new(move || {
        if let Some(why) = &*store.room().borrow() {
            // Not ok: whoever balances or watches is to see that no hook is taken.
            return HealthReport {
                ok: false,
                word: format!("no room: {why}"),
            };
        }
        let stalled = engine.stalled();
        HealthReport {
            ok: stalled.is_none(),
            word: stalled.unwrap_or_else(|| "ok".to_owned()),
        }
    })
}
