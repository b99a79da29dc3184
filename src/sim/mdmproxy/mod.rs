//! Fleet's migration proxy, one of its replicas (`api/fleet.md` §12.1): a balancer by UDID before the old server and
//! Fleet, which is told over two paths whom to send where.
//!
//! What it was told is a [`Routing`](crate::sim::world::Routing) in the world's state, as Macs go by it; a restart forgets
//! it. Every answer of the two paths is the real one to the letter, line breaks included.
//!
//! Ways to get this wrong: being kinder than Go, which takes no line break behind a number; remembering anything.

mod admin;
mod forward;
mod proxy;
#[cfg(test)]
mod tests;

pub use proxy::{MdmProxy, Setup, habits};
