//! What a company has besides, when it moves to Fleet under its old server's own name.

use super::founding::{Founding, RECORDS};
use super::settings::{HandoverAddresses, SimError};
use crate::model::random::Random;
use crate::sim::dns::{Resolver, Zone};
use crate::sim::endpoint::{self, Endpoints};
use crate::sim::mdmproxy::{self, MdmProxy};
use crate::sim::micromdm::{self, MicroMdm};
use crate::sim::scenario::{Faults, ServiceName};
use crate::sim::wire::{Server, Wire};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::sync::Mutex;

/// What resolvers of two providers are.
const RESOLVERS: u16 = 2;

/// The services of the move, running.
pub(super) struct Moving {
    name: String,
    micromdm: Server,
    replicas: Vec<Replica>,
    resolvers: Vec<Resolver>,
    endpoints: Endpoints,
}

/// One replica of the proxy, which can be restarted.
struct Replica {
    proxy: MdmProxy,
    wire: Wire,
    address: SocketAddr,
    /// None while it is restarted.
    server: Mutex<Option<Server>>,
}

impl Moving {
    /// Starts them all; none in a company that does not move. `fleet` is the new server's base URL.
    pub(super) async fn start(
        founding: &Founding<'_>,
        fleet: &str,
    ) -> Result<Option<Self>, SimError> {
        let known = founding.world.with(|state| {
            let handover = state.handover.as_ref()?;
            Some((handover.name.clone(), handover.proxies.len()))
        });
        let Some((name, replicas)) = known else {
            return Ok(None);
        };
        let micromdm = open_old_server(founding).await?;
        let mut started = Vec::new();
        for replica in 0..replicas {
            started.push(Replica::start(founding, replica, &micromdm.url(), fleet).await?);
        }
        let behind = started.first().map(|replica| replica.address);
        let endpoints = Endpoints::start(endpoint::Setup {
            world: founding.world.clone(),
            name: name.clone(),
            wire: founding.wire(endpoint::habits(), Faults::default()),
            port: founding.settings().ports.endpoint,
            behind: behind.unwrap_or_else(|| micromdm.address()),
        })
        .await?;
        Ok(Some(Self {
            resolvers: resolvers(founding, &name, &endpoints).await?,
            name,
            micromdm,
            replicas: started,
            endpoints,
        }))
    }

    pub(super) fn addresses(&self, founding: &Founding<'_>) -> HandoverAddresses {
        let folder: PathBuf = founding.settings().folder.clone().unwrap_or_default();
        let proxies = self.replicas.iter();
        HandoverAddresses {
            name: self.name.clone(),
            micromdm: self.micromdm.url(),
            topic: founding.world.with(|state| {
                let handover = state.handover.as_ref();
                let own = handover.map_or("", |handover| &handover.topic);
                format!("com.apple.mgmt.External.{own}")
            }),
            proxies: proxies
                .map(|replica| format!("http://{}", replica.address))
                .collect(),
            resolvers: self.resolvers.iter().map(Resolver::address).collect(),
            old_front: self.endpoints.old_front(),
            new_endpoint: self.endpoints.new_endpoint(),
            ca: self.endpoints.ca().to_vec(),
            records: folder.join(RECORDS),
            backup: folder.join("micromdm.db"),
        }
    }

    pub(super) fn old_server(&self) -> &Wire {
        self.micromdm.wire()
    }

    pub(super) fn proxy(&self, replica: usize) -> Option<&Wire> {
        Some(&self.replicas.get(replica)?.wire)
    }

    pub(super) fn endpoint(&self) -> &Wire {
        self.endpoints.wire()
    }

    /// Stops a replica, has it forget, and starts it again where it was.
    pub(super) async fn restart(
        &self,
        replica: usize,
        forget: impl FnOnce(),
    ) -> Result<(), SimError> {
        let one = self
            .replicas
            .get(replica)
            .ok_or(SimError::NoReplica(replica))?;
        let mut server = one.server.lock().await;
        if let Some(running) = server.take() {
            running.stop().await;
        }
        forget();
        *server = Some(one.listen().await?);
        Ok(())
    }

    pub(super) async fn stop(self) {
        self.endpoints.stop().await;
        for replica in self.replicas {
            if let Some(running) = replica.server.into_inner() {
                running.stop().await;
            }
        }
        self.micromdm.stop().await;
    }
}

impl Replica {
    async fn start(
        founding: &Founding<'_>,
        replica: usize,
        existing: &str,
        fleet: &str,
    ) -> Result<Self, SimError> {
        let proxy = MdmProxy::new(mdmproxy::Setup {
            world: founding.world.clone(),
            replica,
            token: founding.credentials.proxy_token.clone(),
            existing: existing.to_owned(),
            fleet: format!("{fleet}/mdm/apple/mdm"),
        })?;
        let port = port_of(founding.settings().ports.proxies, replica);
        let mut made = Self {
            proxy,
            wire: founding.wire(mdmproxy::habits(), Faults::default()),
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            server: Mutex::default(),
        };
        let server = made.listen().await?;
        made.address = server.address();
        made.server = Mutex::new(Some(server));
        Ok(made)
    }

    async fn listen(&self) -> Result<Server, SimError> {
        let port = self.address.port();
        let opened = Server::start(self.wire.clone(), self.proxy.router(), port).await;
        opened.map_err(|source| SimError::Listen {
            service: "mdmproxy",
            port,
            source,
        })
    }
}

/// The `[jamf]` weather is the old server's, whoever made it.
async fn open_old_server(founding: &Founding<'_>) -> Result<Server, SimError> {
    let server = MicroMdm::new(
        founding.world.clone(),
        founding.credentials.micromdm_key.clone(),
    );
    let wire = founding.wire(micromdm::habits(), founding.faults(ServiceName::Jamf));
    let port = founding.settings().ports.micromdm;
    let opened = Server::start(wire, server.router(), port).await;
    opened.map_err(|source| SimError::Listen {
        service: "micromdm",
        port,
        source,
    })
}

async fn resolvers(
    founding: &Founding<'_>,
    name: &str,
    endpoints: &Endpoints,
) -> Result<Vec<Resolver>, SimError> {
    let mut random = Random::named(founding.settings().seed, "resolvers");
    let mut started = Vec::new();
    for number in 0..RESOLVERS {
        let zone = Zone {
            name: name.to_owned(),
            old: endpoints.old_front().ip(),
            new: endpoints.new_endpoint().ip(),
            phase: random.unit(),
        };
        let port = port_of(founding.settings().ports.resolvers, number.into());
        let opened = Resolver::start(founding.world.clone(), zone, port).await;
        started.push(opened.map_err(|source| SimError::Listen {
            service: "dns",
            port,
            source,
        })?);
    }
    Ok(started)
}

/// Ports follow each other; 0 is any free one for each.
fn port_of(first: u16, number: usize) -> u16 {
    match first {
        0 => 0,
        first => first.saturating_add(u16::try_from(number).unwrap_or(u16::MAX)),
    }
}
