//! One bare expression.

use super::context::{Context, Scope, TemplateError};
use super::engine::{self, ENVIRONMENT, NoJson, is_function};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// A bare Jinja expression.
#[derive(Clone)]
pub struct Expression {
    pub source: String,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
}

impl Expression {
    pub fn new(source: &str) -> Result<Self, TemplateError> {
        let compiled = ENVIRONMENT
            .compile_expression_owned(source.to_owned())
            .map_err(|error| engine::told(&error, source))?;
        match engine::unknown_word(source) {
            Some(error) => Err(error),
            None => Ok(Self {
                source: source.to_owned(),
                compiled: Arc::new(compiled),
            }),
        }
    }

    pub fn eval(&self, context: &Context) -> Result<Json, TemplateError> {
        self.eval_in(&context.scope())
    }

    pub fn eval_in(&self, scope: &Scope) -> Result<Json, TemplateError> {
        let value = self
            .compiled
            .eval(scope.0.clone())
            .map_err(|error| engine::told(&error, &self.source))?;
        engine::to_json(&value, 0).map_err(|error| match error {
            NoJson::Undefined(path) if path.is_empty() => self.undefined(scope),
            NoJson::Undefined(path) => TemplateError(format!(
                "{path} of its result is undefined, in `{}`",
                self.shown()
            )),
            NoJson::Unfit(why) => {
                TemplateError(format!("no usable value: {why}, in `{}`", self.shown()))
            }
        })
    }

    /// Whether it is true, by Jinja's notion of truth.
    pub fn holds(&self, context: &Context) -> Result<bool, TemplateError> {
        self.holds_in(&context.scope())
    }

    pub fn holds_in(&self, scope: &Scope) -> Result<bool, TemplateError> {
        Ok(match self.eval_in(scope)? {
            Json::Null => false,
            Json::Bool(yes) => yes,
            Json::Number(number) => number.as_f64() != Some(0.0),
            Json::String(text) => !text.is_empty(),
            Json::Array(items) => !items.is_empty(),
            Json::Object(map) => !map.is_empty(),
        })
    }

    /// The names it uses, dotted as far as they are plain: `row.serial`, `steps.find.id`, `now`.
    pub fn mentions(&self) -> Vec<String> {
        let names = self.compiled.undeclared_variables(true);
        let mut names: Vec<_> = names
            .into_iter()
            .filter(|name| !is_function(name))
            .collect();
        names.sort();
        names
    }

    fn shown(&self) -> String {
        crate::model::text::clean_short(self.source.trim(), 120)
    }

    /// The engine names what is undefined only when something is done with it, so something is.
    fn undefined(&self, scope: &Scope) -> TemplateError {
        ENVIRONMENT
            .compile_expression_owned(format!("not ({})", self.source))
            .and_then(|probe| probe.eval(scope.0.clone()))
            .err()
            .filter(|error| error.detail().is_some())
            .map_or_else(
                || TemplateError(format!("the result is undefined, in `{}`", self.shown())),
                |error| {
                    let detail = error.detail().unwrap_or_default();
                    TemplateError(format!("{detail}, in `{}`", self.shown()))
                },
            )
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.source)
    }
}
