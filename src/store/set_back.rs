//! After the engine's clock was set back: what was written under the later time must not wait until it comes round again.

use super::sql::Result;
use super::tx::Tx;
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use rusqlite::params;

/// A message that is looked for, or backs off, waits no longer than this.
const MESSAGES: Span = Span::from_mins(30);

impl Tx<'_> {
    /// The clock was just set back by `by`. Attempts that wait look again at once, and wait on if it is too early; a
    /// back-off begun under the later time is moved by as much; what was said to have come later than now comes now.
    pub fn set_back(&mut self, by: Span) -> Result<()> {
        let now = self.now();
        self.run("UPDATE attempt SET wake_at = ?1 WHERE wake_at > ?1", [now])?;
        let holds: Vec<(RowId, String, Time, Time)> = self.all(
            "SELECT row, rule, at, until FROM hold WHERE kind = 'backing_off' AND at > ?1 AND until IS NOT NULL",
            [now],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        for (row, rule, at, until) in holds {
            self.run(
                "UPDATE hold SET at = ?3, until = ?4 WHERE row = ?1 AND rule = ?2",
                params![row, rule, at.minus(by), until.minus(by)],
            )?;
            self.touch(row, &super::records::Cause::Schedule);
        }
        self.run(
            "UPDATE queue SET since = ?1, at = ?1 WHERE since > ?1 AND due IS NULL",
            [now],
        )?;
        self.run(
            "UPDATE message SET not_before = ?1 WHERE state IN ('pending', 'sending') AND not_before > ?2",
            params![now, now.plus(MESSAGES)],
        )?;
        self.run("UPDATE switch SET at = ?1 WHERE at > ?1", [now])?;
        self.run(
            "UPDATE check_state SET at = min(at, ?1), since = min(since, ?1) WHERE at > ?1",
            [now],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::model::actor::Actor;
    use crate::model::clock::Clock;
    use crate::model::rule::{ColumnShape, Condition, Rule, RuleKind, Rules, Shape};
    use crate::model::time::{Span, Time};
    use crate::model::value::ValueType;
    use crate::store::{Cause, Hold, HoldKind, Setup, Store};

    fn setup(clock: &Clock) -> Setup {
        Setup {
            shape: Shape {
                subject: "thing".into(),
                key: "serial".into(),
                columns: vec![ColumnShape {
                    name: "serial".into(),
                    kind: ValueType::Text,
                }],
            },
            rules: Rules {
                rules: vec![Rule {
                    name: "send".into(),
                    kind: RuleKind::Stage,
                    waves: false,
                    checks: Vec::new(),
                    conditions: vec![Condition::new("known", "serial IS NOT NULL")],
                }],
                phases: Vec::new(),
                version: "1".into(),
                params: std::collections::BTreeMap::new(),
                wave: None,
                proof: Vec::new(),
                acts: Vec::new(),
                checks: Vec::new(),
            },
            clock: clock.clone(),
        }
    }

    #[tokio::test]
    async fn what_was_written_under_a_later_time_does_not_wait_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let noon = Time::parse("2026-03-02T12:00:00Z").unwrap();
        let day = Span::from_hours(24);
        let ahead = Clock::manual(noon.plus(day));
        let path = folder.path().join("drover.db");
        let store = Store::open(&path, setup(&ahead)).unwrap();
        let kept = store
            .write(move |tx| {
                let (ready, _) = tx.row_of("A1")?;
                let (rests, _) = tx.row_of("A2")?;
                tx.hold(Hold {
                    row: rests,
                    rule: "send".into(),
                    kind: HoldKind::BackingOff,
                    reason: "it failed".into(),
                    until: Some(tx.now().plus(Span::from_mins(10))),
                    owner: None,
                    by: Actor::Engine,
                    attempt: None,
                    fault: None,
                    at: tx.now(),
                })?;
                tx.touch(ready, &Cause::Schedule);
                Ok((ready, rests))
            })
            .await
            .unwrap();
        store.close().await;
        let store = Store::open(&path, setup(&Clock::manual(noon))).unwrap();
        let ready = |at: Time| store.read(move |view| view.ready("send", at, 9));
        assert_eq!(ready(noon).await.unwrap(), []);
        store.write(move |tx| tx.set_back(day)).await.unwrap();
        assert_eq!(ready(noon).await.unwrap(), [kept.0]);
        let later = noon.plus(Span::from_mins(10));
        assert_eq!(ready(later).await.unwrap(), [kept.0, kept.1]);
    }
}
