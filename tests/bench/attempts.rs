//! A night's attempts: rows × steps through the real engine and a real store, with a service that answers at once.
//!
//! `cargo bench --bench attempts [-- ROWS]` prints wall time, CPU a step and resident memory. The figures to beat are
//! the engine's own: 1 ms of CPU a step at most, 100 MB at 10,000 rows.

use drover::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Pending, Registry, Reply, Wanted,
};
use drover::engine::{Engine, Messages, Parts, Roles, settlement};
use drover::model::action::{ActionSpec, Nature};
use drover::model::clock::{Clock, Stopwatch, real_sleep};
use drover::model::outcome::Outcome;
use drover::model::random::Random;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::pipeline::parse;
use drover::store::{Cause, CommandId, Setup, Store};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

const STEPS: usize = 7;

const fn action(name: &'static str, nature: Nature) -> ActionSpec {
    ActionSpec {
        name,
        about: "",
        nature,
        inputs: &[],
        outputs: &[],
        destructive: false,
        settle: Span::ZERO,
        probe: false,
    }
}

static ACTIONS: [ActionSpec; 2] = [
    action("bench.read", Nature::Read),
    action("bench.change", Nature::Repeatable),
];

/// A service that answers at once.
struct Instant;

impl Connector for Instant {
    fn name(&self) -> &'static str {
        "bench"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        &ACTIONS
    }

    fn call<'a>(&'a self, _: &'static ActionSpec, _: Call) -> Pending<'a, Result<Reply, Failure>> {
        let result =
            serde_json::json!({ "id": 7, "name": "a name of usual length", "online": true });
        Box::pin(async {
            Ok(Reply {
                result,
                outcome: Outcome::Done,
                exchanges: Vec::new(),
            })
        })
    }

    fn probe<'a>(
        &'a self,
        _: &'static ActionSpec,
        _: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async { Ok(Landing::Absent) })
    }

    fn check<'a>(&'a self, _: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }

    fn health(&self) -> Health {
        Health::default()
    }
}

fn pipeline_text(parallel: usize) -> String {
    let mut text = format!(
        r#"
name = "bench"
title = "Bench"
about = "Bench."
subject = "device"
key = "serial"
timezone = "UTC"
[columns]
serial = {{ type = "text", title = "Serial", about = "x" }}
asked_at = {{ type = "time", title = "Asked", about = "x", imported = true }}
done_at = {{ type = "time", title = "Done", about = "x" }}
[[phase]]
name = "Done"
when = "done_at IS NOT NULL"
tone = "done"
about = "x"
[[stage]]
name = "work"
title = "Work"
about = "x"
parallel = {parallel}
[stage.gate]
"asked" = "asked_at IS NOT NULL"
"not done" = "done_at IS NULL"
"#
    );
    for step in 0..STEPS {
        let call = if step % 2 == 0 {
            "bench.read"
        } else {
            "bench.change"
        };
        let _ = write!(
            text,
            "[[stage.step]]\nname = \"s{step}\"\ntitle = \"x\"\ncall = \"{call}\"\n"
        );
    }
    text.push_str("[stage.set]\ndone_at = \"{{ now }}\"\n");
    text
}

fn main() {
    let rows = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(1_000);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for parallel in [64, 256] {
        runtime.block_on(night(rows, parallel));
    }
}

async fn night(rows: usize, parallel: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline =
        Arc::new(parse("bench.toml", &pipeline_text(parallel)).expect("a sound pipeline"));
    let clock = Clock::system();
    let setup = Setup {
        shape: pipeline.shape(),
        rules: pipeline.rules(),
        clock: clock.clone(),
    };
    let store = Store::open(&folder.path().join("bench.db"), setup).expect("a store");
    fill(&store, rows).await;
    let (watch, cpu) = (Stopwatch::start(), cpu_seconds());
    let engine = Engine::start(Parts {
        pipeline: pipeline.clone(),
        store: store.clone(),
        registry: Registry::new([Arc::new(Instant) as Arc<dyn Connector>]),
        clock: clock.clone(),
        random: Random::seeded(1),
        messages: Messages::default(),
        roles: Roles::default(),
        ceilings: drover::engine::Ceilings {
            per_hour: u64::MAX,
            per_night: u64::MAX,
            per_row: u64::MAX,
        },
    })
    .await
    .expect("an engine");
    loop {
        let stands = store.read(|view| view.phases()).await;
        if stands
            .expect("phases")
            .iter()
            .any(|(phase, count)| phase.is_some() && *count == rows as u64)
        {
            break;
        }
        real_sleep(Duration::from_millis(5)).await;
    }
    let (wall, cpu) = (watch.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let settled = store
        .read(move |view| settlement(view, &pipeline, clock.now()))
        .await
        .expect("a settlement");
    assert_eq!(settled.complete, rows as u64);
    let steps = (rows * STEPS) as f64;
    println!(
        "ATTEMPTS rows={rows} steps={} parallel={parallel} wall={wall:.2}s rows_per_s={:.0} cpu_per_step={:.0}us rss={}MB",
        rows * STEPS,
        rows as f64 / wall,
        cpu / steps * 1e6,
        resident_mb()
    );
    engine.stop().await;
    store.close().await;
}

async fn fill(store: &Store, rows: usize) {
    for start in (0..rows).step_by(500) {
        store
            .write(move |tx| {
                for number in start..(start + 500).min(rows) {
                    let (row, _) = tx.row_of(&format!("C{number:08}"))?;
                    let asked = [("asked_at".to_owned(), Value::Time(tx.now()))].into();
                    tx.set(row, &asked, &Cause::Command(CommandId(1)))?;
                }
                Ok(())
            })
            .await
            .expect("rows");
    }
}

/// User and system time of this process, from `/proc/self/stat` (fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse().ok())
        .collect();
    fields.iter().sum::<f64>() / 100.0
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
