//! One engine per store: an OS lock on `<path>.lock`, which the kernel releases when its holder dies.

use super::handle::StoreError;
use super::open::{bad, beside, failed};
use super::sql::Result;
use crate::model::clock::{real_now, real_pause};
use crate::model::text::clean_short;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// Held as long as it lives.
pub(super) struct EngineLock {
    _file: File,
}

impl EngineLock {
    pub(super) fn take(path: &Path) -> Result<Self> {
        super::ground::check(path)?;
        let lock = beside(path, ".lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock)
            .map_err(|error| {
                failed(
                    path,
                    &format!("{} cannot be opened", lock.display()),
                    &error,
                )
            })?;
        // One that was there before may be open to all: whoever opens it could hold it against the engine.
        let _ = file.set_permissions(PermissionsExt::from_mode(0o600));
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(StoreError::Locked(format!(
                    "{} is held by {}; attach to it with `drover`, or stop it first",
                    path.display(),
                    clean_short(holder.trim(), 200)
                )));
            }
            Err(TryLockError::Error(error)) => {
                return Err(bad(
                    path,
                    &format!("{} cannot be locked: {error}", lock.display()),
                ));
            }
        }
        let name = rustix::system::uname();
        let text = format!(
            "pid {} on {} since {}\n",
            std::process::id(),
            name.nodename().to_string_lossy(),
            real_now()
        );
        file.set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(|error| {
                failed(
                    path,
                    &format!("{} cannot be written", lock.display()),
                    &error,
                )
            })?;
        Ok(Self { _file: file })
    }
}

/// A program being started holds copies of our files for a moment, so a lock just let go may seem held.
fn try_lock(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 0..10 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => real_pause(Duration::from_millis(20)),
            answer => return answer,
        }
    }
    file.try_lock()
}
