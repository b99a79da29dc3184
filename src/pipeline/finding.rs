//! What is wrong with a pipeline file: where, why, and what to do.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pipeline must not run.
    Error,
    /// It may run, and probably not as meant.
    Warning,
}

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub file: String,
    /// From 1; 0 when the place is not in the file.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The dotted path of what it is about: `stage.transfer.step.move`.
    pub subject: String,
    /// A sentence.
    pub problem: String,
    /// The nearest known name, or what to do.
    pub hint: Option<String>,
    pub severity: Severity,
}

impl Finding {
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        f.write_str("  ")?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !self.subject.is_empty() {
            write!(f, "{}: ", told(&self.subject))?;
        }
        f.write_str(&self.problem)?;
        match &self.hint {
            Some(hint) => write!(f, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Words in a subject that are followed by a name.
const NOUNS: [&str; 18] = [
    "stage", "ladder", "intake", "helper", "column", "setting", "phase", "window", "wave", "brake",
    "check", "mirror", "act", "trial", "step", "rung", "input", "lists",
];

/// `stage.transfer.step.move` as a person says it: `stage transfer, step move`.
fn told(subject: &str) -> String {
    let mut told = String::new();
    let mut after_noun = false;
    for part in subject.split('.') {
        if !told.is_empty() {
            told.push_str(if after_noun { " " } else { ", " });
        }
        told.push_str(part);
        after_noun = !after_noun && NOUNS.contains(&part);
    }
    told
}

/// Where each part of a file stands, by dotted path.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub file: String,
    places: BTreeMap<String, (usize, usize)>,
}

impl Places {
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            places: BTreeMap::new(),
        }
    }

    /// The first to claim a path keeps it, so that of two things of one name the first is shown.
    pub fn put(&mut self, subject: &str, line: usize, column: usize) {
        self.places
            .entry(subject.to_owned())
            .or_insert((line, column));
    }

    /// Line and column of a path, or of the nearest part above it that is known.
    pub fn at(&self, subject: &str) -> (usize, usize) {
        let mut path = subject;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return (0, 0),
            }
        }
    }
}

/// Findings about a file whose places are known.
pub struct Report<'a> {
    places: &'a Places,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub fn new(places: &'a Places) -> Self {
        Self {
            places,
            findings: Vec::new(),
        }
    }

    pub fn error(&mut self, subject: &str, problem: impl Into<String>, hint: Option<String>) {
        self.add(Severity::Error, subject, problem.into(), hint);
    }

    pub fn warning(&mut self, subject: &str, problem: impl Into<String>, hint: Option<String>) {
        self.add(Severity::Warning, subject, problem.into(), hint);
    }

    fn add(&mut self, severity: Severity, subject: &str, problem: String, hint: Option<String>) {
        let (line, column) = self.places.at(subject);
        self.findings.push(Finding {
            file: self.places.file.clone(),
            line,
            column,
            subject: subject.to_owned(),
            problem,
            hint,
            severity,
        });
    }

    pub fn findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// In the order of the file, each only once.
pub fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.line, finding.column, finding.severity));
    findings.dedup();
    findings
}

/// The known name a person most likely meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hint for an unknown name: the nearest known one, else all of them.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean \"{near}\"?")),
        None if known.is_empty() => None,
        None if known.len() > 16 => None,
        None => Some(format!("known are: {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_one_line() {
        let finding = Finding {
            file: "a.toml".into(),
            line: 42,
            column: 8,
            subject: "stage.transfer.step.move.with".into(),
            problem: "no such action".into(),
            hint: Some("did you mean \"x\"?".into()),
            severity: Severity::Error,
        };
        assert_eq!(
            finding.to_string(),
            "a.toml:42:8  stage transfer, step move, with: no such action  hint: did you mean \"x\"?"
        );
        assert_eq!(told("ladder.step.rung.step"), "ladder step, rung step");
    }

    #[test]
    fn a_path_that_is_not_known_is_shown_where_its_parent_is() {
        let mut places = Places::new("a.toml");
        places.put("stage.s", 3, 1);
        places.put("stage.s", 9, 1);
        assert_eq!(places.at("stage.s.gate.a. b. c"), (3, 1));
        assert_eq!(places.at("intake.x"), (0, 0));
    }

    #[test]
    fn only_a_near_name_is_offered() {
        let known = ["fleet.get_host", "fleet.find_host", "slack.post"];
        assert_eq!(nearest("fleet.gethost", known), Some("fleet.get_host"));
        assert_eq!(nearest("jamf.get_computer", known), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert!(hint("zzz", known).unwrap().starts_with("known are"));
    }
}
