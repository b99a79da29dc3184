//! The duty that asks.

use super::agenda::{Agenda, Asked};
use crate::engine::shared::Shared;
use crate::store::StoreError;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Asks every check in its rhythm until the engine ends. Each has its own task: one that gets no answer keeps no other
/// waiting.
pub(in crate::engine) async fn ask_on(shared: Arc<Shared>) {
    let pipeline = shared.pipeline.clone();
    if pipeline.checks.is_empty() {
        return;
    }
    let mut stop = shared.stop.subscribe();
    let mut changed = shared.store.revision();
    changed.borrow_and_update();
    let clock = &shared.clock;
    let mut agenda = Agenda::new(&pipeline.checks, clock.now(), clock.speed());
    let mut asks: JoinSet<(String, Result<Asked, StoreError>)> = JoinSet::new();
    while !*stop.borrow_and_update() {
        let busy = clock.busy();
        let now = clock.now();
        for check in agenda.take_due(now) {
            let (shared, check) = (shared.clone(), check.clone());
            let busy = clock.busy();
            asks.spawn(async move {
                let asked = shared.ask(&check).await;
                drop(busy);
                (check.name, asked)
            });
        }
        let next = agenda.next(now);
        drop(busy);
        tokio::select! {
            _ = stop.changed() => {}
            Some(ended) = asks.join_next() => match ended {
                Ok((_, Err(StoreError::Closed))) | Err(_) => return,
                Ok((name, asked)) => agenda.heard(&name, known(&name, asked), clock.now()),
            },
            it = changed.changed() => match it {
                Ok(()) => agenda.table_changed(clock.now()),
                Err(_) => return,
            },
            () = clock.sleep_until(next.unwrap_or(now)), if next.is_some() => {}
        }
    }
    asks.shutdown().await;
}

fn known(name: &str, asked: Result<Asked, StoreError>) -> Option<Asked> {
    asked
        .inspect_err(|error| tracing::error!("the check {name}: {error}"))
        .ok()
}
