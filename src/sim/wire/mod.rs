//! What every pretended service needs of HTTP: loopback servers, bad weather, and ways to answer wrongly on purpose.
//!
//! A [`Wire`] stands before one service's router. It counts calls and open requests, delays answers in engine time,
//! and spoils some of them: by the shares of [`crate::sim::scenario::Faults`] and [`Oddities`], or exactly as a test
//! arranged ([`Wire::arrange`]). Which call is hit depends only on the seed and on how many such calls came before, not
//! on how calls of different kinds interleave.
//!
//! Ways to get this wrong: sleeping on the clock while holding its busy guard (nothing could be skipped), and applying
//! half a call (a handler runs whole or not at all, also when its caller has gone).

mod answer;
mod draw;
mod gate;
mod hold;
mod layer;
mod server;
mod stale;
mod stand;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(in crate::sim) mod trying;

pub use answer::{html, json, retry_after_date};
pub use draw::{Arranged, Mishap, Oddities, RetryAfter};
pub use gate::{Bucket, Gate};
pub use hold::Hold;
pub use layer::{Arrived, MOST_BODY};
pub use server::Server;
pub use stand::{Habits, Setup, Wire};
