//! What the company's admins do in a night, and when. Plain data: whoever plays it types the commands.

use crate::model::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// One thing an admin does, once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorEntry {
    pub name: String,
    /// Who, and why: "Anna found the records and imported them again."
    pub about: String,
    pub when: When,
    /// And this SQL holds for [`OperatorEntry::least`] rows.
    #[serde(default, rename = "where")]
    pub condition: Option<String>,
    /// How many rows `where` asks for; one when it says nothing.
    #[serde(default)]
    pub rows: Option<u64>,
    /// And these entries have been played.
    #[serde(default)]
    pub once: Vec<String>,
    /// So long after all of it became true.
    #[serde(default)]
    pub wait: Span,
    /// What they do outside drover.
    #[serde(default)]
    pub world: Option<ByHand>,
    /// A drover command, word by word, without `drover`.
    #[serde(default)]
    pub run: Vec<String>,
}

/// What an entry waits for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WhenTable")]
pub enum When {
    /// The brake has tripped.
    Brake(String),
    /// The wave is proven.
    Proven(String),
    /// The check stands so.
    Check { name: String, state: Stands },
    /// So long after the company opened.
    After(Span),
    /// Nothing moves any more without a person.
    Settled,
}

/// How a check stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    Ok,
    #[default]
    Failed,
    Unknown,
    /// Failed or unknown.
    Wrong,
}

/// What admins do outside drover, in the services' own consoles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ByHand {
    /// The new server is given the identities it did not know.
    MendIdentities,
    /// Profiles that would stay behind are taken off the Macs.
    RemoveLeftovers,
    /// The name's address becomes the new endpoint's.
    MoveName,
    /// The old server's database is copied.
    SaveOldDatabase,
    /// The migration proxy starts anew, and has forgotten what it was told.
    RestartProxy,
    /// The new endpoint's redirects and certificate are put right.
    MendEndpoint,
}

impl ByHand {
    pub const ALL: [Self; 6] = [
        Self::MendIdentities,
        Self::RemoveLeftovers,
        Self::MoveName,
        Self::SaveOldDatabase,
        Self::RestartProxy,
        Self::MendEndpoint,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::MendIdentities => "mend_identities",
            Self::RemoveLeftovers => "remove_leftovers",
            Self::MoveName => "move_name",
            Self::SaveOldDatabase => "save_old_database",
            Self::RestartProxy => "restart_proxy",
            Self::MendEndpoint => "mend_endpoint",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenTable {
    brake: Option<String>,
    proven: Option<String>,
    check: Option<String>,
    state: Option<Stands>,
    after: Option<Span>,
    settled: Option<bool>,
}

impl TryFrom<WhenTable> for When {
    type Error = &'static str;

    fn try_from(table: WhenTable) -> Result<Self, Self::Error> {
        let state = table.state;
        let check = |name| Self::Check {
            name,
            state: state.unwrap_or_default(),
        };
        let is_check = table.check.is_some();
        let mut given = [
            table.brake.map(Self::Brake),
            table.proven.map(Self::Proven),
            table.check.map(check),
            table.after.map(Self::After),
            table.settled.map(|_| Self::Settled),
        ]
        .into_iter()
        .flatten();
        if state.is_some() && !is_check {
            return Err("`state` is of a check; name it with `check`");
        }
        if table.settled == Some(false) {
            return Err("`settled` can only be true");
        }
        match (given.next(), given.next()) {
            (Some(when), None) => Ok(when),
            _ => Err("`when` takes exactly one of brake, proven, check, after and settled"),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brake(name) => write!(f, "the brake {name} trips"),
            Self::Proven(wave) => write!(f, "the wave {wave} is proven"),
            Self::Check { name, state } => {
                let said = match state {
                    Stands::Ok => "is ok",
                    Stands::Failed => "fails",
                    Stands::Unknown => "cannot be asked",
                    Stands::Wrong => "fails or cannot be asked",
                };
                write!(f, "the check {name} {said}")
            }
            Self::After(span) => write!(f, "{span} have passed"),
            Self::Settled => f.write_str("nothing moves any more"),
        }
    }
}

impl OperatorEntry {
    /// How many rows `where` asks for.
    pub fn least(&self) -> u64 {
        self.rows.unwrap_or(1)
    }

    /// The command as it is typed.
    pub fn command(&self) -> Option<String> {
        let word = |word: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/=._-:".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', "'\\''"))
            }
        };
        let words: Vec<String> = self.run.iter().map(word).collect();
        (!words.is_empty()).then(|| format!("drover {}", words.join(" ")))
    }

    /// When it is played, in words.
    pub fn moment(&self) -> String {
        use fmt::Write;
        let mut said = format!("when {}", self.when);
        if let Some(condition) = &self.condition {
            let least = self.least();
            let rows = if least == 1 { "row meets" } else { "rows meet" };
            let _ = write!(said, " and {least} {rows} {condition}");
        }
        if !self.once.is_empty() {
            let _ = write!(said, ", after {}", self.once.join(", "));
        }
        if self.wait > Span::ZERO {
            let _ = write!(said, ", {} later", self.wait);
        }
        said
    }
}

/// The first entry that makes no sense, and why.
pub(super) fn fault(entries: &[OperatorEntry]) -> Option<(String, String)> {
    let mut before = BTreeSet::new();
    for entry in entries {
        let wrong = |why: String| Some((entry.name.clone(), why));
        if entry.name.is_empty() || before.contains(entry.name.as_str()) {
            return wrong("each needs a name of its own".into());
        }
        if entry.world.is_none() && entry.run.is_empty() {
            return wrong("does nothing; give `run`, `world` or both".into());
        }
        if entry.rows.is_some() && entry.condition.is_none() {
            return wrong("`rows` counts the rows of `where`, and there is none".into());
        }
        if entry.rows == Some(0) {
            return wrong("`rows` begins at 1".into());
        }
        if let Some(other) = entry.once.iter().find(|o| !before.contains(o.as_str())) {
            return wrong(format!(
                "`once` names {other}, which does not stand before it"
            ));
        }
        before.insert(entry.name.as_str());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{BadScenario, Scenario};
    use super::*;

    const RELEASE: &str = r#"
[[operator]]
name  = "mend"
about = "Anna imports the records again."
when  = { brake = "silent" }
wait  = "10m"
world = "mend_identities"

[[operator]]
name  = "release"
about = "Anna lets the wave go on."
when  = { check = "records", state = "ok" }
where = "rolled_back_at IS NOT NULL"
rows  = 3
once  = ["mend"]
run   = ["brake", "release", "silent", "--reason", "records imported again"]
"#;

    fn read(more: &str) -> Result<Scenario, BadScenario> {
        let calm = include_str!("../../../assets/scenarios/calm.toml");
        Scenario::parse(&format!("{calm}\n{more}"))
    }

    #[test]
    fn entries_say_what_is_done_and_when() {
        let entries = read(RELEASE).unwrap().operator;
        assert_eq!(entries[0].when, When::Brake("silent".into()));
        assert_eq!(entries[0].world, Some(ByHand::MendIdentities));
        assert_eq!(
            entries[0].moment(),
            "when the brake silent trips, 10m later"
        );
        let release = &entries[1];
        assert_eq!(release.least(), 3);
        assert_eq!(
            release.command().unwrap(),
            "drover brake release silent --reason 'records imported again'"
        );
        assert_eq!(
            release.moment(),
            "when the check records is ok and 3 rows meet rolled_back_at IS NOT NULL, after mend"
        );
        assert!(read("").unwrap().operator.is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        let entry = |lines: &str| format!("[[operator]]\nname = \"a\"\nabout = \"\"\n{lines}\n");
        let twice = entry("when = { settled = true }\nrun = [\"status\"]");
        for (text, says) in [
            (entry("when = { settled = true }"), "does nothing"),
            (
                entry("when = { brake = \"b\", proven = \"w\" }\nrun = [\"status\"]"),
                "exactly one of",
            ),
            (entry("when = {}\nrun = [\"status\"]"), "exactly one of"),
            (
                entry("when = { settled = false }\nrun = [\"status\"]"),
                "can only be true",
            ),
            (
                entry("when = { brake = \"b\", state = \"ok\" }\nrun = [\"status\"]"),
                "`state` is of a check",
            ),
            (
                entry("when = { settled = true }\nrows = 2\nrun = [\"status\"]"),
                "there is none",
            ),
            (
                entry("when = { settled = true }\nonce = [\"b\"]\nrun = [\"status\"]"),
                "names b, which does not stand before it",
            ),
            (
                entry("when = { settled = true }\nworld = \"pray\""),
                "mend_identities",
            ),
            (entry("when = { settled = true }\nwhence = \"x\""), "whence"),
            (format!("{twice}{twice}"), "a name of its own"),
        ] {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn every_deed_is_read_by_the_word_it_is_said_with() {
        for deed in ByHand::ALL {
            let json = serde_json::to_value(deed).unwrap();
            assert_eq!(json, deed.word());
        }
    }
}
