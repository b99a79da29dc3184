//! When each check is asked next.

use crate::model::time::{Span, Time};
use crate::pipeline::definition::{Asks, Check};
use crate::store::CheckState;
use std::collections::{BTreeMap, BTreeSet};

/// What could not be asked is asked again after this, or sooner when it is asked more often anyway.
const UNKNOWN_AGAIN: Span = Span::from_secs(30);
/// A check of the table is asked no more often than this, however fast the table changes. Engine time.
const TABLE_AGAIN: Span = Span::from_secs(2);
/// The same in real time, for a clock that runs fast.
const TABLE_AGAIN_REAL_MS: f64 = 100.0;

/// How an asking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Asked {
    pub state: CheckState,
    /// From when on its record counts its rhythm.
    pub at: Time,
}

pub(super) struct Agenda<'p> {
    checks: &'p [Check],
    /// Those that are not being asked now.
    due: BTreeMap<&'p str, Time>,
    asking: BTreeSet<&'p str>,
    /// To be asked once more when the asking under way has ended: something it rests on has changed.
    again: BTreeSet<&'p str>,
    states: BTreeMap<&'p str, CheckState>,
    /// When each was begun to be asked last.
    begun: BTreeMap<&'p str, Time>,
    table_again: Span,
}

impl<'p> Agenda<'p> {
    /// All are due at once.
    pub fn new(checks: &'p [Check], now: Time, speed: f64) -> Self {
        let real = Span::from_millis((TABLE_AGAIN_REAL_MS * speed) as i64);
        Self {
            checks,
            due: checks
                .iter()
                .map(|check| (check.name.as_str(), now))
                .collect(),
            asking: BTreeSet::new(),
            again: BTreeSet::new(),
            states: BTreeMap::new(),
            begun: BTreeMap::new(),
            table_again: TABLE_AGAIN.max(real),
        }
    }

    /// What is to be asked now. A check waits for those it comes after that are asked now too.
    pub fn take_due(&mut self, now: Time) -> Vec<&'p Check> {
        let is_due = |check: &&Check| {
            self.due
                .get(check.name.as_str())
                .is_some_and(|at| *at <= now || *at > now.plus(check.every))
        };
        let due: Vec<&Check> = self.checks.iter().filter(is_due).collect();
        let first = |check: &&Check| {
            !check.after.iter().any(|name| {
                self.asking.contains(name.as_str()) || due.iter().any(|other| other.name == *name)
            })
        };
        let mut taken: Vec<&Check> = due.iter().copied().filter(first).collect();
        if taken.is_empty() && self.asking.is_empty() {
            // A loop, which the file's check refuses: nobody waits for ever.
            taken = due;
        }
        for check in &taken {
            self.due.remove(check.name.as_str());
            self.asking.insert(&check.name);
            self.begun.insert(&check.name, now);
        }
        taken
    }

    /// The next moment at which something falls due that waits for nothing else.
    pub fn next(&self, now: Time) -> Option<Time> {
        self.due.values().filter(|at| **at > now).min().copied()
    }

    /// An asking ended; `None` when the store would not say or take it.
    pub fn heard(&mut self, name: &str, asked: Option<Asked>, now: Time) {
        let Some(check) = self.checks.iter().find(|check| check.name == name) else {
            return;
        };
        let name = check.name.as_str();
        self.asking.remove(name);
        let soon = check.every.min(UNKNOWN_AGAIN);
        let mut next = match asked {
            Some(asked) if asked.state == CheckState::Unknown => asked.at.plus(soon),
            Some(asked) => asked.at.plus(check.every),
            None => now.plus(soon),
        };
        if let Some(asked) = asked {
            let before = self.states.insert(name, asked.state);
            let ok = |state: Option<CheckState>| state == Some(CheckState::Ok);
            if ok(before) != ok(Some(asked.state)) {
                self.wake_after(name, now);
            }
        }
        if self.again.remove(name) {
            next = next.min(self.soonest(check, now));
        }
        self.due.insert(name, next);
    }

    /// The table changed: what rests on it is looked at again.
    pub fn table_changed(&mut self, now: Time) {
        for check in self.checks {
            let name = check.name.as_str();
            let not_due = self.states.get(name) == Some(&CheckState::NotDue);
            let of_table = matches!(check.asks, Asks::NoRow(_));
            if of_table || (not_due && check.once_all.is_some()) {
                self.bring_forward(check, self.soonest(check, now));
            }
        }
    }

    /// What comes after `name` is asked at once, as that has turned ok, or no longer is.
    fn wake_after(&mut self, name: &str, now: Time) {
        let after = |check: &&Check| check.after.iter().any(|one| one == name);
        for check in self.checks.iter().filter(after) {
            self.bring_forward(check, now);
        }
    }

    fn bring_forward(&mut self, check: &'p Check, to: Time) {
        let name = check.name.as_str();
        match self.due.get_mut(name) {
            Some(due) => *due = to.min(*due),
            None => drop(self.again.insert(name)),
        }
    }

    fn soonest(&self, check: &Check, now: Time) -> Time {
        let begun = self.begun.get(check.name.as_str());
        begun.map_or(now, |begun| begun.plus(self.table_again).max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Pipeline, parse};

    fn pipeline() -> Pipeline {
        let text = r#"
name = "p"
title = "P"
subject = "thing"
key = "serial"
[columns]
serial = "text"
[[check]]
name = "later"
after = ["first"]
every = "10m"
ok_if = "true"
advice = "do it"
[[check]]
name = "first"
every = "5m"
ok_if = "true"
advice = "do it"
[[check]]
name = "rows"
no_row = "serial IS NULL"
every = "1h"
advice = "do it"
[[check]]
name = "gathered"
once_all = "serial IS NOT NULL"
every = "1h"
ok_if = "true"
advice = "do it"
"#;
        parse("p.toml", text).unwrap_or_else(|found| panic!("{found:#?}"))
    }

    fn at(secs: i64) -> Time {
        Time::from_millis(secs * 1_000)
    }

    fn names(checks: &[&Check]) -> Vec<String> {
        checks.iter().map(|check| check.name.clone()).collect()
    }

    fn came_to(agenda: &mut Agenda<'_>, name: &str, state: CheckState, secs: i64) {
        let asked = Asked {
            state,
            at: at(secs),
        };
        agenda.heard(name, Some(asked), at(secs));
    }

    #[test]
    fn what_comes_after_another_waits_for_its_answer_and_all_are_asked_at_the_start() {
        let pipeline = pipeline();
        let mut agenda = Agenda::new(&pipeline.checks, at(0), 1.0);
        assert_eq!(
            names(&agenda.take_due(at(0))),
            ["first", "rows", "gathered"]
        );
        assert_eq!(
            agenda.next(at(0)),
            None,
            "the one that is left waits for an answer"
        );
        came_to(&mut agenda, "first", CheckState::Failed, 1);
        assert_eq!(names(&agenda.take_due(at(1))), ["later"]);
        came_to(&mut agenda, "later", CheckState::NotDue, 1);
        assert_eq!(agenda.next(at(1)), Some(at(301)));
        assert_eq!(names(&agenda.take_due(at(301))), ["first"]);
        came_to(&mut agenda, "first", CheckState::Ok, 301);
        assert_eq!(names(&agenda.take_due(at(301))), ["later"], "at once");
    }

    #[test]
    fn what_could_not_be_asked_is_asked_again_soon_and_what_failed_in_its_rhythm() {
        let pipeline = pipeline();
        let mut agenda = Agenda::new(&pipeline.checks[1..2], at(0), 1.0);
        agenda.take_due(at(0));
        came_to(&mut agenda, "first", CheckState::Unknown, 0);
        assert_eq!(agenda.next(at(0)), Some(at(30)));
        agenda.take_due(at(30));
        came_to(&mut agenda, "first", CheckState::Failed, 30);
        assert_eq!(agenda.next(at(30)), Some(at(330)));
        agenda.take_due(at(330));
        agenda.heard("first", None, at(330));
        assert_eq!(agenda.next(at(330)), Some(at(360)), "the store was full");
    }

    #[test]
    fn the_table_is_looked_at_when_it_changed_and_not_faster_than_is_good() {
        let pipeline = pipeline();
        let mut agenda = Agenda::new(&pipeline.checks[2..], at(0), 1.0);
        agenda.take_due(at(0));
        agenda.table_changed(at(1));
        came_to(&mut agenda, "rows", CheckState::Ok, 1);
        came_to(&mut agenda, "gathered", CheckState::NotDue, 1);
        assert_eq!(
            names(&agenda.take_due(at(2))),
            ["rows"],
            "changed meanwhile"
        );
        came_to(&mut agenda, "rows", CheckState::Ok, 2);
        agenda.table_changed(at(60));
        assert_eq!(names(&agenda.take_due(at(60))), ["rows", "gathered"]);
        came_to(&mut agenda, "gathered", CheckState::Ok, 60);
        came_to(&mut agenda, "rows", CheckState::Ok, 60);
        agenda.table_changed(at(61));
        assert_eq!(
            names(&agenda.take_due(at(70))),
            ["rows"],
            "the other asks the outside now"
        );
    }

    #[test]
    fn a_loop_is_asked_all_the_same() {
        let mut pipeline = pipeline();
        pipeline.checks.truncate(2);
        pipeline.checks[1].after = vec!["later".into()];
        let mut agenda = Agenda::new(&pipeline.checks, at(0), 1.0);
        assert_eq!(agenda.take_due(at(0)).len(), 2);
    }
}
