//! The company's Macs as they truly are, and what the services know of them.
//!
//! [`World`] is a handle; everything happens in [`State`], under one lock, in engine time. Requests and happenings meet
//! there in one order: before a request is served, everything that was due is done, each thing at its own moment. Each Mac
//! draws from a stream of its own, so a world replays from its seed as long as the same requests arrive in the same order.
//!
//! Ways to get this wrong: awaiting while the lock is held; asking the clock instead of `State::now`; drawing from a
//! shared stream in answer to a request.

mod activity;
pub(in crate::sim) mod agenda;
mod agent;
mod birth;
mod calendar;
mod export;
mod handle;
mod handover;
mod handover_birth;
#[cfg(test)]
mod handover_tests;
mod host;
mod jamf;
mod journey;
mod mac;
mod mending;
mod names;
mod post;
pub(in crate::sim) mod profile;
pub(in crate::sim) mod script;
mod state;
pub(in crate::sim) mod team;
#[cfg(test)]
mod tests;
mod truth;
mod turns;
mod version;
mod visits;

pub use activity::{Activity, Actor};
pub use calendar::{Calendar, Habit, Presence};
pub use export::PushInformation;
pub use handle::World;
pub use handover::{Certificate, Endpoint, Handover, Redirect, Routing, Side, Tenant};
pub use host::{Host, HostMdm, Server};
pub use jamf::{CannotQueue, Command, CommandState, Computer, ComputerFlags};
pub use mac::{Framework, Journey, Mac, Mdm, Model, Owner, Plan};
pub use post::{Post, PostKind};
pub use profile::{Delivery, Profile};
pub use script::{CannotRun, Ending, Progress, Run, SavedScript, Source};
pub use state::{Making, State};
pub use team::Team;
pub use truth::{HandoverReport, MacTruth, Report};
pub use turns::Turns;
pub use version::Version;
