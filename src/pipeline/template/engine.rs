//! The Jinja environment every template shares: strict, limited, and with drover's own filters.

use super::context::TemplateError;
use crate::model::percent::percent;
use crate::model::time::{Span, Time};
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter};
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

/// Instructions one evaluation may take, so that no template can hang a stage.
const FUEL: u64 = 200_000;
/// Nested calls one evaluation may take.
const RECURSION: usize = 100;
/// How deep a typed result may nest.
const DEEPEST: usize = 64;
/// What null is in text.
const NOTHING: &str = "–";

pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_formatter(|out, state, value| {
        if value.is_none() {
            out.write_str(NOTHING).map_err(Error::from)
        } else {
            escape_formatter(out, state, value)
        }
    });
    env.add_filter("plus", |at: Value, span: Value| {
        shift(&at, &span, Time::plus)
    });
    env.add_filter("minus", |at: Value, span: Value| {
        shift(&at, &span, Time::minus)
    });
    env.add_filter("since", |at: Value, other: Value| since(&at, &other));
    env.add_filter("host", |url: Value| host(&url));
    env.add_filter("sh", |value: Value| encoded(&value, for_shell));
    env.add_filter("url", |value: Value| {
        if matches!(value.as_str(), Some("." | "..")) {
            let what = "a part of a URL that is \".\" or \"..\" would lead elsewhere, and cannot be written otherwise";
            return Err(refused(what.into()));
        }
        encoded(&value, percent)
    });
    env.add_function("host", |url: Value| host(&url));
    env
}

fn refused(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// Undefined is passed on, so that the error names it.
fn shift(at: &Value, span: &Value, by: fn(Time, Span) -> Time) -> Result<Value, Error> {
    if at.is_none() || at.is_undefined() {
        return Ok(at.clone());
    }
    let length = Span::parse(span.as_str().unwrap_or_default())
        .map_err(|error| refused(error.to_string()))?;
    Ok(Value::from(by(time(at)?, length).to_string()))
}

fn since(at: &Value, other: &Value) -> Result<Value, Error> {
    if let Some(missing) = [at, other]
        .into_iter()
        .find(|v| v.is_undefined() || v.is_none())
    {
        return Ok(missing.clone());
    }
    let millis = time(at)?.millis().saturating_sub(time(other)?.millis());
    Ok(Value::from(millis.div_euclid(1_000)))
}

fn time(value: &Value) -> Result<Time, Error> {
    match value.as_str() {
        Some(text) => Time::parse(text).map_err(|error| refused(error.to_string())),
        None => Err(refused(format!("expected a time, got {}", value.kind()))),
    }
}

fn host(url: &Value) -> Result<Value, Error> {
    if url.is_none() || url.is_undefined() {
        return Ok(url.clone());
    }
    let text = url
        .as_str()
        .ok_or_else(|| refused(format!("expected a URL, got {}", url.kind())))?;
    Ok(Value::from(host_of(text)))
}

/// A value as its place takes it. Null is the empty text: "–" would be a word of its own there.
fn encoded(value: &Value, by: fn(&str) -> String) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Undefined => Ok(value.clone()),
        ValueKind::None => Ok(Value::from(by(""))),
        ValueKind::String | ValueKind::Number | ValueKind::Bool => {
            Ok(Value::from(by(&value.to_string())))
        }
        other => Err(refused(format!("expected a text, got {other}"))),
    }
}

/// One word of a shell, whatever stands in it.
fn for_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The host of a URL without user, port or brackets, in lower case.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let bare = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    bare.to_ascii_lowercase()
}

pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(yes) => Value::from(*yes),
        Json::Number(number) => number
            .as_i64()
            .map(Value::from)
            .or_else(|| number.as_u64().map(Value::from))
            .or_else(|| number.as_f64().map(Value::from))
            .unwrap_or_else(|| Value::from(())),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(from_json).collect::<Vec<_>>()),
        Json::Object(map) => Value::from_pairs(map.iter().map(|(k, v)| (k.as_str(), from_json(v)))),
    }
}

/// Where in a value something is undefined, as a path such as `.id` or `[2]`; empty for the value itself.
pub(super) enum NoJson {
    Undefined(String),
    Unfit(String),
}

pub(super) fn to_json(value: &Value, depth: usize) -> Result<Json, NoJson> {
    if depth > DEEPEST {
        return Err(NoJson::Unfit(format!(
            "it nests deeper than {DEEPEST} levels"
        )));
    }
    let below = |at: String| {
        move |error: NoJson| match error {
            NoJson::Undefined(path) => NoJson::Undefined(at + &path),
            unfit @ NoJson::Unfit(_) => unfit,
        }
    };
    let unfit = |error: Error| NoJson::Unfit(error.to_string());
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(NoJson::Undefined(String::new())),
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => number(value)?,
        ValueKind::String => Json::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Seq | ValueKind::Iterable => Json::Array(
            value
                .try_iter()
                .map_err(unfit)?
                .enumerate()
                .map(|(n, item)| to_json(&item, depth + 1).map_err(below(format!("[{n}]"))))
                .collect::<Result<_, _>>()?,
        ),
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter().map_err(unfit)? {
                let item = value.get_item(&key).map_err(unfit)?;
                let name = key.to_string();
                let json = to_json(&item, depth + 1).map_err(below(format!(".{name}")))?;
                map.insert(name, json);
            }
            Json::Object(map)
        }
        other => {
            return Err(NoJson::Unfit(format!(
                "it is {other}, which no column or input can hold"
            )));
        }
    })
}

fn number(value: &Value) -> Result<Json, NoJson> {
    if value.is_integer() {
        if let Some(whole) = value.as_i64() {
            return Ok(whole.into());
        }
        return u64::try_from(value.clone())
            .map(Json::from)
            .map_err(|_| NoJson::Unfit("it is too large a number".into()));
    }
    f64::try_from(value.clone())
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map(Json::Number)
        .ok_or_else(|| NoJson::Unfit("it is no finite number".into()))
}

/// One sentence for an engine error in `source`.
pub(super) fn told(error: &Error, source: &str) -> TemplateError {
    let shown = crate::model::text::clean_short(source.trim(), 120);
    let what = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "takes too many steps; make it simpler".to_owned(),
        (ErrorKind::UndefinedError, Some(detail)) => detail.to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    let line = error.line().filter(|line| *line > 1);
    let place = line.map_or(String::new(), |line| format!(", line {line} of it"));
    TemplateError(format!("{what}, in `{shown}`{place}"))
}

/// The first filter or test in an expression that does not exist. The engine only notices when it runs one.
pub(super) fn unknown_word(expression: &str) -> Option<TemplateError> {
    words_after(expression)
        .into_iter()
        .find_map(|(sign, word)| {
            let (probe, unknown, noun) = if sign == '|' {
                (format!("none|{word}"), ErrorKind::UnknownFilter, "filter")
            } else {
                (format!("none is {word}"), ErrorKind::UnknownTest, "test")
            };
            let error = ENVIRONMENT
                .compile_expression_owned(probe)
                .and_then(|probe| probe.eval(()))
                .err()?;
            (error.kind() == unknown).then(|| {
                let shown = crate::model::text::clean_short(expression.trim(), 120);
                TemplateError(format!("there is no {noun} \"{word}\", in `{shown}`"))
            })
        })
}

/// Names after `|` and after `is`/`is not`, outside quoted text.
fn words_after(expression: &str) -> Vec<(char, String)> {
    let mut bare = String::with_capacity(expression.len());
    let mut quote = None;
    let mut escaped = false;
    for c in expression.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => {
                quote = None;
                bare.push('"');
            }
            Some(_) => {}
            None => {
                if c == '\'' || c == '"' {
                    quote = Some(c);
                }
                bare.push(c);
            }
        }
    }
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let filters = bare.split('|').skip(1).map(|rest| ('|', name(rest)));
    let tests = bare
        .split_inclusive(char::is_whitespace)
        .scan(0, |at, word| {
            *at += word.len();
            Some((word.trim() == "is").then(|| bare[*at..].trim_start()))
        });
    let tests = tests
        .flatten()
        .map(|rest| ('?', name(rest.strip_prefix("not ").unwrap_or(rest))));
    filters
        .chain(tests)
        .filter(|(_, word)| !word.is_empty())
        .collect()
}

/// Whether a name is one of the environment's own functions.
pub(super) fn is_function(name: &str) -> bool {
    ENVIRONMENT.globals().any(|(global, _)| global == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_found_whatever_surrounds_it() {
        for (url, host) in [
            ("https://Fleet.Example.com/hosts/1", "fleet.example.com"),
            ("https://u:p@a.example:8443?x", "a.example"),
            ("https://[::1]:80/", "::1"),
            ("a.example/mdm", "a.example"),
            ("", ""),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn a_misspelt_filter_or_test_is_found_before_it_runs() {
        for (expression, word) in [
            ("row.a | defualt(none)", Some("defualt")),
            ("row.a is definde", Some("definde")),
            ("row.a is not definde", Some("definde")),
            ("row.a | default(none) | upper", None),
            ("row.a is not defined and 'x | nope' != 'is nope'", None),
            ("now | plus('5m')", None),
        ] {
            let found = unknown_word(expression).map(|e| e.to_string());
            assert_eq!(found.is_some(), word.is_some(), "{expression}: {found:?}");
            assert!(found.unwrap_or_default().contains(word.unwrap_or_default()));
        }
    }
}
