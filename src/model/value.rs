//! What a cell of the table may hold.

use super::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The declared type of a column or a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    Text,
    Integer,
    Boolean,
    Time,
    Json,
}

impl ValueType {
    pub const ALL: [Self; 5] = [
        Self::Text,
        Self::Integer,
        Self::Boolean,
        Self::Time,
        Self::Json,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Time => "time",
            Self::Json => "json",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    #[default]
    Null,
    Text(String),
    Integer(i64),
    Boolean(bool),
    Time(Time),
    Json(Json),
}

/// A value that does not fit the column it is meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, got {got}")]
pub struct BadValue {
    pub expected: &'static str,
    pub got: String,
}

impl Value {
    /// Fits a JSON value into a column. Text is cleaned; null stays null; a time may have any RFC 3339 offset, and
    /// Fleet's "never" (2000-01-01, 0001-01-01; `api/fleet.md` §1.1) is null. An integer column takes whole numbers
    /// and text of digits, a text column also numbers and booleans.
    pub fn fit(kind: ValueType, json: &Json) -> Result<Self, BadValue> {
        let bad = || BadValue {
            expected: kind.word(),
            got: super::text::clean_short(&json.to_string(), 80),
        };
        Ok(match (kind, json) {
            (_, Json::Null) => Self::Null,
            (ValueType::Text, Json::String(text)) => Self::Text(super::text::clean(text)),
            (ValueType::Text, Json::Number(number)) => Self::Text(number.to_string()),
            (ValueType::Text, Json::Bool(yes)) => Self::Text(yes.to_string()),
            (ValueType::Integer, Json::Number(number)) => {
                let whole = number
                    .as_f64()
                    .filter(|f| f.fract() == 0.0 && f.abs() < 9e15)
                    .map(|f| f as i64);
                Self::Integer(number.as_i64().or(whole).ok_or_else(bad)?)
            }
            (ValueType::Integer, Json::String(text)) => {
                Self::Integer(text.trim().parse().map_err(|_| bad())?)
            }
            (ValueType::Boolean, Json::Bool(yes)) => Self::Boolean(*yes),
            (ValueType::Boolean, Json::Number(number)) => match number.as_i64() {
                Some(0) => Self::Boolean(false),
                Some(1) => Self::Boolean(true),
                _ => return Err(bad()),
            },
            (ValueType::Boolean, Json::String(text)) => match text.trim() {
                "true" | "yes" | "1" => Self::Boolean(true),
                "false" | "no" | "0" => Self::Boolean(false),
                _ => return Err(bad()),
            },
            (ValueType::Time, Json::String(text)) if text.trim().is_empty() => Self::Null,
            (ValueType::Time, Json::String(text)) => {
                let at = Time::parse(text).map_err(|_| bad())?;
                if at.millis() <= NEVER {
                    Self::Null
                } else {
                    Self::Time(at)
                }
            }
            (ValueType::Json, json) => {
                let mut json = json.clone();
                super::text::clean_json(&mut json);
                Self::Json(json)
            }
            _ => return Err(bad()),
        })
    }

    /// As templates, exports and `--json` see it. Times are text, booleans are booleans.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => Json::String(text.clone()),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(yes) => (*yes).into(),
            Self::Time(at) => Json::String(at.to_string()),
            Self::Json(json) => json.clone(),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    pub fn as_boolean(&self) -> Option<bool> {
        if let Self::Boolean(yes) = self {
            Some(*yes)
        } else {
            None
        }
    }

    pub fn as_time(&self) -> Option<Time> {
        if let Self::Time(at) = self {
            Some(*at)
        } else {
            None
        }
    }
}

/// 2000-01-01T00:00:00Z in milliseconds: what Fleet writes for "never".
const NEVER: i64 = 946_684_800_000;

impl std::fmt::Display for Value {
    /// As a person reads it; null is `–`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("–"),
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Boolean(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Time(at) => write!(f, "{at}"),
            Self::Json(json) => write!(f, "{json}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_fit_their_columns_or_say_why_not() {
        for (kind, given, fits) in [
            (ValueType::Integer, json!("42"), Some(Value::Integer(42))),
            (ValueType::Integer, json!(4.5), None),
            (ValueType::Boolean, json!(1), Some(Value::Boolean(true))),
            (ValueType::Boolean, json!("maybe"), None),
            (
                ValueType::Time,
                json!("0001-01-01T00:00:00Z"),
                Some(Value::Null),
            ),
            (
                ValueType::Time,
                json!("2000-01-01T00:00:00Z"),
                Some(Value::Null),
            ),
            (ValueType::Text, json!(7), Some(Value::Text("7".into()))),
            (ValueType::Text, json!({}), None),
            (ValueType::Text, json!(null), Some(Value::Null)),
        ] {
            assert_eq!(Value::fit(kind, &given).ok(), fits, "{kind:?} {given}");
        }
    }
}
