//! Whose moment has come, as the table stands.

use crate::engine::{Settlement, settlement};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::sim::scenario::{OperatorEntry, Stands, When};
use crate::store::{CheckState, Query, StoreError, SwitchKind, View};
use std::collections::BTreeSet;

/// One look at the table for many entries: what is costly is read once, and only if somebody asks.
pub(super) struct Look<'a> {
    view: &'a View<'a>,
    pipeline: &'a Pipeline,
    opened: Time,
    now: Time,
    settled: Option<bool>,
}

impl<'a> Look<'a> {
    pub(super) fn new(
        view: &'a View<'a>,
        pipeline: &'a Pipeline,
        (opened, now): (Time, Time),
    ) -> Self {
        Self {
            view,
            pipeline,
            opened,
            now,
            settled: None,
        }
    }

    /// With what is known of the rows already.
    pub(super) fn knowing(mut self, settlement: &Settlement) -> Self {
        self.settled = Some(is_over(settlement));
        self
    }

    /// Whether everything the entry asks for holds.
    pub(super) fn is_due(
        &mut self,
        entry: &OperatorEntry,
        played: &BTreeSet<&str>,
    ) -> Result<bool, StoreError> {
        if !entry.once.iter().all(|name| played.contains(name.as_str())) {
            return Ok(false);
        }
        if !self.is_time(&entry.when)? {
            return Ok(false);
        }
        let Some(condition) = &entry.condition else {
            return Ok(true);
        };
        let found = self.view.count(&Query {
            condition: Some(condition.clone()),
            ..Query::default()
        })?;
        Ok(found >= entry.least())
    }

    /// The moment at which an entry that waits for the clock alone may be played.
    pub(super) fn appointment(&self, entry: &OperatorEntry) -> Option<Time> {
        match entry.when {
            When::After(span) => Some(self.opened.plus(span)).filter(|at| *at > self.now),
            _ => None,
        }
    }

    fn is_time(&mut self, when: &When) -> Result<bool, StoreError> {
        let on = |kind, name: &str| {
            let switch = self.view.switch(kind, name)?;
            Ok(switch.is_some_and(|switch| switch.on))
        };
        match when {
            When::Brake(name) => on(SwitchKind::Brake, name),
            When::Proven(wave) => on(SwitchKind::Proven, wave),
            When::Check { name, state } => {
                let is_so = |found| match state {
                    Stands::Ok => found == CheckState::Ok,
                    Stands::Failed => found == CheckState::Failed,
                    Stands::Unknown => found == CheckState::Unknown,
                    Stands::Wrong => matches!(found, CheckState::Failed | CheckState::Unknown),
                };
                let check = self.view.check(name)?;
                Ok(check.is_some_and(|check| is_so(check.state)))
            }
            When::After(span) => Ok(self.now >= self.opened.plus(*span)),
            When::Settled => {
                if let Some(settled) = self.settled {
                    return Ok(settled);
                }
                let settled = is_over(&settlement(self.view, self.pipeline, self.now)?);
                self.settled = Some(settled);
                Ok(settled)
            }
        }
    }
}

/// A company of whose Macs none is known yet has not ended its night.
fn is_over(settlement: &Settlement) -> bool {
    settlement.rows > 0 && settlement.is_settled()
}
