//! What is visible of a moment that has been.

use super::dossier::Dossier;
use super::journal::{Journal, JournalReader, JournalWant};
use super::list::{List, ListWant};
use super::snapshot::{Line, Snapshot, Waits, Want};
use crate::model::time::Time;
use crate::store::{AttemptState, Past, Query, Reader, RuleCount, StoreError, View};
use std::collections::HashMap;
use std::sync::Arc;

/// The moments at which something changed, next to the one looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    pub before: Option<Time>,
    pub after: Option<Time>,
}

/// Reads what was, and keeps the table of one moment.
#[derive(Default)]
pub struct PastReader {
    table: Option<(Past, Vec<RuleCount>)>,
    list: Option<Arc<List>>,
    journal: JournalReader,
}

impl PastReader {
    pub fn read(&mut self, reader: &Reader, want: &Want, at: Time) -> Result<Snapshot, StoreError> {
        if self.table.as_ref().is_none_or(|(past, _)| past.at() != at) {
            self.list = None;
            let past = reader.look_at(at, |view| view.past(at))?;
            let counts = past.look(|then| counts(then, &past))?;
            self.table = Some((past, counts));
        }
        let Self {
            table,
            list,
            journal,
        } = self;
        let Some((past, counts)) = table else {
            return Ok(Snapshot::default());
        };
        let snapshot = past.look(|then| {
            let list = listed(then, list, &want.list)?;
            let (first, count) = want.window;
            let mut lines = HashMap::new();
            for id in list.ids.iter().skip(first).take(count) {
                if let Some(row) = then.row(*id)? {
                    // What it waited for hung on holds and queues, which are kept as of now only.
                    let waits = Waits::default();
                    lines.insert(*id, Line { row, waits });
                }
            }
            Ok(Snapshot {
                list,
                lines,
                phases: then.phases()?,
                counts: counts.clone(),
                moments: Some(Moments {
                    before: past.before,
                    after: past.after,
                }),
                ..Snapshot::default()
            })
        })?;
        reader.look_at(at, |view| {
            let dossier = want.dossier.map(|id| Dossier::read_past(view, past, id));
            Ok(Snapshot {
                journal: logged(view, journal, past, &want.journal)?,
                dossier: dossier.transpose()?.flatten(),
                ..snapshot
            })
        })
    }
}

/// The list stays as it is while the same is asked: what was does not change.
fn listed(
    then: &View<'_>,
    known: &mut Option<Arc<List>>,
    want: &ListWant,
) -> Result<Arc<List>, StoreError> {
    if let Some(list) = known.as_ref().filter(|list| list.want == *want) {
        return Ok(list.clone());
    }
    let list = Arc::new(List::read(then, want, known.as_deref())?);
    *known = Some(list.clone());
    Ok(list)
}

/// How many rows each gate held for, and how many attempts were open. Of the former some may have been held or out of
/// their window: that is not kept.
fn counts(then: &View<'_>, past: &Past) -> Result<Vec<RuleCount>, StoreError> {
    let mut counts = Vec::new();
    for rule in &then.rules().rules {
        let whole = rule
            .conditions
            .iter()
            .map(|one| format!("(\n{}\n)", one.sql));
        let query = Query {
            condition: Some(whole.collect::<Vec<_>>().join(" AND ")).filter(|sql| !sql.is_empty()),
            ..Query::default()
        };
        let running = past.open.get(&rule.name).copied().unwrap_or(0);
        counts.push(RuleCount {
            rule: rule.name.clone(),
            queued: then.count(&query)?.saturating_sub(running),
            running,
            ..RuleCount::default()
        });
    }
    Ok(counts)
}

/// The log up to that moment.
fn logged(
    view: &View<'_>,
    reader: &mut JournalReader,
    past: &Past,
    want: &JournalWant,
) -> Result<Journal, StoreError> {
    let last = past.last_entry;
    let anchor = want.anchor.filter(|anchor| *anchor < last);
    let want = JournalWant {
        anchor: Some(anchor.unwrap_or(last)),
        ..want.clone()
    };
    let mut journal = reader.read(view, &want)?;
    journal.entries.retain(|entry| entry.id <= last);
    let after = |id: i64| journal.entries.iter().filter(|entry| entry.id > id).count();
    journal.newer = anchor.map_or(0, after);
    journal.whole = journal.entries.last().is_none_or(|entry| entry.id == last) || anchor.is_none();
    (journal.last, journal.alarms, journal.alarm) = (last, 0, None);
    Ok(journal)
}

impl Dossier {
    /// As it was: the row and its gates judged as of then, and of its past only what had happened.
    pub fn read_past(
        view: &View<'_>,
        past: &Past,
        id: crate::model::row::RowId,
    ) -> Result<Option<Self>, StoreError> {
        let at = past.at();
        let judged = past.look(|then| Ok((then.row(id)?, then.explain(id, at)?)))?;
        let (Some(row), explained) = judged else {
            return Ok(None);
        };
        let Some(mut dossier) = Self::read(view, id, at)? else {
            return Ok(None);
        };
        dossier.row = row;
        dossier.explained = explained;
        dossier.holds.clear();
        dossier.changes.retain(|change| change.at <= at);
        dossier.events.retain(|event| event.received_at <= at);
        dossier
            .attempts
            .retain(|(attempt, _)| attempt.started_at <= at);
        for (attempt, steps) in &mut dossier.attempts {
            if attempt.finished_at.is_none_or(|end| end > at) {
                attempt.state = AttemptState::Running;
                (attempt.finished_at, attempt.fault, attempt.waiting_for) = (None, None, None);
            }
            steps.retain(|step| step.started_at <= at);
            for step in steps.iter_mut() {
                if step.finished_at.is_none_or(|end| end > at) {
                    (step.outcome, step.fault, step.finished_at) = (None, None, None);
                }
            }
        }
        // Since when a value stood is in the changes; the table of then has none of its own.
        for judged in dossier
            .explained
            .iter_mut()
            .flat_map(|rule| &mut rule.conditions)
        {
            let since = judged.reads.iter().filter_map(|(column, _)| {
                let change = dossier.changes.iter().find(|one| one.column == *column);
                change.map(|one| one.at)
            });
            judged.since = since.max();
        }
        Ok(Some(dossier))
    }
}
