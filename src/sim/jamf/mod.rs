//! Jamf Pro on the wire (`api/jamf.md`), over the world's records.
//!
//! Token endpoints, version, inventory v1–v4, both remove-mdm-profile routes, the MDM command queue, blank push, and
//! the two Classic look-ups. Routes that destroy exist only as tripwires: they answer 403 and report a violation.
//!
//! Ways to get this wrong: answering from what a Mac truly is instead of what Jamf's record says, and inventing proof:
//! `managed` says nothing about the profile (§3.7).

mod answers;
mod classic;
mod commands;
mod fields;
mod filter;
mod inventory;
mod listing;
mod record;
mod removal;
mod routes;
mod rsql;
mod tenant;
#[cfg(test)]
mod tests;
mod token;
mod tripwire;

pub use routes::habits;
pub use tenant::{Incapable, Jamf, Settings, privilege};
