//! Asking one column.

use super::word::{nearest, plain};
use crate::model::rule::Shape;
use crate::model::time::Span;
use crate::model::value::ValueType;
use crate::tui::data::Names;

/// Names that are no declared column.
pub const SPECIAL: [&str; 7] = ["phase", "stage", "fault", "wave", "held", "is", "idle"];

/// A declared column, by its name or its title, whatever the case. The error is a sentence.
pub fn find<'a>(
    name: &str,
    shape: &'a Shape,
    names: &Names,
) -> Result<(&'a str, ValueType), String> {
    let title = |column: &str| {
        let declared = names
            .pipeline()
            .and_then(|pipeline| pipeline.column(column));
        declared.map(|column| column.title.clone())
    };
    let asked = plain(name);
    let by_name = shape.columns.iter().find(|c| plain(&c.name) == asked);
    let found = by_name.or_else(|| {
        let titled = |column: &str| title(column).is_some_and(|title| plain(&title) == asked);
        shape.columns.iter().find(|c| titled(&c.name))
    });
    if let Some(column) = found {
        return Ok((&column.name, column.kind));
    }
    let mut known: Vec<String> = SPECIAL.map(str::to_owned).into();
    for column in &shape.columns {
        known.push(column.name.clone());
        known.extend(title(&column.name));
    }
    let near = nearest(name, known.iter().map(String::as_str));
    let hint = if near.is_empty() {
        ": tab completes names; quotes keep a colon in a word".into()
    } else {
        near
    };
    Err(format!("there is no column \"{name}\"{hint}"))
}

/// One column with one value, as an SQL expression that is never NULL. The error is a sentence.
pub fn ask(name: &str, kind: ValueType, value: &str) -> Result<String, String> {
    let column = quoted(name);
    if value.is_empty() || value.eq_ignore_ascii_case("none") {
        return Ok(format!("({column} IS NULL)"));
    }
    match kind {
        ValueType::Boolean => match value.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Ok(format!("({column} IS TRUE)")),
            "no" | "false" | "0" => Ok(format!("({column} IS FALSE)")),
            _ => Err(format!(
                "{name} is yes or no: write {name}:yes, {name}:no or {name}:none"
            )),
        },
        ValueType::Integer => number(name, value),
        ValueType::Time => match compared(value) {
            Some((sign, span)) if sign.len() == 1 && sign != "=" => age(name, sign, span),
            _ => Ok(like(name, value)),
        },
        ValueType::Text | ValueType::Json => match value.strip_prefix('=') {
            Some(whole) if !whole.is_empty() => Ok(same(name, whole)),
            _ => Ok(like(name, value)),
        },
    }
}

/// `>2h`: longer ago than that; `<2h`: since then.
pub fn age(name: &str, sign: &str, span: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "\"{sign}{span}\" is no age: write {name}:>2h for longer ago, {name}:<10m for since"
        )
    };
    let millis = Span::parse(span).map_err(|_| wrong())?.millis();
    let column = quoted(name);
    match sign {
        ">" => Ok(format!("(({column} < ago('{millis}ms')) IS TRUE)")),
        "<" => Ok(format!("(({column} >= ago('{millis}ms')) IS TRUE)")),
        _ => Err(wrong()),
    }
}

fn number(name: &str, value: &str) -> Result<String, String> {
    let (sign, digits) = compared(value).unwrap_or(("=", value));
    let number: i64 = digits.trim().parse().map_err(|_| {
        format!("{name} is a number: write {name}:7, {name}:>100, {name}:<=9 or {name}:none")
    })?;
    Ok(format!("(({} {sign} {number}) IS TRUE)", quoted(name)))
}

/// A sign of comparing and the rest.
pub fn compared(value: &str) -> Option<(&str, &str)> {
    let sign = [">=", "<=", ">", "<", "="]
        .into_iter()
        .find(|sign| value.starts_with(sign))?;
    Some((&value[..sign.len()], &value[sign.len()..]))
}

/// Contains, without regard to the case of ASCII letters. A missing value contains nothing.
pub fn like(name: &str, value: &str) -> String {
    let escaped = value
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    let pattern = format!("'%{}%' ESCAPE '\\'", text(&escaped));
    format!("(coalesce({}, '') LIKE {pattern})", quoted(name))
}

/// One of these columns contains it.
pub fn any_like<'a>(names: impl Iterator<Item = &'a str>, value: &str) -> String {
    let columns: Vec<String> = names.map(quoted).collect();
    format!("(contains('{}', {}))", text(value), columns.join(", "))
}

/// The same, without regard to the case of ASCII letters.
pub fn same(name: &str, value: &str) -> String {
    let lower = text(&value.to_ascii_lowercase());
    format!("(coalesce(lower({}), '') = '{lower}')", quoted(name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What may stand between single quotes.
fn text(value: &str) -> String {
    value.replace('\'', "''").replace('\0', "")
}
