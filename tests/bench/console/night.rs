//! A store with a night in progress, of any number of rows, and somebody who commits to it all the time.

use drover::model::clock::{Clock, real_now, real_pause};
use drover::model::hash::sha256_hex;
use drover::model::row::{RowId, Values};
use drover::model::time::Span;
use drover::model::value::Value;
use drover::pipeline::{Pipeline, parse};
use drover::store::{Cause, Level, NewEntry, Setup, Store, StoreError, Tx};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const PIPELINE: &str = include_str!("../../../assets/pipelines/jamf-to-fleet.toml");
const SCHEMA: &str = include_str!("../../../src/store/schema/0001.sql");
/// Between two commits of the engine at work.
const PACE: Duration = Duration::from_millis(5);

pub fn pipeline() -> Pipeline {
    parse("jamf-to-fleet.toml", PIPELINE).unwrap_or_else(|findings| panic!("{findings:?}"))
}

/// A store that is thrown away afterwards.
pub struct Night {
    pub folder: tempfile::TempDir,
    pub rows: usize,
    store: Option<Store>,
    runtime: Arc<tokio::runtime::Runtime>,
}

impl Night {
    /// Copies the kept store of so many rows, made first where there is none. What is kept is as good as new: its name
    /// says of which pipeline and schema it is.
    pub fn of(rows: usize) -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let of = sha256_hex(format!("{PIPELINE}{SCHEMA}{}", include_str!("night.rs")).as_bytes());
        let kept = target.join(format!("console-{rows}-{}.db", &of[..12]));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = tempfile::tempdir_in(target).expect("a folder");
        if !kept.exists() {
            let making = folder.path().join("making.db");
            make(&runtime, &making, rows);
            std::fs::rename(&making, &kept).expect("the store kept");
        }
        let path = folder.path().join("drover.db");
        std::fs::copy(&kept, &path).expect("the store copied");
        let store = open(&path, &Clock::system());
        Self {
            folder,
            rows,
            store: Some(store),
            runtime: Arc::new(runtime),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("drover.db")
    }

    pub fn write(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        let store = self.store.as_ref().expect("open until dropped");
        self.runtime.block_on(store.write(work)).expect("written");
    }

    /// One column of one row, as a stage would write it.
    pub fn change(&self, row: RowId, column: &'static str, value: Value) {
        self.write(move |tx| {
            let values = Values::from([(column.to_owned(), value)]);
            tx.set(row, &values, &Cause::Schedule).map(drop)
        });
    }

    /// Commits until the answer is dropped: rows everywhere, those in sight among them, and a line of the log.
    pub fn at_work(&self) -> AtWork {
        let (stop, commits) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let (told, counted): (_, Arc<AtomicU64>) = (stop.clone(), Arc::clone(&commits));
        let store = self.store.clone().expect("open until dropped");
        let (runtime, rows) = (self.runtime.clone(), self.rows);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let n = counted.fetch_add(1, Ordering::Relaxed) as usize;
                let written = runtime.block_on(store.write(move |tx| commit(tx, n, rows)));
                written.expect("written");
                real_pause(PACE);
            }
        });
        AtWork {
            stop,
            commits,
            thread: Some(thread),
        }
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            self.runtime.block_on(store.close());
        }
    }
}

/// The engine's part, played until dropped.
pub struct AtWork {
    stop: Arc<AtomicBool>,
    pub commits: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn commit(tx: &mut Tx<'_>, n: usize, rows: usize) -> Result<(), StoreError> {
    let at = if n.is_multiple_of(4) {
        n / 4 % 50
    } else {
        n * 7_919 % rows
    };
    let row = RowId(at as i64 + 1);
    let values = Values::from([
        ("detail_updated_at".to_owned(), Value::Time(tx.now())),
        ("fleet_online".to_owned(), Value::Boolean(n % 8 < 4)),
    ]);
    tx.set(row, &values, &Cause::Schedule)?;
    if n.is_multiple_of(10) {
        tx.say(NewEntry {
            level: Level::Info,
            source: "details".into(),
            row: Some(row),
            text: "details read".into(),
        })?;
    }
    Ok(())
}

fn open(path: &Path, clock: &Clock) -> Store {
    let pipeline = pipeline();
    let setup = Setup {
        shape: pipeline.shape(),
        rules: pipeline.rules(),
        clock: clock.clone(),
    };
    Store::open(path, setup).expect("a store")
}

/// Rows everywhere on their way. All of it happened long ago, so that their ages change once a day.
fn make(runtime: &tokio::runtime::Runtime, path: &Path, rows: usize) {
    println!("making a store of {rows} rows; it is kept for the next run");
    let clock = Clock::manual(real_now().minus(Span::from_hours(24 * 120)));
    let store = open(path, &clock);
    runtime.block_on(async {
        for from in (0..rows).step_by(1_000) {
            let chunk = from..(from + 1_000).min(rows);
            let born = store.write(move |tx| chunk.into_iter().try_for_each(|at| born(tx, at)));
            born.await.expect("rows made");
            clock.turn(Span::from_secs(60));
        }
        store.close().await;
    });
}

/// The keys are in another order than the rows.
pub fn key(at: usize) -> String {
    format!("C02{:06}Q", at * 7_919 % 1_000_000)
}

fn born(tx: &mut Tx<'_>, at: usize) -> Result<(), StoreError> {
    let (row, _) = tx.row_of(&key(at))?;
    let text = |said: String| Value::Text(said);
    let models = ["MacBookPro18,3", "Mac14,2", "Mac15,6"];
    let systems = ["15.6.1", "15.7", "26.1", "26.2"];
    let mut values = Values::from([
        ("computer_name".into(), text(format!("Mac of person {at}"))),
        ("device_model".into(), text(models[at % 3].into())),
        ("macos_version".into(), text(systems[at % 4].into())),
        ("filevault_status".into(), text("verified".into())),
        (
            "assigned_user".into(),
            text(format!("Person {}", at % 70_001)),
        ),
        ("email".into(), text(format!("person{at}@example.com"))),
        ("fleet_id".into(), Value::Integer(at as i64)),
        (
            "uuid".into(),
            text(format!("{at:08X}-0000-4000-8000-000000000000")),
        ),
        (
            "fleet_url".into(),
            text(format!("https://fleet.example.com/hosts/{at}")),
        ),
        (
            "fleet_team".into(),
            text(["Staging", "Workstations"][at % 2].into()),
        ),
        ("fleet_online".into(), Value::Boolean(!at.is_multiple_of(5))),
        (
            "mdm_server_url".into(),
            text("https://example.jamfcloud.com/mdm/ServerURL".into()),
        ),
        ("jamf_id".into(), text(at.to_string())),
    ]);
    let now = Value::Time(tx.now());
    let way = [
        "requested_at",
        "unenroll_queued_at",
        "unenrolled_at",
        "enrolled_at",
        "transferred_at",
        "completed_at",
    ];
    for column in &way[..at % 7] {
        values.insert((*column).to_owned(), now.clone());
    }
    tx.set(row, &values, &Cause::Schedule).map(drop)
}
