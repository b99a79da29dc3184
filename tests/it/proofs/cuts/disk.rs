//! A disk that may forget whatever was not synced: the files as they are, and as they may be found after a power cut.

use super::trace::{Deed, Event};
use drover::model::random::Random;
use std::collections::BTreeMap;

/// The store's files that survive a power cut, whole or in part.
pub(super) const FILES: [&str; 3] = ["drover.db", "drover.db-wal", "drover.db-journal"];
/// The least a disk writes at once.
const SECTOR: usize = 512;

/// What became of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Survival {
    Dropped,
    Kept,
    /// Each write by itself is there or not.
    Some,
    /// Each sector by itself is there or not.
    Torn,
}

pub(super) const SURVIVALS: [Survival; 4] = [
    Survival::Dropped,
    Survival::Kept,
    Survival::Some,
    Survival::Torn,
];

/// Files by name, as they are found after a cut.
pub(super) type Image = BTreeMap<&'static str, Vec<u8>>;

#[derive(Default)]
pub(super) struct Disk<'e> {
    files: Vec<File<'e>>,
    /// Which file each name is now, and which it is after a cut at the worst.
    names: BTreeMap<&'static str, usize>,
    synced_names: BTreeMap<&'static str, usize>,
    /// Names given and taken since, each with the line on which that was done.
    renamed: Vec<(usize, &'static str, Option<usize>)>,
}

#[derive(Default)]
struct File<'e> {
    synced: Vec<u8>,
    waiting: Vec<&'e Event>,
}

impl<'e> Disk<'e> {
    /// A disk that holds these files, all of them synced.
    pub(super) fn with(image: &Image) -> Self {
        let mut disk = Self::default();
        for (name, bytes) in image {
            disk.names.insert(name, disk.files.len());
            disk.files.push(File {
                synced: bytes.clone(),
                waiting: Vec::new(),
            });
        }
        disk.synced_names = disk.names.clone();
        disk
    }

    pub(super) fn take(&mut self, event: &'e Event) {
        match &event.deed {
            Deed::Make(name) => {
                let name = known(name);
                if !self.names.contains_key(name) {
                    let file = self.files.len();
                    self.files.push(File::default());
                    self.names.insert(name, file);
                    self.renamed.push((event.done, name, Some(file)));
                }
            }
            Deed::Remove(name) => {
                let name = known(name);
                self.names.remove(name);
                self.renamed.push((event.done, name, None));
            }
            Deed::Write { name, .. } | Deed::Cut { name, .. } => {
                let file = self.names[known(name)];
                self.files[file].waiting.push(event);
            }
            Deed::Sync(name) => {
                let file = self.names[known(name)];
                self.files[file].sync(event.begun);
            }
            Deed::SyncFolder => {
                let (done, left) = std::mem::take(&mut self.renamed)
                    .into_iter()
                    .partition(|(line, ..)| *line < event.begun);
                self.renamed = left;
                for (_, name, file) in done {
                    give(&mut self.synced_names, name, file);
                }
            }
            Deed::Kept { .. } | Deed::Sent(_) => {}
        }
    }

    /// Whether every cut here leaves the same.
    pub(super) fn is_synced(&self) -> bool {
        let mut files = self.names.values().chain(self.synced_names.values());
        self.renamed.is_empty() && files.all(|file| self.files[*file].waiting.is_empty())
    }

    /// What a cut here leaves.
    pub(super) fn after_cut(&self, survival: Survival, random: &mut Random) -> Image {
        let mut names = self.synced_names.clone();
        for (_, name, file) in &self.renamed {
            if survives(survival, random) {
                give(&mut names, name, *file);
            }
        }
        let found = names.into_iter().map(|(name, file)| {
            let file = &self.files[file];
            let mut bytes = file.synced.clone();
            for event in &file.waiting {
                apply(&mut bytes, &event.deed, survival, random);
            }
            (name, bytes)
        });
        found.collect()
    }
}

impl File<'_> {
    /// What was written before this line is on disk.
    fn sync(&mut self, line: usize) {
        let (done, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|event| event.done < line);
        self.waiting = left;
        for event in done {
            apply(
                &mut self.synced,
                &event.deed,
                Survival::Kept,
                &mut Random::seeded(0),
            );
        }
    }
}

fn known(name: &str) -> &'static str {
    FILES.into_iter().find(|known| *known == name).unwrap()
}

fn give(names: &mut BTreeMap<&'static str, usize>, name: &'static str, file: Option<usize>) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(name),
    };
}

fn survives(survival: Survival, random: &mut Random) -> bool {
    match survival {
        Survival::Dropped => false,
        Survival::Kept => true,
        Survival::Some | Survival::Torn => random.chance(0.5),
    }
}

fn apply(bytes: &mut Vec<u8>, deed: &Deed, survival: Survival, random: &mut Random) {
    match deed {
        Deed::Cut { length, .. } if survives(survival, random) => bytes.resize(*length, 0),
        Deed::Write { at, bytes: new, .. } if survival == Survival::Torn => {
            let mut from = 0;
            while from < new.len() {
                let to = ((at + from) / SECTOR + 1) * SECTOR - at;
                let to = to.min(new.len());
                if random.chance(0.5) {
                    put(bytes, at + from, &new[from..to]);
                }
                from = to;
            }
        }
        Deed::Write { at, bytes: new, .. } if survives(survival, random) => put(bytes, *at, new),
        _ => {}
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let end = at + new.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(new);
}

#[test]
fn what_was_not_synced_may_be_gone_and_what_was_synced_never_is() {
    let event = |line: usize, deed: Deed| Event {
        begun: line,
        done: line,
        deed,
    };
    let write = |at: usize, byte: u8, count: usize| Deed::Write {
        name: FILES[0].into(),
        at,
        bytes: vec![byte; count],
    };
    let events = [
        event(0, Deed::Make(FILES[0].into())),
        event(1, write(0, 1, 1_024)),
        event(2, Deed::Sync(FILES[0].into())),
        event(3, write(512, 2, 1_024)),
        event(4, Deed::SyncFolder),
        event(5, write(1_536, 3, 512)),
        Event {
            begun: 4,
            done: 6,
            deed: Deed::Sync(FILES[0].into()),
        },
    ];
    let mut disk = Disk::default();
    let mut random = Random::seeded(1);
    let mut found = Vec::new();
    for event in &events {
        disk.take(event);
        let size = |survival, random: &mut Random| {
            disk.after_cut(survival, random).get(FILES[0]).map(Vec::len)
        };
        found.push((
            size(Survival::Dropped, &mut random),
            size(Survival::Kept, &mut random),
        ));
    }
    let told = [
        (None, Some(0)),
        (None, Some(1_024)),
        (None, Some(1_024)),
        (None, Some(1_536)),
        (Some(1_024), Some(1_536)),
        (Some(1_024), Some(2_048)),
        // The last sync began before the last write.
        (Some(1_536), Some(2_048)),
    ];
    assert_eq!(found, told);
    let torn: Vec<_> = (0..64)
        .map(|_| disk.after_cut(Survival::Torn, &mut random)[FILES[0]].clone())
        .collect();
    assert!(
        torn.iter()
            .all(|bytes| bytes[..512] == [1; 512] && bytes[512..1_536] == [2; 1_024])
    );
    assert!(
        torn.iter().any(|bytes| bytes.len() == 1_536)
            && torn.iter().any(|bytes| bytes.len() == 2_048)
    );
}
