//! Judging one comparison on one value.

use super::rsql::{Comparison, Operator};
use crate::model::time::Time;
use std::cmp::Ordering;

/// A value that can be filtered and sorted by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Nothing,
    Text(String),
    Number(i64),
    Boolean(bool),
    Time(Time),
}

impl From<Option<Time>> for Scalar {
    fn from(time: Option<Time>) -> Self {
        time.map_or(Self::Nothing, Self::Time)
    }
}

impl Scalar {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether a comparison holds. Text is compared without regard to case, and `*` stands for anything.
    pub(super) fn meets(&self, comparison: &Comparison) -> bool {
        let mut values = comparison.values.iter().map(|value| value.text.as_str());
        match comparison.operator {
            Operator::Is | Operator::In => values.any(|value| self.is(value)),
            Operator::IsNot | Operator::Out => !values.any(|value| self.is(value)),
            Operator::Less => self.ordered(values.next(), Ordering::is_lt),
            Operator::LessOrIs => self.ordered(values.next(), Ordering::is_le),
            Operator::More => self.ordered(values.next(), Ordering::is_gt),
            Operator::MoreOrIs => self.ordered(values.next(), Ordering::is_ge),
        }
    }

    fn is(&self, value: &str) -> bool {
        match self {
            Self::Text(text) => like(&text.to_lowercase(), &value.to_lowercase()),
            Self::Boolean(yes) => value.eq_ignore_ascii_case(if *yes { "true" } else { "false" }),
            _ => self.against(value) == Some(Ordering::Equal),
        }
    }

    fn ordered(&self, value: Option<&str>, wanted: fn(Ordering) -> bool) -> bool {
        value
            .and_then(|value| self.against(value))
            .is_some_and(wanted)
    }

    fn against(&self, value: &str) -> Option<Ordering> {
        match self {
            Self::Nothing => None,
            Self::Text(text) => Some(text.to_lowercase().cmp(&value.to_lowercase())),
            Self::Number(number) => Some(number.cmp(&value.parse().ok()?)),
            Self::Boolean(yes) => Some(yes.cmp(&value.parse().ok()?)),
            Self::Time(time) => Some(time.cmp(&Time::parse(value).ok()?)),
        }
    }

    /// For sorting: nothing comes first.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Nothing, Self::Nothing) => Ordering::Equal,
            (Self::Nothing, _) => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}

/// `*` in the pattern stands for any run of characters.
fn like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::rsql::Rsql;
    use super::*;

    #[test]
    fn each_kind_of_value_is_compared_as_what_it_is() {
        let time = Scalar::Time(Time::parse("2026-03-02T10:00:00Z").unwrap());
        for (value, filter, holds) in [
            (Scalar::text("C02ABC"), r#"x=="c02abc""#, true),
            (Scalar::text("C02ABC"), r#"x=="C02*""#, true),
            (Scalar::text("C02ABC"), r#"x=="*2*C""#, true),
            (Scalar::text("C02ABC"), r#"x=="C02""#, false),
            (Scalar::text("15.10"), r#"x=in=("15.1","15.10")"#, true),
            (Scalar::Number(10), "x=gt=9", true),
            (Scalar::Number(10), "x==010", true),
            (Scalar::Boolean(true), "x==true", true),
            (Scalar::Boolean(true), "x!=true", false),
            (time.clone(), "x=ge=2026-03-02T10:00:00.000Z", true),
            (time, "x<2026-03-02T10:00:00+00:00", false),
            (Scalar::Nothing, "x=lt=5", false),
            (Scalar::Nothing, r#"x!="5""#, true),
        ] {
            let Rsql::Compare(one) = Rsql::parse(filter).unwrap() else {
                panic!("{filter}")
            };
            assert_eq!(value.meets(&one), holds, "{value:?} {filter}");
        }
    }
}
