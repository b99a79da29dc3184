//! How a company is founded: its world, its secrets, its services behind their weather.

use super::settings::{Credentials, JAMF_CLIENT_ID, Settings, SimError};
use crate::model::random::Random;
use crate::model::time::Span;
use crate::sim::fleet::{self, Fleet};
use crate::sim::jamf::{self, Jamf};
use crate::sim::ledger::Ledger;
use crate::sim::scenario::{Faults, ServiceName};
use crate::sim::slack::{self, Slack};
use crate::sim::wire::{Habits, Oddities, Server, Setup, Wire};
use crate::sim::world::team::{PRODUCTION, STAGING};
use crate::sim::world::{Actor, Making, State, World};
use axum::Router;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The removal script as it stands in both teams; the world only reads its name and marks.
const REMOVE_JAMF: &str = "#!/bin/sh\n# Removes what Jamf leaves behind; refuses while Jamf's MDM profile is there.\n/usr/local/bin/jamf removeFramework\necho \"JAMF_REMOVAL verdict=clean items=\"\n";
const REMEDIATE: &str = "#!/bin/sh\n# Removes Jamf's MDM profile from the Mac and asks for enrollment.\n/usr/local/bin/jamf removeMdmProfile\nprofiles renew -type enrollment\n";

/// The export for the new server, in [`Settings::folder`].
pub(super) const RECORDS: &str = "dump.sql";
const LIST_PROFILES: &str = include_str!("../../../assets/scripts/list-profiles.sh");

/// A company that is being started.
pub(super) struct Founding<'a> {
    settings: &'a Settings,
    ledger: Ledger,
    pub(super) world: World,
    pub(super) credentials: Credentials,
}

impl<'a> Founding<'a> {
    pub(super) fn new(settings: &'a Settings) -> Result<Self, SimError> {
        let ledger = open_ledger(settings.ledger_file.as_ref())?;
        let making = Making {
            seed: settings.seed,
            devices: settings.devices,
            scenario: settings.scenario.clone(),
            now: settings.clock.now(),
            ledger: ledger.clone(),
            fleet_version: settings.fleet_version.clone(),
        };
        let world = World::new(making, settings.clock.clone());
        world.with(|state| {
            for team in [PRODUCTION, STAGING] {
                state.save_script(Some(team), "remove-jamf.sh", REMOVE_JAMF);
                state.save_script(Some(team), "remediate-enrollment.sh", REMEDIATE);
            }
            if state.handover().is_some() {
                state.save_script(Some(PRODUCTION), "list-profiles.sh", LIST_PROFILES);
            }
            // A server that somebody set up has a log.
            state.log(
                "user_logged_in",
                None,
                Some(Actor::CONSOLE),
                json!({"public_ip": "127.0.0.1"}),
            );
        });
        if let Some(folder) = &settings.folder {
            world
                .with(|state| papers(state, folder))
                .map_err(|source| SimError::Papers {
                    folder: folder.clone(),
                    source,
                })?;
        }
        Ok(Self {
            settings,
            ledger,
            world,
            credentials: credentials(settings.seed),
        })
    }

    pub(super) fn tenant(&self) -> Jamf {
        let settings = self.settings;
        let faults = settings.scenario.faults(ServiceName::Jamf, settings.seed);
        let known = &self.credentials;
        let simple =
            jamf::Settings::simple(&known.jamf_client_id, known.jamf_client_secret.clone());
        let token_life = if faults.token_life == Span::ZERO {
            simple.token_life
        } else {
            faults.token_life
        };
        Jamf::new(
            self.world.clone(),
            self.ledger.clone(),
            jamf::Settings {
                version: settings.jamf_version.clone(),
                token_life,
                token_dies: faults.token_dies,
                ..simple
            },
        )
    }

    pub(super) fn board(&self) -> Slack {
        let known = &self.credentials;
        Slack::new(
            self.settings.clock.clone(),
            self.ledger.clone(),
            slack::Settings::simple(
                known.slack_token.clone(),
                known.slack_hook.clone(),
                &known.slack_channel,
            ),
        )
    }

    pub(super) async fn open_fleet(&self) -> Result<Server, SimError> {
        let token = self.credentials.fleet_token.clone();
        let router = Fleet::new(self.world.clone(), token).router();
        self.open(ServiceName::Fleet, fleet::habits(), router).await
    }

    pub(super) fn settings(&self) -> &Settings {
        self.settings
    }

    /// Puts the service's weather before it and listens.
    pub(super) async fn open(
        &self,
        service: ServiceName,
        habits: Habits,
        router: Router,
    ) -> Result<Server, SimError> {
        let (name, ports) = (habits.service, self.settings.ports);
        let port = match service {
            ServiceName::Fleet => ports.fleet,
            ServiceName::Jamf => ports.jamf,
            ServiceName::Slack => ports.slack,
        };
        let faults = self.faults(service);
        let opened = Server::start(self.wire(habits, faults), router, port).await;
        opened.map_err(|source| SimError::Listen {
            service: name,
            port,
            source,
        })
    }

    pub(super) fn faults(&self, service: ServiceName) -> Faults {
        let settings = self.settings;
        settings.scenario.faults(service, settings.seed)
    }

    pub(super) fn wire(&self, habits: Habits, faults: Faults) -> Wire {
        Wire::new(Setup {
            habits,
            clock: self.settings.clock.clone(),
            seed: self.settings.seed,
            faults,
            odd: Oddities::default(),
            ledger: self.ledger.clone(),
        })
    }
}

/// What the admins of a company that moves have in their hands: the export, and the old server's inventory.
fn papers(state: &mut State, folder: &Path) -> std::io::Result<()> {
    if state.handover().is_none() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    state.write_records(&folder.join(RECORDS))?;
    state.write_inventory(&folder.join("inventory.csv"))
}

fn open_ledger(file: Option<&PathBuf>) -> Result<Ledger, SimError> {
    match file {
        None => Ok(Ledger::in_memory()),
        Some(path) => Ledger::open(path).map_err(|source| SimError::Ledger {
            path: path.clone(),
            source,
        }),
    }
}

/// The same seed gives the same secrets, so that a client in another process can be configured beforehand.
fn credentials(seed: u64) -> Credentials {
    let mut random = Random::named(seed, "credentials");
    let mut text = move || random.uuid().to_lowercase().replace('-', "");
    Credentials {
        fleet_token: text().into(),
        jamf_client_id: JAMF_CLIENT_ID.into(),
        jamf_client_secret: text().into(),
        slack_token: format!("xoxb-{}", text()).into(),
        slack_hook: format!("T0ACME/B0DROVER/{}", text()).into(),
        slack_channel: "#mac-migration".into(),
        micromdm_key: text().into(),
        proxy_token: text().into(),
    }
}
