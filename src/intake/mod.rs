//! The outside, heard: webhooks and polls become events, and events become columns. It decides nothing.
//!
//! [`webhook`] answers only after the event is on disk; [`poll`] finds what webhooks lost. What they heard
//! is understood in [`heard`] and written by [`apply`]: one event and everything it changes, in one transaction.
//!
//! Promises: a 2xx means the event is on disk; the same event twice changes nothing and is counted; what cannot be
//! understood is kept raw for a person; one bad event never stops the others, even one that ends the process ([`Suspects`]).
//!
//! Ways to get this wrong: answering before the commit; logging a query string (it holds the token); letting a body say
//! what happens next (an event is a hint, and a stage reads the truth afresh before it acts).

pub mod apply;
pub mod heard;
mod late;
pub mod poll;
mod suspects;
pub mod webhook;

pub use suspects::Suspects;

#[cfg(test)]
mod kit;
