//! How checks and mirrors stand.

use super::records::{CheckRecord, CheckStanding, MirrorRecord};
use super::sql::{Kept, Result};
use super::tx::Tx;
use super::view::View;
use crate::model::rule::CheckRule;
use crate::model::time::{Span, Time};
use rusqlite::{Row, params};

impl View<'_> {
    /// Those that were asked at least once, by name.
    pub fn checks(&self) -> Result<Vec<CheckRecord>> {
        let sql = "SELECT name, state, since, at, text, advice FROM check_state ORDER BY name";
        self.all(sql, [], read_check)
    }

    pub fn check(&self, name: &str) -> Result<Option<CheckRecord>> {
        let sql = "SELECT name, state, since, at, text, advice FROM check_state WHERE name = ?1";
        self.one(sql, [name], read_check)
    }

    /// Every check of the pipeline in its order, asked or not.
    pub fn check_standings(&self, now: Time) -> Result<Vec<CheckStanding>> {
        let rules = self.rules().checks.iter();
        rules.map(|rule| self.standing_of(rule, now)).collect()
    }

    /// The checks that keep new rows from this stage: those it names that are not ok, or were not asked for too long.
    pub fn unmet_checks(&self, stage: &str, now: Time) -> Result<Vec<CheckStanding>> {
        let rules = self.rules();
        let named = rules.rules.iter().find(|rule| rule.name == stage);
        let mut unmet = Vec::new();
        for name in named.iter().flat_map(|rule| &rule.checks) {
            let known = rules.checks.iter().find(|check| check.name == *name);
            let unknown = || CheckRule {
                name: name.clone(),
                title: name.clone(),
                every: Span::ZERO,
            };
            let standing = match known {
                Some(rule) => self.standing_of(rule, now)?,
                None => self.standing_of(&unknown(), now)?,
            };
            if !standing.is_met() {
                unmet.push(standing);
            }
        }
        Ok(unmet)
    }

    fn standing_of(&self, rule: &CheckRule, now: Time) -> Result<CheckStanding> {
        let record = self.check(&rule.name)?;
        let stale = record
            .as_ref()
            .is_some_and(|record| record.is_stale(rule.every, now));
        Ok(CheckStanding {
            name: rule.name.clone(),
            title: rule.title.clone(),
            every: rule.every,
            record,
            stale,
        })
    }

    /// Those that were told, or should have been, by name.
    pub fn mirrors(&self) -> Result<Vec<MirrorRecord>> {
        let sql = "SELECT name, state, since, told_at, told, result, text FROM mirror_state ORDER BY name";
        self.all(sql, [], read_mirror)
    }

    pub fn mirror(&self, name: &str) -> Result<Option<MirrorRecord>> {
        let sql = "SELECT name, state, since, told_at, told, result, text FROM mirror_state WHERE name = ?1";
        self.one(sql, [name], read_mirror)
    }
}

impl Tx<'_> {
    pub fn set_check(&mut self, check: &CheckRecord) -> Result<()> {
        self.run(
            "INSERT INTO check_state VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since, at = excluded.at,
               text = excluded.text, advice = excluded.advice",
            params![
                check.name,
                check.state,
                check.since,
                check.at,
                check.text,
                check.advice
            ],
        )?;
        Ok(())
    }

    pub fn set_mirror(&mut self, mirror: &MirrorRecord) -> Result<()> {
        self.run(
            "INSERT INTO mirror_state VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since, told_at = excluded.told_at,
               told = excluded.told, result = excluded.result, text = excluded.text",
            params![
                mirror.name,
                mirror.state,
                mirror.since,
                mirror.told_at,
                mirror.told,
                Kept(&mirror.result),
                mirror.text
            ],
        )?;
        Ok(())
    }
}

fn read_check(row: &Row<'_>) -> rusqlite::Result<CheckRecord> {
    Ok(CheckRecord {
        name: row.get(0)?,
        state: row.get(1)?,
        since: row.get(2)?,
        at: row.get(3)?,
        text: row.get(4)?,
        advice: row.get(5)?,
    })
}

fn read_mirror(row: &Row<'_>) -> rusqlite::Result<MirrorRecord> {
    Ok(MirrorRecord {
        name: row.get(0)?,
        state: row.get(1)?,
        since: row.get(2)?,
        told_at: row.get(3)?,
        told: row.get(4)?,
        result: row.get::<_, Kept<_>>(5)?.0,
        text: row.get(6)?,
    })
}
