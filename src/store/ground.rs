//! The ground a store stands on: whose file it is, on what kind of file system, and whether its log is whole. Looked at
//! before SQLite has the file, so that a refusal has written nothing.

use super::handle::StoreError;
use super::holders::{Holding, told};
use super::open::{bad, beside, parent};
use super::sql::Result;
use rustix::fs::{Access, StatFs};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// File systems whose locks or syncs another machine, or another program, only promises: by the kernel's magic numbers
/// (`statfs(2)`).
const REMOTE: &[(u32, &str)] = &[
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9p"),
    (0x5346_414F, "AFS"),
    (0x00C3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x0BD0_0BD0, "Lustre"),
];

/// Refuses a place where a store cannot be kept, in a sentence that says what to change.
pub(super) fn check(path: &Path) -> Result<()> {
    let folder = parent(path);
    let found = std::fs::metadata(&folder).map_err(|error| {
        bad(
            path,
            &format!(
                "its directory {} cannot be used: {error}; make it first",
                folder.display()
            ),
        )
    })?;
    if !found.is_dir() {
        return Err(bad(
            path,
            &format!("{} is not a directory", folder.display()),
        ));
    }
    reachable(path, &folder, Access::WRITE_OK | Access::EXEC_OK)?;
    let system = rustix::fs::statfs(&folder).map_err(|error| {
        bad(
            path,
            &format!("its file system cannot be asked what it is: {error}"),
        )
    })?;
    if let Some(name) = remote(&system) {
        return Err(bad(
            path,
            &format!(
                "it lies on {name}, where a lock or a sync may be a promise only; put it on a local disk"
            ),
        ));
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.nlink() == 1 => {
            reachable(path, path, Access::READ_OK | Access::WRITE_OK)?;
        }
        Ok(_) => {
            return Err(bad(
                path,
                "is not a plain file with one name; a link would let two engines in",
            ));
        }
        Err(_) => return Ok(()),
    }
    let (log, index) = (beside(path, "-wal"), beside(path, "-shm"));
    if index.exists() && !log.exists() {
        return Err(bad(
            path,
            &format!(
                "{} is missing, and the newest changes were in it; put it back, or go back to a backup with `drover restore`; \
                 only if no engine has run since it was copied, delete {}",
                log.display(),
                index.display()
            ),
        ));
    }
    Ok(())
}

/// The rest of it, once the engine's lock is held: nobody else has the files open for writing then.
pub(super) fn check_log(path: &Path) -> Result<()> {
    super::log::check(path, &beside(path, "-wal"), &beside(path, "-shm"))
}

fn remote(system: &StatFs) -> Option<&'static str> {
    // The number is as wide as the machine's word; all of these have 32 bits.
    let magic = system.f_type as u32;
    REMOTE
        .iter()
        .find(|(number, _)| *number == magic)
        .map(|(_, name)| *name)
}

fn reachable(path: &Path, what: &Path, access: Access) -> Result<()> {
    rustix::fs::access(what, access).map_err(|error| {
        let known = std::fs::metadata(what).map_or_else(
            |_| String::new(),
            |found| {
                format!(
                    " (owner {}, group {}, mode {:04o}; this is user {})",
                    found.uid(),
                    found.gid(),
                    found.mode() & 0o7777,
                    rustix::process::geteuid().as_raw()
                )
            },
        );
        let todo = if error == rustix::io::Errno::ROFS {
            "mount it for writing"
        } else {
            "let the engine's user read and write it"
        };
        bad(
            path,
            &format!(
                "{}{known} cannot be written: {error}; {todo}",
                what.display()
            ),
        )
    })
}

/// What stands in the way of a start, in the words of a start.
pub(super) fn at_start(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Full => {
            let free = super::room::free(&parent(path)).unwrap_or_default();
            StoreError::NotNow(format!(
                "the store {}: its disk is full ({} left); make room, then start again: nothing is lost",
                path.display(),
                super::room::size(free)
            ))
        }
        StoreError::Broken(why) if !why.contains("drover restore") => StoreError::Broken(format!(
            "{}: {why}; go back to a backup with `drover restore`",
            path.display()
        )),
        StoreError::Busy(_) => {
            let who = told(path, Holding::Writing);
            StoreError::Busy(format!(
                "the store {}: {who} holds its lock, and is not its engine; close it, then start again",
                path.display()
            ))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_no_local_disk_has_a_name() {
        let here = rustix::fs::statfs(std::env::temp_dir()).unwrap();
        assert_eq!(remote(&here), None);
        for (number, name) in REMOTE {
            let mut there = here;
            there.f_type = (*number).into();
            assert_eq!(remote(&there), Some(*name));
        }
    }

    #[test]
    fn a_place_that_cannot_be_used_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone/drover.db");
        let said = check(&gone).unwrap_err().to_string();
        assert!(said.contains("gone cannot be used"), "{said}");
        let path = folder.path().join("drover.db");
        check(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        std::fs::hard_link(&path, folder.path().join("second.db")).unwrap();
        let said = check(&path).unwrap_err().to_string();
        assert!(said.contains("plain file with one name"), "{said}");
        std::fs::remove_file(folder.path().join("second.db")).unwrap();
        std::fs::write(beside(&path, "-shm"), "").unwrap();
        let said = check(&path).unwrap_err().to_string();
        assert!(said.contains("-wal is missing"), "{said}");
    }
}
