//! What the engine last noted of itself and of its services. It is read from its notes, as it may be an older engine.

use crate::model::clock::real_now;
use crate::model::time::{Span, Time};
use crate::store::{StoreError, View};
use serde::Deserialize;

/// So many calls that fail one after the other are no accident.
const FAILING: u64 = 3;
/// The engine says that it lives at least three times in this, in real time.
const SILENT: Span = Span::from_secs(70);
/// A silence is told in steps of this, so that it does not change with every look.
const STEP: i64 = 10_000;

/// Whether the engine lives, by its own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heartbeat {
    /// It never said so here.
    #[default]
    Never,
    Lately,
    /// It has been silent for this long, in real time.
    Silent(Span),
}

impl Heartbeat {
    pub fn read(view: &View<'_>) -> Result<Self, StoreError> {
        let note = view.note("engine")?;
        let real = note.as_ref().and_then(|note| note.get("real")?.as_str());
        let Some(at) = real.and_then(|text| Time::parse(text).ok()) else {
            return Ok(Self::Never);
        };
        let age = real_now().since(at);
        Ok(if age < SILENT {
            Self::Lately
        } else {
            Self::Silent(Span::from_millis(age.millis() / STEP * STEP))
        })
    }
}

/// One service, as the engine found it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServiceHealth {
    pub limited_until: Option<Time>,
    pub in_flight: u64,
    /// Calls that may be in flight at once; 0 = not told.
    pub parallel: u64,
    pub calls: u64,
    pub failures: u64,
    pub p50_ms: u64,
    pub p99_ms: u64,
    /// Allowed a second now; 0 = no limit.
    pub rate_per_second: f64,
    /// Allowed a second by the configuration; 0 = no limit.
    pub configured_per_second: f64,
    pub last_minute: u64,
    /// Of the last few hundred calls.
    pub recent: u64,
    pub recent_failures: u64,
    pub failures_in_a_row: u64,
    pub failing_since: Option<Time>,
    pub last_success_at: Option<Time>,
    pub last_failure: Option<Mishap>,
    /// Until the next trial call, while it is left alone.
    pub shut_until: Option<Time>,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Mishap {
    pub at: Time,
    pub text: String,
}

impl ServiceHealth {
    /// Each service by its name, as last noted; `None` when nothing ever was.
    pub fn read_all(view: &View<'_>) -> Result<Option<Vec<(String, Self)>>, StoreError> {
        let Some(serde_json::Value::Object(note)) = view.note("services")? else {
            return Ok(None);
        };
        // What one of them says and cannot be read leaves it blank and the others as they are.
        let read = |(name, health)| (name, serde_json::from_value(health).unwrap_or_default());
        Ok(Some(note.into_iter().map(read).collect()))
    }

    /// It fails again and again.
    pub fn fails(&self) -> bool {
        self.failures_in_a_row >= FAILING
    }
}
