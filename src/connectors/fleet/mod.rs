//! Fleet: hosts, teams, scripts, the upcoming queue and the activity log (`api/fleet.md`).
//!
//! - `spec` says what can be called; `connector` sends each action to the file that does it.
//! - `session` is one call's conversation: it keeps every exchange, whichever way the call ends.
//! - `profiles` and `push` read what a move under the old name rests on: profiles, and the push certificate.
//! - `error` judges what Fleet refuses; `host` folds old and new field names into one flat object.
//!
//! Ways to get this wrong: `GET /hosts/identifier/:serial` (one arbitrary row of several); `fleet_id` in a request (an
//! old server ignores it, and a missing `team_id` means "no team"); a 200 list without looking for its `error` key; a
//! 202 taken for "has run"; one serde field with an alias for both names (both are sent at once).

mod activities;
mod check;
mod connector;
mod error;
mod history;
mod host;
mod hosts;
mod identity;
mod memory;
mod probe;
mod profiles;
mod push;
mod queue;
mod run;
mod scripts;
mod server;
mod session;
mod spec;
mod teams;

#[cfg(test)]
mod tests;

pub use connector::{Fleet, Settings};
pub use spec::ACTIONS;
