//! A Mac's way from Jamf to Fleet, step by step (`api/fleet.md` §13).

use super::agenda::Happening;
use super::calendar::forever;
use super::host::Server;
use super::mac::{Framework, Mdm};
use super::state::State;
use crate::model::hash::fnv1a32;
use crate::model::time::{Span, Time};
use crate::sim::ledger::{Ending, verb};
use crate::sim::scenario::Trouble;
use serde_json::{Value as Json, json};

impl State {
    /// S4: Jamf's profile is gone.
    pub(super) fn leave_jamf(&mut self, index: usize) {
        let now = self.now;
        let silence = self.silence_for(index);
        let mac = &mut self.macs[index];
        if mac.mdm != Mdm::Jamf {
            return;
        }
        mac.mdm = Mdm::Nothing;
        mac.journey.left_at = Some(now);
        self.ledger
            .ended(now, verb::UNENROLL, &mac.serial, "", Ending::Succeeded);
        if mac.plan.take(Trouble::AgentDies).is_some() {
            let dies = now.plus(mac.seconds(0, 600));
            mac.agent.add_gap(dies, forever());
        } else if let Some(span) = silence {
            let from = now.plus(mac.seconds(300, 600));
            mac.agent.add_gap(from, from.plus(span));
        }
        let returns = mac.plan.take(Trouble::BackInJamf);
        let notices = mac.seconds(5, 20);
        self.report_mdm(index);
        match returns {
            Some(after) => self
                .agenda
                .add(now.plus(after), Happening::BackInJamf(index)),
            None => self.when_awake(index, now.plus(notices), Happening::Prompt(index)),
        }
    }

    /// One batch of agents got its settings from Jamf's profile (catalogue 27).
    fn silence_for(&mut self, index: usize) -> Option<Span> {
        let silenced = self.silenced?;
        fnv1a32(self.macs[index].serial.as_bytes())
            .is_multiple_of(6)
            .then_some(silenced)
    }

    /// Lets Fleet hear of the Mac's MDM: within seconds while the migration window is open, otherwise with the hourly
    /// details (`api/fleet.md` §8.8).
    pub(super) fn report_mdm(&mut self, index: usize) {
        let delay = self.macs[index].seconds(5, 15);
        let host = self.macs[index].host.and_then(|id| self.hosts.get(&id));
        let in_window = host.is_some_and(|host| host.window_open(self.now));
        if in_window {
            self.agenda
                .add(self.now.plus(delay), Happening::Observe(index));
        }
        if let Some(at) = self.next_details(index) {
            self.agenda.add(at, Happening::Observe(index));
        }
    }

    /// Adds a happening for the first moment from `at` on at which the Mac is awake; none if that never comes.
    pub(in crate::sim) fn when_awake(&mut self, index: usize, at: Time, happening: Happening) {
        if let Some(at) = self.macs[index].calendar.next(at, false) {
            self.agenda.add(at, happening);
        }
    }

    /// The owner took Jamf's window for Fleet's, or Apple still points there (catalogue 9).
    pub(super) fn back_in_jamf(&mut self, index: usize) {
        if self.macs[index].mdm != Mdm::Nothing {
            return;
        }
        let mac = &mut self.macs[index];
        mac.mdm = Mdm::Jamf;
        mac.framework = Framework::Whole;
        self.ledger
            .ended(self.now, verb::UNENROLL, &mac.serial, "", Ending::Undone);
        let now = self.now;
        for record in self
            .records
            .iter_mut()
            .filter(|record| record.mac == Some(index))
        {
            record.flags.capable = true;
            record.flags.managed = true;
            record.enrolled_at = now;
        }
        self.report_mdm(index);
    }

    /// S5: the Mac's first token reaches Fleet.
    pub(super) fn enrol(&mut self, index: usize) {
        let now = self.now;
        let mac = &mut self.macs[index];
        if mac.mdm != Mdm::Nothing {
            return;
        }
        mac.mdm = Mdm::Fleet;
        mac.journey.enrolled_at = Some(now);
        let quiet = mac.plan.take(Trouble::NoEnrolledEvent).is_some();
        let wrong_team = mac.plan.take(Trouble::WrongTeam).is_some();
        let early = mac.plan.take(Trouble::EnrolledTooEarly);
        let apart = mac.plan.take(Trouble::NotConnected);
        let key = match mac.plan.take(Trouble::KeyLate) {
            Some(late) => late,
            None => mac.seconds(60, 900),
        };
        let (ade, filevault) = (mac.ade, mac.filevault);
        if let Some(host) = mac.host.and_then(|id| self.hosts.get_mut(&id)) {
            host.mdm.enrolled = true;
            host.mdm.from_dep = ade;
            host.mdm.server = Server::Fleet;
            host.mdm.connected = false;
            host.mdm_enrolled_at = Some(now);
            if wrong_team {
                host.team = None;
            }
        }
        match early.or(apart) {
            Some(after) => self.agenda.add(now.plus(after), Happening::CheckIn(index)),
            None => self.check_in(index),
        }
        if filevault {
            self.when_awake(index, now.plus(key), Happening::KeyArrives(index));
        }
        if !quiet {
            let details = self.enrolled_details(index);
            self.log("mdm_enrolled", self.macs[index].host, None, details);
        }
    }

    fn enrolled_details(&self, index: usize) -> Json {
        let mac = &self.macs[index];
        let mut details = json!({
            "host_serial": mac.serial,
            "host_display_name": format!("{} ({})", mac.model.identifier, mac.serial),
            "installed_from_dep": mac.ade,
            "mdm_platform": "apple",
            "enrollment_id": null,
            "platform": "darwin",
        });
        if self.version.names_host_in_enrolled() {
            details["host_id"] = json!(mac.host);
        }
        details
    }

    /// The Mac answers Fleet's MDM: commands work from now on.
    pub(super) fn check_in(&mut self, index: usize) {
        let host = self.macs[index].host.and_then(|id| self.hosts.get_mut(&id));
        if let Some(host) = host.filter(|host| host.mdm.server == Server::Fleet) {
            host.mdm.connected = true;
            host.mdm_checked_in_at = Some(self.now);
        }
    }

    pub(super) fn key_arrives(&mut self, index: usize) {
        let name = self.macs[index].name.clone();
        let Some(id) = self.macs[index].host else {
            return;
        };
        if let Some(host) = self.hosts.get_mut(&id) {
            host.key_at = Some(self.now);
        }
        let details = json!({ "host_id": id, "host_display_name": name });
        self.log("escrowed_disk_encryption_key", Some(id), None, details);
    }

    /// Moves a host; false when the transfer was swallowed (catalogue 24).
    pub(in crate::sim) fn transfer(&mut self, id: u64, team: Option<u64>) -> bool {
        let Some(host) = self.hosts.get_mut(&id) else {
            return false;
        };
        let before = host.team;
        if let Some(mac) = host.mac.map(|index| &mut self.macs[index])
            && before != team
        {
            if mac.plan.take(Trouble::TransferIgnored).is_some() {
                return false;
            }
            if let Some(after) = mac.plan.take(Trouble::TeamDrift) {
                let drift = Happening::Drift {
                    host: id,
                    team: before,
                };
                self.agenda.add(self.now.plus(after), drift);
            }
        }
        host.team = team;
        true
    }

    /// fleetd enrols again and lands in the team of the secret in its package (`api/fleet.md` §4).
    pub(super) fn drift(&mut self, id: u64, team: Option<u64>) {
        let Some(host) = self.hosts.get_mut(&id) else {
            return;
        };
        host.team = team;
        let name = host.mac.map_or("", |index| &self.macs[index].name);
        let details = json!({
            "host_id": id,
            "host_serial": host.serial,
            "host_display_name": name,
        });
        self.log("fleet_enrolled", Some(id), None, details);
    }
}
