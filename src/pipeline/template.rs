//! Jinja, strictly: an undefined result is an error, null stays null in a typed value and is "–" in text.
//!
//! Everything is compiled once, when the file is read; a [`Scope`] is built once per row or event and serves many
//! templates.

use super::jinja::{self, ENVIRONMENT, NoJson};
use crate::model::time::Time;
use minijinja::Environment;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

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
        ];
        let given = named
            .into_iter()
            .filter_map(|(name, json)| Some((name, jinja::from_json(json?))));
        let steps = self
            .steps
            .iter()
            .map(|(name, json)| (name.as_str(), jinja::from_json(json)));
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
pub struct Scope(minijinja::Value);

/// Why a template has no value: the expression, and what is undefined or wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(pub String);

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

#[derive(Clone)]
struct Text {
    source: Arc<str>,
    environment: Arc<Environment<'static>>,
}

const TEXT: &str = "text";

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

/// The inside of a text that is one `{{ … }}` and nothing else.
fn sole_expression(text: &str) -> Option<&str> {
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
    fn new(source: &str) -> Result<Self, TemplateError> {
        let told = |error: minijinja::Error| jinja::told(&error, source);
        let mut environment = ENVIRONMENT.clone();
        environment
            .add_template_owned(TEXT, source.to_owned())
            .map_err(told)?;
        if let Some(error) = insides(source).into_iter().find_map(jinja::unknown_word) {
            return Err(error);
        }
        Ok(Self {
            source: source.into(),
            environment: Arc::new(environment),
        })
    }

    fn render(&self, scope: &Scope) -> Result<String, TemplateError> {
        self.environment
            .get_template(TEXT)
            .and_then(|template| template.render(scope.0.clone()))
            .map_err(|error| jinja::told(&error, &self.source))
    }

    fn mentions(&self) -> Vec<String> {
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
            .map_err(|error| jinja::told(&error, source))?;
        match jinja::unknown_word(source) {
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
            .map_err(|error| jinja::told(&error, &self.source))?;
        jinja::to_json(&value, 0).map_err(|error| match error {
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

fn is_function(name: &str) -> bool {
    ENVIRONMENT.globals().any(|(global, _)| global == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn context() -> Context {
        Context {
            row: Some(json!({"serial": "C02", "fleet_id": 7, "team": null, "online": true})),
            event: Some(json!({"host": {"id": 9}, "user": null})),
            settings: json!({"team": "Workstations"}),
            steps: json!({"find": {"id": 4, "teams": [{"id": 1}]}})
                .as_object()
                .cloned()
                .unwrap(),
            now: Some(Time::parse("2026-03-02T21:00:00Z").unwrap()),
            ..Context::default()
        }
    }

    fn render(source: Json) -> Result<Json, String> {
        Template::new(source)
            .and_then(|template| template.render(&context()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_sole_expression_keeps_its_type_and_text_stays_text() {
        for (source, value) in [
            (json!("{{ row.fleet_id }}"), json!(7)),
            (json!("{{- row.fleet_id -}}"), json!(7)),
            (json!("{{ row.team }}"), json!(null)),
            (json!("{{ row.online }}"), json!(true)),
            (json!("{{ steps.find.teams }}"), json!([{"id": 1}])),
            (
                json!("{{ {'a': {'b': row.fleet_id}} }}"),
                json!({"a": {"b": 7}}),
            ),
            (json!("{{ row.serial }}/{{ row.fleet_id }}"), json!("C02/7")),
            (json!("in {{ row.team }}"), json!("in –")),
            (json!("{% if row.online %}on{% endif %}"), json!("on")),
            (
                json!("{{ now | plus('5m') }}"),
                json!("2026-03-02T21:05:00.000Z"),
            ),
            (
                json!("{{ now | since('2026-03-02T20:59:00+00:00') }}"),
                json!(60),
            ),
            (json!("{{ row.team | minus('1h') }}"), json!(null)),
            (
                json!("{{ 'https://a.example/x' | host }}"),
                json!("a.example"),
            ),
            (
                json!("{{ host('https://a.example/x') }}"),
                json!("a.example"),
            ),
            (json!("{{ event.nothing | default(none) }}"), json!(null)),
            (json!("{{ event.user.email | default(none) }}"), json!(null)),
            (
                json!({"n": 1, "l": ["{{ row.serial }}", 2.5]}),
                json!({"n": 1, "l": ["C02", 2.5]}),
            ),
            (
                json!("plain } text { 5 | nope"),
                json!("plain } text { 5 | nope"),
            ),
        ] {
            assert_eq!(render(source.clone()), Ok(value), "{source}");
        }
    }

    #[test]
    fn whatever_is_undefined_is_an_error_that_names_it() {
        for (source, names) in [
            (json!("{{ row.serail }}"), "`row.serail` is undefined"),
            (
                json!("{{ event.host.uuid }}"),
                "`event.host.uuid` is undefined",
            ),
            (
                json!("{{ event.nobody.email }}"),
                "`event.nobody` is undefined",
            ),
            (json!("{{ result.id }}"), "`result` is undefined"),
            (json!("{{ row.nope | plus('5m') }}"), "undefined"),
            (json!("id {{ row.nope }}"), "`row.nope` is undefined"),
            (
                json!("{{ {'a': row.nope} }}"),
                ".a of its result is undefined",
            ),
            (json!("{{ 1 if row.team }}"), "undefined"),
            (json!({"a": ["{{ item }}"]}), "`item` is undefined"),
            (json!("{{ row.nope != 'x' }}"), "`row.nope` is undefined"),
            (json!("{{ row.nope and true }}"), "`row.nope` is undefined"),
        ] {
            let error = render(source.clone()).unwrap_err();
            assert!(error.contains(names), "{source}: {error}");
        }
    }

    #[test]
    fn broken_templates_are_refused_when_the_file_is_read() {
        for source in [
            "{{ row. }}",
            "{{ row.a | nope }}",
            "{% if %}",
            "a | b {{ a }} {{ b | nope }}",
        ] {
            assert!(Template::new(json!(source)).is_err(), "{source}");
        }
        assert!(Expression::new("a ==").is_err());
    }

    #[test]
    fn a_template_that_would_never_end_is_stopped() {
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(
            render(json!(endless))
                .unwrap_err()
                .contains("too many steps")
        );
    }

    #[test]
    fn expressions_hold_by_jinjas_notion_of_truth() {
        for (source, truth) in [
            ("row.online", true),
            ("row.team", false),
            ("row.team != settings.team", true),
            ("steps.find.teams", true),
            ("row.fleet_id == 7 and not row.team", true),
            ("row.nope is defined", false),
        ] {
            assert_eq!(
                Expression::new(source).unwrap().holds(&context()),
                Ok(truth),
                "{source}"
            );
        }
        assert!(
            Expression::new("row.nope")
                .unwrap()
                .holds(&context())
                .is_err()
        );
    }

    #[test]
    fn the_names_a_template_uses_are_known() {
        let template = Template::new(json!({
            "a": "{{ row.serial }} {{ steps.find.id }} {% for t in steps.find.teams %}{{ t.id }}{% endfor %}",
            "b": ["{{ now }}", "{{ host(settings.url) }}", "{{ range(3) }}"],
        }));
        assert_eq!(
            template.unwrap().mentions(),
            [
                "now",
                "row.serial",
                "settings.url",
                "steps.find.id",
                "steps.find.teams"
            ]
        );
    }
}
