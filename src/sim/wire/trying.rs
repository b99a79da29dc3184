//! For tests of the services: a plain client, and a wire without weather.

use super::{Habits, Oddities, Server, Setup, Wire};
use crate::model::clock::Clock;
use crate::model::time::Time;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::Faults;
use std::time::Duration;

/// Follows no redirects and keeps no connections.
pub fn client() -> reqwest::Client {
    // A second installation fails, and the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

pub fn monday() -> Clock {
    Clock::manual(Time::parse("2026-03-02T20:00:00Z").unwrap())
}

/// A perfect wire that tolerates no early call.
pub fn wire(habits: Habits, clock: &Clock, ledger: &Ledger) -> Wire {
    Wire::new(Setup {
        habits: Habits {
            grace: Duration::ZERO,
            ..habits
        },
        clock: clock.clone(),
        seed: 1,
        faults: Faults::default(),
        odd: Oddities::default(),
        ledger: ledger.clone(),
    })
}

pub async fn serve(wire: Wire, router: axum::Router) -> Server {
    Server::start(wire, router, 0).await.unwrap()
}
