//! The figures of the header and of the stages pane.

use super::health::ServiceHealth;
use super::meter::{Meter, Of, bucket_start};
use crate::model::time::{Span, Time};
use crate::pipeline::forecast::{BUCKET, Forecast, WINDOW, forecast};
use crate::store::{AttemptState, EventState, MessageState, StoreError, Stuck, View, WaveProof};
use crate::tui::data::Names;

/// Buckets of a sparkline: the last hour.
const SPARK: usize = 12;

/// How the night goes, in figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Night {
    /// Of the rows that go on by themselves; `None` where the pipeline is not at hand.
    pub forecast: Option<Forecast>,
    pub stuck: Stuck,
    /// Events that could not be understood.
    pub malformed: u64,
    /// Messages that could not be delivered.
    pub undelivered: u64,
    /// One for each rule, in the pipeline's order.
    pub paces: Vec<RulePace>,
    /// How far each wave that has rows is settled; none where the pipeline has no proof.
    pub proofs: Vec<WaveProof>,
    /// `None` when the engine never noted them.
    pub services: Option<Vec<(String, ServiceHealth)>>,
}

/// How fast a rule goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePace {
    pub rule: String,
    /// Attempts done, per bucket of the last hour, oldest first.
    pub lately: Vec<u64>,
    /// When the next of its rows falls due.
    pub next_due: Option<Time>,
}

impl Night {
    /// How far a wave is settled.
    pub fn proof(&self, wave: &str) -> Option<&WaveProof> {
        self.proofs.iter().find(|known| known.wave == wave)
    }

    pub fn pace(&self, rule: &str) -> Option<&RulePace> {
        self.paces.iter().find(|pace| pace.rule == rule)
    }
}

pub(super) fn read(
    view: &View<'_>,
    meter: &mut Meter,
    names: &Names,
    now: Time,
) -> Result<Night, StoreError> {
    let done: Vec<&str> = names
        .pipeline()
        .map(|pipeline| pipeline.done_phases().collect())
        .unwrap_or_default();
    let stuck = view.stuck(&done)?;
    let hour = now.minus(Span::from_millis(BUCKET.millis() * (SPARK as i64 - 1)));
    let mut paces = Vec::new();
    for rule in &view.rules().rules {
        let of = Of::Ended(rule.name.clone(), AttemptState::Done);
        paces.push(RulePace {
            rule: rule.name.clone(),
            lately: meter.counts(view, &of, hour, now)?,
            next_due: view.next_due_of(&rule.name, now)?,
        });
    }
    let events = view.event_counts()?;
    let messages = view.message_counts()?;
    Ok(Night {
        forecast: if done.is_empty() {
            None
        } else {
            Some(forecasted(view, meter, &done, stuck, now)?)
        },
        stuck,
        malformed: (events.iter())
            .filter(|(_, state, _)| *state == EventState::Malformed)
            .map(|(.., count)| count)
            .sum(),
        undelivered: (messages.iter())
            .filter(|(_, state, _)| *state == MessageState::Failed)
            .map(|(.., count)| count)
            .sum(),
        paces,
        proofs: view.wave_proofs()?,
        services: ServiceHealth::read_all(view)?,
    })
}

fn forecasted(
    view: &View<'_>,
    meter: &mut Meter,
    done: &[&str],
    stuck: Stuck,
    now: Time,
) -> Result<Forecast, StoreError> {
    let phases = view.phases()?;
    let finished = |phase: &Option<String>| phase.as_deref().is_some_and(|it| done.contains(&it));
    let left: u64 = (phases.iter())
        .filter(|(phase, _)| !finished(phase))
        .map(|(_, rows)| rows)
        .sum();
    let since = bucket_start(now.minus(WINDOW));
    let entered = done.iter().map(|phase| Of::Entered((*phase).to_owned()));
    let counts = meter.together(view, entered, since, now)?;
    let left = left.saturating_sub(stuck.unfinished);
    Ok(forecast(left, &counts, BUCKET, since, now))
}
