//! One resolver, listening.

use super::answer::{Truth, Zone};
use crate::sim::world::World;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// A question of one name is far smaller.
const MOST_QUESTION: usize = 1_500;

/// Answers over UDP until it is dropped.
pub struct Resolver {
    address: SocketAddr,
    answering: JoinHandle<()>,
}

impl Resolver {
    /// Listens on 127.0.0.1 at `port`, or at any free one when it is 0. Fails when the port is taken.
    pub async fn start(world: World, zone: Zone, port: u16) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = socket.local_addr()?;
        Ok(Self {
            address,
            answering: tokio::spawn(answer(socket, world, zone)),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

async fn answer(socket: UdpSocket, world: World, zone: Zone) {
    let mut buffer = [0; MOST_QUESTION];
    loop {
        // An error is a client that went away before its answer came.
        let Ok((read, from)) = socket.recv_from(&mut buffer).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let truth = world.with(|state| {
            state.ledger.called();
            let now = state.now();
            state.handover.as_ref().map(|handover| Truth {
                now,
                ttl: handover.ttl,
                moved_at: handover.moved_at,
            })
        });
        if let Some(reply) = zone.reply(&buffer[..read], truth) {
            let _ = socket.send_to(&reply, from).await;
        }
    }
}
