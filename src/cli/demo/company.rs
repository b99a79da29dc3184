//! The simulated company, the engine that migrates it, its admins, and the folder its store lives in.

use super::operator::{Operators, Script, check_commands};
use super::registry::registry;
use super::scenario;
use crate::cli::args::{DemoArgs, WorldArgs};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::init::write;
use crate::cli::pipelines;
use crate::cli::wiring::{Machine, Plan};
use crate::config::PipelineChoice;
use crate::engine::{Ceilings, Messages, Roles};
use crate::intake::webhook;
use crate::model::clock::{Clock, real_now};
use crate::model::random::Random;
use crate::model::secret::SecretString;
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::sim::scenario::Scenario;
use crate::sim::{Hooks, Ports, Settings, Sim};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A demo under way.
pub struct Company {
    pub sim: Arc<Sim>,
    pub machine: Machine,
    pub clock: Clock,
    pub operators: Operators,
    /// What the console's header calls the night.
    title: String,
    store: PathBuf,
    /// Taken away at the end.
    _folder: Folder,
}

/// What lies here goes away with the demo.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let process = std::process::id();
        let more = &Random::system().uuid()[..4];
        let path = std::env::temp_dir().join(format!("drover-demo-{process}-{more}"));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a company is founded by.
pub struct Founding<'a> {
    pub args: &'a WorldArgs,
    pub scenario: Scenario,
    pub ports: Ports,
    pub folder: Option<PathBuf>,
}

impl Company {
    /// Starts the world and the engine, and lets the employees and the admins in.
    /// A store that is named is kept; without one it lives in a folder that goes away.
    pub async fn open(context: &Context, args: &DemoArgs) -> Result<Self, CliError> {
        let choice = PipelineChoice::read(&args.pipeline, &context.here);
        let (file, text) = pipelines::text_of(&choice)?;
        let refused = |faults: Vec<_>| pipelines::refused(&file, &faults);
        let pipeline = crate::pipeline::parse(&file, &text).map_err(refused)?;
        if matches!(choice, PipelineChoice::File(_)) {
            pipelines::must_be_sound(&file, &text)?;
        }
        let scenario = scenario::scenario(&args.world, &pipeline.name)?;
        check_commands(&scenario.operator)?;
        let (title, entries) = (scenario::title(&scenario), scenario.operator.clone());
        let clock = Clock::scaled(opening(&pipeline), args.speed);
        let folder = Folder::new()?;
        let founding = Founding {
            args: &args.world,
            scenario,
            ports: Ports::default(),
            folder: Some(folder.0.clone()),
        };
        let sim = Arc::new(start_world(founding, &clock).await?);
        let settings = scenario::settings(&pipeline, sim.addresses());
        let pipeline = pipeline.apply(&settings, Vec::new()).map_err(refused)?;
        let pipeline = Arc::new(pipeline);
        let store = match &context.globals.store {
            Some(store) => context.here.join(store),
            None => folder.0.join("drover.db"),
        };
        let config = folder.0.join("drover.toml");
        write(&config, &config_text(&choice, &store, &settings)?)?;
        let (plan, token) = plan(args, &sim, &clock, (pipeline.clone(), &store))?;
        let machine = Machine::start(plan).await?;
        sim.hook_to(Hooks {
            base: format!("http://{}", machine.address),
            token,
        });
        let script = Script {
            entries,
            sim: sim.clone(),
            store: machine.store.clone(),
            pipeline,
            clock: clock.clone(),
        };
        let operators = match Operators::start(script, &config, &store).await {
            Ok(operators) => operators,
            Err(error) => {
                machine.stop().await;
                return Err(error);
            }
        };
        sim.open_for_business();
        Ok(Self {
            sim,
            machine,
            clock,
            operators,
            title,
            store,
            _folder: folder,
        })
    }

    /// What the console's header says of the world.
    pub fn line(&self, args: &DemoArgs) -> Arc<dyn Fn() -> String + Send + Sync> {
        let said = format!(
            "demo: {} Macs, {}, {}×",
            args.world.devices, self.title, args.speed
        );
        Arc::new(move || said.clone())
    }

    pub fn store_path(&self) -> PathBuf {
        self.store.clone()
    }

    /// Ends the admins, the engine, then the world, and takes the folder away.
    pub async fn close(self) {
        self.operators.leave().await;
        self.machine.stop().await;
        // Whoever else still held it would stop it at once by letting go.
        if let Some(sim) = Arc::into_inner(self.sim) {
            sim.stop().await;
        }
    }
}

/// The engine's part, and the token hooks come with.
fn plan(
    args: &DemoArgs,
    sim: &Sim,
    clock: &Clock,
    (pipeline, store): (Arc<Pipeline>, &Path),
) -> Result<(Plan, SecretString), CliError> {
    let token: SecretString = Random::system().uuid().into();
    let plan = Plan {
        registry: registry(sim, clock).map_err(|fault| CliError::failed(fault.message))?,
        pipeline,
        store: store.to_owned(),
        clock: clock.clone(),
        random: Random::named(args.world.seed, "engine"),
        listen: webhook::Settings::new(([127, 0, 0, 1], 0).into(), token.clone()),
        messages: Messages::default(),
        roles: Roles {
            owner: rustix::process::geteuid().as_raw(),
            ..Roles::default()
        },
        // Many Macs in one night are what a demo is for.
        ceilings: Ceilings {
            per_hour: (args.world.devices as u64 * 4).max(Ceilings::default().per_hour),
            per_night: (args.world.devices as u64 * 8).max(Ceilings::default().per_night),
            ..Ceilings::default()
        },
        heartbeat: None,
        group: None,
    };
    Ok((plan, token))
}

/// With it commands reach the demo from any terminal: `drover --config …/drover.toml status`.
fn config_text(
    choice: &PipelineChoice,
    store: &Path,
    settings: &BTreeMap<String, Json>,
) -> Result<String, CliError> {
    let unwritable = |error: toml::ser::Error| CliError::failed(error.to_string());
    let mut table = toml::Table::new();
    table.insert("pipeline".into(), choice.to_string().into());
    table.insert("store".into(), store.display().to_string().into());
    let settings = toml::Value::try_from(settings).map_err(unwritable)?;
    table.insert("settings".into(), settings);
    toml::to_string(&table).map_err(unwritable)
}

/// The world that was asked for, its people not yet let in.
pub async fn start_world(founding: Founding<'_>, clock: &Clock) -> Result<Sim, CliError> {
    let args = founding.args;
    let settings = Settings {
        seed: args.seed,
        devices: args.devices,
        scenario: founding.scenario,
        clock: clock.clone(),
        jamf_version: args.jamf_version.clone(),
        fleet_version: args.fleet_version.clone(),
        ports: founding.ports,
        ledger_file: args.ledger.clone(),
        folder: founding.folder,
    };
    Sim::start(settings)
        .await
        .map_err(|e| CliError::failed(e.to_string()))
}

/// Now, or the next moment at which a window of the pipeline opens.
pub fn opening(pipeline: &Pipeline) -> Time {
    let now = real_now();
    let windows = || pipeline.windows.values();
    if windows().next().is_none() || windows().any(|window| window.is_open(now)) {
        return now;
    }
    windows()
        .filter_map(|window| window.opens_after(now))
        .min()
        .unwrap_or(now)
}
