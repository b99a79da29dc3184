//! What changes of the migration proxies' memory did to the Macs: the witness of flapping.

use super::handover::{Routing, Side};
use super::state::State;
use crate::model::time::{Span, Time};
use std::collections::HashMap;

/// A Mac that is sent back and forth within this has flapped.
const FLAP: Span = Span::from_secs(60);

/// Kept over the whole life of a world.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    /// Macs, by index, that a call sent back to the old server, and when.
    left: HashMap<usize, Time>,
    /// How often a call sent a Mac back to the old server and a later one took it again within a minute.
    pub flaps: u64,
    /// How often a restart sent a Mac back to the old server.
    pub lost_by_restart: u64,
}

impl State {
    /// Somebody tells one replica of the proxy something new.
    pub(in crate::sim) fn route(&mut self, replica: usize, change: impl FnOnce(&mut Routing)) {
        let now = self.now;
        for (mac, side) in self.turned(replica, change) {
            let left = &mut self.turns.left;
            if side == Side::Old {
                left.insert(mac, now);
            } else if left.remove(&mac).is_some_and(|at| now.since(at) <= FLAP) {
                self.turns.flaps += 1;
            }
        }
    }

    /// One replica of the proxy is started anew, without a word of what it was told.
    pub(in crate::sim) fn forget_route(&mut self, replica: usize) {
        let turned = self.turned(replica, |routing| *routing = Routing::default());
        self.turns.lost_by_restart += turned.len() as u64;
    }

    /// Changes one replica's memory; the Macs whose requests end elsewhere from now on, and where.
    fn turned(&mut self, replica: usize, change: impl FnOnce(&mut Routing)) -> Vec<(usize, Side)> {
        let before = self.sides();
        let memory = self
            .handover
            .as_mut()
            .and_then(|handover| handover.proxies.get_mut(replica));
        let Some(memory) = memory else {
            return Vec::new();
        };
        let known = memory.clone();
        change(memory);
        if *memory == known {
            return Vec::new();
        }
        let after = self.sides();
        (before.iter().zip(after).enumerate())
            .filter(|(_, (before, after))| **before != *after)
            .map(|(mac, (_, after))| (mac, after))
            .collect()
    }

    fn sides(&self) -> Vec<Side> {
        let Some(handover) = &self.handover else {
            return Vec::new();
        };
        let macs = self.macs.iter().zip(&handover.tenants);
        macs.map(|(mac, _)| handover.side(&mac.uuid, self.now))
            .collect()
    }
}
