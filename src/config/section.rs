//! Reading one table of the file: each getter notes what it was asked for, so that what nobody asked for is unknown.

use super::finding::{Finding, nearest};
use super::secret::{Secret, SecretSource};
use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file being read, and what was found wrong in it so far.
pub(super) struct Source<'a> {
    pub text: &'a str,
    /// What relative paths are relative to.
    pub folder: &'a Path,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str, folder: &'a Path) -> Self {
        Self {
            text,
            folder,
            findings: RefCell::default(),
        }
    }

    pub(super) fn report(&self, at: Option<Range<usize>>, key: &str, text: impl Into<String>) {
        let line = at.map_or(0, |span| {
            let start = span.start.min(self.text.len());
            let before = self.text.get(..start).unwrap_or_default();
            1 + before.matches('\n').count()
        });
        self.findings.borrow_mut().push(Finding {
            line,
            key: key.to_owned(),
            text: text.into(),
        });
    }

    /// What was found, in the order of the lines.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut list = self.findings.into_inner();
        list.sort_by_key(|finding| finding.line);
        list.dedup();
        list
    }
}

/// One table. A table that is not in the file reads as an empty one.
pub(super) struct Section<'a> {
    pub source: &'a Source<'a>,
    path: String,
    table: Option<&'a DeTable<'a>>,
    span: Option<Range<usize>>,
    known: RefCell<Vec<&'static str>>,
}

type Found<'a> = (&'a DeValue<'a>, Range<usize>);

impl<'a> Section<'a> {
    pub(super) fn root(source: &'a Source<'a>, table: &'a DeTable<'a>) -> Self {
        Self {
            source,
            path: String::new(),
            table: Some(table),
            span: None,
            known: RefCell::default(),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn name_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Reports a fault at `key`, or at the section when the key is not there.
    pub(super) fn report(&self, key: &str, text: impl Into<String>) {
        let at = self.span_of(key).or_else(|| self.span.clone());
        self.source.report(at, &self.name_of(key), text);
    }

    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.look(key).map(|(_, span)| span)
    }

    /// Reports that `key` must be given, unless the section itself is missing.
    pub(super) fn require<T>(&self, key: &str, value: Option<T>, example: &str) -> Option<T> {
        if value.is_none() && self.is_there() && self.look(key).is_none() {
            self.report(key, format!("is missing; write {key} = {example}"));
        }
        value
    }

    fn look(&self, key: &str) -> Option<Found<'a>> {
        let value = self.table?.get(key)?;
        Some((value.get_ref(), value.span()))
    }

    pub(super) fn get(&self, key: &'static str) -> Option<Found<'a>> {
        self.known.borrow_mut().push(key);
        self.look(key)
    }

    fn wrong(&self, key: &str, expected: &str, got: &DeValue<'_>) {
        self.report(key, format!("expected {expected}, got {}", type_word(got)));
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        let (value, _) = self.get(key)?;
        match value {
            DeValue::String(text) if text.trim().is_empty() => {
                self.report(key, "is empty");
                None
            }
            DeValue::String(text) => Some(text.trim().to_owned()),
            other => {
                self.wrong(key, "a text", other);
                None
            }
        }
    }

    /// A text that `read` understands; what it does not is reported with its sentence.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(key)?;
        read(&text).map_err(|why| self.report(key, why)).ok()
    }

    /// A whole number from `least` to `most`.
    pub(super) fn whole(&self, key: &'static str, least: u64, most: u64) -> Option<u64> {
        let (value, _) = self.get(key)?;
        let DeValue::Integer(number) = value else {
            self.wrong(key, "a whole number", value);
            return None;
        };
        let number = i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(-1);
        let fits = u64::try_from(number)
            .ok()
            .filter(|number| (least..=most).contains(number));
        if fits.is_none() {
            self.report(key, format!("must be from {least} to {most}, got {number}"));
        }
        fits
    }

    pub(super) fn yes_or_no(&self, key: &'static str) -> Option<bool> {
        let (value, _) = self.get(key)?;
        if let DeValue::Boolean(yes) = value {
            return Some(*yes);
        }
        self.wrong(key, "true or false", value);
        None
    }

    /// A list of texts; one text alone is a list of one.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        let (value, _) = self.get(key)?;
        let texts = match value {
            DeValue::String(text) => Some(vec![text.to_string()]),
            DeValue::Array(items) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        if texts.is_none() {
            self.wrong(key, "a list of texts", value);
        }
        texts
    }

    pub(super) fn path(&self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(|text| self.source.folder.join(text))
    }

    pub(super) fn section(&self, key: &'static str) -> Self {
        let found = self.get(key);
        self.below(key, found)
    }

    fn below(&self, key: &str, found: Option<Found<'a>>) -> Self {
        let table = found.as_ref().and_then(|(value, _)| {
            if !value.is_table() {
                self.wrong(key, "a table", value);
            }
            value.as_table()
        });
        Self {
            source: self.source,
            path: self.name_of(key),
            table,
            span: found.map(|(_, span)| span),
            known: RefCell::default(),
        }
    }

    /// Sub-tables whose names the user chooses, those named in `but` apart.
    pub(super) fn named_sections(&self, but: &[&str]) -> Vec<(String, Self)> {
        self.entries()
            .filter(|(name, value)| {
                !but.contains(&name.get_ref().as_ref()) && value.get_ref().is_table()
            })
            .map(|(name, value)| {
                let name = name.get_ref().to_string();
                let section = self.below(&name, Some((value.get_ref(), value.span())));
                (name, section)
            })
            .collect()
    }

    pub(super) fn entries(
        &self,
    ) -> impl Iterator<
        Item = (
            &'a Spanned<std::borrow::Cow<'a, str>>,
            &'a Spanned<DeValue<'a>>,
        ),
    > + use<'a> {
        self.table.into_iter().flat_map(DeTable::iter)
    }

    /// A slot for a secret: a table with one source, never the secret itself.
    pub(super) fn secret(&self, key: &'static str) -> Option<Secret> {
        let (value, _) = self.get(key)?;
        let slot = self.name_of(key);
        if !value.is_table() {
            let example = slot.replace('.', "_").to_uppercase();
            self.report(
                key,
                format!(
                    "a secret never stands in this file; write {{ env = \"{example}\" }}, {{ file = \"…\" }}, \
                     {{ command = [\"…\"] }} or {{ credential = \"…\" }}, and change the secret if this file was shared"
                ),
            );
            return None;
        }
        let table = self.below(key, Some((value, self.span_of(key)?)));
        let sources = [
            table.text("env").map(SecretSource::Env),
            table.path("file").map(SecretSource::File),
            table.texts("command").map(SecretSource::Command),
            table.text("credential").map(SecretSource::Credential),
        ];
        let complete = table.finish(&[]);
        let mut given = sources.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(SecretSource::Command(words)), None)
                if words.iter().all(|w| w.trim().is_empty()) =>
            {
                self.report(key, "the command is empty");
                None
            }
            (Some(SecretSource::Credential(name)), None) if name.contains('/') => {
                self.report(key, "a credential is a name without a slash");
                None
            }
            (Some(source), None) => Some(Secret { slot, source }),
            (Some(_), Some(_)) => {
                self.report(
                    key,
                    "give one source only: env, file, command or credential",
                );
                None
            }
            (None, _) if complete => {
                self.report(key, "give a source: env, file, command or credential");
                None
            }
            (None, _) => None,
        }
    }

    /// Reports every key nobody asked for, with the nearest one that is known. True when there was none.
    /// Sub-tables in `named` were read by [`Self::named_sections`].
    pub(super) fn finish(&self, named: &[String]) -> bool {
        let known = self.known.borrow();
        let mut clean = true;
        for (name, _) in self.entries() {
            let word = name.get_ref().as_ref();
            if known.contains(&word) || named.iter().any(|n| n == word) {
                continue;
            }
            clean = false;
            let hint = match nearest(word, known.iter().copied()) {
                Some(near) => format!("unknown key; did you mean \"{near}\"?"),
                None => format!("unknown key; known here: {}", known.join(", ")),
            };
            self.source
                .report(Some(name.span()), &self.name_of(word), hint);
        }
        clean
    }
}

/// What a value is, in the words of the file's format.
pub(super) fn type_word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date (put it in quotes)",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
