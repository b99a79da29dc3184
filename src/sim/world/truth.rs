//! What is really so, for tests and for the end of a rehearsal. No service shows it.

use super::mac::{Framework, Mdm};
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
    /// `jamf`, `none` or `fleet`.
    pub mdm: &'static str,
    pub framework_present: bool,
    pub awake: bool,
    pub agent_answers: bool,
    pub host_id: Option<u64>,
    pub team: Option<u64>,
    pub presses: u32,
    pub left_jamf_at: Option<Time>,
    pub enrolled_at: Option<Time>,
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
            let production = self.team_of(mac.host) == Some(PRODUCTION);
            let clean = mac.framework == Framework::Gone;
            let state = match (mac.mdm, production, clean) {
                (Mdm::Fleet, true, true) => "done",
                (Mdm::Fleet, true, false) => "in production, with Jamf's leftovers",
                (Mdm::Fleet, false, true) => "in Fleet, clean, not in production",
                (Mdm::Fleet, false, false) => "in Fleet, with Jamf's framework",
                (Mdm::Nothing, ..) => "without MDM",
                (Mdm::Jamf, ..) if mac.journey.agreed_at.is_some() => "asked, still in Jamf",
                (Mdm::Jamf, ..) => "in Jamf, never asked",
            };
            *macs.entry(state).or_insert(0) += 1;
            if mac.mdm != Mdm::Jamf && mac.journey.presses == 0 {
                strays.push(format!("{} left Jamf though nobody asked", mac.serial));
            }
            if production && mac.mdm != Mdm::Fleet {
                strays.push(format!(
                    "{} is in production without Fleet's MDM",
                    mac.serial
                ));
            }
        }
        Report {
            ledger: self.ledger.report(),
            flaps: self.turns.flaps,
            lost_by_restart: self.turns.lost_by_restart,
            macs,
            strays,
        }
    }

    fn team_of(&self, host: Option<u64>) -> Option<u64> {
        self.hosts.get(&host?)?.team
    }
}
