//! The whole simulated company, running.

use super::live::{Hooks, Poster, drive};
use super::settings::{Addresses, Credentials, Settings, SimError};
use crate::model::random::Random;
use crate::sim::fleet::{self, Fleet};
use crate::sim::ledger::Ledger;
use crate::sim::scenario::ServiceName;
use crate::sim::slack::{self, Slack};
use crate::sim::wire::{Habits, Oddities, Server, Setup, Wire};
use crate::sim::world::team::{PRODUCTION, STAGING};
use crate::sim::world::{MacTruth, Making, Report, World};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::middleware::{self, Next};
use std::path::PathBuf;
use tokio::task::JoinHandle;

/// The removal script as it stands in both teams; the world only reads its name and marks.
const REMOVE_JAMF: &str = "#!/bin/sh\n# Removes what Jamf leaves behind; refuses while Jamf's MDM profile is there.\n/usr/local/bin/jamf removeFramework\necho \"JAMF_REMOVAL verdict=clean items=\"\n";
const REMEDIATE: &str = "#!/bin/sh\n# Removes Jamf's MDM profile from the Mac and asks for enrollment.\n/usr/local/bin/jamf removeMdmProfile\nprofiles renew -type enrollment\n";

/// A running company. Dropping it stops it at once; [`Sim::stop`] lets open requests end.
pub struct Sim {
    world: World,
    poster: Poster,
    driver: JoinHandle<()>,
    fleet: Server,
    slack: Server,
    addresses: Addresses,
    credentials: Credentials,
    board: Slack,
}

impl Sim {
    /// Populates the world and opens its services. Nobody clicks before [`Sim::open_for_business`].
    pub async fn start(settings: Settings) -> Result<Self, SimError> {
        let ledger = open_ledger(settings.ledger_file.as_ref())?;
        let world = World::new(
            Making {
                seed: settings.seed,
                devices: settings.devices,
                scenario: settings.scenario.clone(),
                now: settings.clock.now(),
                ledger: ledger.clone(),
                fleet_version: settings.fleet_version.clone(),
            },
            settings.clock.clone(),
        );
        world.with(|state| {
            for team in [PRODUCTION, STAGING] {
                state.save_script(Some(team), "remove-jamf.sh", REMOVE_JAMF);
                state.save_script(Some(team), "remediate-enrollment.sh", REMEDIATE);
            }
        });
        let credentials = credentials(settings.seed);
        let street = Street {
            settings: &settings,
            ledger: &ledger,
        };
        let fleet = Fleet::new(world.clone(), credentials.fleet_token.clone());
        let fleet = street
            .open(
                ServiceName::Fleet,
                fleet::habits(),
                fleet.router(),
                settings.ports.fleet,
            )
            .await?;
        let hook = Random::named(settings.seed, "slack hook").uuid();
        let board = Slack::new(
            settings.clock.clone(),
            ledger.clone(),
            slack::Settings::simple(
                credentials.slack_token.clone(),
                format!("T0ACME/B0DROVER/{hook}").into(),
                &credentials.slack_channel,
            ),
        );
        let router = overheard(board.router(), world.clone());
        let slack = street
            .open(
                ServiceName::Slack,
                slack::habits(),
                router,
                settings.ports.slack,
            )
            .await?;
        let poster = Poster::new()?;
        Ok(Self {
            addresses: Addresses {
                fleet: fleet.url(),
                jamf: String::new(),
                slack: format!("{}/api", slack.url()),
            },
            driver: tokio::spawn(drive(world.clone(), poster.clone())),
            world,
            poster,
            fleet,
            slack,
            credentials,
            board,
        })
    }

    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// From now on Fleet sends its webhooks there; until then a click is refused, as with migration not set up.
    pub fn hook_to(&self, hooks: Hooks) {
        let base = hooks.base.trim_end_matches('/').to_owned();
        self.poster.hook_to(hooks);
        self.world.with(|state| {
            state.hooked = true;
            state.hook_base = Some(base);
        });
    }

    /// The night begins: employees start clicking, spread over the scenario's time. A second call does nothing.
    pub fn open_for_business(&self) {
        self.world.with(crate::sim::world::State::open_for_business);
    }

    pub fn report(&self) -> Report {
        self.world.with(|state| state.report())
    }

    /// What is true of one Mac, whatever the services say.
    pub fn truth(&self, serial: &str) -> Option<MacTruth> {
        self.world.with(|state| state.truth(serial))
    }

    pub fn serials(&self) -> Vec<String> {
        self.world.with(|state| state.serials())
    }

    /// No employee and no Mac has anything left to do by itself.
    pub fn quiet(&self) -> bool {
        self.world.with(|state| state.is_quiet())
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// The chat's board, for reading what people saw.
    pub fn board(&self) -> &Slack {
        &self.board
    }

    /// What stands before a service, for arranging mishaps.
    pub fn wire(&self, service: ServiceName) -> &Wire {
        match service {
            ServiceName::Fleet | ServiceName::Jamf => self.fleet.wire(),
            ServiceName::Slack => self.slack.wire(),
        }
    }

    pub async fn stop(self) {
        self.driver.abort();
        self.fleet.stop().await;
        self.slack.stop().await;
    }
}

/// Opens services side by side.
struct Street<'a> {
    settings: &'a Settings,
    ledger: &'a Ledger,
}

impl Street<'_> {
    async fn open(
        &self,
        service: ServiceName,
        habits: Habits,
        router: Router,
        port: u16,
    ) -> Result<Server, SimError> {
        let name = habits.service;
        let wire = Wire::new(Setup {
            habits,
            clock: self.settings.clock.clone(),
            seed: self.settings.seed,
            faults: self.settings.scenario.faults(service, self.settings.seed),
            odd: Oddities::default(),
            ledger: self.ledger.clone(),
        });
        let opened = Server::start(wire, router, port).await;
        opened.map_err(|source| SimError::Listen {
            service: name,
            port,
            source,
        })
    }
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
        jamf_client_id: "3f1e4b3a-a5b3-4a0c-9d74-30937aaaaaaa".into(),
        jamf_client_secret: text().into(),
        slack_token: format!("xoxb-{}", text()).into(),
        slack_channel: "#mac-migration".into(),
    }
}

/// People read what is posted: a message that names somebody in limbo reminds them.
fn overheard(router: Router, world: World) -> Router {
    router.layer(middleware::from_fn(
        move |request: Request<Body>, next: Next| {
            let world = world.clone();
            async move {
                let posts = request.uri().path().ends_with("chat.postMessage")
                    || request.uri().path().starts_with("/services/");
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, crate::sim::wire::MOST_BODY)
                    .await
                    .unwrap_or_default();
                let request = Request::from_parts(parts, Body::from(body.clone()));
                let answer = next.run(request).await;
                if posts && answer.status().is_success() {
                    let text = String::from_utf8_lossy(&body);
                    world.with(|state| state.heard(&text));
                }
                answer
            }
        },
    ))
}
