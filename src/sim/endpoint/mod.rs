//! What answers under the old server's name over TLS: the old front before its address is changed, which lets everything
//! through to the migration proxy, and the new endpoint after, which redirects Macs to Fleet's own paths (`api/fleet.md`
//! §12.2). Both have one port, as a name has, and an address each.
//!
//! What the new endpoint does wrong is read from the world at each handshake and each request, so it can be put right, or
//! wrong, at any time.
//!
//! Ways to get this wrong: a redirect that loses what stands behind the question mark.

mod front;
mod pair;
mod redirect;
mod shown;
#[cfg(test)]
mod tests;

pub use pair::{CannotListen, Endpoints, Setup, habits};
