//! What Fleet knows of a Mac, right or stale.

use super::mac::Mdm;
use super::state::State;
use crate::model::time::{Span, Time};

/// Whose server a host's MDM row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Jamf,
    Fleet,
    Nobody,
    /// The name that moves.
    Old,
}

/// The MDM row of a host (`api/fleet.md` §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostMdm {
    pub enrolled: bool,
    pub from_dep: bool,
    pub server: Server,
    /// Fleet's own enrolment answers.
    pub connected: bool,
}

/// One row of Fleet's hosts.
#[derive(Clone, Debug)]
pub struct Host {
    pub id: u64,
    pub serial: String,
    pub uuid: String,
    /// The Mac that reports to this row.
    pub mac: Option<usize>,
    /// The Mac whose forgotten older row this is.
    pub ghost_of: Option<usize>,
    pub team: Option<u64>,
    pub created_at: Time,
    pub mdm: HostMdm,
    pub mdm_enrolled_at: Option<Time>,
    pub mdm_checked_in_at: Option<Time>,
    /// End of the window after an answered migration webhook (`api/fleet.md` §8.4).
    pub window_until: Option<Time>,
    pub refetch_requested: bool,
    /// Last delivery of details that somebody asked for; the hourly ones are counted, not kept.
    pub detail_at: Time,
    pub key_at: Option<Time>,
    /// Execution ids, the active one first.
    pub queue: Vec<String>,
}

impl Host {
    pub(super) fn new(serial: String, uuid: String, team: u64, created_at: Time) -> Self {
        Self {
            id: 0,
            serial,
            uuid,
            mac: None,
            ghost_of: None,
            team: Some(team),
            created_at,
            mdm: HostMdm {
                enrolled: true,
                from_dep: true,
                server: Server::Jamf,
                connected: false,
            },
            mdm_enrolled_at: None,
            mdm_checked_in_at: None,
            window_until: None,
            refetch_requested: false,
            detail_at: created_at,
            key_at: None,
            queue: Vec::new(),
        }
    }

    pub fn window_open(&self, now: Time) -> bool {
        self.window_until.is_some_and(|until| until > now)
    }
}

const HOUR: i64 = 3_600_000;

impl State {
    pub fn host(&self, id: u64) -> Option<&Host> {
        self.hosts.get(&id)
    }

    /// Last contact of any kind.
    pub fn seen_time(&self, host: &Host) -> Time {
        let Some(mac) = host.mac.map(|index| &self.macs[index]) else {
            return host.created_at;
        };
        // osquery asks every ten seconds.
        let beat = (self.now.millis() + mac.phase).rem_euclid(10_000);
        let at = self.now.minus(Span::from_millis(beat));
        mac.agent.last(at).unwrap_or(host.created_at)
    }

    /// Online means seen within the distributed interval and a minute (`api/fleet.md` §3.1).
    pub fn is_online(&self, host: &Host) -> bool {
        host.mac.is_some() && self.now.since(self.seen_time(host)) <= Span::from_secs(70)
    }

    /// When details were last delivered: hourly, or when somebody asked.
    pub fn detail_time(&self, host: &Host) -> Time {
        let hourly = host.mac.map(|index| &self.macs[index]).and_then(|mac| {
            let since = (self.now.millis() + mac.phase).rem_euclid(HOUR);
            mac.agent.last(self.now.minus(Span::from_millis(since)))
        });
        hourly.map_or(host.detail_at, |at| at.max(host.detail_at))
    }

    /// The next hourly delivery of the Mac's details.
    pub(super) fn next_details(&self, mac: usize) -> Option<Time> {
        let mac = &self.macs[mac];
        let left = HOUR - (self.now.millis() + mac.phase).rem_euclid(HOUR);
        mac.agent.next(self.now.plus(Span::from_millis(left)), true)
    }

    /// osquery has told Fleet whose MDM the Mac has: the row becomes what is true at this moment.
    pub(super) fn observe(&mut self, index: usize) {
        let mac = &self.macs[index];
        if !mac.agent_answers(self.now) {
            return;
        }
        let Some(host) = mac.host.and_then(|id| self.hosts.get_mut(&id)) else {
            return;
        };
        match mac.mdm {
            Mdm::Jamf => {
                host.mdm.enrolled = true;
                host.mdm.from_dep = mac.ade;
                host.mdm.server = Server::Jamf;
            }
            // The OS goes on reporting its automated enrollment for a Mac assigned to Fleet: "Pending" instead of "Off".
            Mdm::Nothing => {
                host.mdm.enrolled = false;
                host.mdm.from_dep = false;
                host.mdm.server = Server::Nobody;
                host.mdm.connected = false;
            }
            Mdm::Fleet => {
                host.mdm.enrolled = true;
                host.mdm.server = Server::Fleet;
            }
            Mdm::Old => {
                host.mdm.enrolled = true;
                host.mdm.from_dep = mac.ade;
                host.mdm.server = Server::Old;
            }
        }
    }
}
