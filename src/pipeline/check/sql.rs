//! Every SQL condition, put before the judge.

use super::run::{BUILT_IN, Checker, STORES_OWN};
use crate::model::judge::Reads;
use crate::model::rule::{AgoSpan, Condition, mentions_ago};
use crate::model::time::Span;
use crate::model::value::ValueType;
use crate::pipeline::definition::WaveMembers;
use crate::pipeline::finding::hint;

/// One condition and what it reads; `reads` is `None` when it is not sound.
pub(super) struct Judged {
    pub(super) subject: String,
    pub(super) title: String,
    /// The stage or ladder it is of; `None` for phases, waves and checks.
    pub(super) rule: Option<String>,
    pub(super) sql: String,
    pub(super) reads: Option<Reads>,
}

impl Checker<'_> {
    pub(super) fn sql(&mut self) -> Vec<Judged> {
        let pipeline = self.pipeline;
        let mut judged = Vec::new();
        let stages = pipeline
            .stages
            .iter()
            .map(|it| (&it.name, format!("stage.{}.gate", it.name), &it.gate));
        let ladders = pipeline
            .ladders
            .iter()
            .map(|it| (&it.name, format!("ladder.{}.stuck", it.name), &it.stuck));
        for (name, path, conditions) in stages.chain(ladders) {
            for condition in conditions {
                let subject = format!("{path}.{}", condition.title);
                let reads = self.condition(&subject, condition);
                judged.push(Judged {
                    subject,
                    title: condition.title.clone(),
                    rule: Some(name.clone()),
                    sql: condition.sql.clone(),
                    reads,
                });
            }
        }
        let phases = pipeline
            .phases
            .iter()
            .map(|it| (format!("phase.{}.when", it.name), it.when.as_str()));
        let waves = pipeline.waves.iter().filter_map(|it| match &it.members {
            WaveMembers::Condition(sql) => Some((format!("wave.{}.when", it.name), sql.as_str())),
            WaveMembers::Named | WaveMembers::Percent { .. } => None,
        });
        let checks = self.asked_of_rows();
        for (subject, sql) in phases
            .chain(waves)
            .chain(checks)
            .filter(|(_, sql)| !sql.is_empty())
        {
            let reads = if mentions_ago(sql) {
                let hint =
                    "write the moment into a column and test that; only gates and stuck know ago";
                self.report
                    .error(&subject, "`ago` may not be used here", Some(hint.into()));
                None
            } else {
                self.judge(&subject, sql)
            };
            judged.push(Judged {
                subject,
                title: String::new(),
                rule: None,
                sql: sql.to_owned(),
                reads,
            });
        }
        judged
    }

    pub(super) fn condition(&mut self, subject: &str, condition: &Condition) -> Option<Reads> {
        if condition.misuses_ago() {
            let problem = "`ago` is only for a whole condition COLUMN < ago(SPAN), so that the moment it falls due is known";
            let hint = "make it a condition of its own, such as \"asked_at < ago('10m')\" or \"asked_at < ago(:a_setting)\"";
            self.report.error(subject, problem, Some(hint.into()));
            return None;
        }
        if let Some(ago) = &condition.ago {
            self.ago(subject, ago);
        }
        self.judge(subject, &condition.sql)
    }

    fn ago(&mut self, subject: &str, ago: &crate::model::rule::Ago) {
        if let Some(column) = self.pipeline.column(&ago.column)
            && column.kind != ValueType::Time
        {
            let problem = format!(
                "\"{}\" is {}, and ago compares times",
                column.name,
                column.kind.word()
            );
            self.report.error(subject, problem, None);
        }
        if let AgoSpan::Setting(name) = &ago.span
            && let Some(setting) = self
                .pipeline
                .settings
                .iter()
                .find(|setting| setting.name == *name)
            && setting
                .value
                .as_text()
                .is_none_or(|text| Span::parse(text).is_err())
        {
            let problem = format!(
                "the setting \"{name}\" is {}, and ago needs a span",
                setting.value
            );
            let hint = Some("give it a default such as \"10m\"".into());
            self.report.error(subject, problem, hint);
        }
    }

    pub(super) fn judge(&mut self, subject: &str, sql: &str) -> Option<Reads> {
        match self.judge.judge(&self.pipeline.shape(), sql) {
            Ok(reads) => {
                for name in &reads.settings {
                    if !self.setting_names().any(|known| known == name) {
                        let problem = format!("there is no setting \"{name}\"");
                        self.report
                            .error(subject, problem, hint(name, self.setting_names()));
                    }
                }
                Some(reads)
            }
            Err(problem) => {
                let known = self.column_names().chain(BUILT_IN);
                let column = problem
                    .split_once("no such column: ")
                    .and_then(|(_, rest)| {
                        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                            .next()
                    });
                let near = match column {
                    Some(own) if STORES_OWN.contains(&own) => Some(
                        "that is the store's own; declare a time column and let an intake write it with `keep`".to_owned(),
                    ),
                    Some(column) => hint(column, known),
                    None => None,
                };
                self.report.error(subject, problem, near);
                None
            }
        }
    }
}
