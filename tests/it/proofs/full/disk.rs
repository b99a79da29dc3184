//! A disk small enough to be filled: a tmpfs mounted for the test.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted as long as it lives.
pub(super) struct Disk {
    at: PathBuf,
}

impl Disk {
    /// `Err` with what the machine said when it does not let this process mount.
    pub(super) fn mount(at: &Path, mib: u32) -> Result<Self, String> {
        std::fs::create_dir_all(at).unwrap();
        let output = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={mib}m,mode=0700"),
                "tmpfs",
            ])
            .arg(at)
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(Self { at: at.to_owned() }),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(format!("mount: {error}")),
        }
    }

    pub(super) fn free(&self) -> u64 {
        let found = statvfs(&self.at).unwrap();
        found.f_bavail * found.f_frsize
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    /// Takes all but `left` bytes.
    pub(super) fn fill(&self, left: u64) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.ballast())
            .unwrap();
        let bulk = self.free().saturating_sub(left);
        if bulk > 0 {
            let from = file.metadata().unwrap().len();
            let _ = fallocate(&file, FallocateFlags::empty(), from, bulk);
        }
        if left == 0 {
            top_up(&mut file);
        }
    }

    /// Makes room again.
    pub(super) fn clear(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

/// Whatever was given back in between, to the last byte.
fn top_up(file: &mut File) {
    while file.write_all(&[0; 4096]).is_ok() {}
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}
