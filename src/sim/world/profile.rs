//! Configuration profiles: those of Fleet's teams, and those that are on the Macs of a company that moves.

use super::handover::Tenant;
use super::state::State;
use super::team;
use super::visits::ALL_SENT;
use crate::model::time::Time;

/// A profile of a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Part of its UUID.
    pub id: u64,
    pub name: &'static str,
    pub identifier: &'static str,
}

const fn profile(id: u64, name: &'static str, identifier: &'static str) -> Profile {
    Profile {
        id,
        name,
        identifier,
    }
}

/// Fleet's own, which no list of a team's profiles names.
pub const DISK_ENCRYPTION: Profile =
    profile(2, "Disk encryption", "com.fleetdm.fleet.mdm.filevault");

/// What the team has that a move under the old name ends in: the old server's, rebuilt under their identifiers, and one
/// that is new.
pub const HANDOVER: [Profile; 5] = [
    profile(1, "Wi-Fi", "com.acme.wifi"),
    profile(3, "VPN", "com.acme.vpn"),
    profile(4, "Restrictions", "com.acme.restrictions"),
    profile(5, "Root CA", "com.acme.root-ca"),
    profile(6, "Firewall", "com.acme.firewall"),
];

/// The one that is new.
const NEW: &str = "com.acme.firewall";

/// The old server's enrollment profile, which stays and does its work for the new one.
pub const ENROLLMENT: &str = "com.github.micromdm.micromdm.enroll";

/// What somebody forgot to rebuild.
pub(super) const LEFTOVERS: [&str; 3] = [
    "com.acme.printing.2019",
    "com.acme.dock",
    "com.oldvpn.client.settings",
];

/// What every Mac has from the old server.
pub(super) fn of_old_server() -> Vec<&'static str> {
    let rebuilt = HANDOVER
        .iter()
        .map(|profile| profile.identifier)
        .filter(|identifier| *identifier != NEW);
    std::iter::once(ENROLLMENT).chain(rebuilt).collect()
}

/// How far a profile has come (`api/fleet.md` §10.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Pending,
    /// The Mac says it has it.
    Verifying,
    /// osquery saw it.
    Verified,
}

impl Delivery {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verifying => "verifying",
            Self::Verified => "verified",
        }
    }
}

impl Tenant {
    /// How far the team's profiles have come on a Mac whose details were last delivered at `details`.
    pub fn delivery(&self, details: Time) -> Delivery {
        match self.profiled_at {
            None => Delivery::Pending,
            Some(at) if self.visits >= ALL_SENT && details > at => Delivery::Verified,
            Some(_) => Delivery::Verifying,
        }
    }
}

impl State {
    /// The profiles of a team, as its list names them.
    pub fn team_profiles(&self, team: u64) -> &'static [Profile] {
        let known = self.teams.iter().any(|one| one.id == team);
        match &self.handover {
            _ if !known => &[],
            Some(_) if team == team::PRODUCTION => &HANDOVER,
            Some(_) | None => &HANDOVER[..1],
        }
    }

    /// What Fleet is to bring under its control, when this Mac moves under the old name.
    pub fn tenant(&self, index: usize) -> Option<&Tenant> {
        self.handover.as_ref()?.tenants.get(index)
    }
}
