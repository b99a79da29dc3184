//! The ledger on disk: one JSON line per entry, each on disk before the call that caused it is answered.

use super::entry::Entry;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// Opens or creates the file, reads what earlier runs wrote, and stands ready to append.
///
/// A last line without its line break was cut by a kill before anybody could rely on it, and is removed.
pub(super) fn open(path: &Path) -> io::Result<(File, Vec<Entry>)> {
    let mut file = File::options()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = text
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
        file.seek(io::SeekFrom::End(0))?;
    }
    let mut entries = Vec::new();
    for (number, line) in text[..whole].split(|b| *b == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        entries.push(serde_json::from_slice(line).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "line {} of {} is no ledger entry ({error}); give another file",
                    number + 1,
                    path.display()
                ),
            )
        })?);
    }
    Ok((file, entries))
}

pub(super) fn append(file: &mut File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}
