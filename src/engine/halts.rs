//! Halts: what keeps the engine from sending, beside an operator's stop, for as long as its cause lasts.
//!
//! They live in memory, since one cause is a disk that takes nothing more; the store has a copy for readers as soon as
//! it can. An operator's stop is another thing: it is in the store, and only a person ends it.

use super::shared::Shared;
use crate::model::time::Time;
use crate::store::{Halt, HaltKind, Level, NewEntry, Tx};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Halts(Mutex<BTreeMap<HaltKind, Halt>>);

impl Halts {
    /// Why nothing may be sent now, if so.
    pub fn why(&self) -> Option<String> {
        let halts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut whole = halts.values().filter(|halt| halt.kind.is_whole());
        whole.next().map(|halt| halt.why.clone())
    }

    pub fn all(&self) -> Vec<Halt> {
        let halts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halts.values().cloned().collect()
    }

    /// True when this is news.
    pub fn begin(&self, kind: HaltKind, why: &str, since: Time) -> bool {
        let why = why.to_owned();
        let mut halts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = halts.get(&kind).map(|halt| halt.since);
        let since = known.unwrap_or(since);
        halts.insert(kind, Halt { kind, why, since }).is_none()
    }

    /// True when there was one.
    fn end(&self, kind: HaltKind) -> bool {
        let mut halts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halts.remove(&kind).is_some()
    }
}

impl Shared {
    /// From this call on nothing is sent. The journal hears of it once.
    pub async fn halt(&self, kind: HaltKind, why: &str) {
        if self.halts.begin(kind, why, self.clock.now()) {
            tracing::warn!("nothing is sent: {why}");
            self.tell_connectors().await;
            self.tell_halts(Level::Alarm, format!("nothing is sent: {why}"))
                .await;
        }
    }

    /// The same where the journal must hear of it whatever was on before.
    pub async fn halt_anew(&self, kind: HaltKind, why: &str) {
        self.halts.begin(kind, why, self.clock.now());
        tracing::warn!("nothing is sent: {why}");
        self.tell_halts(Level::Alarm, format!("nothing is sent: {why}"))
            .await;
    }

    /// The cause is gone, and nobody was told that it was there.
    pub async fn go_on_quietly(&self, kind: HaltKind) {
        if self.halts.end(kind) {
            self.nudge();
            let halts = self.halts.all();
            if let Err(error) = self.store.write(move |tx| tx.set_halts(&halts)).await {
                tracing::error!("telling of a halt's end: {error}");
            }
        }
    }

    /// The cause is gone: what waits goes on.
    pub async fn go_on(&self, kind: HaltKind, said: &str) {
        if self.halts.end(kind) {
            self.nudge();
            self.tell_halts(Level::Info, said.to_owned()).await;
        }
    }

    async fn tell_halts(&self, level: Level, text: String) {
        let halts = self.halts.all();
        // What keeps it from sending may keep it from writing as well.
        let told = self
            .store
            .keep(move |tx: &mut Tx<'_>| {
                tx.set_halts(&halts)?;
                tx.say(NewEntry {
                    level,
                    source: "engine".into(),
                    row: None,
                    text: text.clone(),
                })
            })
            .await;
        if let Err(error) = told {
            tracing::error!("telling of a halt: {error}");
        }
    }
}
