//! Whoever can say whether an SQL condition is sound: the store can, and the pipeline's checker asks it through this.

use super::row::Values;
use super::rule::Shape;
use super::time::Time;
use std::collections::BTreeSet;

/// What a sound condition reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Columns of the subject table, `wave` and `phase` included when they are read.
    pub columns: BTreeSet<String>,
    /// Settings, without the colon.
    pub settings: BTreeSet<String>,
}

/// Compiles conditions without running them on data.
pub trait SqlJudge {
    /// What `sql` reads when it is one expression over the row, harmless and compilable; else a sentence that says why
    /// not (an unknown column is named as `no such column: X`). Subqueries, statements and functions that do not give
    /// the same answer for the same row are refused.
    fn judge(&self, shape: &Shape, sql: &str) -> Result<Reads, String>;

    /// What `sql` is for one row that exists only for the question (a trial's): `None` is SQL's NULL. Settings are bound
    /// from `params`; `ago` is counted from `now`.
    fn weigh(
        &self,
        shape: &Shape,
        params: &Values,
        row: &Values,
        now: Time,
        sql: &str,
    ) -> Result<Option<bool>, String>;
}
