//! What the ledger of the simulated services says, read while they run.

use crate::support::Company;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Never run again on a Mac on which it has succeeded.
const REMOVAL: &str = "remove-jamf.sh";

/// One line of the ledger that is whole.
#[derive(Clone, Debug)]
pub(super) struct Line {
    entry: String,
    pub verb: String,
    pub subject: String,
    pub detail: String,
    how: String,
}

impl Line {
    /// An order that must not be given twice.
    pub fn is_once(&self) -> bool {
        self.is_effect() && ["unenroll", "script"].contains(&self.verb.as_str())
    }

    pub fn is_effect(&self) -> bool {
        self.entry == "effect"
    }

    /// The engine's action behind it.
    pub fn action(&self) -> &'static str {
        match self.verb.as_str() {
            "unenroll" => "jamf.remove_mdm_profile",
            _ => "fleet.run_script",
        }
    }
}

pub(super) fn ledger(company: &Company) -> Vec<Line> {
    let text = std::fs::read_to_string(company.path("ledger.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().map(|line| {
        let json: Json = serde_json::from_str(line).unwrap();
        let word = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Line {
            entry: word("entry"),
            verb: word("verb"),
            subject: word("subject"),
            detail: word("detail"),
            how: word("how"),
        }
    });
    lines.collect()
}

/// Orders among the lines from `from` on that had landed before, and had not failed: given twice, each in words.
pub(super) fn repeated(lines: &[Line], from: usize) -> Vec<String> {
    let mut standing: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    let mut repeated = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let key = (
            line.verb.as_str(),
            line.subject.as_str(),
            line.detail.as_str(),
        );
        if line.entry == "ended" {
            standing.insert(key, &line.how);
        } else if line.is_once() {
            let before = standing.insert(key, "pending");
            let lasts = line.verb == "unenroll" || line.detail == REMOVAL;
            let again = match before {
                Some("pending") => true,
                Some("succeeded") => lasts,
                _ => false,
            };
            if again && at >= from {
                repeated.push(format!("{key:?} after {before:?}"));
            }
        }
    }
    repeated
}
