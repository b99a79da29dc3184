//! POST → durable row → answer, against a limit program of a few lines in the same run.
//!
//! `cargo bench --bench hooks [-- CONNECTIONS…]`. Sender, limit and drover share one process and two cores; only the ratio means anything
//! (the target is 80 % of the limit at 16 and 64 connections, and a p99 of at most twice the limit's).

mod limit;
mod load;

use drover::intake::Suspects;
use drover::intake::webhook::{Counts, HealthReport, Parts, Settings, bind, serve};
use drover::model::clock::{Clock, real_now};
use drover::pipeline::parse;
use drover::store::{Query, Setup, Store};
use load::Load;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const TOKEN: &str = "a-token-of-the-benchmark";
const RUNS: usize = 3;
const RUN: Duration = Duration::from_secs(2);

/// What the shipped pipeline does with a click, as small as it can be: three columns, one of them kept, two stages.
const PIPELINE: &str = r#"
name = "bench"
title = "Bench"
subject = "device"
key = "serial"

[columns]
serial = "text"
fleet_id = "integer"
uuid = "text"
requested_at = "time"
unenroll_queued_at = "time"
unenrolled_at = "time"

[[phase]]
name = "Leaving"
when = "unenroll_queued_at IS NOT NULL"

[[phase]]
name = "Asked"
when = "requested_at IS NOT NULL"

[[intake]]
name = "migrate"
title = "Migration trigger"
webhook = { path = "migrate", reply = 201 }
key = "{{ event.host.hardware_serial }}"
create = true
set = { fleet_id = "{{ event.host.id }}", uuid = "{{ event.host.uuid }}", requested_at = "{{ event.timestamp }}" }
keep = ["requested_at"]

[[stage]]
name = "unenroll"
title = "Unenroll"
[stage.gate]
"asked" = "requested_at IS NOT NULL"
"not yet queued" = "unenroll_queued_at IS NULL"
[[stage.step]]
name = "mark"
call = "jamf.mark_unmanaged"
[stage.set]
unenroll_queued_at = "{{ now }}"

[[stage]]
name = "confirm"
title = "Confirm"
[stage.gate]
"queued" = "unenroll_queued_at IS NOT NULL"
"not yet left" = "unenrolled_at IS NULL"
[[stage.step]]
name = "look"
call = "fleet.get_host"
[stage.set]
unenrolled_at = "{{ now }}"
"#;

#[tokio::main]
async fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|n| n.parse().ok()).collect();
    let all = if asked.is_empty() {
        vec![1, 16, 64]
    } else {
        asked
    };
    for connections in all {
        let mut pairs = Vec::new();
        for _ in 0..RUNS {
            pairs.push((limit(connections).await, ours(connections).await));
        }
        pairs.sort_by(|a, b| (a.1.rate() / a.0.rate()).total_cmp(&(b.1.rate() / b.0.rate())));
        let (limit, ours) = &pairs[RUNS / 2];
        println!(
            "BENCH hooks connections={connections} limit={:.0}/s limit_p99={:.1}ms limit_cpu={:.0}us drover={:.0}/s drover_p99={:.1}ms \
             drover_cpu={:.0}us ratio={:.2} p99_ratio={:.1}",
            limit.rate(),
            limit.p99_ms(),
            limit.cpu_us(),
            ours.rate(),
            ours.p99_ms(),
            ours.cpu_us(),
            ours.rate() / limit.rate(),
            ours.p99_ms() / limit.p99_ms(),
        );
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("a folder for the store")
}

async fn limit(connections: usize) -> Load {
    let folder = folder();
    let (address, server) = limit::start(&folder.path().join("limit.db")).await;
    let load = load::run(address, "/", connections, RUN).await;
    server.abort();
    load
}

async fn ours(connections: usize) -> Load {
    let folder = folder();
    let pipeline = parse("bench.toml", PIPELINE).expect("the pipeline is sound");
    let clock = Clock::scaled(real_now(), 1.0);
    let setup = Setup {
        shape: pipeline.shape(),
        rules: pipeline.rules(),
        clock: clock.clone(),
    };
    let store = Store::open(&folder.path().join("drover.db"), setup).expect("the store opens");
    let settings = Settings::new(([127, 0, 0, 1], 0).into(), TOKEN.into());
    let listener = bind(settings).await.expect("a free port");
    let address = listener.address();
    let (stop, stopped) = watch::channel(false);
    let parts = Parts {
        pipeline: Arc::new(pipeline),
        store: store.clone(),
        clock,
        health: Arc::new(|| HealthReport {
            ok: true,
            word: "ok".into(),
        }),
        metrics: Arc::new(|| Box::pin(async { String::new() })),
        counts: Arc::new(Counts::default()),
        suspects: Suspects::beside(&folder.path().join("drover.db")),
    };
    let server = tokio::spawn(serve(listener, parts, stopped));
    let target = format!("/hooks/migrate?token={TOKEN}");
    let load = load::run(address, &target, connections, RUN).await;
    let _ = stop.send(true);
    let _ = server.await;
    let rows = store
        .read(|view| view.count(&Query::all()))
        .await
        .expect("the rows can be counted");
    assert!(
        rows >= load.answered(),
        "{rows} rows for {} answers",
        load.answered()
    );
    store.close().await;
    load
}
