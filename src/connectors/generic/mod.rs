//! The `http` connector: one action for services that have no connector of their own, to allowed addresses only.
//!
//! Nothing is known of such a service, so a call that changes something is at most once unless the pipeline's author
//! says it may be repeated, and its outcome is unknown unless the answer is plain (`reliability.md` B15).
//!
//! Ways to get this wrong: comparing URLs as text; letting it reach a configured connector's host, past that
//! connector's own care; believing any status to be a refusal.

mod action;
mod allow;
mod connector;

pub use action::ACTIONS;
pub use allow::Allow;
pub use connector::{Generic, Settings};
