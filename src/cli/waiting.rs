//! Why a row is not moving, in words.

use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::store::{Explained, Met, QueueState};

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

/// One sentence: what this rule waits for on this row.
pub(super) fn waiting_for(explained: &Explained, now: Time) -> String {
    if let Some(hold) = &explained.hold {
        return hold.said(now);
    }
    if let Some(queued) = &explained.queued {
        let state = match queued.state {
            QueueState::Running => return "running".into(),
            QueueState::Waiting => return "an attempt waits for the outside".into(),
            QueueState::BackingOff => "backing off",
            QueueState::Held => "held",
            QueueState::Ready => "in the queue",
        };
        let due = queued.due.is_none_or(|due| due <= now);
        if due && let Some(first) = explained.kept_back.first() {
            return first.clone();
        }
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
        format!("waiting for: {}", explained.unmet(now))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::store::Judged;
    use serde_json::{Value as Json, json};

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
            kept_back: Vec::new(),
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
