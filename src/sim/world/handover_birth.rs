//! How a company comes to be that moves to Fleet under its old server's own name.

use super::agenda::Happening;
use super::handover::{Certificate, Endpoint, Handover, Redirect, Routing, Tenant};
use super::host::{Host, HostMdm, Server};
use super::mac::{Framework, Mdm};
use super::profile::{LEFTOVERS, of_old_server};
use super::state::State;
use super::team;
use crate::model::hash::fnv1a32;
use crate::model::random::Random;
use crate::model::time::{Span, Time};
use crate::sim::scenario::{HandoverTable, Silent};
use serde_json::json;

impl State {
    /// Makes the Macs that were born tenants of the old server, with fleetd on nearly all of them.
    pub(super) fn settle_tenants(&mut self, table: &HandoverTable) {
        let mut random = Random::named(self.seed, "handover");
        self.handover = Some(Handover {
            name: table.name.clone(),
            proxies: vec![Routing::default(); table.replicas],
            endpoint: Endpoint {
                checkin: Redirect::Kept,
                connect: Redirect::Kept,
                scep: Redirect::Kept,
                certificate: Certificate::Good,
            },
            moved_at: None,
            ttl: table.ttl,
            same_ca: true,
            same_topic: true,
            tenants: Vec::with_capacity(self.macs.len()),
            saved_at: None,
            topic: random.uuid().to_lowercase(),
            records: None,
        });
        for index in 0..self.macs.len() {
            self.settle(index, table);
        }
        self.silence(table.silent);
    }

    fn settle(&mut self, index: usize, table: &HandoverTable) {
        let (now, seed) = (self.now, self.seed);
        let mut random = Random::named(seed, &format!("tenant {index}"));
        let mut struck = |share: f64| random.chance(share);
        let (left, missing) = (struck(table.unenrolled), struck(table.missing));
        let (mismatched, late) = (struck(table.mismatched), struck(table.late_agent));
        let forgotten = struck(table.leftovers);
        let mut profiles = of_old_server();
        if forgotten {
            profiles.extend(random.pick(&LEFTOVERS));
        }
        let (least, most) = (table.identity.least.millis(), table.identity.most.millis());
        let identity = random.between(least as f64, most as f64) as i64;
        let mac = &mut self.macs[index];
        mac.mdm = if left { Mdm::Nothing } else { Mdm::Old };
        mac.framework = Framework::Gone;
        mac.plan.click = None;
        let before = mac.within(Span::ZERO, table.come_by.most);
        let old_seen = mac.calendar.last(now.minus(before));
        let given = !left && !missing;
        let tenant = Tenant {
            enrolled: !left,
            given,
            known: true,
            old_seen,
            new_seen: None,
            refused: 0,
            identity_until: now.plus(Span::from_millis(identity)),
            renewed_at: None,
            profiles: if left { Vec::new() } else { profiles },
            given_serial: (given && mismatched).then(|| other_serial(&mac.serial)),
            imported_at: given.then(|| now.minus(Span::from_hours(26))),
            refused_at: None,
            visits: 0,
            profiled_at: None,
        };
        if let Some(handover) = &mut self.handover {
            handover.tenants.push(tenant);
        }
        if !left {
            self.plan_visit(index, Span::ZERO, table.come_by.most);
        }
        if late {
            let hours = random.between(1.0, 10.0);
            let at = now.plus(Span::from_hours(1).times(hours));
            self.when_awake(index, at, Happening::AgentComes(index));
        } else {
            let age = Span::from_hours(random.between(24.0, 480.0) as i64);
            let last = self.macs[index].agent.last(now).unwrap_or(now);
            self.enrol_agent(index, last.minus(age));
        }
    }

    fn enrol_agent(&mut self, index: usize, created: Time) {
        let mac = &self.macs[index];
        let given = self.tenant(index).is_some_and(|tenant| tenant.given);
        let (serial, uuid, old) = (mac.serial.clone(), mac.uuid.clone(), mac.mdm == Mdm::Old);
        let mut host = Host::new(serial, uuid, team::PRODUCTION, created);
        host.mac = Some(index);
        host.mdm = HostMdm {
            enrolled: old,
            from_dep: old && mac.ade,
            server: if old { Server::Old } else { Server::Nobody },
            // Fleet asks its own table for this, and there the Mac is: it was imported.
            connected: old && given,
        };
        let id = self.add_host(host);
        self.macs[index].host = Some(id);
    }

    /// The old server has installed fleetd at last.
    pub(super) fn agent_comes(&mut self, index: usize) {
        if self.macs[index].host.is_some() {
            return;
        }
        self.enrol_agent(index, self.now);
        let mac = &self.macs[index];
        let details = json!({
            "host_id": mac.host,
            "host_serial": mac.serial,
            "host_display_name": mac.name,
        });
        self.log("fleet_enrolled", mac.host, None, details);
    }

    /// Takes the new server's knowledge of their certificates from some Macs that would come by.
    fn silence(&mut self, silent: Silent) {
        let Some(handover) = &mut self.handover else {
            return;
        };
        let (macs, now, seed) = (&self.macs, self.now, self.seed);
        let part = silent.from..silent.to;
        let mut found: Vec<usize> = (0..handover.tenants.len())
            .filter(|index| part.contains(&(fnv1a32(macs[*index].uuid.as_bytes()) % 100)))
            .filter(|index| handover.tenants[*index].given)
            .filter(|index| macs[*index].calendar.next(now, false).is_some())
            .collect();
        let count = (found.len() as f64 * silent.share - 1e-9).ceil() as usize;
        found.sort_by_key(|index| fnv1a32(format!("{seed} {}", macs[*index].uuid).as_bytes()));
        for index in found.into_iter().take(count) {
            handover.tenants[index].known = false;
        }
    }
}

/// A serial that is not the Mac's, as after a repair: its drawn part, backwards and with a letter no serial has.
fn other_serial(serial: &str) -> String {
    let drawn: String = serial.chars().take(6).collect();
    format!("RMAO{}", drawn.chars().rev().collect::<String>())
}
