//! Attempts, newest first.

use super::pages::{Found, Paged, Pages};
use super::search::Search;
use crate::store::{Attempt, AttemptId, AttemptState, Step, StoreError, View};
use crate::tui::advice;
use crate::tui::data::Names;

/// Attempts, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryTopic {
    pub found: Found<Attempt>,
    /// The steps of the attempt under the cursor.
    pub chosen: Option<(AttemptId, Vec<Step>)>,
}

impl HistoryTopic {
    /// `near` is the line of the cursor, about.
    pub fn read(
        view: &View<'_>,
        search: &str,
        near: usize,
        chosen: Option<&str>,
        names: &Names,
        pages: &mut Pages<Attempt>,
    ) -> Result<Self, StoreError> {
        let found = pages.read(view, names, search, near)?;
        let chosen = found
            .chosen(chosen)
            .map(|id| Ok::<_, StoreError>((AttemptId(id), view.steps(AttemptId(id))?)))
            .transpose()?;
        Ok(Self { found, chosen })
    }
}

/// The word for where an attempt stands, as every screen has it.
pub fn state_word(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Running => "running",
        AttemptState::Waiting => "waiting",
        AttemptState::Probing => "probing",
        AttemptState::Done => "done",
        AttemptState::Failed => "failed",
        AttemptState::Cancelled => "cancelled",
        AttemptState::Unknown => "unknown",
    }
}

impl Paged for Attempt {
    const PARTS: &'static [&'static str] = &["key", "stage", "state", "fault", "by"];
    const CHANGES: bool = false;

    fn id(&self) -> i64 {
        self.id.0
    }

    fn moves(&self) -> bool {
        self.state.is_open()
    }

    fn found(&self, search: &Search, names: &Names) -> bool {
        let actor = self.actor.to_string();
        let fault = self.fault.as_ref();
        search.finds(&[
            ("key", &self.key),
            ("stage", names.rule(&self.rule)),
            ("stage", &self.rule),
            ("state", state_word(self.state)),
            ("state", self.waiting_for.as_deref().unwrap_or_default()),
            ("fault", fault.map_or("", |fault| advice::kind(fault.kind))),
            ("fault", fault.map_or("", |fault| &fault.message)),
            ("by", &actor),
        ])
    }

    fn page(view: &View<'_>, before: Option<i64>, limit: usize) -> Result<Vec<Self>, StoreError> {
        view.attempts(before.map(AttemptId), limit)
    }

    fn one(view: &View<'_>, id: i64) -> Result<Option<Self>, StoreError> {
        view.attempt(AttemptId(id))
    }
}
