//! The engine's word that it lives and what time it takes it to be, for readers in other processes.

use super::obey::forget_expired;
use super::shared::Shared;
use crate::connectors::action::Connector;
use crate::model::clock::{real_now, real_sleep};
use crate::store::StoreError;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A rehearsed clock is told often, as readers cannot know it otherwise.
const REHEARSING: Duration = Duration::from_secs(2);
const LIVE: Duration = Duration::from_secs(20);

/// Keeps the notes `engine` (`clock`, `real`, `speed`, `pid`, `two_people_above`) and `services` (each connector's health by name) fresh.
pub(super) async fn pulse(shared: Arc<Shared>) {
    let speed = shared.clock.speed();
    let rhythm = if (speed - 1.0).abs() > f64::EPSILON {
        REHEARSING
    } else {
        LIVE
    };
    let mut stop = shared.stop.subscribe();
    while !*stop.borrow_and_update() {
        let note = json!({ "clock": shared.clock.now(), "real": real_now(), "speed": speed, "pid": std::process::id(),
            "two_people_above": shared.roles.two_people_above });
        let services = services(&shared);
        let halts = shared.halts.all();
        if let Err(StoreError::Closed) = shared
            .store
            .write(move |tx| {
                tx.set_note("engine", &note)?;
                tx.set_note("services", &services)?;
                tx.set_halts(&halts)?;
                forget_expired(tx)
            })
            .await
        {
            return;
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = real_sleep(rhythm) => {}
        }
    }
}

fn services(shared: &Shared) -> Value {
    let health = |connector: &Arc<dyn Connector>| {
        let health = serde_json::to_value(connector.health()).unwrap_or_default();
        (connector.name().to_owned(), health)
    };
    shared.registry.iter().map(health).collect()
}
