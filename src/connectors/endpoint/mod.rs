//! What answers under a name that is to move: its certificate, where it leads Macs, whose SCEP CA it has. Before the move
//! asked at the new address under the old name, after it wherever the name leads (`api/fleet.md` §12.2).
//!
//! Ways to get this wrong: following a redirect, which would show the place behind it instead of the one that is asked
//! about; calling a bad certificate a fault, as then nobody reads which one it is; believing what an address says about
//! redirects under a certificate that anybody could have made; a pipeline that reaches into a network by naming addresses:
//! only names that the configuration lists are asked for, and no link-local address ever.

mod actions;
mod certificate;
mod connector;
mod place;
mod redirect;
mod scep;
#[cfg(test)]
mod tests;
mod tls;

pub use actions::ACTIONS;
pub use connector::{Endpoint, Settings};
