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
