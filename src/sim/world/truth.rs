//! What is really so, for tests and for the end of a rehearsal. No service shows it.

use super::handover::{Side, Tenant};
use super::mac::{Framework, Mac, Mdm};
use super::state::State;
use super::team::PRODUCTION;
use crate::model::time::Time;
use crate::sim::ledger::LedgerReport;
use crate::sim::scenario::Trouble;
use serde::Serialize;
use std::collections::BTreeMap;

/// One Mac as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MacTruth {
    pub serial: String,
    /// `jamf`, `none`, `fleet`, or `old` in a company that moves under the old server's name.
    pub mdm: &'static str,
    pub framework_present: bool,
    pub awake: bool,
    pub agent_answers: bool,
    pub host_id: Option<u64>,
    pub team: Option<u64>,
    pub presses: u32,
    pub left_jamf_at: Option<Time>,
    pub enrolled_at: Option<Time>,
    /// Where its requests end now, `old` or `new`, in such a company.
    pub side: Option<&'static str>,
    pub old_seen: Option<Time>,
    pub new_seen: Option<Time>,
    /// Catalogue numbers of what is still in store for it.
    pub troubles: Vec<&'static str>,
}

/// The whole company, counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub ledger: LedgerReport,
    /// How often calls to a migration proxy sent a Mac back to the old server and took it again within a minute.
    pub flaps: u64,
    /// How often the restart of a migration proxy sent a Mac back to the old server.
    pub lost_by_restart: u64,
    /// Macs by their true state; the counts add up to all of them.
    pub macs: BTreeMap<&'static str, usize>,
    /// Macs that are where no honest migration leaves one, each with the reason.
    pub strays: Vec<String>,
    /// In a company that moves under the old server's name.
    pub handover: Option<HandoverReport>,
}

/// A move under the old server's name, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandoverReport {
    /// Macs whose requests end at the old server now.
    pub at_old: usize,
    pub at_new: usize,
    /// Macs that the new server refused when they came by last.
    pub silent: usize,
    /// Macs that the new server has ever taken a request from.
    pub seen_new: usize,
    pub name_moved: bool,
}

impl State {
    pub fn truth(&self, serial: &str) -> Option<MacTruth> {
        let mac = self.macs.iter().find(|mac| mac.serial == serial)?;
        Some(MacTruth {
            serial: mac.serial.clone(),
            mdm: mac.mdm.word(),
            framework_present: mac.framework != Framework::Gone,
            awake: mac.is_awake(self.now),
            agent_answers: mac.agent_answers(self.now),
            host_id: mac.host,
            team: self.team_of(mac.host),
            presses: mac.journey.presses,
            left_jamf_at: mac.journey.left_at,
            enrolled_at: mac.journey.enrolled_at,
            side: self.side_of(mac.index).map(Side::word),
            old_seen: self.tenant(mac.index).and_then(|one| one.old_seen),
            new_seen: self.tenant(mac.index).and_then(|one| one.new_seen),
            troubles: mac.plan.troubles().map(Trouble::key).collect(),
        })
    }

    /// Every serial, in order of birth.
    pub fn serials(&self) -> Vec<String> {
        self.macs.iter().map(|mac| mac.serial.clone()).collect()
    }

    pub fn report(&self) -> Report {
        let mut macs = BTreeMap::new();
        let mut strays = Vec::new();
        for mac in &self.macs {
            let (state, stray) = match self.tenant(mac.index) {
                Some(tenant) => moving(mac, tenant),
                None => self.migrating(mac),
            };
            *macs.entry(state).or_insert(0) += 1;
            strays.extend(stray);
        }
        Report {
            ledger: self.ledger.report(),
            flaps: self.turns.flaps,
            lost_by_restart: self.turns.lost_by_restart,
            macs,
            strays,
            handover: self.handover_report(),
        }
    }

    /// Where a Mac is on its way from Jamf to Fleet, and why it ought not to be there.
    fn migrating(&self, mac: &Mac) -> (&'static str, Option<String>) {
        let production = self.team_of(mac.host) == Some(PRODUCTION);
        let clean = mac.framework == Framework::Gone;
        let state = match (mac.mdm, production, clean) {
            (Mdm::Fleet, true, true) => "done",
            (Mdm::Fleet, true, false) => "in production, with Jamf's leftovers",
            (Mdm::Fleet, false, true) => "in Fleet, clean, not in production",
            (Mdm::Fleet, false, false) => "in Fleet, with Jamf's framework",
            (Mdm::Nothing, ..) => "without MDM",
            (Mdm::Jamf, ..) if mac.journey.agreed_at.is_some() => "asked, still in Jamf",
            (Mdm::Jamf | Mdm::Old, ..) => "in Jamf, never asked",
        };
        let serial = &mac.serial;
        let stray = if mac.mdm != Mdm::Jamf && mac.journey.presses == 0 {
            Some(format!("{serial} left Jamf though nobody asked"))
        } else if production && mac.mdm != Mdm::Fleet {
            Some(format!("{serial} is in production without Fleet's MDM"))
        } else {
            None
        };
        (state, stray)
    }

    fn handover_report(&self) -> Option<HandoverReport> {
        let handover = self.handover.as_ref()?;
        let count = |keep: fn(&Tenant) -> bool| {
            let tenants = handover.tenants.iter();
            tenants.filter(|tenant| keep(tenant)).count()
        };
        let at_new = self
            .macs
            .iter()
            .filter(|mac| handover.side(&mac.uuid, self.now) == Side::New)
            .count();
        Some(HandoverReport {
            at_old: self.macs.len() - at_new,
            at_new,
            silent: count(Tenant::is_silent),
            seen_new: count(|tenant| tenant.new_seen.is_some()),
            name_moved: handover.moved_at.is_some(),
        })
    }

    fn team_of(&self, host: Option<u64>) -> Option<u64> {
        self.hosts.get(&host?)?.team
    }
}

/// Where a Mac is on its way from one server to the other under one name, and why it ought not to be there.
fn moving(mac: &Mac, tenant: &Tenant) -> (&'static str, Option<String>) {
    if !tenant.enrolled {
        return ("without MDM", None);
    }
    if tenant.is_silent() {
        let stray = format!("{} is refused by the new server", mac.serial);
        return ("refused by the new server", Some(stray));
    }
    if tenant.new_seen > tenant.old_seen {
        return ("at the new server", None);
    }
    ("at the old server", None)
}
