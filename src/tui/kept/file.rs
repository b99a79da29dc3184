//! The file.

use super::record::Kept;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// A larger file is none of ours.
const LARGEST: u64 = 1024 * 1024;

/// What is kept there; `None` when there is no file yet. The error is a sentence.
pub fn read(path: &Path) -> Result<Option<Kept>, String> {
    let wrong = |why: String| {
        format!(
            "{} cannot be used ({why}): views and columns are as shipped; mend or remove the file",
            path.display()
        )
    };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    if !file.metadata().is_ok_and(|known| known.is_file()) {
        return Err(wrong("it is no file".into()));
    }
    let mut text = String::new();
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > LARGEST {
        return Err(wrong("it is larger than 1 MiB".into()));
    }
    let kept: Kept =
        toml::from_str(&text).map_err(|error| wrong(error.message().trim().to_owned()))?;
    Ok(Some(kept.cleaned()))
}

/// Writes it whole, beside the old one first, so that a crash leaves one or the other. For the owner's eyes alone.
pub fn write(path: &Path, kept: &Kept) -> Result<(), String> {
    let wrong = |why: String| format!("{} cannot be written: {why}", path.display());
    let text = toml::to_string(kept).map_err(|error| wrong(error.to_string()))?;
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| wrong(error.to_string()))?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = Path::new(&fresh);
    let put = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(fresh, path)
    };
    put().map_err(|error: std::io::Error| {
        let _ = fs::remove_file(fresh);
        wrong(error.to_string())
    })
}

/// A file that cannot be read is kept aside, not written over.
pub fn set_aside(path: &Path) {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".broken");
    let _ = fs::rename(path, Path::new(&aside));
}
