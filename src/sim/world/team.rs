//! Fleet's teams.

use crate::model::time::Time;

/// A team; ids are Fleet's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub id: u64,
    pub name: &'static str,
    pub description: &'static str,
    pub created_at: Time,
}

pub(in crate::sim) const PRODUCTION: u64 = 1;
pub(in crate::sim) const STAGING: u64 = 2;

/// The company's teams: the two a migration needs, and one it has no business with.
pub(super) fn teams(created_at: Time) -> Vec<Team> {
    [
        (PRODUCTION, "Workstations", "Everybody's Macs"),
        (STAGING, "Staging", "Macs on their way from Jamf"),
        (3, "Kiosks", "Reception and meeting rooms"),
    ]
    .map(|(id, name, description)| Team {
        id,
        name,
        description,
        created_at,
    })
    .into()
}
