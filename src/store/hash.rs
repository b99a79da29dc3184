//! `fnv1a32(TEXT)`: the hash by which waves take a percentage of the rows, the same everywhere.

use crate::model::hash::fnv1a32;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

pub(super) fn teach(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("fnv1a32", 1, flags, |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Text(bytes) => Some(i64::from(fnv1a32(bytes))),
            _ => None,
        })
    })
}
