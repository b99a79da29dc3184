//! Jamf's side of the world: its records, its commands, and what happens when a command reaches a Mac.
//!
//! The Jamf server is built on this and on nothing else of the world. Facts: `api/jamf.md` §3, §9.

use super::agenda::Happening;
use super::calendar::Presence;
use super::mac::Mdm;
use super::state::State;
use crate::model::time::{Span, Time};
use crate::sim::scenario::Trouble;

/// A computer record as Jamf would show it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Computer {
    pub id: u64,
    pub udid: String,
    pub serial: String,
    pub management_id: String,
    pub name: String,
    pub model_identifier: &'static str,
    pub model: &'static str,
    pub processor: &'static str,
    pub os_version: &'static str,
    pub os_build: &'static str,
    pub flags: ComputerFlags,
    pub owner: Option<super::mac::Owner>,
    /// Last word from the jamf binary.
    pub last_check_in: Option<Time>,
    /// Last word of any kind.
    pub last_contact: Option<Time>,
    pub report_date: Option<Time>,
    pub last_enrolled: Option<Time>,
    pub mdm_profile_expiration: Option<Time>,
}

/// The yes-or-no facts of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the record's own independent flags"
)]
pub struct ComputerFlags {
    /// `general.remoteManagement.managed`: the record's word, no proof of anything (`api/jamf.md` §3.7).
    pub managed: bool,
    /// `general.mdmCapable.capable`.
    pub capable: bool,
    pub ade: bool,
    pub filevault: bool,
    pub key_valid: bool,
    pub bootstrap_escrowed: bool,
    pub activation_lock: bool,
    pub recovery_lock: bool,
}

/// What Jamf keeps of a computer.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: u64,
    /// The Mac behind it; none for the stale twin of a record.
    pub(super) mac: Option<usize>,
    pub(super) twin_of: usize,
    pub(super) udid: String,
    pub(super) management_id: String,
    pub(super) flags: ComputerFlags,
    pub(super) enrolled_at: Time,
}

/// Where a command stands (`api/jamf.md` §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandState {
    Pending,
    Acknowledged,
    NotNow,
    Error,
}

impl CommandState {
    /// As `commandState` spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::NotNow => "NOT_NOW",
            Self::Error => "ERROR",
        }
    }
}

/// An MDM command in Jamf's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub uuid: String,
    pub computer_id: u64,
    pub management_id: String,
    /// `REMOVE_PROFILE`.
    pub kind: &'static str,
    pub state: CommandState,
    pub sent_at: Time,
    pub completed_at: Option<Time>,
}

/// Why a command is not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotQueue {
    NoSuchComputer,
    /// `mdmCapable.capable` is false; Jamf answers 500 "unable to queue command".
    NotCapable,
}

impl State {
    /// Every computer record, by id.
    pub fn computers(&self) -> Vec<Computer> {
        self.records
            .iter()
            .map(|record| self.shown(record))
            .collect()
    }

    pub fn computer(&self, id: u64) -> Option<Computer> {
        self.record(id).map(|record| self.shown(record))
    }

    /// All records of a serial: none, one, or more (`api/jamf.md` §2.1).
    pub fn find_by_serial(&self, serial: &str) -> Vec<Computer> {
        self.records
            .iter()
            .filter(|record| self.macs[record.twin_of].serial == serial)
            .map(|record| self.shown(record))
            .collect()
    }

    /// Queues the removal of Jamf's MDM profile; gives the command's uuid.
    pub fn queue_remove_profile(&mut self, id: u64) -> Result<String, CannotQueue> {
        let record = self.record(id).ok_or(CannotQueue::NoSuchComputer)?;
        if !record.flags.capable {
            return Err(CannotQueue::NotCapable);
        }
        let (mac, management_id) = (record.mac, record.management_id.clone());
        let uuid = self.ids.uuid().to_lowercase();
        self.command_at.insert(uuid.clone(), self.commands.len());
        self.commands.push(Command {
            uuid: uuid.clone(),
            computer_id: id,
            management_id,
            kind: "REMOVE_PROFILE",
            state: CommandState::Pending,
            sent_at: self.now,
            completed_at: None,
        });
        if let Some(mac) = mac {
            self.push_command(mac, &uuid);
        }
        Ok(uuid)
    }

    pub fn command(&self, uuid: &str) -> Option<&Command> {
        let at = self.command_at.get(&uuid.to_lowercase())?;
        self.commands.get(*at)
    }

    /// Every command ever queued, oldest first.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Wakes the commands waiting for these clients; gives the ids that could not be reached.
    pub fn blank_push(&mut self, management_ids: &[String]) -> Vec<String> {
        let mut errors = Vec::new();
        for id in management_ids {
            let record = self
                .records
                .iter()
                .find(|record| record.management_id.eq_ignore_ascii_case(id));
            let reachable = record
                .and_then(|record| record.mac.filter(|_| record.flags.capable))
                .filter(|mac| !self.macs[*mac].plan.has(Trouble::DeadChannel));
            let Some(mac) = reachable else {
                errors.push(id.clone());
                continue;
            };
            let waiting: Vec<String> = self
                .commands
                .iter()
                .filter(|command| command.management_id.eq_ignore_ascii_case(id))
                .filter(|command| command.completed_at.is_none())
                .map(|command| command.uuid.clone())
                .collect();
            for uuid in waiting {
                self.push_command(mac, &uuid);
            }
        }
        errors
    }

    /// Writes `general.managed` into the record; false when there is no such record. The Mac notices nothing.
    pub fn set_managed(&mut self, id: u64, managed: bool) -> bool {
        match self.records.iter_mut().find(|record| record.id == id) {
            Some(record) => {
                record.flags.managed = managed;
                true
            }
            None => false,
        }
    }

    fn record(&self, id: u64) -> Option<&Record> {
        self.records.iter().find(|record| record.id == id)
    }

    fn shown(&self, record: &Record) -> Computer {
        let mac = &self.macs[record.twin_of];
        let live = record.mac.is_some();
        let contact = if live {
            mac.calendar.last(self.now)
        } else {
            Some(record.enrolled_at)
        };
        // The jamf binary checks in every 15 minutes (catalogue §6).
        let quarter = Time::from_millis(self.now.millis() - self.now.millis().rem_euclid(900_000));
        let check_in = if live {
            mac.calendar.last(quarter)
        } else {
            contact
        };
        Computer {
            id: record.id,
            udid: record.udid.clone(),
            serial: mac.serial.clone(),
            management_id: record.management_id.clone(),
            name: mac.name.clone(),
            model_identifier: mac.model.identifier,
            model: mac.model.title,
            processor: mac.model.chip,
            os_version: mac.macos,
            os_build: mac.build,
            flags: record.flags,
            owner: mac.owner.clone(),
            last_check_in: check_in,
            last_contact: contact,
            report_date: check_in,
            last_enrolled: Some(record.enrolled_at),
            mdm_profile_expiration: Some(record.enrolled_at.plus(Span::from_hours(24 * 365 * 2))),
        }
    }

    /// Sends the push for a command: the Mac hears it 2 to 10 seconds later, once it is awake (catalogue §6).
    fn push_command(&mut self, mac: usize, uuid: &str) {
        let one = &mut self.macs[mac];
        let delay = one.seconds(2, 10);
        if let Some(at) = one.calendar.next(self.now.plus(delay), true) {
            let command = uuid.to_owned();
            self.agenda.add(at, Happening::Deliver { mac, command });
        }
    }

    /// A command has reached the Mac.
    pub(super) fn deliver(&mut self, mac: usize, uuid: &str) {
        let now = self.now;
        let Some(at) = self.command_at.get(uuid).copied() else {
            return;
        };
        let one = &mut self.macs[mac];
        let deaf = one.mdm != Mdm::Jamf || one.plan.has(Trouble::DeadChannel);
        if deaf || self.commands[at].completed_at.is_some() {
            return;
        }
        let not_now = match one.calendar.at(now) {
            Presence::Awake => one.plan.take(Trouble::NotNow),
            Presence::Dark | Presence::Away => Some(Span::from_secs(5)),
        };
        if let Some(wait) = not_now {
            self.commands[at].state = CommandState::NotNow;
            if let Some(again) = one.calendar.next(now.plus(wait), false) {
                let command = uuid.to_owned();
                self.agenda.add(again, Happening::Deliver { mac, command });
            }
            return;
        }
        self.commands[at].state = CommandState::Acknowledged;
        self.commands[at].completed_at = Some(now);
        self.set_capable(mac, false);
        if !self.macs[mac].plan.has(Trouble::OnPaper) {
            self.leave_jamf(mac);
        }
    }

    pub(super) fn set_capable(&mut self, mac: usize, capable: bool) {
        for record in self
            .records
            .iter_mut()
            .filter(|record| record.mac == Some(mac))
        {
            record.flags.capable = capable;
        }
    }
}
