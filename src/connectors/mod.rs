//! The outside, called. A connector turns a named action with typed inputs into HTTP and the answer into a typed
//! result or a [`crate::model::fault::Fault`].
//!
//! A connector knows neither rows nor the store, and never retries: repeating is policy, and policy is the engine's.
//! It does respect its service's budget: the shared client in [`http`] waits for the rate limit and the concurrency cap.
//!
//! Ways to get this wrong: treating an error status of a mutating call as proof that nothing happened (anything that is
//! not a listed refusal is [`crate::model::fault::FaultKind::Unknown`]); a pooled connection or a redirect for a
//! mutating call; a secret in a URL, a fault or an exchange.

pub mod action;
pub mod dns;
pub mod endpoint;
pub mod fleet;
pub mod generic;
pub mod http;
mod input;
pub mod jamf;
pub mod mdmproxy;
pub mod micromdm;
pub mod slack;

#[cfg(test)]
mod stand_in;
