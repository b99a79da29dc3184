//! For tests of a move under the old server's name: a company that moves, with nothing wrong.

use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::{Faults, Scenario};
use crate::sim::wire::trying::monday;
use crate::sim::world::{Handover, Making, Tenant, World};

pub(in crate::sim) const NAME: &str = "mdm.acme.example";

pub(in crate::sim) struct Moved {
    pub(in crate::sim) world: World,
    pub(in crate::sim) clock: Clock,
    pub(in crate::sim) ledger: Ledger,
}

/// Two replicas, no weather, every Mac known to both servers; none comes by for days unless it is pushed.
pub(in crate::sim) fn scenario() -> Scenario {
    let mut scenario = Scenario::weather("handover").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    scenario.fleet = Faults::default();
    scenario.jamf = Faults::default();
    let table = scenario.handover.as_mut().unwrap();
    table.come_by.least = Span::from_hours(24 * 300);
    table.come_by.most = Span::from_hours(24 * 300);
    table.silent.share = 0.0;
    for share in [
        &mut table.leftovers,
        &mut table.missing,
        &mut table.mismatched,
        &mut table.unenrolled,
        &mut table.late_agent,
    ] {
        *share = 0.0;
    }
    scenario
}

pub(in crate::sim) fn moved(devices: usize) -> Moved {
    let (clock, ledger) = (monday(), Ledger::in_memory());
    let making = Making {
        seed: 1,
        devices,
        scenario: scenario(),
        now: clock.now(),
        ledger: ledger.clone(),
        fleet_version: "4.94.1".into(),
    };
    Moved {
        world: World::new(making, clock.clone()),
        clock,
        ledger,
    }
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
