//! One table of the file, read key by key; whatever is wrong is reported where it stands and a default goes on.

use super::sink::Sink;
use crate::model::rule::is_name;
use crate::model::time::Span;
use crate::pipeline::finding;
use crate::pipeline::keys;
use crate::pipeline::template::{Expression, Template};
use serde_json::{Map, Value as Json};
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) type Node<'a> = Spanned<DeValue<'a>>;

pub(super) const NAME_FORM: &str =
    "a name is lower-case letters, digits and _, and starts with a letter";

/// One entry of a table whose keys are names the file chooses.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) at: usize,
    pub(super) node: &'a Node<'a>,
}

#[derive(Clone)]
pub(super) struct Table<'a> {
    pub(super) out: &'a Sink<'a>,
    pub(super) subject: String,
    entries: &'a DeTable<'a>,
    at: usize,
}

impl<'a> Table<'a> {
    /// Opens a table of a kind, and refuses keys that kind does not have.
    pub(super) fn new(
        out: &'a Sink<'a>,
        section: &str,
        subject: String,
        entries: &'a DeTable<'a>,
        at: usize,
    ) -> Self {
        out.place(&subject, at);
        let table = Self {
            out,
            subject,
            entries,
            at,
        };
        for (key, _) in entries {
            let name = key.get_ref().as_ref();
            out.place(&table.path(name), key.span().start);
            if !keys::of(section).any(|known| known.name == name) {
                let known = keys::of(section).map(|key| key.name);
                let hint = finding::nearest(name, known.clone())
                    .map(|near| format!("did you mean \"{near}\"?"))
                    .or_else(|| {
                        Some(format!(
                            "known are: {}",
                            known.collect::<Vec<_>>().join(", ")
                        ))
                    });
                let problem = format!("unknown key \"{name}\"");
                out.error(key.span().start, &table.subject, problem, hint);
            }
        }
        table
    }

    pub(super) fn path(&self, key: &str) -> String {
        match self.subject.as_str() {
            "" => key.to_owned(),
            subject => format!("{subject}.{key}"),
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.node(key).is_some()
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node<'a>> {
        self.entries.get(key)
    }

    /// Reports something about a key, where its value stands, or about the table when the key is missing.
    pub(super) fn fault(&self, key: &str, problem: impl Into<String>, hint: Option<String>) {
        let at = self.node(key).map_or(self.at, |node| node.span().start);
        self.out.error(at, &self.path(key), problem, hint);
    }

    /// Reports something about the table itself.
    pub(super) fn lacking(&self, problem: impl Into<String>, hint: Option<String>) {
        self.out.error(self.at, &self.subject, problem, hint);
    }

    fn missing(&self, key: &str, form: &str) {
        let hint = Some(format!("add {key} = {form}"));
        self.out.error(
            self.at,
            &self.subject,
            format!("\"{key}\" is missing"),
            hint,
        );
    }

    fn wrong(&self, key: &str, expected: &str, node: &Node<'_>) {
        self.fault(key, format!("expected {expected}, got {}", got(node)), None);
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        let node = self.node(key)?;
        if let DeValue::String(text) = node.get_ref() {
            return Some(text.to_string());
        }
        self.wrong(key, "text", node);
        None
    }

    /// A text that must be there and not be empty; an empty one goes on.
    pub(super) fn needed(&self, key: &str, form: &str) -> String {
        if !self.has(key) {
            self.missing(key, form);
        }
        let text = self.text(key);
        if text.as_deref().is_some_and(|text| text.trim().is_empty()) {
            self.fault(key, format!("\"{key}\" is empty"), None);
        }
        text.unwrap_or_default()
    }

    /// A name that must be there.
    pub(super) fn name(&self, key: &str) -> String {
        let name = self.needed(key, "\"a_name\"");
        self.sound_name(key, &name);
        name
    }

    pub(super) fn sound_name(&self, key: &str, name: &str) {
        if !name.trim().is_empty() && !is_name(name) {
            self.fault(
                key,
                format!("\"{name}\" is no name"),
                Some(NAME_FORM.into()),
            );
        }
    }

    /// A title, or one made from the name.
    pub(super) fn title(&self, name: &str) -> String {
        self.text("title").unwrap_or_else(|| humane(name))
    }

    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        let node = self.node(key)?;
        if let DeValue::Boolean(yes) = node.get_ref() {
            return Some(*yes);
        }
        self.wrong(key, "true or false", node);
        None
    }

    pub(super) fn whole(&self, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let node = self.node(key)?;
        let number = match node.get_ref() {
            DeValue::Integer(_) => json(node).as_i64(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.wrong(key, &expected, node);
        }
        number
    }

    pub(super) fn number(&self, key: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let node = self.node(key)?;
        let number = match node.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) => json(node).as_f64(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = format!("a number from {} to {}", range.start(), range.end());
            self.wrong(key, &expected, node);
        }
        number
    }

    pub(super) fn span(&self, key: &str) -> Option<Span> {
        let text = self.text(key)?;
        Span::parse(&text)
            .map_err(|error| self.fault(key, error.to_string(), None))
            .ok()
    }

    pub(super) fn template(&self, key: &str) -> Option<Template> {
        self.compiled(key, self.node(key)?)
    }

    fn compiled(&self, key: &str, node: &Node<'_>) -> Option<Template> {
        Template::new(json(node))
            .map_err(|error| self.fault(key, error.to_string(), None))
            .ok()
    }

    pub(super) fn expression(&self, key: &str) -> Option<Expression> {
        let text = self.text(key)?;
        if text.trim_start().starts_with("{{") {
            let hint = Some(format!("write {key} without {{{{ and }}}}"));
            self.fault(key, "expected a bare expression, got a template", hint);
            return None;
        }
        Expression::new(&text)
            .map_err(|error| self.fault(key, error.to_string(), None))
            .ok()
    }

    /// A table of templates, in the order of the file. One that does not compile is reported and becomes null.
    pub(super) fn templates(&self, key: &str) -> Vec<(String, Template)> {
        self.entries_of(key)
            .into_iter()
            .filter_map(|entry| {
                let template = Template::new(json(entry.node)).or_else(|error| {
                    let at = entry.node.span().start;
                    self.out.error(at, &entry.subject, error.to_string(), None);
                    Template::new(Json::Null)
                });
                Some((entry.name, template.ok()?))
            })
            .collect()
    }

    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let node = self.node(key)?;
        let texts = match json(node) {
            Json::Array(items) => items
                .into_iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        if texts.is_none() {
            self.wrong(key, "a list of texts", node);
        }
        texts
    }

    pub(super) fn table(&self, key: &str, section: &str) -> Option<Table<'a>> {
        let node = self.node(key)?;
        if let DeValue::Table(entries) = node.get_ref() {
            let at = node.span().start;
            return Some(Table::new(self.out, section, self.path(key), entries, at));
        }
        self.wrong(key, "a table", node);
        None
    }

    /// Every `[[key]]` as a table of a kind, each under its name or its number; two of one name are reported. Rungs
    /// and replies go by number.
    pub(super) fn tables(&self, key: &str, section: &str) -> Vec<Table<'a>> {
        let numbered = matches!(section, "rung" | "reply");
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = node.get_ref() else {
            let hint = Some(format!("write [[{key}]]"));
            self.fault(
                key,
                format!("expected a list of tables, got {}", got(node)),
                hint,
            );
            return Vec::new();
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut tables = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let DeValue::Table(entries) = item.get_ref() else {
                self.out.error(
                    item.span().start,
                    &self.path(key),
                    format!("expected a table, got {}", got(item)),
                    None,
                );
                continue;
            };
            let named = entries
                .get("name")
                .and_then(|node| node.get_ref().as_str())
                .filter(|_| !numbered);
            let name = named.map_or_else(|| (number + 1).to_string(), str::to_owned);
            let subject = self.path(&format!("{section}.{name}"));
            if named.is_some() && !seen.insert(name.clone()) {
                let line = self.out.line_of(&subject);
                let at = entries.get("name").map_or(0, |node| node.span().start);
                let problem = format!("there is already a {section} \"{name}\", on line {line}");
                self.out
                    .error(at, &subject, problem, Some("give it another name".into()));
            }
            tables.push(Table::new(
                self.out,
                section,
                subject,
                entries,
                item.span().start,
            ));
        }
        tables
    }

    /// The entries of a table whose keys the file chooses.
    pub(super) fn entries_of(&self, key: &str) -> Vec<Entry<'a>> {
        self.entries_under(key, &self.path(key))
    }

    /// The same, under another path: `columns` are spoken of as `column.NAME`.
    pub(super) fn entries_under(&self, key: &str, path: &str) -> Vec<Entry<'a>> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let DeValue::Table(entries) = node.get_ref() else {
            self.wrong(key, "a table", node);
            return Vec::new();
        };
        let entry = |(name, node): (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Node<'a>)| {
            let subject = format!("{path}.{}", name.get_ref());
            self.out.place(&subject, name.span().start);
            Entry {
                name: name.get_ref().to_string(),
                subject,
                at: name.span().start,
                node,
            }
        };
        entries.iter().map(entry).collect()
    }
}

/// `read_back` as a heading: `Read back`.
pub(super) fn humane(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What stands there, shortly.
pub(super) fn got(node: &Node<'_>) -> String {
    let shown = crate::model::text::clean_short(&json(node).to_string(), 40);
    match node.get_ref() {
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::Array(_) => format!("a list, {shown}"),
        DeValue::String(_) => format!("the text {shown}"),
        DeValue::Datetime(_) => format!("the date {shown}"),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => shown,
    }
}

/// The same value as JSON; dates become text.
pub(super) fn json(node: &Node<'_>) -> Json {
    match node.get_ref() {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Json::String(number.as_str().to_owned()), Json::from),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or(Json::Null, Json::Number),
        DeValue::Boolean(yes) => Json::Bool(*yes),
        DeValue::Datetime(at) => Json::String(at.to_string()),
        DeValue::Array(items) => items.iter().map(json).collect(),
        DeValue::Table(entries) => entries
            .iter()
            .map(|(key, node)| (key.get_ref().to_string(), json(node)))
            .collect::<Map<_, _>>()
            .into(),
    }
}
