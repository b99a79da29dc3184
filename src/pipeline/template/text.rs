//! A text with expressions in it.

use super::context::{Scope, TemplateError};
use super::engine::{self, ENVIRONMENT, is_function};
use minijinja::Environment;
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Text {
    source: Arc<str>,
    environment: Arc<Environment<'static>>,
}

const TEXT: &str = "text";

/// The inside of a text that is one `{{ … }}` and nothing else.
pub(super) fn sole_expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    let inner = inner.strip_suffix(['-', '+']).unwrap_or(inner).trim();
    ENVIRONMENT
        .compile_expression(inner)
        .is_ok()
        .then_some(inner)
}

/// What stands between `{{`/`{%` and its end, as far as that can be told without the engine's parser.
fn insides(source: &str) -> Vec<&str> {
    source
        .split("{{")
        .flat_map(|part| part.split("{%"))
        .skip(usize::from(
            !source.starts_with("{{") && !source.starts_with("{%"),
        ))
        .filter_map(|part| part.split("}}").next()?.split("%}").next())
        .collect()
}

impl Text {
    pub(super) fn new(source: &str) -> Result<Self, TemplateError> {
        let told = |error: minijinja::Error| engine::told(&error, source);
        let mut environment = ENVIRONMENT.clone();
        environment
            .add_template_owned(TEXT, source.to_owned())
            .map_err(told)?;
        if let Some(error) = insides(source).into_iter().find_map(engine::unknown_word) {
            return Err(error);
        }
        Ok(Self {
            source: source.into(),
            environment: Arc::new(environment),
        })
    }

    pub(super) fn render(&self, scope: &Scope) -> Result<String, TemplateError> {
        self.environment
            .get_template(TEXT)
            .and_then(|template| template.render(scope.0.clone()))
            .map_err(|error| engine::told(&error, &self.source))
    }

    pub(super) fn mentions(&self) -> Vec<String> {
        let names = self
            .environment
            .get_template(TEXT)
            .map(|template| template.undeclared_variables(true))
            .unwrap_or_default();
        names
            .into_iter()
            .filter(|name| !is_function(name))
            .collect()
    }
}
