//! What is recorded of a walk, and what of it a retry goes on from.

use crate::model::fault::Fault;
use crate::model::time::Time;
use crate::pipeline::definition::Step;
use serde_json::Value as Json;

/// One call that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// As in [`super::NextCall::path`].
    pub path: String,
    pub item: Option<usize>,
    pub end: Result<Json, Fault>,
    pub started_at: Time,
}

/// A step's place in words, for `at_step`: `path`, or `path#item` within a `for_each`.
pub fn place(path: &str, item: Option<usize>) -> String {
    match item {
        None => path.to_owned(),
        Some(item) => format!("{path}#{item}"),
    }
}

/// The prefix of a helper's inner steps: each item of a `for_each` has its own.
pub(super) fn inner_prefix(path: &str, item: Option<usize>) -> String {
    format!("{}/", place(path, item))
}

/// The records a retry goes on from: ends that were good, without those of the place that failed, and without those of
/// `start_at` and everything after it when the file names that step.
pub fn keep_for_retry(
    records: Vec<Record>,
    steps: &[Step],
    failed_at: Option<&str>,
    start_at: Option<&str>,
) -> Vec<Record> {
    let order = |path: &str| {
        let top = path.split(['/', '#']).next().unwrap_or(path);
        steps
            .iter()
            .position(|step| step.name == top)
            .unwrap_or(usize::MAX)
    };
    let from = start_at.map_or(usize::MAX, order);
    records
        .into_iter()
        .filter(|record| record.end.is_ok())
        .filter(|record| Some(place(&record.path, record.item).as_str()) != failed_at)
        .filter(|record| order(&record.path) < from)
        .collect()
}
