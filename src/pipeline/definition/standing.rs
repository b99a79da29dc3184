//! What stands beside the rows: questions that are asked again and again, what the outside is told again and again, and
//! what operators may do to a row of this pipeline.

use super::Step;
use crate::model::rule::Condition;
use crate::model::time::Span;
use crate::pipeline::template::{Expression, Template};

/// A question about the whole that is asked again and again. Stages that name it take rows only while it is ok.
#[derive(Clone, Debug)]
pub struct Check {
    pub name: String,
    pub title: String,
    pub about: String,
    pub asks: Asks,
    /// How often it is asked.
    pub every: Span,
    /// Checks that must be ok before this one is asked; until then it is not due.
    pub after: Vec<String>,
    /// SQL over the row: it is not due before every row meets it.
    pub once_all: Option<String>,
    /// What was found, in a few words; templates see `steps`.
    pub evidence: Option<Template>,
    /// What to change when it is not ok; templates see `steps`.
    pub advice: Template,
}

/// Who is asked.
#[derive(Clone, Debug)]
pub enum Asks {
    /// The outside, by reads in their order, or only the settings where there are none; ok when the expression holds of
    /// `steps` and `settings`.
    Outside { steps: Vec<Step>, ok_if: Expression },
    /// The table: ok while no row meets this SQL.
    NoRow(String),
}

/// A state of the outside that is wanted: told whenever it changes, and again and again, as the outside may forget.
#[derive(Clone, Debug)]
pub struct Mirror {
    pub name: String,
    pub title: String,
    pub about: String,
    /// A repeatable action, by full name.
    pub call: String,
    /// Templates see `lists`, `waves.proven` (the percentages of proven waves, as a list), `settings` and `now`.
    pub with: Vec<(String, Template)>,
    pub lists: Vec<MirrorList>,
    pub every: Span,
    /// A check: once it has been ok for a day nothing is told any more, as nobody asks there; told anew when it is not.
    pub until: Option<String>,
}

/// Values of one column, of the rows that meet a condition: `lists.NAME`, in the order of the column.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorList {
    pub name: String,
    pub column: String,
    /// SQL over the row.
    pub when: String,
    /// A time column that says since when the outside has been told of the row: written once it was, cleared once it
    /// was told without the row.
    pub marks: Option<String>,
}

/// What operators may do to rows beside what every pipeline has.
#[derive(Clone, Debug)]
pub struct Act {
    pub name: String,
    pub title: String,
    pub about: String,
    /// It is done to rows that meet every one.
    pub conditions: Vec<Condition>,
    /// Columns written; templates see `row`, `settings` and `now`.
    pub set: Vec<(String, Template)>,
    /// Stages and ladders whose holds it lifts, their tries beginning anew.
    pub releases: Vec<String>,
}
