//! What the outside is told again and again, and acts of the file.

use super::run::Checker;
use super::scope::Scope;
use super::sql::Judged;
use crate::model::action::{ActionSpec, Nature};
use crate::model::rule::mentions_ago;
use crate::model::value::ValueType;
use crate::pipeline::definition::Mirror;
use std::collections::BTreeMap;

impl<'a> Checker<'a> {
    pub(super) fn mirrors(&mut self) {
        let mut marked: BTreeMap<&str, String> = BTreeMap::new();
        for mirror in &self.pipeline.mirrors {
            let path = format!("mirror.{}", mirror.name);
            let subject = format!("{path}.call");
            if let Some(spec) = self.action(&subject, &mirror.call) {
                self.told(&subject, spec);
                self.action_inputs(&path, spec, &mirror.with);
                self.encoded(&path, &mirror.call, &mirror.with);
            }
            let scope = Scope {
                mirror: Some(mirror),
                ..Scope::default()
            };
            self.table(&format!("{path}.with"), &mirror.with, &scope);
            for list in &mirror.lists {
                let Some(marks) = &list.marks else { continue };
                let subject = format!("{path}.lists.{}.marks", list.name);
                self.marks(&subject, marks);
                let whose = format!("lists.{} of {}", list.name, mirror.name);
                if let Some(other) = marked.insert(marks, whose) {
                    let problem = format!("\"{marks}\" is marked by {other} already");
                    let hint = Some("give each list a column of its own".into());
                    self.report.error(&subject, problem, hint);
                }
            }
        }
    }

    /// A mirror is told again and again, and nobody counts how often.
    fn told(&mut self, subject: &str, spec: &ActionSpec) {
        let problem = match spec.nature {
            Nature::Repeatable if !spec.destructive => return,
            Nature::Repeatable => format!("{} cannot be undone", spec.name),
            Nature::Read => format!("{} only reads", spec.name),
            Nature::Once => format!("{} must land once only", spec.name),
        };
        let problem = format!("{problem}, and a mirror is told again and again");
        let hint = Some("name a repeatable action, see `drover pipeline help actions`".into());
        self.report.error(subject, problem, hint);
    }

    fn marks(&mut self, subject: &str, marks: &str) {
        let Some(column) = self.pipeline.column(marks) else {
            return;
        };
        if column.kind != ValueType::Time {
            let problem = format!(
                "\"{marks}\" is {}, and a mark is a time",
                column.kind.word()
            );
            self.report.error(subject, problem, None);
        }
    }

    /// Columns that lists mark.
    pub(super) fn marked(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let lists = self.pipeline.mirrors.iter().flat_map(|it| &it.lists);
        lists.filter_map(|list| list.marks.as_deref())
    }

    pub(super) fn act_templates(&mut self) {
        for act in &self.pipeline.acts {
            let scope = Scope {
                row: true,
                ..Scope::default()
            };
            self.table(&format!("act.{}.set", act.name), &act.set, &scope);
        }
    }

    /// Conditions of lists, acts and the proof.
    pub(super) fn standing_sql(&mut self) -> Vec<Judged> {
        let pipeline = self.pipeline;
        let mut judged = Vec::new();
        let lists = pipeline.mirrors.iter().flat_map(|mirror: &Mirror| {
            let path = move |list: &'a crate::pipeline::definition::MirrorList| {
                let subject = format!("mirror.{}.lists.{}.when", mirror.name, list.name);
                (subject, list.when.as_str())
            };
            mirror.lists.iter().map(path)
        });
        let proof = pipeline.proof.iter();
        let proof = proof.map(|it| (format!("proof.{}", it.title), it.sql.as_str()));
        for (subject, sql) in lists.chain(proof).filter(|(_, sql)| !sql.is_empty()) {
            let reads = if mentions_ago(sql) {
                let problem = "`ago` may not be used here: nothing would be done when it falls due";
                let hint = "write the moment into a column by a stage, and test that";
                self.report.error(&subject, problem, Some(hint.into()));
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
        for act in &pipeline.acts {
            for condition in &act.conditions {
                let subject = format!("act.{}.when.{}", act.name, condition.title);
                let reads = self.condition(&subject, condition);
                judged.push(Judged {
                    subject,
                    title: condition.title.clone(),
                    rule: None,
                    sql: condition.sql.clone(),
                    reads,
                });
            }
        }
        judged
    }
}
