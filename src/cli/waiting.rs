//! Why a row is not moving, in words.

use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::store::{Explained, Hold, HoldKind, Judged, Met, QueueState};
use serde_json::Value as Json;

/// What a value looks like in a sentence.
pub(super) fn said(value: &Json) -> String {
    match value {
        Json::Null => "not known".into(),
        Json::String(text) => match Time::parse(text) {
            Ok(at) => short(at),
            Err(_) => format!("\"{text}\""),
        },
        Json::Bool(true) => "yes".into(),
        Json::Bool(false) => "no".into(),
        other => other.to_string(),
    }
}

/// A moment as people read it: to the second.
pub(super) fn short(at: Time) -> String {
    at.to_chrono().format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The sign before a condition; the colour beside it says the same.
pub(super) fn sign(met: Met) -> &'static str {
    match met {
        Met::Yes => "✓",
        Met::No => "✗",
        Met::Unknown => "?",
    }
}

/// What a condition reads: `fleet_team is "No team" for 14m`, or which column was never read.
pub(super) fn detail(judged: &Judged, now: Time) -> String {
    let never: Vec<&str> = judged
        .reads
        .iter()
        .filter(|(_, value)| value.is_null())
        .map(|(column, _)| column.as_str())
        .collect();
    if judged.met == Met::Unknown && !never.is_empty() {
        let verb = if never.len() == 1 { "was" } else { "were" };
        return format!("unknown: {} {verb} never read", never.join(", "));
    }
    let mut parts: Vec<String> = judged
        .reads
        .iter()
        .map(|(column, value)| format!("{column} is {}", said(value)))
        .collect();
    if let Some(due) = judged.due.filter(|due| *due > now) {
        parts.push(format!("falls due in {}", due.since(now)));
    } else if let Some(since) = judged.since {
        parts.push(format!("for {}", now.since(since)));
    }
    parts.join(", ")
}

/// What a hold says: `parked 3m ago: refused … (operator has it)`.
pub(super) fn hold_said(hold: &Hold, now: Time) -> String {
    let owner = hold
        .owner
        .as_ref()
        .map_or(String::new(), |owner| format!("; {owner} has it"));
    match hold.kind {
        HoldKind::BackingOff => {
            let when = match hold.until {
                Some(until) if until > now => format!("for {}", until.since(now)),
                _ => "until its turn comes".into(),
            };
            format!("backing off {when}: {}", hold.reason)
        }
        HoldKind::Parked => format!("parked {} ago: {}{owner}", now.since(hold.at), hold.reason),
        HoldKind::Held => format!(
            "held by {} {} ago: {}",
            hold.by,
            now.since(hold.at),
            hold.reason
        ),
        HoldKind::Skipped => format!(
            "skipped by {} {} ago: {}",
            hold.by,
            now.since(hold.at),
            hold.reason
        ),
    }
}

/// One sentence: what this rule waits for on this row.
pub(super) fn waiting_for(explained: &Explained, now: Time) -> String {
    if let Some(hold) = &explained.hold {
        return hold_said(hold, now);
    }
    if let Some(queued) = &explained.queued {
        let state = match queued.state {
            QueueState::Running => return "running".into(),
            QueueState::Waiting => return "an attempt waits for the outside".into(),
            QueueState::BackingOff => "backing off",
            QueueState::Held => "held",
            QueueState::Ready => "in the queue",
        };
        return match queued.due.filter(|due| *due > now) {
            Some(due) => format!("{state}, due in {}", due.since(now)),
            None => format!("{state} for {}", now.since(queued.since)),
        };
    }
    if explained.conditions.iter().all(|c| c.met == Met::Yes) {
        "about to be queued".into()
    } else if explained.kind == RuleKind::Ladder {
        "not stuck".into()
    } else {
        format!("waiting for: {}", unmet(explained, now))
    }
}

/// The conditions that do not hold, with what they read.
pub(super) fn unmet(explained: &Explained, now: Time) -> String {
    let list: Vec<String> = explained
        .conditions
        .iter()
        .filter(|judged| judged.met != Met::Yes)
        .map(|judged| format!("{} ({})", judged.title, detail(judged, now)))
        .collect();
    list.join("; ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in super::super) fn noon() -> Time {
        Time::parse("2026-03-02T12:00:00Z").unwrap()
    }

    pub(in super::super) fn explained(rule: &str, met: Met) -> Explained {
        let team = match met {
            Met::Unknown => Json::Null,
            _ => json!("No team"),
        };
        let minutes = crate::model::time::Span::from_mins(14);
        Explained {
            rule: rule.into(),
            kind: RuleKind::Stage,
            conditions: vec![Judged {
                title: "in the staging team".into(),
                sql: "fleet_team = :staging_team".into(),
                met,
                reads: vec![("fleet_team".into(), team)],
                due: None,
                since: Some(noon().minus(minutes)),
            }],
            queued: None,
            hold: None,
        }
    }

    #[test]
    fn the_sentence_names_the_condition_the_value_and_how_long() {
        assert_eq!(
            waiting_for(&explained("transfer", Met::No), noon()),
            "waiting for: in the staging team (fleet_team is \"No team\", for 14m)"
        );
        assert_eq!(
            waiting_for(&explained("transfer", Met::Unknown), noon()),
            "waiting for: in the staging team (unknown: fleet_team was never read)"
        );
    }
}
