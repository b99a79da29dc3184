//! What is known of the restore: since when the store has forgotten, and how far the looking is.

use crate::model::actor::Actor;
use crate::model::row::Row;
use crate::model::text::clean_short;
use crate::model::time::{Span, Time};
use crate::store::{Level, NewEntry, StoreError, SwitchKind, Tx, View};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// The note a restored store comes with.
const RESTORED: &str = "restored";
const NOTE: &str = "look_back";
/// A row first heard of so long after sending went on is new: every poll has run since, so that a row of before would
/// have come back earlier.
const POLLED_BY_THEN: Span = Span::from_hours(24);
const EVER: Span = Span::from_hours(24 * 365 * 100);
/// A backup holds at most so many messages that wait.
const ALL: usize = 1_000_000;

/// One restore, from the first start after it on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::engine) struct Era {
    /// Findings of another restore count for nothing in this one.
    pub id: String,
    /// What the store was made of, for people.
    pub from: String,
    /// Nothing older is forgotten, in engine time.
    pub since: Time,
    /// When the first engine started on it: whatever the one before had sent was sent by then.
    pub begun: Time,
    /// When every row had been looked at.
    pub ended: Option<Time>,
    /// When a person first let sending go on after that.
    pub resumed: Option<Time>,
    pub tally: Tally,
}

/// How far the looking is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Tally {
    pub rows: u64,
    pub looked: u64,
    /// Of those, rows whose services could not be reached: their calls are looked up before each is made.
    pub later: u64,
    /// Calls looked up, by what was found.
    pub landed: u64,
    pub free: u64,
    pub unclear: u64,
    /// Looked at once, to be looked at again.
    pub open: u64,
}

impl Tally {
    pub fn calls(&self) -> u64 {
        self.landed + self.free + self.unclear + self.open
    }
}

impl Era {
    pub fn read(view: &View<'_>) -> Result<Option<Self>, StoreError> {
        let note = view.note(NOTE)?;
        Ok(note.and_then(|note| serde_json::from_value(note).ok()))
    }

    pub fn write(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.set_note(NOTE, &serde_json::to_value(self).unwrap_or_default())
    }

    /// Whether a call for this row can be one that was forgotten.
    pub fn concerns(&self, row: &Row) -> bool {
        self.resumed
            .is_none_or(|resumed| row.created_at <= resumed.plus(POLLED_BY_THEN))
    }

    /// How it stands, as a sentence's beginning.
    pub fn said(&self) -> String {
        let Tally {
            rows,
            looked,
            later,
            landed,
            unclear,
            open,
            ..
        } = self.tally;
        let mut said = format!(
            "restored from {}: {looked} of {rows} rows and {} calls looked up",
            self.from,
            self.tally.calls(),
        );
        for (count, what) in [
            (landed, "had landed"),
            (unclear, "cannot be told"),
            (open, "wait for a second look"),
        ] {
            if count > 0 {
                let _ = write!(said, ", {count} {what}");
            }
        }
        if later > 0 {
            let _ = write!(
                said,
                "; {later} rows could not be looked at, and are before anything is sent for them"
            );
        }
        let since = self.since.to_chrono().format("%Y-%m-%d %H:%M:%SZ");
        let _ = write!(said, "; it knows nothing after {since}");
        said
    }
}

/// At start: the restore this store stands in, if it was ever put back. A new one stops all sending, by a switch that
/// only a person turns.
pub(in crate::engine) fn begin_or_go_on(
    tx: &mut Tx<'_>,
    id: String,
) -> Result<Option<Era>, StoreError> {
    let known = Era::read(tx)?;
    let Some(restored) = tx.note(RESTORED)?.filter(|note| !note.is_null()) else {
        return Ok(known);
    };
    let era = Era {
        id,
        from: clean_short(restored["from"].as_str().unwrap_or("an older copy"), 200),
        since: since(tx, &restored, known.as_ref())?,
        begun: tx.now(),
        ended: None,
        resumed: None,
        tally: Tally::default(),
    };
    era.write(tx)?;
    tx.set_note(RESTORED, &Json::Null)?;
    tx.becomes_another()?;
    // What waited in the backup may have gone out since: it is looked up like what was under way.
    for message in tx.pending_messages(tx.now().plus(EVER), ALL)? {
        tx.sending(&[message.id])?;
    }
    let reason = "the store was restored from a backup; what was done since is looked up first";
    tx.set_switch(SwitchKind::Stop, "*", true, reason, &Actor::Engine)?;
    tx.say(NewEntry {
        level: Level::Alarm,
        source: "engine".into(),
        row: None,
        text: format!("all sending is stopped: {reason}; then `drover resume` goes on"),
    })?;
    Ok(Some(era))
}

/// The backup's moment; with an earlier restore, that one's, as calls it never came to may still be forgotten. A note
/// that does not say it leaves the last engine's heartbeat, and at worst all that ever was.
fn since(tx: &Tx<'_>, restored: &Json, known: Option<&Era>) -> Result<Time, StoreError> {
    let parsed = |json: &Json| Time::parse(json.as_str()?).ok();
    let since = match parsed(&restored["since"]) {
        Some(since) => Some(since),
        None => tx.note("engine")?.and_then(|note| parsed(&note["clock"])),
    };
    let since = since.unwrap_or(Time::from_millis(0));
    Ok(known.map_or(since, |era| era.since.min(since)))
}

/// Sending may go on only when every row has been looked at; the word that lets it is kept.
pub(in crate::engine) fn may_resume(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let Some(mut era) = Era::read(tx)? else {
        return Ok(());
    };
    if era.ended.is_none() {
        return Err(StoreError::Bad(format!(
            "{}; sending can go on when all are looked at, so ask again then (`drover status` tells)",
            era.said()
        )));
    }
    if era.resumed.is_none() {
        era.resumed = Some(tx.now());
        era.write(tx)?;
    }
    Ok(())
}
