//! Fleet's migration proxy: which Macs are sent to the new server, said as a whole each time (`api/fleet.md` §12.1).
//!
//! The proxy knows a percentage and a list of UDIDs, tells nobody what it has, and forgets both on restart. So the
//! wanted state lives elsewhere and is said again and again. [`route`] holds the arithmetic, the connector the order of
//! saying: no Mac that is wanted at the new server both before and after may be without it in between.
//!
//! Ways to get this wrong: a list that leaves out whom only the percentage carried; a percentage above a Mac that was
//! rolled back, as the proxy has no list of exceptions; a line break behind the number, which the proxy refuses.

mod connector;
mod route;
#[cfg(test)]
mod tests;

pub use connector::{Proxy, Settings};
pub use route::{ACTIONS, Route, is_under, route};
