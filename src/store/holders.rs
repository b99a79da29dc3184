//! Who else has the store open, as the kernel tells it: for the sentence that names the program to close.

use super::open::beside;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What a lock on the index (`-shm`) means, by its byte: SQLite's own places (`wal.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    /// The one that lets somebody write.
    Writing,
    /// One of five, of somebody who reads.
    Reading,
}

impl Holding {
    fn of(byte: u64) -> Option<Self> {
        match byte {
            120 => Some(Self::Writing),
            123..=127 => Some(Self::Reading),
            _ => None,
        }
    }
}

/// The other processes that hold such a lock, each as "sqlite3 (pid 4711)".
pub(super) fn others(path: &Path, what: Holding) -> Vec<String> {
    let Ok(index) = std::fs::metadata(beside(path, "-shm")) else {
        return Vec::new();
    };
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let mut pids: Vec<u32> = locks
        .lines()
        .filter_map(|line| lock(line, index.ino()))
        .filter(|(held, pid)| *held == what && *pid != std::process::id())
        .map(|(_, pid)| pid)
        .collect();
    pids.sort_unstable();
    pids.dedup();
    pids.into_iter().map(named).collect()
}

/// `1: POSIX  ADVISORY  WRITE 4711 fe:00:2531452 120 120` (`proc(5)`).
fn lock(line: &str, inode: u64) -> Option<(Holding, u32)> {
    let mut words = line.split_ascii_whitespace().skip(1);
    if words.next()? != "POSIX" {
        return None;
    }
    let pid = words.nth(2)?.parse().ok()?;
    let file = words.next()?;
    if file.rsplit(':').next()?.parse() != Ok(inode) {
        return None;
    }
    let (from, to): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (from..=to)
        .find_map(Holding::of)
        .map(|holding| (holding, pid))
}

fn named(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    match crate::model::text::clean_short(name.trim(), 40) {
        name if name.is_empty() => format!("pid {pid}"),
        name => format!("{name} (pid {pid})"),
    }
}

/// "another program", or its name.
pub(super) fn told(path: &Path, what: Holding) -> String {
    match others(path, what) {
        none if none.is_empty() => "another program".to_owned(),
        some => some.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernels_list_says_who_holds_what() {
        let line = |kind: &str, at: &str| format!("1: {kind}  ADVISORY  WRITE 4711 fe:00:77 {at}");
        assert_eq!(
            lock(&line("POSIX", "120 120"), 77),
            Some((Holding::Writing, 4711))
        );
        assert_eq!(
            lock(&line("POSIX", "124 124"), 77),
            Some((Holding::Reading, 4711))
        );
        assert_eq!(lock(&line("POSIX", "128 128"), 77), None);
        assert_eq!(lock(&line("POSIX", "120 120"), 78), None);
        assert_eq!(lock(&line("FLOCK", "0 EOF"), 77), None);
        assert_eq!(lock("1: -> POSIX ADVISORY", 77), None);
    }
}
