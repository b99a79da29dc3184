//! How waves stand, how an act's conditions stand for a row, and the lists mirrors tell.

use super::brain::bind;
use super::handle::StoreError;
use super::records::{ActJudged, Met, SwitchKind, WaveProof};
use super::sql::{Result, quoted};
use super::view::View;
use crate::model::row::RowId;
use rusqlite::types::Value as Cell;
use std::fmt::Write;

impl View<'_> {
    /// Every wave that has rows, in no order, by the pipeline's proof; empty when it has none.
    pub fn wave_proofs(&self) -> Result<Vec<WaveProof>> {
        let brain = &self.context.brain;
        let proof = &brain.rules.proof;
        if proof.is_empty() {
            return Ok(Vec::new());
        }
        let mut case = String::from("CASE");
        for (at, condition) in proof.iter().enumerate() {
            let _ = write!(case, " WHEN (\n{}\n) THEN {at}", condition.sql);
        }
        let sql = format!(
            "SELECT wave, {case} ELSE -1 END, count(*) FROM {} WHERE wave <> '' GROUP BY 1, 2",
            brain.subject
        );
        let mut statement = self.context.conn.prepare_cached(&sql)?;
        bind(&mut statement, &brain.rules.params, None)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        };
        let counted: Vec<_> = statement
            .raw_query()
            .mapped(read)
            .collect::<rusqlite::Result<_>>()?;
        let mut waves: Vec<WaveProof> = Vec::new();
        for (wave, bucket, count) in counted {
            let count = count.cast_unsigned();
            let known = waves.iter().position(|known| known.wave == wave);
            let at = known.unwrap_or(waves.len());
            if known.is_none() {
                waves.push(self.unsettled(wave)?);
            }
            let one = &mut waves[at];
            one.rows += count;
            match usize::try_from(bucket) {
                Ok(bucket) => one.settled[bucket].1 += count,
                Err(_) => one.open += count,
            }
        }
        Ok(waves)
    }

    fn unsettled(&self, wave: String) -> Result<WaveProof> {
        let proven = self.switch(SwitchKind::Proven, &wave)?;
        let titles = self.context.brain.rules.proof.iter();
        Ok(WaveProof {
            settled: titles.map(|one| (one.title.clone(), 0)).collect(),
            proven_at: proven.filter(|switch| switch.on).map(|switch| switch.at),
            wave,
            ..WaveProof::default()
        })
    }

    /// Waves that were proven once.
    pub fn proven_waves(&self) -> Result<Vec<String>> {
        let sql = "SELECT name FROM switch WHERE kind = ?1 AND \"on\" ORDER BY name";
        self.all(sql, [SwitchKind::Proven], |row| row.get(0))
    }

    /// An act's conditions, judged for a row. An act the pipeline does not have is an error.
    pub fn judge_act(&self, act: &str, row: RowId) -> Result<Vec<ActJudged>> {
        let brain = &self.context.brain;
        let rule = brain.rules.acts.iter().find(|known| known.name == act);
        let rule = rule.ok_or_else(|| StoreError::Bad(format!("there is no act {act}")))?;
        let mut judged = Vec::new();
        for condition in &rule.conditions {
            let sql = format!(
                "SELECT (\n{}\n) FROM {} WHERE id = :_row",
                condition.sql, brain.subject
            );
            let mut statement = self.context.conn.prepare_cached(&sql)?;
            bind(&mut statement, &brain.rules.params, Some(row))?;
            let cells = statement.raw_query().mapped(|row| row.get::<_, Cell>(0));
            let cell = cells
                .collect::<rusqlite::Result<Vec<_>>>()?
                .into_iter()
                .next();
            judged.push(ActJudged {
                title: condition.title.clone(),
                met: match cell {
                    Some(Cell::Null) | None => Met::Unknown,
                    Some(Cell::Integer(0)) => Met::No,
                    Some(_) => Met::Yes,
                },
            });
        }
        Ok(judged)
    }

    /// The values of a column that is not NULL, of rows that meet a condition of the pipeline, in its order, with the
    /// rows they are of.
    pub fn listed(&self, column: &str, condition: &str) -> Result<Vec<(RowId, String)>> {
        let brain = &self.context.brain;
        let column = quoted(column);
        let sql = format!(
            "SELECT id, CAST({column} AS TEXT) FROM {} WHERE {column} IS NOT NULL AND (\n{condition}\n) ORDER BY 2",
            brain.subject
        );
        let mut statement = self.context.conn.prepare_cached(&sql)?;
        bind(&mut statement, &brain.rules.params, None)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(statement
            .raw_query()
            .mapped(read)
            .collect::<rusqlite::Result<_>>()?)
    }

    /// How many rows meet a condition of the pipeline, and how many there are.
    pub fn meeting(&self, condition: &str) -> Result<(u64, u64)> {
        let brain = &self.context.brain;
        let sql = format!(
            "SELECT count(*) FILTER (WHERE (\n{condition}\n)), count(*) FROM {}",
            brain.subject
        );
        let mut statement = self.context.conn.prepare_cached(&sql)?;
        bind(&mut statement, &brain.rules.params, None)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let found = statement
            .raw_query()
            .mapped(read)
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let (meet, all) = found.first().copied().unwrap_or_default();
        Ok((meet.cast_unsigned(), all.cast_unsigned()))
    }
}
