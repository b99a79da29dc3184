//! The power goes at any moment: what was acknowledged is there, and the file holds together.
//!
//! A kill cannot show this, as the machine keeps what the process wrote. So the engine runs under `strace`, which writes
//! down every byte that goes to the store's files, every sync, and every 2xx in one order; and the power cut is played
//! afterwards, at any place of that record, with what was not synced dropped, kept, kept in part, or torn by sectors. Each
//! disk that could be found is opened by the store's own code.

mod disk;
mod found;
mod record;
mod tails;
mod trace;

use super::{alone, figure};
use crate::support::{Company, Program};
use disk::{Disk, Image, SURVIVALS, Survival};
use drover::model::clock::Stopwatch;
use drover::model::random::Random;
use drover::pipeline::{Pipeline, parse};
use found::Desk;
use record::{Owed, Record, Studio};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use trace::Deed;

pub(crate) use trace::can_trace;

/// How much is recorded and how often the power goes.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    /// Bytes of trace for each of two engines, one after the other on the same store.
    pub(crate) bytes: u64,
    /// Places of the record at which the power goes.
    pub(crate) places: usize,
    /// Images on which an engine starts and is cut off once more.
    pub(crate) restarts: usize,
    /// Places of each such start.
    pub(crate) again: usize,
    pub(crate) seed: u64,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Places at which the power went.
    pub(crate) places: usize,
    /// Disks looked at; several for each place where something was not synced.
    pub(crate) images: usize,
    pub(crate) acknowledged: usize,
    /// Orders that went out.
    pub(crate) intents: usize,
    /// Acknowledged webhooks and intents of orders that went out, which an image did not have.
    pub(crate) lost_rows: usize,
    pub(crate) lossy: usize,
    pub(crate) corrupt: usize,
    /// Of the places and images, those of a cut in an engine's life after a cut.
    pub(crate) second_places: usize,
    pub(crate) second_images: usize,
    /// The first few that were not as they should be.
    pub(crate) wrong: Vec<String>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.places += other.places;
        self.images += other.images;
        self.acknowledged += other.acknowledged;
        self.intents += other.intents;
        self.lost_rows += other.lost_rows;
        self.lossy += other.lossy;
        self.corrupt += other.corrupt;
        self.wrong.extend(other.wrong);
        self.wrong.truncate(12);
    }

    pub(crate) fn is_clean(&self) -> bool {
        (self.lost_rows, self.lossy, self.corrupt) == (0, 0, 0)
    }
}

/// Records this build, then cuts the power.
pub(crate) fn cuts(program: &Program, extent: Extent) -> Found {
    let seed = extent.seed.to_string();
    let words = ["--devices", "12", "--seed", &seed];
    let mut company = Company::open(900, &words);
    company.program = program.clone();
    let text = std::fs::read_to_string(company.path("jamf-to-fleet.toml")).unwrap();
    let pipeline = parse("jamf-to-fleet.toml", &text).unwrap();
    let mut studio = Studio::open(company, extent.seed);
    let first = studio.record(extent.bytes, Owed::default());
    let owed = first.owed_after(first.events.len());
    let records = [first, studio.record(extent.bytes, owed)];
    let mut found = Found::default();
    for (number, record) in records.iter().enumerate() {
        let stream = format!("cuts {number}");
        let places = places(
            record,
            extent.places / 2,
            &mut Random::named(extent.seed, &stream),
        );
        found.add(look_at(record, &places, &pipeline, extent.seed));
    }
    let mut random = Random::named(extent.seed, "restarts");
    let mut second = Found::default();
    for _ in 0..extent.restarts {
        let first = &records[random.below(2)];
        let place = random.below(first.events.len());
        studio.put(&after(first, place, &mut random));
        let record = studio.record(extent.bytes / 20, first.owed_after(place));
        let places = places(&record, extent.again, &mut random);
        second.add(look_at(&record, &places, &pipeline, extent.seed));
    }
    (found.second_places, found.second_images) = (second.places, second.images);
    found.add(second);
    found
}

/// The disk after a cut at this place that is harsh in its own way.
fn after(record: &Record, place: usize, random: &mut Random) -> Image {
    let mut disk = Disk::with(&record.before);
    record.events[..place]
        .iter()
        .for_each(|event| disk.take(event));
    disk.after_cut(Survival::Torn, random)
}

/// The first places of a new store's record.
const MAKING: usize = 60;

/// Where the power goes: before and after each sync and right after each acknowledgement, thinned out evenly when they are
/// too many, and anywhere else.
fn places(record: &Record, count: usize, random: &mut Random) -> Vec<usize> {
    let end = record.events.len();
    let mut sharp = BTreeSet::new();
    for (place, event) in record.events.iter().enumerate() {
        match event.deed {
            Deed::Sync(_) | Deed::SyncFolder => sharp.extend([place, place + 1]),
            Deed::Kept { .. } | Deed::Sent(_) => drop(sharp.insert(place + 1)),
            _ => {}
        }
    }
    let mut left: Vec<_> = (0..=end).filter(|place| !sharp.contains(place)).collect();
    let mut sharp: Vec<_> = sharp.into_iter().collect();
    // While the store is made every place counts: those are few, and nothing else is like them.
    let making = if record.before.is_empty() {
        MAKING.min(end)
    } else {
        0
    };
    sharp.retain(|place| *place >= making);
    while sharp.len() > count * 4 / 5 {
        sharp.swap_remove(random.below(sharp.len()));
    }
    while sharp.len() < count && !left.is_empty() {
        sharp.push(left.swap_remove(random.below(left.len())));
    }
    sharp.extend(0..making);
    sharp.sort_unstable();
    sharp.dedup();
    sharp
}

/// Looks at every disk that a cut at these places may leave, on all cores.
fn look_at(record: &Record, places: &[usize], pipeline: &Pipeline, seed: u64) -> Found {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    /// Places a worker takes at a time: each replays the record up to them.
    const SHARE: usize = 64;
    let mut found = std::thread::scope(|scope| {
        let working: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    let desk = Desk::for_stores_of(pipeline);
                    let mut found = Found::default();
                    let mut disk = Disk::with(&record.before);
                    let mut done = 0;
                    while let Some(share) = places
                        .chunks(SHARE)
                        .nth(next.fetch_add(1, Ordering::Relaxed))
                    {
                        for place in share {
                            record.events[done..*place]
                                .iter()
                                .for_each(|event| disk.take(event));
                            done = *place;
                            look_at_one(&disk, *place, record, &desk, seed, &mut found);
                        }
                    }
                    found
                })
            })
            .collect();
        let mut all = Found::default();
        for worker in working {
            all.add(worker.join().unwrap());
        }
        all
    });
    found.places = places.len();
    found.acknowledged = record
        .owed
        .webhooks
        .values()
        .filter(|debt| debt.from > 0)
        .count();
    found.intents = record
        .owed
        .intents
        .iter()
        .filter(|(from, _)| *from > 0)
        .count();
    found
}

fn look_at_one(
    disk: &Disk<'_>,
    place: usize,
    record: &Record,
    desk: &Desk,
    seed: u64,
    found: &mut Found,
) {
    let mut random = Random::named(seed, &format!("cut {place}"));
    let survivals = if disk.is_synced() {
        &SURVIVALS[..1]
    } else {
        &SURVIVALS[..]
    };
    for survival in survivals {
        let image = disk.after_cut(*survival, &mut random);
        let finding = desk.look(&image);
        let missing = finding.missing(record, place);
        found.images += 1;
        found.lost_rows += missing.len();
        found.lossy += usize::from(!missing.is_empty());
        found.corrupt += usize::from(!finding.damage.is_empty());
        if !missing.is_empty() || !finding.damage.is_empty() {
            found.wrong.push(format!(
                "seed {seed}, place {place} of {} after {:?}, unsynced writes {survival:?}: gone are {:?}; {:?}",
                record.events.len(),
                place.checked_sub(1).map(|last| told(&record.events[last].deed)),
                missing.iter().take(4).collect::<Vec<_>>(),
                finding.damage
            ));
        }
    }
}

/// A deed without its bytes.
fn told(deed: &Deed) -> String {
    match deed {
        Deed::Write { name, at, bytes } => format!("{} bytes to {name} at {at}", bytes.len()),
        other => format!("{other:?}"),
    }
}

/// About two hundred cuts where `strace` is there; without it there is nothing to replay, and what stays are the torn tails
/// (`tails.rs`) and the store's own refusal to run with less than `synchronous=FULL`.
#[test]
fn two_hundred_power_cuts_lose_nothing() {
    if !can_trace() {
        eprintln!("no strace here: power cuts are not played (apt-get install strace)");
        return;
    }
    let extent = Extent {
        bytes: 4_000_000,
        places: 60,
        restarts: 1,
        again: 12,
        seed: 21,
    };
    let found = cuts(&Program::own(), extent);
    eprintln!("{found:?}");
    assert!(found.is_clean(), "{:#?}", found.wrong);
    assert!(found.images >= 150 && found.acknowledged > 20, "{found:?}");
}

#[test]
#[ignore = "takes minutes"]
fn five_thousand_power_cuts_lose_nothing() {
    let _alone = alone();
    assert!(
        can_trace(),
        "strace is missing or may not trace: apt-get install strace"
    );
    let watch = Stopwatch::start();
    let extent = Extent {
        bytes: 40_000_000,
        places: 5_000,
        restarts: 25,
        again: 24,
        seed: 2_100,
    };
    let found = cuts(&Program::own(), extent);
    figure(
        "cuts",
        &[
            ("cuts", &found.places),
            ("images", &found.images),
            ("acknowledged", &found.acknowledged),
            ("orders_sent", &found.intents),
            ("lost_rows", &found.lost_rows),
            ("lossy_images", &found.lossy),
            ("corrupt_images", &found.corrupt),
            ("second_cuts", &found.second_places),
            ("second_images", &found.second_images),
            ("seconds", &format!("{:.0}", watch.elapsed().as_secs_f64())),
            ("seed", &extent.seed),
        ],
    );
    assert!(found.is_clean(), "{:#?}", found.wrong);
    assert!(
        found.places >= 5_000 && found.second_places >= 500,
        "{found:?}"
    );
}
