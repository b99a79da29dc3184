//! Room on the disk: what is kept free, what is kept back, and the word that there is none.
//!
//! Below the floor nothing new is begun: no intake, no intent. What is under way still gets its record; when the disk is
//! full to the last byte, the reserve (`<store>.reserve`) is given back for that.

use super::open::{beside, parent};
use crate::model::clock::Stopwatch;
use rustix::fs::FallocateFlags;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

const MIB: u64 = 1024 * 1024;
/// Kept back for the records of what is under way: this, or one fiftieth of a small file system.
const RESERVE: u64 = 64 * MIB;
const SMALLEST_RESERVE: u64 = 2 * MIB;
/// Kept free: this, or one twentieth of a small file system.
const FLOOR: u64 = 512 * MIB;
/// How often the file system is asked, in real time.
const SELDOM: Duration = Duration::from_secs(1);

pub(super) struct Room {
    folder: PathBuf,
    reserve: PathBuf,
    /// `None` while there is room; else why there is none.
    told: watch::Sender<Option<String>>,
    short: AtomicBool,
    looked: Mutex<Stopwatch>,
}

/// A file system's size and what is free of it, in bytes.
#[derive(Clone, Copy, Debug)]
struct Disk {
    size: u64,
    free: u64,
}

impl Disk {
    fn of(folder: &Path) -> Option<Self> {
        let found = rustix::fs::statvfs(folder).ok()?;
        Some(Self {
            size: found.f_blocks * found.f_frsize,
            free: found.f_bavail * found.f_frsize,
        })
    }

    fn floor(self) -> u64 {
        (self.size / 20).min(FLOOR)
    }

    fn reserve(self) -> u64 {
        (self.size / 50).clamp(SMALLEST_RESERVE, RESERVE)
    }
}

impl Room {
    /// Takes the first look, and keeps the reserve back if there is room for it.
    pub(super) fn new(path: &Path) -> Self {
        let room = Self {
            folder: parent(path),
            reserve: beside(path, ".reserve"),
            told: watch::channel(None).0,
            short: AtomicBool::new(false),
            looked: Mutex::new(Stopwatch::start()),
        };
        room.judge();
        room
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<String>> {
        self.told.subscribe()
    }

    /// True while nothing new may be begun.
    pub(super) fn is_short(&self) -> bool {
        self.short.load(Ordering::Relaxed)
    }

    /// Asks the file system, unless that was done within the last second.
    pub(super) fn look(&self) {
        let mut looked = self.looked();
        if looked.elapsed() >= SELDOM {
            *looked = Stopwatch::start();
            drop(looked);
            self.judge();
        }
    }

    /// The disk took no more: the reserve is given back, for what must still be recorded.
    pub(super) fn hit(&self) {
        *self.looked() = Stopwatch::start();
        if let Ok(file) = OpenOptions::new().write(true).open(&self.reserve) {
            let _ = file.set_len(0);
        }
        self.tell(Some(format!(
            "the disk under {} is full; make room there, and it goes on by itself",
            self.folder.display()
        )));
    }

    fn judge(&self) {
        // A file system that does not answer is found out by the next write.
        let Some(disk) = Disk::of(&self.folder) else {
            return;
        };
        let missing = disk.reserve().saturating_sub(self.kept_back());
        // What was short is well only with some room to spare, else it would go to and fro.
        let spare = if self.is_short() { disk.floor() / 4 } else { 0 };
        if disk.free < disk.floor() + missing + spare || (missing > 0 && !self.keep_back(disk)) {
            if !self.is_short() || self.told.borrow().is_none() {
                self.tell(Some(format!(
                    "{} are left on the disk under {}, of which {} are kept free; make room there, and it goes on by itself",
                    size(disk.free),
                    self.folder.display(),
                    size(disk.floor() + missing)
                )));
            }
        } else {
            self.tell(None);
        }
    }

    fn kept_back(&self) -> u64 {
        std::fs::metadata(&self.reserve).map_or(0, |found| found.len())
    }

    /// Really allocated, or nothing of it is there.
    fn keep_back(&self, disk: Disk) -> bool {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.reserve);
        let Ok(file) = file else { return false };
        let kept = allocate(&file, disk.reserve());
        if !kept {
            let _ = file.set_len(0);
        }
        kept
    }

    fn tell(&self, why: Option<String>) {
        self.short.store(why.is_some(), Ordering::Relaxed);
        self.told.send_if_modified(|told| {
            let news = *told != why;
            *told = why;
            news
        });
    }

    fn looked(&self) -> MutexGuard<'_, Stopwatch> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn allocate(file: &File, bytes: u64) -> bool {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => true,
        // Some file systems only know how to write.
        Err(rustix::io::Errno::OPNOTSUPP) => {
            let block = vec![0_u8; MIB as usize];
            let mut file = file;
            (0..bytes / MIB).all(|_| file.write_all(&block).is_ok())
        }
        Err(_) => false,
    }
}

/// Bytes free under a folder.
pub(super) fn free(folder: &Path) -> Option<u64> {
    Disk::of(folder).map(|disk| disk.free)
}

/// Bytes in words.
pub(super) fn size(bytes: u64) -> String {
    if bytes >= 10 * MIB {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes / 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_keeps_little_back_and_a_large_one_no_more_than_it_needs() {
        let disk = |size: u64| Disk { size, free: 0 };
        assert_eq!(disk(16 * MIB).reserve(), SMALLEST_RESERVE);
        assert_eq!(disk(1_000 * MIB).reserve(), 20 * MIB);
        assert_eq!(disk(1_000_000 * MIB).reserve(), RESERVE);
        assert_eq!(disk(100 * MIB).floor(), 5 * MIB);
        assert_eq!(disk(1_000_000 * MIB).floor(), FLOOR);
    }

    #[test]
    fn the_reserve_is_given_back_when_the_disk_is_full_and_kept_back_again_later() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::new(&folder.path().join("drover.db"));
        assert!(!room.is_short(), "{:?}", room.watch().borrow());
        let kept = room.kept_back();
        assert!(kept >= SMALLEST_RESERVE);
        room.hit();
        assert!(room.is_short());
        assert_eq!(room.kept_back(), 0);
        assert!(room.watch().borrow().as_ref().unwrap().contains("is full"));
        room.look();
        assert!(room.is_short(), "not within the same second");
        room.judge();
        assert!(!room.is_short());
        assert_eq!(room.kept_back(), kept);
    }
}
