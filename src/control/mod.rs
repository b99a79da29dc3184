//! Commands, over the engine's Unix socket beside the store (`<store>.sock`).
//!
//! [`protocol`] is what goes over it; [`client`] asks; [`server`] takes requests, says who is asking (the kernel's word),
//! and hands them to whoever obeys; [`deed`] is what is asked for rows, and what it would come to; [`people`] knows the names behind the numbers. It decides nothing: roles and effects
//! are the engine's.
//!
//! Ways to get this wrong: trusting a name in the request; answering before the command is on disk; an empty selection
//! meaning everything.

pub mod client;
pub mod deed;
#[cfg(test)]
mod deed_tests;
pub mod people;
pub mod protocol;
pub mod server;

pub use client::{ClientError, ask, socket_path};
pub use server::{Listener, Obey, ServerError, bind, serve};
