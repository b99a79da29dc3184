//! Jinja, strictly: an undefined result is an error, null stays null in a typed value and is "–" in text.

use crate::model::time::Time;
use serde_json::Value as Json;

/// What a template may see. Names not set here are undefined.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub row: Option<Json>,
    pub event: Option<Json>,
    pub settings: Json,
    /// Step name → its result (an object; `error` inside when it failed and the file goes on).
    pub steps: serde_json::Map<String, Json>,
    pub result: Option<Json>,
    pub item: Option<Json>,
    /// A helper's inputs, seen as `input`.
    pub input: Option<Json>,
    pub now: Option<Time>,
}

/// Why a template has no value: the expression, and what is undefined or wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(pub String);

/// A value in the file whose texts are templates: a text, a number, a list or a table of them. A text that is one
/// `{{ expression }}` keeps the expression's type; any other text renders to text.
#[derive(Clone, Debug)]
pub struct Template {
    pub source: Json,
}

impl Template {
    /// Compiles every text in `source`; an error names the line and what is wrong.
    pub fn new(source: Json) -> Result<Self, TemplateError> {
        Ok(Self { source })
    }

    pub fn render(&self, _context: &Context) -> Result<Json, TemplateError> {
        todo!()
    }

    /// Renders to text: null is "–".
    pub fn render_text(&self, _context: &Context) -> Result<String, TemplateError> {
        todo!()
    }
}

/// A bare Jinja expression.
#[derive(Clone, Debug)]
pub struct Expression {
    pub source: String,
}

impl Expression {
    pub fn new(source: &str) -> Result<Self, TemplateError> {
        Ok(Self {
            source: source.to_owned(),
        })
    }

    pub fn eval(&self, _context: &Context) -> Result<Json, TemplateError> {
        todo!()
    }

    /// Whether it is true, by Jinja's notion of truth.
    pub fn holds(&self, _context: &Context) -> Result<bool, TemplateError> {
        todo!()
    }
}
