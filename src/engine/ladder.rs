//! Ladders: a stuck row is read afresh, judged again, and given the next remedy; after the last one a person has it.

use super::begin::{Begun, opened};
use super::clearance::held_by;
use super::finish::{back_off, hand_over};
use super::shared::{Shared, Working};
use crate::model::actor::Actor;
use crate::model::fault::Fault;
use crate::model::row::{Row, RowId};
use crate::model::rule::RuleKind;
use crate::model::time::Span;
use crate::pipeline::definition::Ladder;
use crate::store::{Attempt, AttemptId, AttemptState, Cause, NewAttempt, StoreError, Tx};
use std::sync::Arc;

/// When the row cannot be read afresh, the ladder looks again after this; no rung is spent.
const UNREADABLE: Span = Span::from_mins(5);

impl Shared {
    /// One step up `ladder` for `row`.
    pub async fn climb(self: &Arc<Self>, ladder: &str, row: RowId, working: Working) {
        let Some(ladder) = self.pipeline.ladder(ladder) else {
            return;
        };
        let climbed = self.next_rung(ladder, row, working).await;
        match climbed {
            Ok(Some(begun)) => self.run(begun, Vec::new()).await,
            Ok(None) | Err(StoreError::Closed) => {}
            Err(error) => tracing::error!("ladder {}: {error}", ladder.name),
        }
    }

    async fn next_rung(
        self: &Arc<Self>,
        ladder: &Ladder,
        id: RowId,
        working: Working,
    ) -> Result<Option<Begun>, StoreError> {
        let Some(row) = self.store.read(move |view| view.row(id)).await? else {
            return Ok(None);
        };
        if let Err(fault) = self.refresh(&row, Cause::Schedule).await {
            self.unreadable(ladder, &row, fault).await?;
            return Ok(None);
        }
        // As it is now, not as it was before it was read afresh.
        let Some(row) = self.store.read(move |view| view.row(id)).await? else {
            return Ok(None);
        };
        let text = self.ladder_text(ladder, &row);
        let (name, after) = (ladder.name.clone(), ladder.after.clone());
        let steps = ladder.clone();
        let begun = self
            .store
            .write(move |tx| {
                let now = tx.now();
                if !tx.gate_holds(id, &name, now)? || held_by(tx, id, &name)?.is_some() {
                    return Ok(None);
                }
                let before = tx.attempts_since_release(id, &name)?;
                let tried = |rung: usize| before.iter().filter(|a| a.spends(rung)).count() as u32;
                if let Some(rung) = steps.next_rung(tried) {
                    begin_rung(tx, &name, id, rung, tried(rung) + 1)
                } else {
                    let nobody = nobodys_attempt(&name, id, &row, now);
                    hand_over(tx, &nobody, &after, text.clone(), text, None)?;
                    Ok(None)
                }
            })
            .await?;
        Ok(begun.map(|(attempt, row)| Begun {
            attempt,
            row,
            working,
        }))
    }

    /// The row could not be read afresh: later, or, when that will not mend itself, a person.
    async fn unreadable(&self, ladder: &Ladder, row: &Row, fault: Fault) -> Result<(), StoreError> {
        let now = self.clock.now();
        let reason = format!("could not be read afresh: {fault}");
        let nobody = nobodys_attempt(&ladder.name, row.id, row, now);
        if !fault.kind.worth_repeating() {
            let (after, text) = (
                ladder.after.clone(),
                format!("{}: {}: {reason}", row.key, ladder.title),
            );
            return self
                .store
                .write(move |tx| hand_over(tx, &nobody, &after, reason, text, Some(&fault)))
                .await;
        }
        let until = now.plus(self.jitter(UNREADABLE));
        self.store
            .write(move |tx| back_off(tx, &nobody, until, reason, Some(&fault)))
            .await
    }

    fn ladder_text(&self, ladder: &Ladder, row: &Row) -> String {
        let rendered = ladder
            .text
            .as_ref()
            .map(|text| text.render_text(&self.context(row.to_json())));
        match rendered {
            Some(Ok(text)) => text,
            Some(Err(error)) => format!("{}: {} ({error})", row.key, ladder.title),
            None => format!("{}: {}", row.key, ladder.title),
        }
    }
}

fn begin_rung(
    tx: &mut Tx<'_>,
    ladder: &str,
    row: RowId,
    rung: usize,
    number: u32,
) -> Result<Option<(Attempt, Row)>, StoreError> {
    let new = NewAttempt {
        row,
        rule: ladder.to_owned(),
        kind: RuleKind::Ladder,
        rung: Some(rung),
        number,
        cause: Cause::Schedule,
        actor: Actor::Engine,
        resumes: None,
        start_at: None,
    };
    match tx.begin(new) {
        Ok(id) => opened(tx, id, row),
        Err(StoreError::AlreadyOpen(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a hold at a ladder's end is about when no attempt led there.
fn nobodys_attempt(ladder: &str, row: RowId, was: &Row, now: crate::model::time::Time) -> Attempt {
    Attempt {
        id: AttemptId(0),
        row,
        key: was.key.clone(),
        rule: ladder.to_owned(),
        kind: RuleKind::Ladder,
        rung: None,
        number: 0,
        state: AttemptState::Done,
        cause: Cause::Schedule,
        actor: Actor::Engine,
        resumes: None,
        start_at: None,
        waiting_for: None,
        wake_at: None,
        fault: None,
        at_step: None,
        started_at: now,
        finished_at: None,
    }
}
