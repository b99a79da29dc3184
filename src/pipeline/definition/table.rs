//! What is said of the table: settings, columns, phases; windows and waves over it.

use crate::model::value::{Value, ValueType};

#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub name: String,
    pub kind: ValueType,
    /// The user's override, or the file's default. Spans are text.
    pub value: Value,
    pub about: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub kind: ValueType,
    pub title: String,
    pub about: String,
    /// The heading the dossier shows it under; empty for none.
    pub group: String,
    /// Whether the device table shows it without being asked.
    pub shown: bool,
    /// Written by imports or operators, so that nothing in the file need write it.
    pub imported: bool,
}

/// What a phase means for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing has begun.
    Idle,
    /// On its way.
    Active,
    /// Waiting for somebody outside.
    Waiting,
    /// Needs a look.
    Warning,
    /// Finished well.
    Done,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub name: String,
    pub when: String,
    pub tone: Tone,
    pub about: String,
}

/// When a stage may start work: from `from` to `to` local time on the evenings named; `to` before `from` is the next
/// morning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub name: String,
    /// Monday first.
    pub days: [bool; 7],
    pub from: chrono::NaiveTime,
    pub to: chrono::NaiveTime,
    pub timezone: chrono_tz::Tz,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    pub name: String,
    pub title: String,
    pub members: WaveMembers,
    /// RFC 3339; `None` = by hand.
    pub opens: Option<crate::model::time::Time>,
    /// Opens by itself once the named wave has been proven for so long.
    pub after: Option<(String, crate::model::time::Span)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum WaveMembers {
    /// Rows whose wave is written by an import.
    Named,
    /// SQL over the row.
    Condition(String),
    /// `fnv1a32(bytes of column) % 100 < percent`.
    Percent { column: String, percent: u32 },
}
