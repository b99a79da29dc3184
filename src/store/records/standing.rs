//! How checks, mirrors and waves stand.

use super::super::records::Met;
use crate::model::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// What a check came to when it was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Ok,
    Failed,
    /// It could not be asked.
    Unknown,
    /// It is not its turn yet.
    NotDue,
}

/// A check, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRecord {
    pub name: String,
    pub state: CheckState,
    /// Since when it is in this state.
    pub since: Time,
    /// When it was asked last.
    pub at: Time,
    /// What was found, why it could not be asked, or what it waits for.
    pub text: String,
    /// What to change; empty while it is ok or not due.
    pub advice: String,
}

impl CheckRecord {
    /// Nothing rests on an answer this old: three times as long as it should be until the next.
    pub fn is_stale(&self, every: Span, now: Time) -> bool {
        now.since(self.at) > every.times(STALE_AFTER)
    }
}

/// In times of a check's `every`.
const STALE_AFTER: f64 = 3.0;

/// A check of the pipeline and how it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStanding {
    pub name: String,
    pub title: String,
    pub every: Span,
    /// `None`: never asked.
    pub record: Option<CheckRecord>,
    /// Asked too long ago to count, whatever it came to then.
    pub stale: bool,
}

impl CheckStanding {
    /// Whether stages that name it may take rows.
    pub fn is_met(&self) -> bool {
        !self.stale && self.state() == Some(CheckState::Ok)
    }

    pub fn state(&self) -> Option<CheckState> {
        self.record.as_ref().map(|record| record.state)
    }

    /// How it stands, and what to change when it is not ok: one line, without its title.
    pub fn said(&self, now: Time) -> String {
        let Some(record) = &self.record else {
            return "not asked yet".to_owned();
        };
        let text = record.text.as_str();
        let found = match record.state {
            CheckState::Ok if text.is_empty() => "ok".to_owned(),
            CheckState::Ok => text.to_owned(),
            CheckState::Failed => advised(text, &record.advice),
            CheckState::Unknown => advised(&format!("could not be asked: {text}"), &record.advice),
            CheckState::NotDue => format!("not due: {text}"),
        };
        if self.stale {
            let age = now.since(record.at);
            return format!("not asked for {age}; then: {found}");
        }
        found
    }

    /// Why a stage that names it takes no rows.
    pub fn keeps_back(&self, now: Time) -> String {
        format!("waits for the check {}: {}", self.title, self.said(now))
    }
}

fn advised(text: &str, advice: &str) -> String {
    if advice.is_empty() {
        text.to_owned()
    } else {
        format!("{text} — {advice}")
    }
}

/// Whether the outside has been told what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorState {
    Told,
    /// What is wanted has changed, or it was never told.
    Owed,
    /// It was told and did not take it; it is told again soon.
    Failed,
}

/// A mirror, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MirrorRecord {
    pub name: String,
    pub state: MirrorState,
    pub since: Time,
    /// When it was last told with success.
    pub told_at: Option<Time>,
    /// Hash of what it was told then.
    pub told: String,
    /// What the action answered then: `{"percentage": 10, "listed": 212}`.
    pub result: serde_json::Value,
    /// Why it failed; else empty.
    pub text: String,
}

/// How a wave stands: its rows, by the first line of the pipeline's proof each meets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveProof {
    pub wave: String,
    pub rows: u64,
    /// Title of each line of the proof, and how many rows meet it first.
    pub settled: Vec<(String, u64)>,
    /// Rows that meet none.
    pub open: u64,
    /// Since when it is proven; stays, whatever rows do later.
    pub proven_at: Option<Time>,
}

/// A condition of an act, judged for a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActJudged {
    pub title: String,
    pub met: Met,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(state: CheckState, asked_ago: Span) -> (CheckStanding, Time) {
        let now = Time::parse("2026-03-02T12:00:00Z").unwrap();
        let every = Span::from_mins(5);
        let record = CheckRecord {
            name: "path".into(),
            state,
            since: now.minus(asked_ago),
            at: now.minus(asked_ago),
            text: "it answered 404".into(),
            advice: "redirect it".into(),
        };
        let standing = CheckStanding {
            name: "path".into(),
            title: "Path".into(),
            every,
            stale: record.is_stale(every, now),
            record: Some(record),
        };
        (standing, now)
    }

    #[test]
    fn an_answer_counts_for_three_times_its_rhythm() {
        let (fresh, _) = standing(CheckState::Ok, Span::from_mins(15));
        assert!(fresh.is_met());
        let (old, now) = standing(CheckState::Ok, Span::from_millis(900_001));
        assert!(old.stale && !old.is_met());
        assert!(old.said(now).starts_with("not asked for 15m"));
    }

    #[test]
    fn what_keeps_a_stage_back_is_said_with_what_to_change() {
        for (state, said) in [
            (CheckState::Failed, "it answered 404 — redirect it"),
            (
                CheckState::Unknown,
                "could not be asked: it answered 404 — redirect it",
            ),
            (CheckState::NotDue, "not due: it answered 404"),
        ] {
            let (standing, now) = standing(state, Span::ZERO);
            assert!(!standing.is_met());
            let whole = format!("waits for the check Path: {said}");
            assert_eq!(standing.keeps_back(now), whole);
        }
        let (mut never, now) = standing(CheckState::Ok, Span::ZERO);
        never.record = None;
        assert!(!never.is_met());
        assert_eq!(never.said(now), "not asked yet");
    }
}
