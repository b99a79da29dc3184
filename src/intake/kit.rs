//! A small pipeline on a store of its own, for the tests of this layer.

use crate::model::clock::{Clock, Stopwatch};
use crate::model::row::Row;
use crate::model::time::Time;
use crate::pipeline::{Pipeline, parse};
use crate::store::{Event, Query, Setup, Store, View};
use std::sync::Arc;
use std::time::Duration;

const FILE: &str = r#"
name = "trial"
title = "Trial"
subject = "device"
key = "serial"

[columns]
serial = { type = "text", title = "Serial" }
fleet_id = { type = "integer", title = "Fleet ID" }
requested_at = { type = "time", title = "Asked" }
team = { type = "text", title = "Team" }
done_at = { type = "time", title = "Done" }

[[phase]]
name = "Asked"
when = "requested_at IS NOT NULL"

[[intake]]
name = "migrate"
title = "Migration trigger"
webhook = { path = "migrate", reply = 201, busy = 503 }
key = "{{ event.host.hardware_serial }}"
create = true
set = { fleet_id = "{{ event.host.id }}", requested_at = "{{ event.timestamp }}" }
keep = ["requested_at"]

[[intake]]
name = "activity"
title = "Activity"
webhook = { path = "activity", busy = 429 }
when = "event.type == 'moved'"
key = "{{ event.serial }}"
dedupe = "{{ event.id }}"
set = { team = "{{ event.team | default(none) }}" }

[[intake]]
name = "inventory"
title = "Inventory"
poll = { call = "world.list", every = "1m" }
key = "{{ event.serial }}"
set = { team = "{{ event.team | default(none) }}" }

[[intake]]
name = "newcomers"
title = "Newcomers"
poll = { call = "world.list", every = "1m" }
key = "{{ event.serial }}"
create = true
dedupe = "{{ event.id }}"
set = { team = "{{ event.team }}" }

[[stage]]
name = "finish"
title = "Finish"
[stage.gate]
"asked" = "requested_at IS NOT NULL"
"not done" = "done_at IS NULL"
[[stage.step]]
name = "list"
call = "world.list"
[stage.set]
done_at = "{{ now }}"
"#;

pub(super) struct Kit {
    /// Dropped last, as the store lies in it.
    pub(super) store: Store,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) clock: Clock,
    pub(super) folder: tempfile::TempDir,
}

pub(super) fn pipeline() -> Pipeline {
    parse("trial.toml", FILE).unwrap()
}

impl Kit {
    pub(super) fn new() -> Self {
        let pipeline = pipeline();
        let clock = Clock::manual(Time::parse("2026-03-02T21:00:00Z").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            shape: pipeline.shape(),
            rules: pipeline.rules(),
            clock: clock.clone(),
        };
        Self {
            store: Store::open(&folder.path().join("drover.db"), setup).unwrap(),
            pipeline: Arc::new(pipeline),
            clock,
            folder,
        }
    }

    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View<'_>) -> T + Send + 'static,
    ) -> T {
        self.store.read(move |view| Ok(work(view))).await.unwrap()
    }

    pub(super) async fn row(&self, key: &'static str) -> Option<Row> {
        self.look(move |view| view.row_by_key(key).unwrap()).await
    }

    /// Oldest first.
    pub(super) async fn events(&self) -> Vec<Event> {
        let mut events = self
            .look(|view| view.events(None, None, 10_000).unwrap())
            .await;
        events.reverse();
        events
    }

    pub(super) async fn rows(&self) -> u64 {
        self.look(|view| view.count(&Query::all()).unwrap()).await
    }

    /// The journal, oldest first, one line each.
    pub(super) async fn journal(&self) -> Vec<String> {
        let entries = self
            .look(|view| view.journal_after(0, 10_000).unwrap())
            .await;
        entries
            .into_iter()
            .map(|entry| format!("{:?} {}", entry.level, entry.text))
            .collect()
    }
}

/// Waits until it holds, at most ten real seconds.
pub(super) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let watch = Stopwatch::start();
    while !holds().await {
        assert!(watch.elapsed() < Duration::from_secs(10), "never: {what}");
        tokio::task::yield_now().await;
    }
}
