//! The old server's saved database: that it is there, since when, and which one.

use crate::connectors::action::{Failure, Reply};
use crate::connectors::input::Input;
use crate::model::fault::{Fault, FaultKind};
use crate::model::hash::hex;
use crate::model::outcome::Outcome;
use crate::model::text::clean_short;
use crate::model::time::Time;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes read at once: a database may be larger than memory.
const CHUNK: usize = 128 * 1024;

struct Found {
    bytes: u64,
    sha256: String,
    modified_at: Time,
}

/// Reads the whole file once.
pub(super) async fn backup(input: Input<'_>) -> Result<Reply, Failure> {
    let path = input.text("path")?.to_owned();
    let shown = clean_short(&path, 300);
    let read = tokio::task::spawn_blocking(move || look(Path::new(&path)));
    let found = match read.await {
        Ok(found) => found,
        Err(error) => Err(io::Error::other(error)),
    };
    let found = found.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Fault::new(
            FaultKind::NotFound,
            format!(
                "there is no backup {shown}; save the old server's database there, or name the file in the settings"
            ),
        ),
        _ => Fault::new(
            FaultKind::Misconfigured,
            format!("the backup {shown} cannot be read: {error}; name a file this user may read"),
        ),
    })?;
    if found.bytes == 0 {
        let empty = format!("the backup {shown} is empty; save the old server's database again");
        return Err(Fault::new(FaultKind::BadReply, empty).into());
    }
    Ok(Reply {
        result: json!({
            "path": shown,
            "bytes": found.bytes,
            "sha256": found.sha256,
            "modified_at": found.modified_at,
        }),
        outcome: Outcome::Done,
        exchanges: Vec::new(),
    })
}

fn look(path: &Path) -> io::Result<Found> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match file.read(&mut chunk) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if read == 0 {
            break;
        }
        hash.update(&chunk[..read]);
        bytes += read as u64;
    }
    Ok(Found {
        bytes,
        sha256: hex(&hash.finalize()),
        modified_at: Time::from_chrono(metadata.modified()?.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::action::Call;
    use serde_json::Value as Json;

    async fn of(path: &Path) -> Result<Json, Fault> {
        let call = Call {
            input: json!({"path": path.to_str().unwrap()})
                .as_object()
                .unwrap()
                .clone(),
            op: String::new(),
            intent_at: Time::from_millis(0),
        };
        let found = backup(Input(&call)).await;
        found
            .map(|reply| reply.result)
            .map_err(|failure| failure.fault)
    }

    #[tokio::test]
    async fn a_backup_is_told_by_its_hash_size_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("micromdm.db");
        std::fs::write(&path, b"abc".repeat(100_000)).unwrap();
        let at = Time::parse("2026-03-02T10:00:00Z").unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(at.to_chrono().into()).unwrap();
        let found = of(&path).await.unwrap();
        assert_eq!(found["bytes"], 300_000);
        assert_eq!(found["modified_at"], "2026-03-02T10:00:00.000Z");
        let expected = crate::model::hash::sha256_hex(&b"abc".repeat(100_000));
        assert_eq!(found["sha256"], expected);
    }

    #[tokio::test]
    async fn a_backup_that_is_missing_empty_or_no_file_is_a_fault_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("micromdm.db");
        assert_eq!(of(&path).await.unwrap_err().kind, FaultKind::NotFound);
        std::fs::write(&path, b"").unwrap();
        assert_eq!(of(&path).await.unwrap_err().kind, FaultKind::BadReply);
        let fault = of(folder.path()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Misconfigured, "{fault}");
    }
}
