//! Finding, making and checking the file, before anything is read from it.

use super::handle::StoreError;
use super::migrate;
use super::sql::Result;
use crate::model::clock::Stopwatch;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write;
use std::fs::File;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// "drov", in the file's header: no other program's file is taken for a store.
const APPLICATION: i32 = 0x6472_6f76;
/// The first SQLite without the WAL-reset bug (`reliability.md` §0.14).
const OLDEST_SQLITE: i32 = 3_051_003;
/// Pages the writer's journal may grow to on disk before it is cut back at a checkpoint: 64 MiB.
const LARGEST_WAL: i64 = 64 * 1024 * 1024;

pub(super) fn bad(path: &Path, sentence: &str) -> StoreError {
    StoreError::Bad(format!("the store {}: {sentence}", path.display()))
}

/// What the system said, as a sentence; a full disk is a full disk.
pub(super) fn failed(path: &Path, what: &str, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => bad(path, &format!("{what}: {error}")),
    }
}

/// The engine's only connection that writes. The lock must be held already.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(bad(
            path,
            &format!(
                "this build has SQLite {}, which can lose data; it needs 3.51.3 or newer",
                rusqlite::version()
            ),
        ));
    }
    make(path)?;
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Empty as well when an engine was killed, or the power went, while it was being made. What cannot be read is
    // somebody's: what is wrong with it is told below.
    let pages = conn.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0));
    if pages.is_ok_and(|pages| pages == 0) {
        conn.pragma_update(None, "application_id", APPLICATION)?;
        write_ahead(&conn, path)?;
        conn.close().map_err(|(_, error)| error)?;
        sync_parent(path)?;
        return configured(path);
    }
    drop(conn);
    configured(path)
}

fn configured(path: &Path) -> Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Until it is known to be of a schema this build knows, not a byte of it changes: not when it is closed again either.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    is_ours(&conn, path)?;
    migrate::must_not_be_newer(&conn, path)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    write_ahead(&conn, path)?;
    for (name, value) in [
        ("synchronous", synchronous()),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("mmap_size", 0),
        ("wal_autocheckpoint", 0),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("temp_store", 2),
        ("cache_size", -32_000),
        ("journal_size_limit", LARGEST_WAL),
    ] {
        conn.pragma_update(None, name, value)?;
    }
    conn.file_control(Some("main"), rusqlite::FileControl::PersistWal(&mut 1))?;
    verify(&conn, path)?;
    Ok(conn)
}

/// A connection that cannot write, in any process.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    is_ours(&conn, path)?;
    for (name, value) in [
        ("query_only", 1),
        ("trusted_schema", 0),
        ("mmap_size", 0),
        ("temp_store", 2),
        ("cache_size", -3_000),
    ] {
        conn.pragma_update(None, name, value)?;
    }
    Ok(conn)
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| bad(path, &format!("cannot be opened: {error}")))?;
    conn.busy_timeout(super::writer::PATIENCE)?;
    // The engine moves its log when it means to; nobody else does at all.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    for (setting, value) in [
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    ] {
        conn.set_db_config(setting, value)?;
    }
    if mode.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        // Else a statement is compiled again whenever a value is bound that might prove another partial index usable: that
        // took a third of what a console reads. Every query names what its index needs in its text.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    }
    Ok(conn)
}

fn write_ahead(conn: &Connection, path: &Path) -> Result<()> {
    let word: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if word.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    Err(bad(
        path,
        &format!(
            "its file system allows no write-ahead log (journal mode \"{word}\"); put it on a local disk"
        ),
    ))
}

/// FULL: the log is synced with every commit. In WAL mode anything less loses answered commits when the power goes.
fn synchronous() -> i64 {
    #[cfg(feature = "sabotage")]
    if crate::model::sabotage::is(crate::model::sabotage::Sabotage::Normal) {
        return 1;
    }
    2
}

/// Reads the pragmas back: what was asked for is not always what one gets.
fn verify(conn: &Connection, path: &Path) -> Result<()> {
    for (name, wanted) in [
        ("synchronous", synchronous()),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("wal_autocheckpoint", 0),
    ] {
        let got: i64 = conn.pragma_query_value(None, name, |row| row.get(0))?;
        if got != wanted {
            return Err(bad(
                path,
                &format!("SQLite keeps {name} at {got}, not {wanted}; it cannot be trusted so"),
            ));
        }
    }
    Ok(())
}

/// What SQLite is, and what it says it does, in one line.
pub(super) fn told(conn: &Connection) -> Result<String> {
    let mut told = format!("SQLite {}", rusqlite::version());
    for name in [
        "journal_mode",
        "synchronous",
        "foreign_keys",
        "trusted_schema",
        "mmap_size",
        "wal_autocheckpoint",
        "fullfsync",
        "journal_size_limit",
    ] {
        let got: rusqlite::types::Value = conn.pragma_query_value(None, name, |row| row.get(0))?;
        let got = match got {
            rusqlite::types::Value::Text(word) => word,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        let _ = write!(told, ", {name} {got}");
    }
    Ok(told)
}

pub(super) fn is_ours(conn: &Connection, path: &Path) -> Result<()> {
    let id: i32 = conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| super::ground::at_start(path, error.into()))?;
    if id == APPLICATION {
        return Ok(());
    }
    Err(bad(
        path,
        "is a database of another program; name another file in `store`",
    ))
}

/// Makes the empty file, private, when there is none; true when it was made. An existing one is made private.
///
/// The file is only ever opened here before SQLite has it: POSIX locks vanish when any handle closes.
pub(super) fn make(path: &Path) -> Result<bool> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.nlink() == 1 => {
            // A group gets its right back from [`share`], when one is configured.
            if found.permissions().mode() & 0o177 != 0 {
                let private = std::fs::Permissions::from_mode(0o600);
                std::fs::set_permissions(path, private).map_err(|error| {
                    bad(
                        path,
                        &format!("others may read it, and that cannot be changed: {error}"),
                    )
                })?;
            }
            Ok(found.len() == 0)
        }
        Ok(_) => Err(bad(
            path,
            "is not a plain file with one name; a link would let two engines in",
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map(|_| true)
            .map_err(|error| failed(path, "cannot be made", &error)),
        Err(error) => Err(bad(path, &format!("cannot be looked at: {error}"))),
    }
}

/// A name is on disk only once its directory is.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    File::open(parent(path))
        .and_then(|dir| dir.sync_all())
        .map_err(|error| bad(path, &format!("its directory cannot be synced: {error}")))
}

/// Mode 0640 and a group for the file, its log and its index. By name only: none of them is opened.
pub(super) fn share(path: &Path, gid: u32) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let name = beside(path, suffix);
        if !name.exists() {
            continue;
        }
        std::os::unix::fs::chown(&name, None, Some(gid))
            .and_then(|()| std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o640)))
            .map_err(|error| {
                bad(
                    path,
                    &format!("{} cannot be given to group {gid}: {error}", name.display()),
                )
            })?;
    }
    Ok(())
}

/// The name of a file that belongs to the store: `drover.db-wal`, `drover.db.lock`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Looks the file over, for at most a second of real time: a large store is looked over whole in the nightly copy.
pub(super) fn quick_check(conn: &mut Connection, path: &Path) -> Result<()> {
    let watch = Stopwatch::start();
    conn.progress_handler(100_000, Some(move || watch.elapsed().as_secs() >= 1))?;
    let found: std::result::Result<String, _> =
        conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    conn.progress_handler(0, None::<fn() -> bool>)?;
    match found {
        Ok(word) if word == "ok" => Ok(()),
        Ok(word) => Err(super::ground::at_start(path, StoreError::Broken(word))),
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Ok(()),
            _ => Err(error.into()),
        },
    }
}
