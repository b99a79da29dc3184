//! Tells the connectors whether anything may be sent, so that a call that only waits for its turn is stopped too.
//!
//! The store and the halts say so; this follows both. Whoever stops or halts calls [`Shared::tell_connectors`] as well,
//! so that nothing goes out after their word is given.

use super::plan::stopped;
use super::shared::Shared;
use crate::model::fault::{Fault, FaultKind};
use std::sync::Arc;

impl Shared {
    /// Takes in what the store and the halts say now. What cannot be read leaves it as it was.
    pub async fn tell_connectors(&self) {
        let by_hand = self.store.read(stopped).await;
        let why = match by_hand {
            Ok(true) => Some("all sending is stopped".to_owned()),
            Ok(false) => self.halts.why(),
            Err(_) => return,
        };
        self.leave.send_if_modified(|leave| {
            let news = *leave != why;
            *leave = why;
            news
        });
    }
}

pub(super) async fn follow(shared: Arc<Shared>) {
    let mut changed = shared.store.revision();
    let mut nudged = shared.nudge.subscribe();
    let mut stop = shared.stop.subscribe();
    while !*stop.borrow_and_update() {
        changed.borrow_and_update();
        nudged.borrow_and_update();
        let busy = shared.clock.busy();
        shared.tell_connectors().await;
        drop(busy);
        tokio::select! {
            it = changed.changed() => if it.is_err() { return },
            _ = nudged.changed() => {}
            _ = stop.changed() => {}
        }
    }
}

/// A fault that says nothing was sent: the call is made anew when it may be.
pub(super) fn not_sent(fault: &Fault) -> bool {
    fault.kind == FaultKind::Cancelled
}

/// Hooks the connectors up; before anything is called.
pub(super) fn heed(shared: &Shared) {
    for connector in shared.registry.iter() {
        connector.heed(&shared.leave.subscribe());
    }
}
