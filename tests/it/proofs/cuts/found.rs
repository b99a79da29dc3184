//! What is found when the machine comes back: the store opened by its own code, and looked over.

use super::disk::{FILES, Image};
use super::record::{self, Record};
use crate::proofs::kills::looked_over;
use drover::model::clock::Clock;
use drover::model::time::Time;
use drover::pipeline::Pipeline;
use drover::store::{Setup, Store, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// What an image held.
#[derive(Default)]
pub(super) struct Finding {
    pub(super) marks: BTreeSet<u64>,
    /// Whose request to leave is on the table.
    pub(super) asked: BTreeSet<String>,
    /// Calls on record that change something, by action.
    intents: BTreeMap<String, usize>,
    /// What is wrong with it; nothing when the engine would start on it and SQLite finds no fault.
    pub(super) damage: Vec<String>,
}

/// A place to look at one image after the other.
pub(super) struct Desk {
    folder: TempDir,
    setup: Setup,
    runtime: Runtime,
}

impl Desk {
    pub(super) fn for_stores_of(pipeline: &Pipeline) -> Self {
        // In memory where there is such a place: what is looked at here need not survive anything.
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir());
        Self {
            folder: folder.unwrap(),
            setup: Setup {
                shape: pipeline.shape(),
                rules: pipeline.rules(),
                clock: Clock::manual(Time::parse("2026-03-03T12:00:00Z").unwrap()),
            },
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    pub(super) fn look(&self, image: &Image) -> Finding {
        let path = self.folder.path().join(FILES[0]);
        for name in FILES.into_iter().chain(["drover.db-shm"]) {
            let _ = std::fs::remove_file(self.folder.path().join(name));
        }
        record::write(image, self.folder.path());
        let mut finding = Finding::default();
        match self.runtime.block_on(self.open(&path)) {
            Ok(None) => {}
            Ok(Some(entry)) => finding
                .damage
                .push(format!("the journal's chain breaks at {entry}")),
            Err(error) => finding
                .damage
                .push(format!("no engine starts on it: {error}")),
        }
        finding.damage.extend(looked_over(&path));
        if finding.damage.is_empty()
            && let Err(error) = finding.read(&path)
        {
            finding.damage.push(error.to_string());
        }
        finding
    }

    /// As an engine opens it; the first entry of the journal that does not fit, if any.
    async fn open(&self, path: &Path) -> Result<Option<i64>, StoreError> {
        let store = Store::open(path, self.setup.clone())?;
        let walked = store.read(|view| view.verify_journal()).await;
        store.close().await;
        Ok(walked?.1)
    }
}

impl Finding {
    fn read(&mut self, path: &Path) -> rusqlite::Result<()> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut events = conn.prepare("SELECT raw FROM event WHERE state <> 'new'")?;
        let mut rows = events.query([])?;
        while let Some(row) = rows.next()? {
            let raw = row.get_ref(0)?.as_str().unwrap_or_default();
            let mark = raw.split_once("\"mark\":").and_then(|(_, rest)| {
                let end = rest.find(|c: char| !c.is_ascii_digit())?;
                rest[..end].parse::<u64>().ok()
            });
            self.marks.extend(mark);
        }
        let mut asked = conn.prepare("SELECT serial FROM device WHERE requested_at IS NOT NULL")?;
        for serial in asked.query_map([], |row| row.get(0))? {
            self.asked.insert(serial?);
        }
        let mut intents =
            conn.prepare("SELECT action, count(*) FROM step WHERE mutates = 1 GROUP BY action")?;
        for intent in intents.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (action, count): (String, i64) = intent?;
            self.intents.insert(action, count as usize);
        }
        Ok(())
    }

    /// What is owed at this place of the record and is not there, each in a few words.
    pub(super) fn missing(&self, record: &Record, place: usize) -> Vec<String> {
        let mut gone = Vec::new();
        for (mark, debt) in &record.owed.webhooks {
            if debt.from > place {
                continue;
            }
            if !self.marks.contains(mark) {
                gone.push(format!("the event {mark}"));
            } else if let Some(serial) = &debt.serial
                && !self.asked.contains(serial)
            {
                gone.push(format!("the request of {serial}, event {mark}"));
            }
        }
        let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, action) in record
            .owed
            .intents
            .iter()
            .filter(|(from, _)| *from <= place)
        {
            *sent.entry(action).or_default() += 1;
        }
        for (action, count) in sent {
            let there = self.intents.get(action).copied().unwrap_or_default();
            gone.extend(
                (there..count).map(|_| format!("the intent of an order {action} that went out")),
            );
        }
        gone
    }
}
