//! What templates see, and the error they end with.

use super::engine;
use crate::model::time::Time;
use serde_json::{Map, Value as Json};

/// What a template may see. Names not set here are undefined.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub row: Option<Json>,
    pub event: Option<Json>,
    pub settings: Json,
    /// Step name → its result (an object; `error` inside when it failed and the file goes on).
    pub steps: Map<String, Json>,
    pub result: Option<Json>,
    pub item: Option<Json>,
    /// A helper's inputs, seen as `input`.
    pub input: Option<Json>,
    /// A mirror's lists, by name.
    pub lists: Option<Json>,
    /// How waves stand, for a mirror.
    pub waves: Option<Json>,
    pub now: Option<Time>,
}

impl Context {
    /// The same, ready for many renderings.
    pub fn scope(&self) -> Scope {
        let named = [
            ("row", self.row.as_ref()),
            ("event", self.event.as_ref()),
            ("settings", Some(&self.settings)),
            ("result", self.result.as_ref()),
            ("item", self.item.as_ref()),
            ("input", self.input.as_ref()),
            ("lists", self.lists.as_ref()),
            ("waves", self.waves.as_ref()),
        ];
        let given = named
            .into_iter()
            .filter_map(|(name, json)| Some((name, engine::from_json(json?))));
        let steps = self
            .steps
            .iter()
            .map(|(name, json)| (name.as_str(), engine::from_json(json)));
        let steps = ("steps", minijinja::Value::from_pairs(steps));
        let now = self
            .now
            .map(|now| ("now", minijinja::Value::from(now.to_string())));
        Scope(minijinja::Value::from_pairs(
            given.chain([steps]).chain(now),
        ))
    }
}

/// A [`Context`] in the engine's own form.
#[derive(Clone, Debug)]
pub struct Scope(pub(super) minijinja::Value);

/// Why a template has no value: the expression, and what is undefined or wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(pub String);
