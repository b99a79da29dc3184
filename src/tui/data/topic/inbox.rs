//! Events, newest first.

use super::event::EventTopic;
use super::pages::{Found, Paged, Pages};
use super::search::Search;
use crate::store::{EventHead, EventId, EventState, StoreError, View};
use crate::tui::data::Names;

/// Lines of the body that the list shows of the event under the cursor.
const BODY_LINES: usize = 60;

/// Events, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InboxTopic {
    pub found: Found<EventHead>,
    /// Per intake and state.
    pub counts: Vec<(String, EventState, u64)>,
    /// The event under the cursor.
    pub chosen: Option<EventTopic>,
}

impl InboxTopic {
    /// `near` is the line of the cursor, about.
    pub fn read(
        view: &View<'_>,
        search: &str,
        near: usize,
        chosen: Option<&str>,
        names: &Names,
        pages: &mut Pages<EventHead>,
    ) -> Result<Self, StoreError> {
        let found = pages.read(view, names, search, near)?;
        let id = found.chosen(chosen);
        Ok(Self {
            found,
            counts: view.event_counts()?,
            chosen: id
                .map(|id| EventTopic::read(view, EventId(id), BODY_LINES))
                .transpose()?,
        })
    }

    /// Events in a state: all, or those of one intake.
    pub fn count(&self, intake: Option<&str>, state: EventState) -> u64 {
        let of = |(name, known, _): &&(String, EventState, u64)| {
            *known == state && intake.is_none_or(|intake| intake == name)
        };
        self.counts.iter().filter(of).map(|(.., count)| count).sum()
    }
}

/// The word for what became of an event, as every screen has it.
pub fn state_word(state: EventState) -> &'static str {
    match state {
        EventState::New => "new",
        EventState::Applied => "applied",
        EventState::Ignored => "ignored",
        EventState::Unmatched => "unmatched",
        EventState::Malformed => "malformed",
    }
}

impl Paged for EventHead {
    const PARTS: &'static [&'static str] = &["key", "intake", "state", "note"];
    /// The same event may be heard again.
    const CHANGES: bool = true;

    fn id(&self) -> i64 {
        self.id.0
    }

    fn moves(&self) -> bool {
        self.state == EventState::New
    }

    fn found(&self, search: &Search, names: &Names) -> bool {
        search.finds(&[
            ("key", self.key.as_deref().unwrap_or_default()),
            ("intake", names.intake(&self.intake)),
            ("intake", &self.intake),
            ("state", state_word(self.state)),
            ("note", &self.note),
        ])
    }

    fn page(view: &View<'_>, before: Option<i64>, limit: usize) -> Result<Vec<Self>, StoreError> {
        view.event_heads(before.map(EventId), limit)
    }

    fn one(view: &View<'_>, id: i64) -> Result<Option<Self>, StoreError> {
        view.event_head(EventId(id))
    }
}
