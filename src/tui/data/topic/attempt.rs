//! One attempt with its steps.

use super::body;
use crate::model::text::clean;
use crate::store::{Attempt, AttemptId, Step, StoreError, View};
use serde_json::Value as Json;

/// Lines of one body that are shown.
const BODY_LINES: usize = 400;

/// One attempt with its steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttemptTopic {
    /// `None` when there is no such attempt.
    pub attempt: Option<Attempt>,
    pub steps: Vec<Call>,
}

/// One step, with its texts as lines to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub step: Step,
    pub input: Vec<String>,
    pub exchanges: Vec<Exchange>,
}

/// One request and what came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// `POST /api/…`
    pub line: String,
    pub status: Option<u64>,
    /// Real milliseconds.
    pub took_ms: Option<u64>,
    pub request: Vec<String>,
    pub reply: Vec<String>,
}

impl AttemptTopic {
    pub fn read(view: &View<'_>, id: AttemptId) -> Result<Self, StoreError> {
        let steps = view.steps(id)?.into_iter().map(|step| Call {
            input: input(&step.input),
            exchanges: exchanges(&step.exchanges),
            step,
        });
        Ok(Self {
            attempt: view.attempt(id)?,
            steps: steps.collect(),
        })
    }
}

fn input(input: &Json) -> Vec<String> {
    match input {
        Json::Null => Vec::new(),
        Json::Object(map) if map.is_empty() => Vec::new(),
        other => body::lines(&other.to_string(), BODY_LINES),
    }
}

/// What the connectors recorded. A member that is missing is left out and spoils nothing else.
fn exchanges(recorded: &Json) -> Vec<Exchange> {
    let text = |one: &Json, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let all = recorded.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .map(|one| Exchange {
            line: clean(&format!("{} {}", text(one, "method"), text(one, "path"))),
            status: one["status"].as_u64(),
            took_ms: one["took_ms"].as_u64(),
            request: body::lines(&text(one, "request"), BODY_LINES),
            reply: body::lines(&text(one, "reply"), BODY_LINES),
        })
        .collect()
}
