//! The server itself.

use super::admin::{self, Refused};
use super::forward::{Ahead, Way, way};
use crate::model::secret::{ExposeSecret, SecretString};
use crate::sim::ledger::{Effect, verb};
use crate::sim::micromdm::plain;
use crate::sim::wire::{Habits, MOST_BODY};
use crate::sim::world::{Routing, Side, World};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use std::sync::Arc;
use std::time::Duration;

/// Real time for an answer of the servers behind.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a replica is made from.
pub struct Setup {
    pub world: World,
    /// Which of the world's proxies it is, from 0.
    pub replica: usize,
    /// `-auth-token`; empty: it can be told nothing.
    pub token: SecretString,
    /// `-existing-url`, without a slash at its end.
    pub existing: String,
    /// `-fleet-url`: the full address of Fleet's MDM path.
    pub fleet: String,
}

/// One replica. Cheap to clone; clones are the same one.
#[derive(Clone)]
pub struct MdmProxy(Arc<Inner>);

struct Inner {
    world: World,
    replica: usize,
    token: SecretString,
    ahead: Ahead,
}

/// What the wire before a replica needs to know: its errors are bare texts.
pub fn habits() -> Habits {
    Habits {
        error: |status| plain(status, "upstream connect error\n"),
        ..Habits::plain("mdmproxy")
    }
}

impl MdmProxy {
    /// Fails when no client can be made.
    pub fn new(setup: Setup) -> Result<Self, reqwest::Error> {
        // A second installation fails, and the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        Ok(Self(Arc::new(Inner {
            world: setup.world,
            replica: setup.replica,
            token: setup.token,
            ahead: Ahead {
                client,
                existing: setup.existing,
                fleet: setup.fleet,
            },
        })))
    }

    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    async fn serve(&self, parts: &Parts, body: Bytes) -> Response<Body> {
        let path = parts.uri.path();
        let told = match path {
            "/healthz" => return plain(200, "OK"),
            "/admin/percentage" => self.percentage(parts, &body),
            "/admin/udids" => self.udids(parts, &body),
            _ => return self.proxied(parts, body).await,
        };
        match told {
            Ok(said) => plain(200, &said),
            Err((status, said)) => plain(status, &format!("{said}\n")),
        }
    }

    fn percentage(&self, parts: &Parts, body: &[u8]) -> Result<String, Refused> {
        self.authorised(parts)?;
        let percentage = admin::percentage(body)?;
        self.take(body, &format!("percentage {percentage}"), |routing| {
            routing.percentage = percentage;
        });
        Ok(format!("Migrate percentage updated: {percentage}\n"))
    }

    fn udids(&self, parts: &Parts, body: &[u8]) -> Result<String, Refused> {
        self.authorised(parts)?;
        let udids = admin::udids(body);
        let said = format!("Migrate UDIDs updated: {}\n", admin::printed(&udids));
        self.take(body, &format!("{} UDIDs", udids.len()), |routing| {
            routing.listed = udids;
        });
        Ok(said)
    }

    fn authorised(&self, parts: &Parts) -> Result<(), Refused> {
        let header = parts.headers.get(AUTHORIZATION);
        let given = header.and_then(|value| value.to_str().ok());
        admin::authorised(self.0.token.expose_secret(), given.unwrap_or_default())
    }

    fn take(&self, body: &[u8], what: &str, change: impl FnOnce(&mut Routing)) {
        let replica = self.0.replica;
        self.0.world.with(|state| {
            let subject = format!("replica {}", replica + 1);
            let effect = Effect::new(state.now(), "mdmproxy", verb::ROUTE, subject, body);
            state.ledger.record(effect.detail(what));
            state.route(replica, change);
        });
    }

    async fn proxied(&self, parts: &Parts, body: Bytes) -> Response<Body> {
        let side = match way(parts.method.as_str(), parts.uri.path(), &body) {
            Way::Existing => Side::Old,
            Way::Mac(udid) => self.side(&udid),
            Way::NoUdid => return plain(422, "request body does not contain UDID\n"),
            Way::Forbidden => return plain(403, "Forbidden\n"),
        };
        self.0.ahead.send(side, parts, body).await
    }

    fn side(&self, udid: &str) -> Side {
        self.0.world.with(|state| {
            let proxies = state.handover.as_ref().map(|handover| &handover.proxies);
            let routing = proxies.and_then(|proxies| proxies.get(self.0.replica));
            routing.map_or(Side::Old, |routing| routing.side(udid))
        })
    }
}

async fn handle(Shared(proxy): Shared<MdmProxy>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return plain(422, "Unable to read request body\n");
    };
    proxy.serve(&parts, body).await
}
