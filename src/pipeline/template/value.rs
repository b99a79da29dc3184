//! A value of the file with templates in it.

use super::context::{Context, Scope, TemplateError};
use super::expression::Expression;
use super::text::{Text, sole_expression};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::fmt;

/// A value in the file whose texts are templates: a text, a number, a list or a table of them. A text that is one
/// `{{ expression }}` keeps the expression's type; any other text renders to text.
#[derive(Clone)]
pub struct Template {
    pub source: Json,
    part: Part,
}

#[derive(Clone)]
enum Part {
    Literal(Json),
    Expression(Expression),
    Text(Text),
    List(Vec<Part>),
    Table(Vec<(String, Part)>),
}

impl Template {
    /// Compiles every text in `source`; an error names the line and what is wrong.
    pub fn new(source: Json) -> Result<Self, TemplateError> {
        let part = Part::new(&source)?;
        Ok(Self { source, part })
    }

    pub fn render(&self, context: &Context) -> Result<Json, TemplateError> {
        self.render_in(&context.scope())
    }

    pub fn render_in(&self, scope: &Scope) -> Result<Json, TemplateError> {
        self.part.render(scope)
    }

    /// Renders to text: null is "–".
    pub fn render_text(&self, context: &Context) -> Result<String, TemplateError> {
        Ok(match self.render(context)? {
            Json::Null => "–".to_owned(),
            Json::String(text) => text,
            other => other.to_string(),
        })
    }

    /// The value itself when nothing in it is computed.
    pub fn literal(&self) -> Option<&Json> {
        self.part.is_literal().then_some(&self.source)
    }

    /// The names it uses, dotted as far as they are plain: `row.serial`, `steps.find.id`, `now`.
    pub fn mentions(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        self.part.mentions(&mut names);
        names.into_iter().collect()
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.source)
    }
}

impl Part {
    fn new(source: &Json) -> Result<Self, TemplateError> {
        Ok(match source {
            Json::String(text) => match sole_expression(text) {
                Some(inner) => Self::Expression(Expression::new(inner)?),
                None if text.contains("{{") || text.contains("{%") || text.contains("{#") => {
                    Self::Text(Text::new(text)?)
                }
                None => Self::Literal(source.clone()),
            },
            Json::Array(items) => {
                Self::List(items.iter().map(Self::new).collect::<Result<_, _>>()?)
            }
            Json::Object(map) => Self::Table(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), Self::new(item)?)))
                    .collect::<Result<_, _>>()?,
            ),
            plain => Self::Literal(plain.clone()),
        })
    }

    fn render(&self, scope: &Scope) -> Result<Json, TemplateError> {
        Ok(match self {
            Self::Literal(json) => json.clone(),
            Self::Expression(expression) => expression.eval_in(scope)?,
            Self::Text(text) => Json::String(text.render(scope)?),
            Self::List(items) => items
                .iter()
                .map(|item| item.render(scope))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            Self::Table(entries) => entries
                .iter()
                .map(|(key, item)| Ok((key.clone(), item.render(scope)?)))
                .collect::<Result<Map<_, _>, TemplateError>>()?
                .into(),
        })
    }

    fn is_literal(&self) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Expression(_) | Self::Text(_) => false,
            Self::List(items) => items.iter().all(Self::is_literal),
            Self::Table(entries) => entries.iter().all(|(_, item)| item.is_literal()),
        }
    }

    fn mentions(&self, names: &mut BTreeSet<String>) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) => names.extend(expression.mentions()),
            Self::Text(text) => names.extend(text.mentions()),
            Self::List(items) => items.iter().for_each(|item| item.mentions(names)),
            Self::Table(entries) => entries.iter().for_each(|(_, item)| item.mentions(names)),
        }
    }
}
