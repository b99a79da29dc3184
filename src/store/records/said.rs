//! What holds and conditions say of themselves, in words for people.

use super::{Explained, Hold, HoldKind, Judged, Met};
use crate::model::time::Time;
use serde_json::Value as Json;

/// A value in a sentence.
fn value(value: &Json) -> String {
    match value {
        Json::Null => "not known".into(),
        Json::String(text) => match Time::parse(text) {
            Ok(at) => at.to_chrono().format("%Y-%m-%d %H:%M:%SZ").to_string(),
            Err(_) => format!("\"{text}\""),
        },
        Json::Bool(true) => "yes".into(),
        Json::Bool(false) => "no".into(),
        other => other.to_string(),
    }
}

impl Judged {
    /// It asks that something has not happened, and it has: no waiting will mend that.
    pub fn has_passed(&self) -> bool {
        let sql = self.sql.to_uppercase();
        let tests = sql.split(" OR ").flat_map(|part| part.split(" AND "));
        let mut tests = tests.map(|test| test.trim().trim_end_matches(')').trim_end());
        let asks_not_yet =
            tests.all(|test| test.ends_with(" IS NULL") || test.ends_with(" IS NOT TRUE"));
        self.met == Met::No && asks_not_yet
    }

    /// What it reads: `fleet_team is "No team" for 14m`, or which column was never read.
    pub fn said(&self, now: Time) -> String {
        let never: Vec<&str> = self
            .reads
            .iter()
            .filter(|(_, value)| value.is_null())
            .map(|(column, _)| column.as_str())
            .collect();
        if self.met == Met::Unknown && !never.is_empty() {
            let verb = if never.len() == 1 { "was" } else { "were" };
            return format!("unknown: {} {verb} never read", never.join(", "));
        }
        let mut parts: Vec<String> = self
            .reads
            .iter()
            .map(|(column, read)| format!("{column} is {}", value(read)))
            .collect();
        if let Some(due) = self.due.filter(|due| *due > now) {
            parts.push(format!("falls due in {}", due.since(now)));
        } else if let Some(since) = self.since {
            parts.push(format!("for {}", now.since(since)));
        }
        parts.join(", ")
    }
}

impl Explained {
    /// Its time is over for the row: what it would bring about is there already.
    pub fn has_passed(&self) -> bool {
        self.queued.is_none() && self.conditions.iter().any(Judged::has_passed)
    }

    /// The conditions that do not hold, with what they read.
    pub fn unmet(&self, now: Time) -> String {
        let unmet = self.conditions.iter().filter(|one| one.met != Met::Yes);
        let list: Vec<String> = unmet
            .map(|judged| format!("{} ({})", judged.title, judged.said(now)))
            .collect();
        list.join("; ")
    }
}

impl Hold {
    /// `parked 3m ago: refused … (operator has it)`.
    pub fn said(&self, now: Time) -> String {
        let (since, reason) = (now.since(self.at), &self.reason);
        match self.kind {
            HoldKind::BackingOff => {
                let when = match self.until {
                    Some(until) if until > now => format!("for {}", until.since(now)),
                    _ => "until its turn comes".into(),
                };
                format!("backing off {when}: {reason}")
            }
            HoldKind::Parked => {
                let owner = self.owner.as_ref();
                let has = owner.map_or(String::new(), |owner| format!("; {owner} has it"));
                format!("parked {since} ago: {reason}{has}")
            }
            HoldKind::Held => format!("held by {} {since} ago: {reason}", self.by),
            HoldKind::Skipped => format!("skipped by {} {since} ago: {reason}", self.by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_has_passed_when_what_should_not_have_happened_has() {
        for (sql, met, passed) in [
            ("done_at IS NULL", Met::No, true),
            ("(a_at IS NULL OR b_at is null)", Met::No, true),
            ("clean IS NOT TRUE", Met::No, true),
            ("done_at IS NULL", Met::Yes, false),
            ("done_at IS NOT NULL", Met::No, false),
            ("team = :team OR done_at IS NULL", Met::No, false),
            ("clean", Met::Unknown, false),
        ] {
            let judged = Judged {
                title: String::new(),
                sql: sql.into(),
                met,
                reads: Vec::new(),
                due: None,
                since: None,
            };
            assert_eq!(judged.has_passed(), passed, "{sql}");
        }
    }
}
