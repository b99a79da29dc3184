//! A choice among a few named things, before an act is previewed.

use super::Chosen;
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use crate::tui::data::{Choice, ChoicesWant, Lookup};
use serde_json::Value as Json;
use tui_input::Input;

/// What the chosen thing is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    Trigger(Chosen),
    Skip(Chosen),
    /// Hold in one stage only.
    HoldIn(Chosen),
    Remedy(Chosen),
    /// Which of the pipeline's own acts.
    Act(Chosen),
    /// The rows of a wave, or of none, are looked up first; the act, when it is chosen already.
    Wave(Option<String>, Option<String>),
    /// Which column is set.
    Column(Chosen),
    /// What it is set to.
    Value(Chosen, String, ValueType),
    /// Every row of this stage's queue is triggered.
    Queue(String),
    /// Which stage or ladder is switched.
    Switch,
    Brake,
    /// A command that waits for a second person's word.
    Word,
    /// The command whose frozen rows are being read.
    Frozen(i64, bool),
}

/// The choice.
#[derive(Clone, Debug)]
pub struct Choose {
    pub number: u64,
    pub title: String,
    pub line: Input,
    pub at: usize,
    /// `None` while they are looked up.
    pub items: Option<Vec<Choice>>,
    pub lookup: Option<Lookup>,
    pub purpose: Purpose,
    /// Why what was typed cannot be taken.
    pub fault: Option<String>,
}

impl Choose {
    pub fn new(number: u64, title: impl Into<String>, purpose: Purpose) -> Self {
        Self {
            number,
            title: title.into(),
            line: Input::default(),
            at: 0,
            items: None,
            lookup: None,
            purpose,
            fault: None,
        }
    }

    pub fn want(&self) -> Option<ChoicesWant> {
        let lookup = self.lookup.clone()?;
        Some(ChoicesWant {
            number: self.number,
            lookup,
        })
    }

    /// The items that have every word typed.
    pub fn shown(&self) -> Vec<&Choice> {
        let typed = self.line.value().to_lowercase();
        let has = |item: &Choice| {
            let said = format!("{} {} {}", item.name, item.title, item.note).to_lowercase();
            typed.split_whitespace().all(|word| said.contains(word))
        };
        let items = self.items.iter().flatten();
        items.filter(|item| has(item)).collect()
    }

    /// What may be typed, where something may.
    pub fn allowed(&self) -> Option<&'static str> {
        let Purpose::Value(.., kind) = &self.purpose else {
            return None;
        };
        Some(match kind {
            ValueType::Text => "any text; \"empty\" below clears it",
            ValueType::Integer => "a whole number, such as 42",
            ValueType::Boolean => "yes or no",
            ValueType::Time => "RFC 3339, such as 2026-03-02T22:00:00Z, or now",
            ValueType::Json => "JSON, such as {\"a\": 1}",
        })
    }

    /// The name that enter takes: of the item under the cursor, or what is typed where that is allowed.
    pub fn taken(&self) -> Option<String> {
        let typed = self.line.value().trim();
        let shown = self.shown();
        let exact = shown.iter().find(|item| item.name == typed);
        if self.allowed().is_some() && !typed.is_empty() && exact.is_none() {
            let narrowed = shown
                .get(self.at)
                .filter(|_| matches!(self.purpose, Purpose::Value(.., ValueType::Boolean)));
            return Some(narrowed.map_or_else(|| typed.to_owned(), |item| item.name.clone()));
        }
        exact
            .copied()
            .or_else(|| shown.get(self.at).copied())
            .map(|item| item.name.clone())
    }
}

/// What "empty" is called in a choice of values.
pub const EMPTY: &str = "empty";

/// A typed value, as its column takes it. The error says what is allowed.
pub fn value(kind: ValueType, typed: &str, now: Time) -> Result<Json, String> {
    let typed = typed.trim();
    if typed.is_empty() || typed == EMPTY {
        return Ok(Json::Null);
    }
    let json = match kind {
        ValueType::Time if typed == "now" => now.to_string().into(),
        ValueType::Json => serde_json::from_str(typed)
            .map_err(|error| format!("\"{typed}\" is not JSON: {error}"))?,
        _ => Json::String(typed.to_owned()),
    };
    let allowed = match kind {
        ValueType::Text => "text",
        ValueType::Integer => "a whole number",
        ValueType::Boolean => "yes or no",
        ValueType::Time => "a time such as 2026-03-02T22:00:00Z, or now",
        ValueType::Json => "JSON",
    };
    match Value::fit(kind, &json) {
        Ok(value) => Ok(value.to_json()),
        Err(_) => Err(format!("\"{typed}\" is not {allowed}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_read_as_its_column_takes_it() {
        let now = Time::parse("2026-03-02T22:00:00Z").unwrap();
        for (kind, typed, read) in [
            (ValueType::Boolean, "yes", Some(json!(true))),
            (ValueType::Boolean, "no", Some(json!(false))),
            (ValueType::Boolean, "perhaps", None),
            (ValueType::Boolean, "", Some(Json::Null)),
            (ValueType::Integer, "42", Some(json!(42))),
            (ValueType::Integer, "4.2", None),
            (
                ValueType::Time,
                "now",
                Some(json!("2026-03-02T22:00:00.000Z")),
            ),
            (
                ValueType::Time,
                "2026-03-02T23:00:00+01:00",
                Some(json!("2026-03-02T22:00:00.000Z")),
            ),
            (ValueType::Time, "yesterday", None),
            (ValueType::Text, " a b ", Some(json!("a b"))),
            (ValueType::Text, "empty", Some(Json::Null)),
            (ValueType::Json, "{\"a\":1}", Some(json!({"a": 1}))),
            (ValueType::Json, "{", None),
        ] {
            let value = value(kind, typed, now);
            assert_eq!(value.clone().ok(), read, "{kind:?} {typed}: {value:?}");
        }
    }
}
