//! The store's figures, printed: run with `cargo bench --bench store`.

use drover::model::clock::{Clock, Stopwatch};
use drover::model::row::{RowId, Values};
use drover::model::rule::{ColumnShape, Condition, PhaseRule, Rule, RuleKind, Rules, Shape};
use drover::model::time::{Span, Time};
use drover::model::value::{Value, ValueType};
use drover::store::{Cause, Query, Reader, Setup, Store};
use std::path::Path;

const ROWS: usize = 100_000;
const STAGES: usize = 10;

fn shape() -> Shape {
    let texts = [
        "serial", "uuid", "model", "os", "user", "team", "url", "email",
    ];
    let columns = texts.map(|name| (name.to_owned(), ValueType::Text));
    let times = (0..STAGES).map(|n| (format!("done_{n}_at"), ValueType::Time));
    let others = [
        ("connected".to_owned(), ValueType::Boolean),
        ("fleet_id".to_owned(), ValueType::Integer),
        ("asked_at".to_owned(), ValueType::Time),
    ];
    let all = columns.into_iter().chain(times).chain(others);
    Shape {
        subject: "device".into(),
        key: "serial".into(),
        columns: all.map(|(name, kind)| ColumnShape { name, kind }).collect(),
    }
}

fn rules(version: &str) -> Rules {
    let stage = |n: usize| Rule {
        name: format!("stage_{n}"),
        kind: RuleKind::Stage,
        waves: n == 0,
        checks: Vec::new(),
        conditions: vec![
            Condition::new("asked", "asked_at IS NOT NULL"),
            Condition::new(
                "the one before is done",
                match n {
                    0 => "connected IS NOT TRUE".to_owned(),
                    n => format!("done_{}_at IS NOT NULL", n - 1),
                },
            ),
            Condition::new("not done", format!("done_{n}_at IS NULL")),
            Condition::new("in its team", "team = :team"),
        ],
    };
    let stuck = Rule {
        name: "stuck".into(),
        kind: RuleKind::Ladder,
        waves: false,
        checks: Vec::new(),
        conditions: vec![
            Condition::new("long ago", "asked_at < ago('10m')"),
            Condition::new("not connected", "connected IS NOT TRUE"),
            Condition::new("at Jamf", "url LIKE :prefix"),
        ],
    };
    Rules {
        version: version.into(),
        params: [
            ("team", "Staging"),
            ("prefix", "https://jamf.example.com/%"),
        ]
        .map(|(name, value)| (name.to_owned(), Value::Text(value.into())))
        .into(),
        rules: (0..STAGES).map(stage).chain([stuck]).collect(),
        wave: None,
        proof: Vec::new(),
        acts: Vec::new(),
        checks: Vec::new(),
        phases: (0..STAGES)
            .rev()
            .map(|n| PhaseRule {
                name: format!("Phase {n}"),
                when: format!("done_{n}_at IS NOT NULL"),
            })
            .collect(),
    }
}

fn start() -> Time {
    Time::from_millis(1_772_452_800_000)
}

/// A Mac somewhere on its way.
fn values(n: usize) -> Values {
    let mut values: Values = [
        ("uuid", format!("{n:08}-0000-0000-0000-000000000000")),
        ("model", format!("MacBook Pro {}", n % 7)),
        ("os", format!("15.{}", n % 5)),
        ("user", format!("Person {n}")),
        ("email", format!("person{n}@example.com")),
        (
            "team",
            if n.is_multiple_of(4) {
                "Workstations"
            } else {
                "Staging"
            }
            .to_owned(),
        ),
        ("url", "https://jamf.example.com/mdm".to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), Value::Text(text)))
    .collect();
    values.insert("fleet_id".into(), Value::Integer(n as i64));
    values.insert("connected".into(), Value::Boolean(n.is_multiple_of(3)));
    values.insert("asked_at".into(), Value::Time(start()));
    for stage in 0..n % (STAGES + 1) {
        values.insert(format!("done_{stage}_at"), Value::Time(start()));
    }
    values
}

fn told(what: &str, watch: Stopwatch, per: usize) {
    let took = watch.elapsed().as_secs_f64();
    let each = took / per as f64 * 1e6;
    println!(
        "{what:<46} {:>10.1} ms   {each:>9.1} µs each   {:>10.0}/s",
        took * 1e3,
        per as f64 / took
    );
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = dir.path().join("drover.db");
    let clock = Clock::manual(start().plus(Span::from_mins(1)));
    let store = open(&path, &clock, "v1")?;
    fill(&store).await?;
    commits(&store).await?;
    reads(&store, &clock).await?;
    store.close().await;

    let watch = Stopwatch::start();
    let store = open(&path, &clock, "v2")?;
    told("open with new rules, queue made anew", watch, 1);
    store.close().await;
    let watch = Stopwatch::start();
    let store = open(&path, &clock, "v2")?;
    told("open, nothing new", watch, 1);
    store.close().await;
    let watch = Stopwatch::start();
    let reader = Reader::open(&path)?;
    let rows = reader.look(|view| view.count(&Query::all()))?;
    told("a reader opened, first look", watch, 1);
    println!(
        "rows {rows}, file {} MiB",
        std::fs::metadata(&path)?.len() >> 20
    );
    Ok(())
}

fn open(path: &Path, clock: &Clock, version: &str) -> Result<Store, drover::store::StoreError> {
    let setup = Setup {
        shape: shape(),
        rules: rules(version),
        clock: clock.clone(),
    };
    Store::open(path, setup)
}

/// All rows, a thousand to a closure: each is written, recorded and decided.
async fn fill(store: &Store) -> Result<(), drover::store::StoreError> {
    let watch = Stopwatch::start();
    for from in (0..ROWS).step_by(1_000) {
        store
            .write(move |tx| {
                for n in from..from + 1_000 {
                    let (row, _) = tx.row_of(&format!("C{n:07}"))?;
                    tx.set(row, &values(n), &Cause::Schedule)?;
                }
                Ok(())
            })
            .await?;
    }
    told("rows made, every column recorded and decided", watch, ROWS);
    Ok(())
}

/// One column of one row, as an attempt would write it.
async fn touch(store: &Store, n: usize) -> Result<(), drover::store::StoreError> {
    store
        .write(move |tx| {
            let row = RowId(1 + (n * 7919 % ROWS) as i64);
            let values = Values::from([("fleet_id".into(), Value::Integer(1_000_000 + n as i64))]);
            tx.set(row, &values, &Cause::Schedule).map(drop)
        })
        .await
}

async fn commits(store: &Store) -> Result<(), drover::store::StoreError> {
    let watch = Stopwatch::start();
    for n in 0..300 {
        touch(store, n).await?;
    }
    told("commits one after the other", watch, 300);
    for callers in [10, 100, 1_000] {
        let watch = Stopwatch::start();
        let all = (0..callers).map(|caller| {
            let store = store.clone();
            async move {
                for n in 0..10_000 / callers {
                    touch(&store, 1_000 * callers + caller * 10_000 + n).await?;
                }
                Ok::<_, drover::store::StoreError>(())
            }
        });
        for done in futures_util::future::join_all(all).await {
            done?;
        }
        told(
            &format!("durable writes from {callers} callers"),
            watch,
            10_000,
        );
    }
    let watch = Stopwatch::start();
    store
        .write(|tx| {
            for n in 0..10_000 {
                let row = RowId(1 + (n * 31 % ROWS) as i64);
                let at = tx.now();
                let done = if n % 2 == 0 {
                    Value::Time(at)
                } else {
                    Value::Null
                };
                let values = Values::from([(format!("done_{}_at", n % STAGES), done)]);
                tx.set(row, &values, &Cause::Schedule)?;
            }
            Ok(())
        })
        .await?;
    told("rows changed and decided in one commit", watch, 10_000);
    Ok(())
}

async fn reads(store: &Store, clock: &Clock) -> Result<(), drover::store::StoreError> {
    let now = clock.now().plus(Span::from_hours(1));
    store
        .read(move |view| {
            let watch = Stopwatch::start();
            for n in 0..1_000 {
                view.ready(&format!("stage_{}", n % STAGES), now, 20)?;
            }
            told("ready, 20 rows", watch, 1_000);
            for (name, at) in [("nothing ahead", now), ("the ladder all ahead", start())] {
                let watch = Stopwatch::start();
                for _ in 0..20 {
                    view.counts(at)?;
                }
                told(
                    &format!("counts of {} rules, {name}", STAGES + 1),
                    watch,
                    20,
                );
            }
            let watch = Stopwatch::start();
            for _ in 0..1_000 {
                view.next_due(start())?;
                view.phases()?;
            }
            told("next_due and phases", watch, 1_000);
            let watch = Stopwatch::start();
            for n in 1..=1_000 {
                view.explain(RowId(n), now)?;
            }
            told("explain one row", watch, 1_000);
            let watch = Stopwatch::start();
            for n in 1..=1_000 {
                view.gate_holds(RowId(n), "stage_3", now)?;
            }
            told("gate judged afresh", watch, 1_000);
            let watch = Stopwatch::start();
            for n in 0..1_000 {
                view.row_by_key(&format!("C{n:07}"))?;
            }
            told("row by key", watch, 1_000);
            lists(view)
        })
        .await
}

fn lists(view: &drover::store::View<'_>) -> Result<(), drover::store::StoreError> {
    let window = |condition: Option<&str>, order: Option<&str>, offset| Query {
        condition: condition.map(str::to_owned),
        order: order
            .map(|o| vec![(o.to_owned(), true)])
            .unwrap_or_default(),
        offset,
        limit: Some(200),
        ..Query::all()
    };
    for (name, query) in [
        ("window of 200, by key, at the start", window(None, None, 0)),
        (
            "window of 200, by key, at row 90,000",
            window(None, None, 90_000),
        ),
        (
            "window of 200, filtered and sorted",
            window(Some("model = 'MacBook Pro 3'"), Some("os"), 0),
        ),
        (
            "window of 200, of one phase",
            window(Some("phase = 'Phase 3'"), None, 0),
        ),
        (
            "text search without a hit",
            window(
                Some("user LIKE '%nobody%' OR email LIKE '%nobody%'"),
                None,
                0,
            ),
        ),
    ] {
        let watch = Stopwatch::start();
        for _ in 0..10 {
            view.rows(&query)?;
        }
        told(name, watch, 10);
    }
    let watch = Stopwatch::start();
    for _ in 0..10 {
        view.count(&Query {
            condition: Some("model = 'MacBook Pro 3'".into()),
            ..Query::all()
        })?;
    }
    told("count by a condition", watch, 10);
    Ok(())
}
