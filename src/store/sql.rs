//! The dialect: names, values and words as SQLite keeps them.

use super::handle::StoreError;
use super::records::{
    AttemptState, CheckState, CommandState, EventState, HoldKind, Level, MessageKind, MessageState,
    MirrorState, QueueState, SwitchKind,
};
use crate::model::fault::FaultKind;
use crate::model::outcome::Outcome;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A name, quoted.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// SQLite's codes, by what they mean for whoever asked: full disk, a store not to be trusted, or a bad request.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::Full,
            // The index beside the file could not grow: nothing was damaged, there was no room.
            Some(Code::SystemIoFailure)
                if error.sqlite_extended_error_code()
                    == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) =>
            {
                Self::Full
            }
            Some(
                Code::SystemIoFailure
                | Code::DatabaseCorrupt
                | Code::NotADatabase
                | Code::ReadOnly
                | Code::CannotOpen
                | Code::PermissionDenied
                | Code::FileLockingProtocolFailed,
            ) => Self::Broken(error.to_string()),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy(
                "another program holds the store's lock; close it (sqlite3, a backup tool) and try again"
                    .into(),
            ),
            Some(Code::OperationInterrupted) => Self::Bad(
                "the condition took too long to judge; make it simpler or narrow it".into(),
            ),
            _ => Self::Bad(error.to_string()),
        }
    }
}

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => rusqlite::types::Null.into(),
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(yes) => (*yes).into(),
            Self::Time(at) => at.to_string().into(),
            Self::Json(json) => json.to_string().into(),
        })
    }
}

/// A cell, read as the type its column was declared with.
pub(super) fn cell(kind: ValueType, value: ValueRef<'_>) -> FromSqlResult<Value> {
    if matches!(value, ValueRef::Null) {
        return Ok(Value::Null);
    }
    Ok(match kind {
        ValueType::Text => Value::Text(value.as_str()?.to_owned()),
        ValueType::Integer => Value::Integer(value.as_i64()?),
        ValueType::Boolean => Value::Boolean(value.as_i64()? != 0),
        ValueType::Time => Value::Time(Time::column_result(value)?),
        ValueType::Json => Value::Json(
            serde_json::from_str(value.as_str()?)
                .map_err(|error| FromSqlError::Other(Box::new(error)))?,
        ),
    })
}

/// Anything kept as checked JSON text.
pub(super) struct Kept<T>(pub T);

impl<T: Serialize> ToSql for Kept<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(Into::into)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

impl<T: DeserializeOwned> FromSql for Kept<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),+ })+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(match self { $(Self::$variant => $word),+ }.into())
            }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    )+};
}

words! {
    AttemptState {
        Running = "running", Waiting = "waiting", Probing = "probing", Done = "done", Failed = "failed",
        Cancelled = "cancelled", Unknown = "unknown"
    }
    HoldKind { BackingOff = "backing_off", Parked = "parked", Held = "held", Skipped = "skipped" }
    EventState {
        New = "new", Applied = "applied", Ignored = "ignored", Unmatched = "unmatched", Malformed = "malformed"
    }
    MessageKind { Chat = "chat", Ticket = "ticket", Page = "page" }
    MessageState {
        Pending = "pending", Sending = "sending", Delivered = "delivered", Coalesced = "coalesced",
        Dropped = "dropped", Failed = "failed"
    }
    CommandState { Open = "open", Waiting = "waiting", Done = "done", Refused = "refused" }
    Level { Debug = "debug", Info = "info", Warning = "warning", Alarm = "alarm" }
    SwitchKind { Stage = "stage", Wave = "wave", Brake = "brake", Stop = "stop", Proven = "proven" }
    CheckState { Ok = "ok", Failed = "failed", Unknown = "unknown", NotDue = "not_due" }
    MirrorState { Told = "told", Owed = "owed", Failed = "failed" }
    QueueState {
        Ready = "ready", Running = "running", Waiting = "waiting", BackingOff = "backing_off", Held = "held"
    }
    RuleKind { Stage = "stage", Ladder = "ladder" }
}

impl ToSql for Outcome {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.word().into())
    }
}

impl FromSql for Outcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_word(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for FaultKind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.word().into())
    }
}

impl FromSql for FaultKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_word(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

macro_rules! ids {
    ($($name:path),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )+};
}

ids!(
    crate::model::row::RowId,
    super::records::AttemptId,
    super::records::StepId,
    super::records::EventId,
    super::records::CommandId,
    super::records::MessageId
);
