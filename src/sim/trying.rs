//! For tests of a move under the old server's name: a company that moves, with nothing wrong.

use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::Scenario;
use crate::sim::wire::trying::monday;
use crate::sim::world::{
    Certificate, Endpoint, Handover, Making, Redirect, Routing, State, Tenant, World,
};

pub(in crate::sim) const NAME: &str = "mdm.acme.example";

pub(in crate::sim) struct Moved {
    pub(in crate::sim) world: World,
    pub(in crate::sim) clock: Clock,
    pub(in crate::sim) ledger: Ledger,
}

/// Every Mac is enrolled at the old server, given to the new one and known there; two replicas.
pub(in crate::sim) fn moved(devices: usize) -> Moved {
    let (clock, ledger) = (monday(), Ledger::in_memory());
    let mut scenario = Scenario::weather("calm").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    let making = Making {
        seed: 1,
        devices,
        scenario,
        now: clock.now(),
        ledger: ledger.clone(),
        fleet_version: "4.94.1".into(),
    };
    let world = World::new(making, clock.clone());
    world.with(moves);
    Moved {
        world,
        clock,
        ledger,
    }
}

pub(in crate::sim) fn moves(state: &mut State) {
    let tenant = Tenant {
        enrolled: true,
        given: true,
        known: true,
        old_seen: Some(state.now.minus(Span::from_mins(10))),
        new_seen: None,
        refused: 0,
        identity_until: state.now.plus(Span::from_hours(24 * 100)),
        renewed_at: None,
        profiles: Vec::new(),
    };
    state.handover = Some(Handover {
        name: NAME.to_owned(),
        proxies: vec![Routing::default(); 2],
        endpoint: Endpoint {
            checkin: Redirect::Kept,
            connect: Redirect::Kept,
            scep: Redirect::Kept,
            certificate: Certificate::Good,
        },
        moved_at: None,
        ttl: Span::from_mins(5),
        same_ca: true,
        same_topic: true,
        tenants: vec![tenant; state.macs.len()],
        saved_at: None,
    });
}

impl Moved {
    pub(in crate::sim) fn udid(&self, mac: usize) -> String {
        self.world.with(|state| state.macs[mac].uuid.clone())
    }

    pub(in crate::sim) fn tenant(&self, mac: usize) -> Tenant {
        self.world
            .with(|state| state.handover.as_ref().unwrap().tenants[mac].clone())
    }

    pub(in crate::sim) fn knob(&self, turn: impl FnOnce(&mut Handover)) {
        self.world
            .with(|state| turn(state.handover.as_mut().unwrap()));
    }
}
