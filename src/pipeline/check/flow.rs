//! How rows move: columns nobody writes, stages nothing reaches, stages that would run for ever.

use super::run::{BUILT_IN, Checker};
use super::sql::Judged;
use crate::model::row::Values;
use crate::model::time::Time;
use crate::model::value::Value;
use std::collections::BTreeSet;

type Columns<'a> = BTreeSet<&'a str>;

impl<'a> Checker<'a> {
    pub(super) fn flow(&mut self, judged: &'a [Judged]) {
        let written = self.written();
        self.unwritten(judged, &written);
        self.unwritten_in_templates(&written);
        self.unreachable(judged);
        self.loops(judged);
    }

    /// What is there without any stage: the key, imports, what intakes, mirrors and operators' acts write.
    fn given(&self) -> Columns<'a> {
        let imported = self
            .pipeline
            .columns
            .iter()
            .filter(|column| column.imported);
        let heard = self.pipeline.intakes.iter().flat_map(|intake| &intake.set);
        imported
            .map(|column| column.name.as_str())
            .chain(heard.map(|(name, _)| name.as_str()))
            .chain([self.pipeline.key.as_str()])
            .chain(BUILT_IN)
            .chain(self.marked())
            .chain(
                self.pipeline
                    .acts
                    .iter()
                    .flat_map(|act| act.set.iter().map(|(name, _)| name.as_str())),
            )
            .collect()
    }

    fn written(&self) -> Columns<'a> {
        let set = self.sets().into_iter().map(|(_, column, _)| column);
        self.given().into_iter().chain(set).collect()
    }

    fn unwritten(&mut self, judged: &[Judged], written: &Columns<'a>) {
        for condition in judged {
            let reads = condition.reads.iter().flat_map(|reads| &reads.columns);
            for column in reads.filter(|column| !written.contains(column.as_str())) {
                let problem = format!("reads \"{column}\", which nothing writes");
                let hint = "write it in a `set`, or declare it imported = true";
                self.report
                    .error(&condition.subject, problem, Some(hint.into()));
            }
        }
    }

    fn unwritten_in_templates(&mut self, written: &Columns<'a>) {
        for (path, step) in self.steps() {
            let with = step.with.iter().flat_map(|(name, template)| {
                let subject = format!("{path}.with.{name}");
                template
                    .mentions()
                    .into_iter()
                    .map(move |mention| (subject.clone(), mention))
            });
            for (subject, mention) in with {
                let column = mention
                    .strip_prefix("row.")
                    .and_then(|rest| rest.split('.').next());
                let declared = column.filter(|column| self.pipeline.column(column).is_some());
                if let Some(column) = declared.filter(|column| !written.contains(column)) {
                    let problem =
                        format!("reads \"{column}\", which nothing writes: it is always null");
                    let hint = "write it in a `set`, or declare it imported = true";
                    self.report.warning(&subject, problem, Some(hint.into()));
                }
            }
        }
    }

    /// A stage or ladder is reached when each of its conditions can come true by what others write. What only the
    /// unreached write is not there.
    fn unreachable(&mut self, judged: &[Judged]) {
        let mut there = self.given();
        let mut left: Vec<(String, &str, Vec<&'a str>)> = self.rules();
        loop {
            let before = left.len();
            left.retain(|(_, rule, sets)| {
                let open = judged
                    .iter()
                    .filter(|condition| condition.rule.as_deref() == Some(*rule))
                    .all(|condition| self.can_hold(condition, &there));
                if open {
                    there.extend(sets);
                }
                !open
            });
            if left.len() == before {
                break;
            }
        }
        for (subject, rule, _) in left {
            let blocked = judged
                .iter()
                .filter(|condition| condition.rule.as_deref() == Some(rule))
                .find(|condition| !self.can_hold(condition, &there));
            let condition = blocked.map(|condition| condition.title.as_str());
            let problem = format!(
                "nothing can reach it: \"{}\" is only made true by itself or by what is not reached",
                condition.unwrap_or_default()
            );
            let hint =
                "let an intake or an earlier stage write the column, or declare it imported = true";
            self.report.error(&subject, problem, Some(hint.into()));
        }
    }

    /// Stages and ladders: path, name, and the columns they write.
    fn rules(&self) -> Vec<(String, &'a str, Vec<&'a str>)> {
        let stages = self.pipeline.stages.iter().map(|stage| {
            let sets = stage.set.iter().map(|(name, _)| name.as_str()).collect();
            (format!("stage.{}", stage.name), stage.name.as_str(), sets)
        });
        let ladders = self.pipeline.ladders.iter().map(|ladder| {
            let sets = ladder.rungs.iter().flat_map(|rung| &rung.set);
            let sets = sets.map(|(name, _)| name.as_str()).collect();
            (
                format!("ladder.{}", ladder.name),
                ladder.name.as_str(),
                sets,
            )
        });
        stages.chain(ladders).collect()
    }

    /// Holds for a row of which nothing is known, or reads something that may be there. What is not sound, or reads
    /// what nothing writes, has been reported.
    fn can_hold(&self, condition: &Judged, there: &Columns<'a>) -> bool {
        let Some(reads) = &condition.reads else {
            return true;
        };
        let written = self.written();
        if reads
            .columns
            .iter()
            .any(|column| there.contains(column.as_str()))
            || reads
                .columns
                .iter()
                .all(|column| !written.contains(column.as_str()))
        {
            return true;
        }
        let params: Values = self
            .pipeline
            .settings
            .iter()
            .map(|setting| (setting.name.clone(), setting.value.clone()))
            .collect();
        let row: Values = self
            .column_names()
            .map(|name| (name.to_owned(), Value::Null))
            .collect();
        let shape = self.pipeline.shape();
        let now = Time::from_millis(0);
        self.judge
            .weigh(&shape, &params, &row, now, &condition.sql)
            .map_or(true, |answer| answer == Some(true))
    }

    /// A stage whose success changes nothing its gate reads is parked by the loop guard after each row's first time.
    fn loops(&mut self, judged: &[Judged]) {
        for stage in &self.pipeline.stages {
            if stage.sweep.is_some() {
                continue;
            }
            let mut conditions = judged
                .iter()
                .filter(|condition| condition.rule.as_deref() == Some(&stage.name))
                .peekable();
            let sound = conditions.peek().is_some();
            let mut reads = conditions.map(|condition| condition.reads.as_ref());
            let touched = reads.any(|reads| {
                reads.is_none_or(|reads| {
                    stage
                        .set
                        .iter()
                        .any(|(column, _)| reads.columns.contains(column))
                })
            });
            if sound && !touched {
                let problem = "its `set` writes no column its gate reads, so that every row is parked after the first success";
                let hint = "write a column the gate reads, or give it a sweep";
                self.report
                    .warning(&format!("stage.{}", stage.name), problem, Some(hint.into()));
            }
        }
    }
}
