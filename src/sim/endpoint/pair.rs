//! The old front and the new endpoint: one port, two addresses.

use super::front::Front;
use super::redirect::router;
use super::shown::acceptor;
use crate::sim::certificates::Authority;
use crate::sim::micromdm::plain;
use crate::sim::wire::{Habits, Server, Wire};
use crate::sim::world::World;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// Where both listen: Linux has all of 127.0.0.0/8 on its loopback, macOS one address of each kind.
const PAIRS: [(IpAddr, IpAddr); 2] = [
    (
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)),
    ),
    (
        IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    ),
];
/// How often another free port is tried when the second address has that one in use.
const TRIES: usize = 16;

/// What both are made from.
pub struct Setup {
    pub world: World,
    /// The old server's name.
    pub name: String,
    /// Stands before the new endpoint.
    pub wire: Wire,
    /// Of both; 0 is any that is free at both.
    pub port: u16,
    /// The migration proxy behind the old front.
    pub behind: SocketAddr,
}

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum CannotListen {
    #[error(
        "the old front and the new endpoint need one port at two addresses, and {first} with {second} cannot be had: {source}; choose another port, or add 127.0.0.2 and 127.0.0.3 to the loopback"
    )]
    Addresses {
        first: SocketAddr,
        second: SocketAddr,
        source: io::Error,
    },
    #[error("the simulated certificates cannot be made: {0}")]
    Certificates(#[from] rcgen::Error),
}

/// Both, listening. Dropping stops them.
pub struct Endpoints {
    _front: Front,
    old_front: SocketAddr,
    new: Server,
    ca: Vec<u8>,
}

/// What the wire before the new endpoint needs to know.
pub fn habits() -> Habits {
    Habits {
        error: |status| plain(status, ""),
        ..Habits::plain("endpoint")
    }
}

impl Endpoints {
    pub async fn start(setup: Setup) -> Result<Self, CannotListen> {
        let seed = setup.world.with(|state| state.seed());
        let (old, new) = listeners(setup.port).await?;
        let unknown = |source| CannotListen::Addresses {
            first: SocketAddr::new(PAIRS[0].0, setup.port),
            second: SocketAddr::new(PAIRS[0].1, setup.port),
            source,
        };
        let old_front = old.local_addr().map_err(unknown)?;
        let always = acceptor(seed, &setup.name, None)?;
        let chosen = acceptor(seed, &setup.name, Some(setup.world.clone()))?;
        let new = Server::secured(new, chosen, setup.wire, router(setup.world)).map_err(unknown)?;
        Ok(Self {
            _front: Front::start(old, always, setup.behind),
            old_front,
            new,
            ca: Authority::Web.pem(seed)?,
        })
    }

    pub fn old_front(&self) -> SocketAddr {
        self.old_front
    }

    pub fn new_endpoint(&self) -> SocketAddr {
        self.new.address()
    }

    /// The CA of both, as PEM.
    pub fn ca(&self) -> &[u8] {
        &self.ca
    }

    /// Stands before the new endpoint.
    pub fn wire(&self) -> &Wire {
        self.new.wire()
    }

    pub async fn stop(self) {
        self.new.stop().await;
    }
}

/// One port at two addresses.
async fn listeners(port: u16) -> Result<(TcpListener, TcpListener), CannotListen> {
    let mut failed = None;
    for (old, new) in PAIRS {
        match pair(old, new, port).await {
            Ok(pair) => return Ok(pair),
            Err(source) => {
                let missing = source.kind() == io::ErrorKind::AddrNotAvailable;
                failed.get_or_insert(CannotListen::Addresses {
                    first: SocketAddr::new(old, port),
                    second: SocketAddr::new(new, port),
                    source,
                });
                if !missing {
                    break;
                }
            }
        }
    }
    Err(failed.unwrap_or(CannotListen::Addresses {
        first: SocketAddr::new(PAIRS[0].0, port),
        second: SocketAddr::new(PAIRS[0].1, port),
        source: io::ErrorKind::AddrNotAvailable.into(),
    }))
}

async fn pair(old: IpAddr, new: IpAddr, port: u16) -> io::Result<(TcpListener, TcpListener)> {
    let mut tries = 0;
    loop {
        tries += 1;
        let first = TcpListener::bind((old, port)).await?;
        let same = first.local_addr()?.port();
        match TcpListener::bind((new, same)).await {
            Ok(second) => return Ok((first, second)),
            Err(error)
                if port == 0 && tries < TRIES && error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
}
