//! How far the night is.

use crate::model::time::{Span, Time};
use crate::pipeline::forecast::BUCKET;
use crate::store::{AttemptState, StoreError, View};
use crate::tui::data::Names;
use crate::tui::data::night::{Meter, Of, bucket_start};

/// Without a window that opened later, a night is this long.
const LONGEST: Span = Span::from_hours(12);
/// Attempts whose times are looked at, for each stage.
const SAMPLE: usize = 400;

/// How far the night is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProgressTopic {
    /// When the night began; a bucket begins there as well.
    pub began: Option<Time>,
    /// Rows completed per bucket since then, oldest first.
    pub done: Vec<u64>,
    pub bucket: Span,
    /// One for each stage and ladder, in the pipeline's order.
    pub stages: Vec<StageTime>,
}

/// How long a stage's attempts took since the night began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageTime {
    pub rule: String,
    /// Half of those done took no longer.
    pub median: Option<Span>,
    /// Nine in ten took no longer.
    pub slow: Option<Span>,
    pub done: u64,
    pub failed: u64,
}

impl ProgressTopic {
    pub fn read(
        view: &View<'_>,
        meter: &mut Meter,
        names: &Names,
        now: Time,
    ) -> Result<Self, StoreError> {
        let began = bucket_start(began(view, names, now)?);
        let done_phases: Vec<Of> = names
            .pipeline()
            .into_iter()
            .flat_map(|pipeline| pipeline.done_phases())
            .map(|phase| Of::Entered(phase.to_owned()))
            .collect();
        let done = meter.together(view, done_phases.into_iter(), began, now)?;
        let mut stages = Vec::new();
        for rule in &view.rules().rules {
            let mut count = |state| {
                let of = Of::Ended(rule.name.clone(), state);
                let counts = meter.counts(view, &of, began, now)?;
                Ok::<u64, StoreError>(counts.iter().sum())
            };
            let done = count(AttemptState::Done)?;
            let failed = count(AttemptState::Failed)? + count(AttemptState::Unknown)?;
            let mut took = view.took(&rule.name, began, SAMPLE)?;
            took.sort_unstable();
            stages.push(StageTime {
                rule: rule.name.clone(),
                median: share_of(&took, 50),
                slow: share_of(&took, 90),
                done,
                failed,
            });
        }
        Ok(Self {
            began: Some(began),
            done,
            bucket: BUCKET,
            stages,
        })
    }
}

/// The length that so many in a hundred do not exceed.
fn share_of(sorted: &[Span], percent: usize) -> Option<Span> {
    let last = sorted.len().checked_sub(1)?;
    sorted
        .get((sorted.len() * percent / 100).min(last))
        .copied()
}

/// The last time a window opened, within reason, but not before anything was tried.
fn began(view: &View<'_>, names: &Names, now: Time) -> Result<Time, StoreError> {
    let earliest = now.minus(LONGEST);
    let opened = names.pipeline().and_then(|pipeline| {
        let windows = pipeline.windows.values();
        let opened = windows.filter_map(|window| match window.current(now) {
            Some((opened, _)) => Some(opened),
            None => window.opens_after(earliest).filter(|at| *at <= now),
        });
        opened.max()
    });
    let began = opened.unwrap_or(earliest);
    Ok(match view.first_attempt_at()? {
        Some(first) => began.max(first).min(now),
        None => now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_none_one_and_many() {
        let secs = |list: &[i64]| list.iter().map(|s| Span::from_secs(*s)).collect::<Vec<_>>();
        assert_eq!(share_of(&[], 50), None);
        assert_eq!(share_of(&secs(&[7]), 50), Some(Span::from_secs(7)));
        assert_eq!(share_of(&secs(&[7]), 90), Some(Span::from_secs(7)));
        let ten = secs(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(share_of(&ten, 50), Some(Span::from_secs(6)));
        assert_eq!(share_of(&ten, 90), Some(Span::from_secs(10)));
    }
}
