//! The rows of an act about to be asked, each with what it will come to as far as the store knows. The engine decides.

use super::names::Names;
use crate::model::row::RowId;
use crate::store::{Hold, HoldKind, StoreError, View};
use std::sync::Arc;

/// More rows than this are not looked at one by one.
const MOST_JUDGED: usize = 5_000;

/// What is to be done to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowVerb {
    Retry,
    Hold,
    Release,
    Refresh,
}

/// A frozen list, and what is to be done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersWant {
    /// Tells one preview from the next.
    pub number: u64,
    pub verb: RowVerb,
    pub rows: Arc<Vec<RowId>>,
}

/// The list, looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    pub number: u64,
    /// In the list's order; those beyond the number looked at are missing.
    pub members: Vec<Member>,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub row: RowId,
    pub key: String,
    /// As far as is known.
    pub will: bool,
    /// What will be done, or why nothing will.
    pub note: String,
}

impl Members {
    pub fn read(view: &View<'_>, want: &MembersWant, names: &Names) -> Result<Self, StoreError> {
        let mut members = Vec::new();
        for row in want.rows.iter().take(MOST_JUDGED) {
            let (key, judged) = match view.row(*row)? {
                Some(found) => (found.key, judge(want.verb, &view.holds_of(*row)?, names)),
                None => (String::new(), Err("it is no longer there".to_owned())),
            };
            let will = judged.is_ok();
            members.push(Member {
                row: *row,
                key,
                will,
                note: judged.unwrap_or_else(|why| why),
            });
        }
        Ok(Self {
            number: want.number,
            members,
        })
    }
}

fn judge(verb: RowVerb, holds: &[Hold], names: &Names) -> Result<String, String> {
    let of = |kinds: &[HoldKind]| {
        let found = holds.iter().filter(|hold| kinds.contains(&hold.kind));
        let titles: Vec<&str> = found
            .map(|hold| {
                if hold.rule == "*" {
                    "everything"
                } else {
                    names.rule(&hold.rule)
                }
            })
            .collect();
        (!titles.is_empty()).then(|| titles.join(", "))
    };
    match verb {
        RowVerb::Retry => of(&[HoldKind::Parked, HoldKind::BackingOff])
            .map(|what| format!("tries again: {what}"))
            .ok_or_else(|| "nothing of it failed".into()),
        RowVerb::Release => of(&[
            HoldKind::Parked,
            HoldKind::Held,
            HoldKind::Skipped,
            HoldKind::BackingOff,
        ])
        .map(|what| format!("released in: {what}"))
        .ok_or_else(|| "nothing holds it".into()),
        RowVerb::Hold
            if holds
                .iter()
                .any(|hold| hold.rule == "*" && hold.kind == HoldKind::Held) =>
        {
            Err("it is held already".into())
        }
        RowVerb::Hold => Ok("no stage takes it until it is released".into()),
        RowVerb::Refresh => Ok("read afresh".into()),
    }
}
