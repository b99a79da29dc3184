//! Everything about one row.

use super::answer::Answer;
use super::standing::Known;
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::store::{Attempt, Change, Event, Explained, Hold, Step, StoreError, View};

/// How much of a row's past is shown.
const ATTEMPTS: usize = 60;
const CHANGES: usize = 200;
const EVENTS: usize = 40;
/// Attempts whose steps are shown as well.
const WITH_STEPS: usize = 20;

/// One row, its gates and its past.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    pub row: Row,
    pub explained: Vec<Explained>,
    pub holds: Vec<Hold>,
    /// Newest first, each with its steps.
    pub attempts: Vec<(Attempt, Vec<Step>)>,
    pub changes: Vec<Change>,
    pub events: Vec<Event>,
    /// `None` of a moment that has been: queues and holds are kept as of now only.
    pub answer: Option<Answer>,
}

impl Dossier {
    /// `None` when there is no such row.
    pub fn read(view: &View<'_>, id: RowId, now: Time) -> Result<Option<Self>, StoreError> {
        let Some(row) = view.row(id)? else {
            return Ok(None);
        };
        let mut attempts = Vec::new();
        for attempt in view.attempts_of(id, ATTEMPTS)? {
            let steps = if attempts.len() < WITH_STEPS {
                view.steps(attempt.id)?
            } else {
                Vec::new()
            };
            attempts.push((attempt, steps));
        }
        Ok(Some(Self {
            row,
            explained: view.explain(id, now)?,
            holds: view.holds_of(id)?,
            attempts,
            changes: view.changes_of(id, CHANGES)?,
            events: view.events_of(id, EVENTS)?,
            answer: None,
        }))
    }

    /// As [`Self::read`], with what becomes of it.
    pub fn read_now(
        view: &View<'_>,
        id: RowId,
        known: Known<'_>,
        now: Time,
    ) -> Result<Option<Self>, StoreError> {
        let Some(mut dossier) = Self::read(view, id, now)? else {
            return Ok(None);
        };
        dossier.answer = Some(Answer::read(view, &dossier, known, now)?);
        Ok(Some(dossier))
    }
}
