//! Real engines under `strace`, with senders and a night going on: everything a disk would see of them.

use super::disk::{Disk, FILES, Image, Survival};
use super::trace::{self, Deed, Event};
use crate::proofs::kills::Load;
use crate::support::{Company, Engine, SOON, get, until};
use drover::model::random::Random;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks of one engine's senders; the next engine's follow.
const MARKS: u64 = 1_000_000_000;

/// A company whose engines are recorded.
pub(super) struct Studio {
    pub(super) company: Company,
    seed: u64,
    takes: u64,
}

/// One engine's life, from what it found on disk to what it left.
pub(super) struct Record {
    pub(super) before: Image,
    pub(super) events: Vec<Event>,
    pub(super) owed: Owed,
}

/// What an acknowledged webhook is owed.
#[derive(Clone, Debug)]
pub(super) struct Debt {
    /// The first place of the record at which the store must have it.
    pub(super) from: usize,
    /// Whose click it was.
    pub(super) serial: Option<String>,
}

/// What a store must have.
#[derive(Clone, Debug, Default)]
pub(super) struct Owed {
    /// By the webhook's mark.
    pub(super) webhooks: BTreeMap<u64, Debt>,
    /// An intent for each order that went out: from which place on, and its action.
    pub(super) intents: Vec<(usize, &'static str)>,
}

impl Owed {
    /// Adds what each answer and each order needs, from the place on that follows it.
    fn take(&mut self, events: &[Event]) {
        for (place, event) in events.iter().enumerate() {
            let from = place + 1;
            match &event.deed {
                Deed::Kept { mark, serial } => {
                    self.webhooks.entry(*mark).or_insert_with(|| Debt {
                        from,
                        serial: serial.clone(),
                    });
                }
                Deed::Sent(action) => self.intents.push((from, action)),
                _ => {}
            }
        }
    }
}

impl Record {
    /// What is owed to begin with by whoever goes on after a cut at this place.
    pub(super) fn owed_after(&self, place: usize) -> Owed {
        let webhooks = self
            .owed
            .webhooks
            .iter()
            .filter(|(_, debt)| debt.from <= place);
        let intents = self.owed.intents.iter().filter(|(from, _)| *from <= place);
        let always = |debt: &Debt| Debt {
            from: 0,
            ..debt.clone()
        };
        Owed {
            webhooks: webhooks.map(|(mark, debt)| (*mark, always(debt))).collect(),
            intents: intents.map(|(_, action)| (0, *action)).collect(),
        }
    }
}

impl Studio {
    pub(super) fn open(company: Company, seed: u64) -> Self {
        Self {
            company,
            seed,
            takes: 0,
        }
    }

    /// An engine starts on what is there, takes webhooks until its record has this many bytes, and is ended. What was
    /// acknowledged before comes with it.
    pub(super) fn record(&mut self, bytes: u64, mut owed: Owed) -> Record {
        self.takes += 1;
        let company = &self.company;
        let folder = std::fs::canonicalize(company.path("")).unwrap();
        let file = company.path(&format!("trace.{}", self.takes));
        let tracer = trace::tracer(&file);
        let tracer: Vec<&str> = tracer.iter().map(String::as_str).collect();
        let before = found(&folder);
        let speed = company.speed.to_string();
        let engine = Engine::under(company, &tracer, &["run", "--speed", &speed]);
        until(SOON, "the traced engine answers", || {
            get(company.hooks, "/healthz").filter(|answer| answer.status == 200)
        });
        let load = Load::on(company, self.seed + self.takes, 3.0).from(self.takes * MARKS);
        std::thread::scope(|scope| {
            let pressing = scope.spawn(|| load.press());
            until(Duration::from_mins(3), "enough is recorded", || {
                (size(&file) >= bytes).then_some(())
            });
            load.stop();
            pressing.join().unwrap()
        });
        let pid = engine.id();
        assert!(engine.terminate().success());
        let text = trace::finished(&file, pid);
        std::fs::remove_file(&file).unwrap();
        let events = trace::read(&text, &folder);
        owed.take(&events);
        let record = Record {
            before,
            events,
            owed,
        };
        record.is_complete(&folder);
        record
    }

    /// The store as it is found after a cut, for the next engine.
    pub(super) fn put(&self, image: &Image) {
        let folder = self.company.path("");
        for name in FILES.into_iter().chain(["drover.db-shm"]) {
            let _ = std::fs::remove_file(folder.join(name));
        }
        write(image, &folder);
    }
}

impl Record {
    /// Replayed with nothing lost it must give the very files: else something is written that is not recorded.
    fn is_complete(&self, folder: &Path) {
        let mut disk = Disk::with(&self.before);
        self.events.iter().for_each(|event| disk.take(event));
        let replayed = disk.after_cut(Survival::Kept, &mut Random::seeded(0));
        for (name, bytes) in found(folder) {
            let same = replayed.get(name).is_some_and(|there| *there == bytes);
            assert!(same, "{name} is not what its recorded writes give");
        }
    }
}

/// The store's files in a folder.
pub(super) fn found(folder: &Path) -> Image {
    let there = FILES.into_iter().filter_map(|name| {
        let bytes = std::fs::read(folder.join(name)).ok()?;
        Some((name, bytes))
    });
    there.collect()
}

pub(super) fn write(image: &Image, folder: &Path) {
    for (name, bytes) in image {
        let path: PathBuf = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
    }
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |about| about.len())
}
