//! Failures, grouped by cause.

use super::records::{AttemptId, FaultGroup};
use super::sql::Result;
use super::view::View;
use crate::model::row::RowId;

impl View<'_> {
    /// Failures grouped by cause, of rows whose latest attempt for that rule failed; most rows first. `attempts` and
    /// the times count every attempt that met this cause.
    pub fn faults(&self) -> Result<Vec<FaultGroup>> {
        let found = self.all(
            "SELECT fault_group, sum(latest), count(*), min(finished_at), max(finished_at), max(CASE latest WHEN 1 THEN id END)
             FROM attempt WHERE fault_group IS NOT NULL GROUP BY fault_group HAVING sum(latest) > 0
             ORDER BY 2 DESC, 5 DESC",
            [],
            |row| {
                let rows: i64 = row.get(1)?;
                let attempts: i64 = row.get(2)?;
                let example: AttemptId = row.get(5)?;
                Ok((
                    row.get::<_, String>(0)?,
                    rows.cast_unsigned(),
                    attempts.cast_unsigned(),
                    row.get(3)?,
                    row.get(4)?,
                    example,
                ))
            },
        )?;
        let mut groups = Vec::with_capacity(found.len());
        for (id, rows, attempts, first_at, last_at, example) in found {
            groups.extend(self.one(
                "SELECT rule, connector, fault_kind, cause_text FROM attempt WHERE id = ?1",
                [example],
                |row| {
                    Ok(FaultGroup {
                        id,
                        rule: row.get(0)?,
                        connector: row.get(1)?,
                        kind: row.get(2)?,
                        cause: row.get(3)?,
                        rows,
                        attempts,
                        first_at,
                        last_at,
                        example,
                    })
                },
            )?);
        }
        Ok(groups)
    }

    /// The rows of a group, in the order in which they failed.
    pub fn rows_of_fault(&self, group: &str) -> Result<Vec<RowId>> {
        self.all(
            "SELECT row FROM attempt WHERE fault_group = ?1 AND latest = 1 ORDER BY id",
            [group],
            |row| row.get(0),
        )
    }
}
