//! `ago(SPAN)`: the one way a condition knows the time.

use crate::model::time::{Span, Time};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The moment one connection judges by, in milliseconds of engine time.
#[derive(Clone, Default)]
pub(super) struct Now(Arc<AtomicI64>);

impl Now {
    pub(super) fn set(&self, now: Time) {
        self.0.store(now.millis(), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Teaches a connection `ago`. It answers one millisecond, the store's grain, past `now - SPAN`: so
/// `COLUMN < ago(SPAN)` holds from `COLUMN + SPAN` on, exactly the due moment the queue shows.
///
/// It is declared deterministic because it is within one statement, which lets SQLite work it out once; it cannot be
/// used in the schema.
pub(super) fn teach(conn: &Connection, now: Now) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    conn.create_scalar_function("ago", 1, flags, move |context| {
        let text = match context.get_raw(0) {
            ValueRef::Null => return Ok(None),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => return Err(bad("ago takes a span in quotes, such as ago('10m')")),
        };
        let span = Span::parse(&text).map_err(|error| bad(&format!("ago: {error}")))?;
        Ok(Some(
            now.get().minus(span).plus(Span::from_millis(1)).to_string(),
        ))
    })
}

fn bad(sentence: &str) -> Error {
    Error::UserFunctionError(sentence.into())
}
