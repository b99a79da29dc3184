//! The whole simulated company, running.

use super::founding::Founding;
use super::live::{Hooks, Poster, drive};
use super::moving::Moving;
use super::settings::{Addresses, Credentials, Settings, SimError};
use crate::sim::jamf::{self, Jamf};
use crate::sim::scenario::ServiceName;
use crate::sim::slack::{self, Slack};
use crate::sim::wire::{Server, Wire};
use crate::sim::world::{MacTruth, Report, World};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::middleware::{self, Next};
use tokio::task::JoinHandle;

/// A running company. Dropping it stops it at once; [`Sim::stop`] lets open requests end.
pub struct Sim {
    pub(super) world: World,
    poster: Poster,
    driver: Driver,
    fleet: Server,
    jamf: Server,
    slack: Server,
    tenant: Jamf,
    pub(super) addresses: Addresses,
    credentials: Credentials,
    board: Slack,
    pub(super) moving: Option<Moving>,
}

/// The task that drives the world, stopped by dropping.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sim {
    /// Populates the world and opens its services. Nobody clicks before [`Sim::open_for_business`].
    pub async fn start(settings: Settings) -> Result<Self, SimError> {
        let founding = Founding::new(&settings)?;
        let (tenant, board) = (founding.tenant(), founding.board());
        let world = founding.world.clone();
        let fleet = founding.open_fleet().await?;
        let jamf = founding
            .open(ServiceName::Jamf, jamf::habits(), tenant.router())
            .await?;
        let router = overheard(board.router(), world.clone());
        let slack = founding
            .open(ServiceName::Slack, slack::habits(), router)
            .await?;
        let poster = Poster::new()?;
        let moving = Moving::start(&founding, &fleet.url()).await?;
        Ok(Self {
            addresses: Addresses {
                fleet: fleet.url(),
                jamf: jamf.url(),
                slack: format!("{}/api", slack.url()),
                handover: moving.as_ref().map(|moving| moving.addresses(&founding)),
            },
            credentials: founding.credentials,
            driver: Driver(tokio::spawn(drive(world.clone(), poster.clone()))),
            world,
            poster,
            fleet,
            jamf,
            slack,
            tenant,
            board,
            moving,
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

    /// The Jamf tenant, for turning its knobs.
    pub fn tenant(&self) -> &Jamf {
        &self.tenant
    }

    /// What stands before a service, for arranging mishaps.
    pub fn wire(&self, service: ServiceName) -> &Wire {
        match service {
            ServiceName::Fleet => self.fleet.wire(),
            ServiceName::Jamf => self.jamf.wire(),
            ServiceName::Slack => self.slack.wire(),
        }
    }

    pub async fn stop(self) {
        drop(self.driver);
        if let Some(moving) = self.moving {
            moving.stop().await;
        }
        self.fleet.stop().await;
        self.jamf.stop().await;
        self.slack.stop().await;
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
