//! Scripts: those Fleet keeps, and those waiting for or run on a Mac (`api/fleet.md` §5, §6).

use super::state::State;
use crate::model::time::{Span, Time};

/// A script saved in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedScript {
    pub id: u64,
    pub team: Option<u64>,
    pub name: String,
    pub contents: String,
    pub created_at: Time,
}

/// Which script to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Saved(u64),
    Contents(String),
    Named { name: String, team: Option<u64> },
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// -1 stopped after the limit, -2 scripts are off.
    pub exit_code: i64,
    pub output: String,
    pub runtime: Span,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Queued,
    Running,
    Ended(Ending),
    Cancelled,
}

/// One run of a script on a Mac.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: String,
    pub host: u64,
    pub script: Option<u64>,
    /// "" for a text that is not saved.
    pub name: String,
    pub contents: String,
    pub created_at: Time,
    pub progress: Progress,
}

impl Run {
    /// What the ledger calls it: its name, or a mark for texts without one.
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            "inline"
        } else {
            &self.name
        }
    }
}

/// Why a script is not queued, in the order Fleet checks (`api/fleet.md` §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotRun {
    NameUnknown,
    HostUnknown,
    NoAgent,
    ScriptUnknown,
    OtherTeam,
    AlreadyQueued,
    TooLong,
    Empty,
    Shebang,
    TooMany,
}

/// Characters of a script text that is not saved.
const LONGEST: usize = 10_000;
const MOST_WAITING: usize = 1_000;

impl State {
    /// Saves a script; none when the team has one of that name.
    pub fn save_script(&mut self, team: Option<u64>, name: &str, contents: &str) -> Option<u64> {
        let taken = self
            .scripts
            .iter()
            .any(|script| script.team == team && script.name == name);
        if taken {
            return None;
        }
        let id = self
            .scripts
            .iter()
            .map(|script| script.id)
            .max()
            .unwrap_or(0)
            + 1;
        self.scripts.push(SavedScript {
            id,
            team,
            name: name.to_owned(),
            contents: contents.replace("\r\n", "\n"),
            created_at: self.now,
        });
        Some(id)
    }

    /// Queues a script on a host; gives the execution id.
    pub fn run_script(&mut self, host: u64, source: &Source) -> Result<String, CannotRun> {
        let (script, name, contents) = self.checked(host, source)?;
        let id = self.ids.uuid().to_lowercase();
        self.runs.insert(
            id.clone(),
            Run {
                id: id.clone(),
                host,
                script,
                name,
                contents,
                created_at: self.now,
                progress: Progress::Queued,
            },
        );
        if let Some(row) = self.hosts.get_mut(&host) {
            row.queue.push(id.clone());
            if let Some(mac) = row.mac {
                self.wake_agent(mac);
            }
        }
        Ok(id)
    }

    fn checked(
        &self,
        host: u64,
        source: &Source,
    ) -> Result<(Option<u64>, String, String), CannotRun> {
        let named = match source {
            Source::Named { name, team } => Some(
                self.scripts
                    .iter()
                    .find(|script| script.team == *team && script.name == *name)
                    .ok_or(CannotRun::NameUnknown)?,
            ),
            Source::Saved(_) | Source::Contents(_) => None,
        };
        let host = self.hosts.get(&host).ok_or(CannotRun::HostUnknown)?;
        if host.mac.is_none() {
            return Err(CannotRun::NoAgent);
        }
        let saved = match source {
            Source::Saved(id) => Some(
                self.scripts
                    .iter()
                    .find(|script| script.id == *id)
                    .ok_or(CannotRun::ScriptUnknown)?,
            ),
            Source::Named { .. } | Source::Contents(_) => named,
        };
        if let Some(script) = saved {
            if script.team != host.team {
                return Err(CannotRun::OtherTeam);
            }
            let waiting = host.queue.iter().filter_map(|id| self.runs.get(id));
            if waiting.into_iter().any(|run| run.script == Some(script.id)) {
                return Err(CannotRun::AlreadyQueued);
            }
        }
        if let Source::Contents(text) = source {
            check_text(text)?;
        }
        if host.queue.len() >= MOST_WAITING {
            return Err(CannotRun::TooMany);
        }
        Ok(match (saved, source) {
            (Some(script), _) => (
                Some(script.id),
                script.name.clone(),
                script.contents.clone(),
            ),
            (None, Source::Contents(text)) => (None, String::new(), text.clone()),
            (None, Source::Saved(_) | Source::Named { .. }) => {
                return Err(CannotRun::ScriptUnknown);
            }
        })
    }

    /// Takes a run out of its host's queue; none when it is not there (any more).
    pub fn cancel_run(&mut self, host: u64, id: &str) -> Option<Run> {
        let row = self.hosts.get_mut(&host)?;
        let at = row.queue.iter().position(|queued| queued == id)?;
        row.queue.remove(at);
        let mac = row.mac;
        let run = self.runs.get_mut(id)?;
        run.progress = Progress::Cancelled;
        let run = run.clone();
        self.tell_script_ended(&run, crate::sim::ledger::Ending::Cancelled);
        if let Some(mac) = mac {
            self.wake_agent(mac);
        }
        Some(run)
    }

    pub(super) fn tell_script_ended(&self, run: &Run, how: crate::sim::ledger::Ending) {
        let serial = self.hosts.get(&run.host).map_or("", |host| &host.serial);
        let verb = crate::sim::ledger::verb::SCRIPT;
        self.ledger.ended(self.now, verb, serial, run.label(), how);
    }
}

/// The rules for a script's text (`api/fleet.md` §5.1, check 13).
pub(in crate::sim) fn check_text(text: &str) -> Result<(), CannotRun> {
    if text.trim().is_empty() {
        return Err(CannotRun::Empty);
    }
    if text.chars().count() > LONGEST {
        return Err(CannotRun::TooLong);
    }
    check_shebang(text)
}

pub(in crate::sim) fn check_shebang(text: &str) -> Result<(), CannotRun> {
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else {
        return Ok(());
    };
    let program = line.split_whitespace().next().unwrap_or_default();
    let name = program.strip_prefix("/usr").unwrap_or(program);
    if ["/bin/sh", "/bin/bash", "/bin/zsh"].contains(&name) {
        Ok(())
    } else {
        Err(CannotRun::Shebang)
    }
}
