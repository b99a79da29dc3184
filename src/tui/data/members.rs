//! The rows of an act about to be asked, each with what it will come to as far as the store knows. The engine decides.

use super::names::Names;
use super::outlay::{Outlay, Tally};
use crate::control::deed::Deed;
use crate::model::row::{Row, RowId};
use crate::store::{QueueState, StoreError, View};
use crate::tui::text;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows looked at in one reading; the rest follow, so that nothing else waits for a long list.
const SLICE: usize = 2_000;

/// A frozen list, and what is to be done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct MembersWant {
    /// Tells one preview from the next.
    pub number: u64,
    pub deed: Deed,
    pub rows: Arc<Vec<RowId>>,
    /// Those of them that the filter does not show.
    pub hidden: Arc<BTreeSet<RowId>>,
}

/// The list, looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    pub number: u64,
    /// Rows of the list; more than there are members while they are still looked at.
    pub total: usize,
    /// Those that will not first, then those that will and are hidden, then the others; each in the list's order.
    pub members: Vec<Member>,
    pub will: usize,
    /// Of those that will, how many the filter does not show.
    pub hidden: usize,
    /// Stages and ladders that it sets in motion.
    pub rules: BTreeSet<String>,
    /// What is called for it.
    pub outlay: Outlay,
    /// Columns the longest key takes.
    pub widest: usize,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub row: RowId,
    pub key: String,
    /// As far as is known.
    pub will: bool,
    pub hidden: bool,
    /// What will be done, or why nothing will.
    pub note: String,
}

impl Members {
    /// Every row was looked at.
    pub fn whole(&self) -> bool {
        self.members.len() >= self.total
    }

    /// The rows for which it will do something, in the list's order.
    pub fn willing(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.will)
    }
}

/// Looks at the rows slice by slice.
#[derive(Default)]
pub struct MembersReader {
    want: Option<MembersWant>,
    seen: usize,
    tally: Tally,
    rules: BTreeSet<String>,
    /// Will not; will and hidden; will.
    groups: [Vec<Member>; 3],
    last: Option<Arc<Members>>,
}

impl MembersReader {
    /// More rows are to be looked at.
    pub fn is_due(&self) -> bool {
        let total = self.want.as_ref().map_or(0, |want| want.rows.len());
        self.seen < total
    }

    pub fn read(
        &mut self,
        view: &View<'_>,
        want: Option<&MembersWant>,
        names: &Names,
    ) -> Result<Option<Arc<Members>>, StoreError> {
        let Some(want) = want else {
            *self = Self::default();
            return Ok(None);
        };
        if self.want.as_ref().map(|known| known.number) != Some(want.number) {
            *self = Self {
                want: Some(want.clone()),
                tally: Tally::new(view.note("services")?.as_ref()),
                ..Self::default()
            };
        }
        if !self.is_due() && self.last.is_some() {
            return Ok(self.last.clone());
        }
        for id in want.rows.iter().skip(self.seen).take(SLICE) {
            self.look(view, want, *id, names)?;
        }
        self.seen = (self.seen + SLICE).min(want.rows.len());
        let members: Vec<Member> = self.groups.iter().flatten().cloned().collect();
        let keys = members.iter().map(|one| text::width(&text::cell(&one.key)));
        let seen = Members {
            number: want.number,
            total: want.rows.len(),
            widest: keys.max().unwrap_or(0).min(24),
            members,
            will: self.groups[1].len() + self.groups[2].len(),
            hidden: self.groups[1].len(),
            rules: self.rules.clone(),
            outlay: self.tally.outlay(),
        };
        self.last = Some(Arc::new(seen));
        Ok(self.last.clone())
    }

    fn look(
        &mut self,
        view: &View<'_>,
        want: &MembersWant,
        id: RowId,
        names: &Names,
    ) -> Result<(), StoreError> {
        let titles = |name: &str| names.title_in(&want.deed, name).to_owned();
        let found = view.row(id)?;
        let (key, judged) = match &found {
            Some(row) => (row.key.clone(), want.deed.verdict(view, row, &titles)?),
            None => (String::new(), Err("it is no longer there".to_owned())),
        };
        let mut member = Member {
            row: id,
            key,
            will: judged.is_ok(),
            hidden: want.hidden.contains(&id),
            note: judged.unwrap_or_else(|why| why),
        };
        if let Some(row) = found.filter(|_| member.will) {
            let moved = sets_in_motion(view, &row, &want.deed, names)?;
            if let (Deed::Remedy { ladder }, [(_, rung)]) = (&want.deed, moved.as_slice()) {
                member.note = names.rung_title(ladder, *rung);
                member.will = rung.is_some();
            }
            if member.will {
                for (rule, rung) in moved {
                    self.tally.add(names, &rule, rung);
                    self.rules.insert(rule);
                }
            }
            if want.deed == Deed::Refresh {
                self.tally.add_refresh(names);
            }
        }
        let group = match (member.will, member.hidden) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        self.groups[group].push(member);
        Ok(())
    }
}

/// Stages and ladders that will take the row because of it, a ladder with the rung that comes next.
fn sets_in_motion(
    view: &View<'_>,
    row: &Row,
    deed: &Deed,
    names: &Names,
) -> Result<Vec<(String, Option<usize>)>, StoreError> {
    let rules: Vec<String> = match deed {
        Deed::Trigger { stage: rule } | Deed::Remedy { ladder: rule } => vec![rule.clone()],
        Deed::Retry { .. } | Deed::Release { .. } => {
            let lifted = deed.lifts(view, row.id)?;
            let kept = |state| matches!(state, QueueState::BackingOff | QueueState::Held);
            let queued = view.queued(row.id)?.into_iter();
            queued
                .filter(|entry| kept(entry.state))
                .filter(|entry| lifted.iter().any(|rule| *rule == entry.rule || rule == "*"))
                .map(|entry| entry.rule)
                .collect()
        }
        _ => Vec::new(),
    };
    rules
        .into_iter()
        .map(|rule| {
            let rung = next_rung(view, row.id, &rule, names, deed)?;
            Ok((rule, rung))
        })
        .collect()
}

/// The rung a ladder comes to next for this row; a release or a retry lets it begin at its foot.
fn next_rung(
    view: &View<'_>,
    row: RowId,
    rule: &str,
    names: &Names,
    deed: &Deed,
) -> Result<Option<usize>, StoreError> {
    let Some(ladder) = names.pipeline().and_then(|pipeline| pipeline.ladder(rule)) else {
        return Ok(None);
    };
    let before = match deed {
        Deed::Retry { .. } | Deed::Release { .. } => Vec::new(),
        _ => view.attempts_since_release(row, rule)?,
    };
    let tried = |rung| before.iter().filter(|one| one.spends(rung)).count() as u32;
    Ok(ladder.next_rung(tried))
}

/// As [`next_rung`], for a row that is asked about before anything was chosen.
pub fn rung_now(
    view: &View<'_>,
    row: RowId,
    ladder: &str,
    names: &Names,
) -> Result<Option<usize>, StoreError> {
    next_rung(view, row, ladder, names, &Deed::Refresh)
}
