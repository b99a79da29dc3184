//! Tells of nights that a change of the clock makes longer, shorter, or leaves out.

use super::shared::Shared;
use crate::model::time::{Span, Time};
use crate::store::{Level, NewEntry, StoreError};
use serde_json::json;

/// The note that holds up to when nights were told of.
const NOTE: &str = "nights";
/// So long before it opens a night is told of: in time for whoever plans the evening.
const AHEAD: Span = Span::from_hours(12);
/// An engine that was not running tells of nights that began so long ago.
const LATE: Span = Span::from_hours(24);

impl Shared {
    /// Says each odd night once, in the journal.
    pub async fn tell_of_odd_nights(&self) {
        let now = self.clock.now();
        let to = now.plus(AHEAD);
        let told = self.store.read(|view| view.note(NOTE)).await;
        let told = told.ok().flatten();
        let told = told.and_then(|note| Time::parse(note.as_str()?).ok());
        // What a clock told that was ahead is told again.
        let from = told
            .filter(|told| *told <= to)
            .map_or(now.minus(LATE), |told| told.max(now.minus(LATE)));
        let windows = self.pipeline.windows.values();
        let nights: Vec<String> = windows
            .flat_map(|window| window.odd_nights(from, to))
            .map(|night| night.says)
            .collect();
        if nights.is_empty() {
            return;
        }
        if let Err(error) = self.keep_told(to, nights).await {
            tracing::error!("telling of tonight's clock: {error}");
        }
    }

    async fn keep_told(&self, to: Time, nights: Vec<String>) -> Result<(), StoreError> {
        self.store
            .write(move |tx| {
                for text in nights {
                    tx.say(NewEntry {
                        level: Level::Warning,
                        source: "engine".into(),
                        row: None,
                        text,
                    })?;
                }
                tx.set_note(NOTE, &json!(to))
            })
            .await
    }
}
