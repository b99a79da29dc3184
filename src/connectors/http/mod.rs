//! One service's door: every connector's requests go through a [`Service`], which keeps the service's budget, caps
//! what is in flight, redacts, and says of every trouble whether the request can have had an effect. Once the engine has
//! given it leave to heed, it also leaves a failing service alone, and sends nothing while sending is stopped.
//!
//! Ways to get this wrong: following a redirect; sending a changing call on a pooled connection (the library may then
//! send it twice); calling a broken connection "failed" when bytes had gone out; showing a token that a service echoed.

mod answer;
mod base;
mod breaker;
mod budget;
mod client;
mod closing;
mod limits;
mod peek;
mod picked;
mod record;
mod request;
mod resolve;
mod service;
mod trouble;
mod turn;
mod veil;

pub use answer::Answer;
pub use closing::sent_before;
pub(super) use peek::{Judge, Shown, look};
pub use request::Request;
pub(super) use resolve::refuses;
pub use service::{Service, ServiceSettings};
