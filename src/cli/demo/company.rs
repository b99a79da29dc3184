//! The simulated company, the engine that migrates it, and the folder its store lives in.

use crate::cli::args::{DemoArgs, WorldArgs};
use crate::cli::error::CliError;
use crate::cli::pipelines;
use crate::cli::wiring::{Machine, Plan};
use crate::connectors::action::{Connector, Registry};
use crate::connectors::{fleet, jamf, slack};
use crate::engine::{Ceilings, Messages, Roles};
use crate::intake::webhook;
use crate::model::clock::{Clock, real_now};
use crate::model::fault::Fault;
use crate::model::random::Random;
use crate::model::secret::SecretString;
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::sim::scenario::Scenario;
use crate::sim::{Hooks, Ports, Settings, Sim};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A demo under way.
pub struct Company {
    pub sim: Sim,
    pub machine: Machine,
    pub clock: Clock,
    store: PathBuf,
    /// Taken away at the end, when the store was not asked for by name.
    folder: Option<PathBuf>,
}

/// In a demo a Mac that nobody clicks on is called dormant after this, not after weeks.
const DORMANT_AFTER: &str = "12h";

impl Company {
    /// Starts the world and the engine, and lets the employees in.
    /// `store` names a store that is kept; without one it lives in a folder that goes away.
    pub async fn open(args: &DemoArgs, store: Option<PathBuf>) -> Result<Self, CliError> {
        let pipeline = Arc::new(pipeline(&args.pipeline)?);
        let clock = Clock::scaled(opening(&pipeline), args.speed);
        let sim = start_world(&args.world, Ports::default(), &clock).await?;
        let (store, folder) = if let Some(store) = store {
            (store, None)
        } else {
            let folder = std::env::temp_dir().join(format!("drover-demo-{}", std::process::id()));
            std::fs::create_dir_all(&folder)?;
            (folder.join("drover.db"), Some(folder))
        };
        let token = token();
        let plan = Plan {
            registry: registry(&sim, &clock).map_err(|fault| CliError::failed(fault.message))?,
            pipeline,
            store: store.clone(),
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
        let machine = Machine::start(plan).await?;
        sim.hook_to(Hooks {
            base: format!("http://{}", machine.address),
            token,
        });
        sim.open_for_business();
        Ok(Self {
            sim,
            machine,
            clock,
            store,
            folder,
        })
    }

    /// What the console's header says of the world.
    pub fn line(args: &DemoArgs) -> Arc<dyn Fn() -> String + Send + Sync> {
        let said = format!(
            "demo: {} Macs, {} weather, {}×",
            args.world.devices,
            args.world.weather.word(),
            args.speed
        );
        Arc::new(move || said.clone())
    }

    pub fn store_path(&self) -> PathBuf {
        self.store.clone()
    }

    /// Ends the engine, then the world, and takes the store away.
    pub async fn close(self) {
        self.machine.stop().await;
        self.sim.stop().await;
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// The world the arguments describe, its people not yet let in.
pub async fn start_world(args: &WorldArgs, ports: Ports, clock: &Clock) -> Result<Sim, CliError> {
    let scenario = match &args.scenario {
        None => Scenario::weather(args.weather.word()),
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| {
                CliError::usage(format!("{} cannot be read: {error}", file.display()))
            })?;
            Scenario::parse(&text)
        }
    };
    let scenario = scenario.map_err(|e| CliError::usage(e.to_string()))?;
    let settings = Settings {
        seed: args.seed,
        devices: args.devices,
        scenario,
        clock: clock.clone(),
        jamf_version: args.jamf_version.clone(),
        fleet_version: args.fleet_version.clone(),
        ports,
        ledger_file: args.ledger.clone(),
        folder: None,
    };
    Sim::start(settings)
        .await
        .map_err(|e| CliError::failed(e.to_string()))
}

fn pipeline(name: &str) -> Result<Pipeline, CliError> {
    let file = format!("{name}.toml");
    let pipeline = crate::pipeline::parse(&file, pipelines::shipped(name)?)
        .map_err(|f| pipelines::refused(&file, &f))?;
    let mut settings = BTreeMap::new();
    if pipeline
        .settings
        .iter()
        .any(|setting| setting.name == "dormant_after")
    {
        settings.insert("dormant_after".to_owned(), json!(DORMANT_AFTER));
    }
    pipeline
        .apply(&settings, Vec::new())
        .map_err(|f| pipelines::refused(&file, &f))
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

fn registry(sim: &Sim, clock: &Clock) -> Result<Registry, Fault> {
    let (at, with) = (sim.addresses(), sim.credentials());
    let fleet = fleet::Fleet::new(
        fleet::Settings::new(&at.fleet, with.fleet_token.clone()),
        clock.clone(),
    )?;
    let jamf = jamf::Settings::new(
        &at.jamf,
        &with.jamf_client_id,
        with.jamf_client_secret.clone(),
    );
    let jamf = jamf::Jamf::new(jamf, clock.clone())?;
    let mode = slack::Mode::Bot {
        token: with.slack_token.clone().into(),
        channel: "#mac-migration".into(),
        url: at.slack.clone(),
    };
    let slack = slack::Slack::new(slack::Settings::new(mode), clock.clone())?;
    let connectors: [Arc<dyn Connector>; 3] = [Arc::new(fleet), Arc::new(jamf), Arc::new(slack)];
    Ok(Registry::new(connectors))
}

fn token() -> SecretString {
    Random::system().uuid().into()
}
