//! What will happen, and when.

use super::post::Post;
use crate::model::time::Time;
use std::collections::BTreeMap;

/// One thing that is going to happen; Macs are named by their index, hosts and scripts by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// The owner clicks "Migrate to Fleet".
    Press(usize),
    /// The owner looks again, long after a click that seemed to work.
    LookAgain(usize),
    /// Jamf's push brings a command to the Mac.
    Deliver {
        mac: usize,
        command: String,
    },
    /// The enrollment window opens.
    Prompt(usize),
    /// The owner says yes to it.
    Accept(usize),
    /// The Mac has enrolled in Fleet.
    Enrolled(usize),
    /// The Mac answers Fleet's MDM for the first time.
    CheckIn(usize),
    /// The owner has enrolled in Jamf once more.
    BackInJamf(usize),
    /// osquery reports whose MDM the Mac has.
    Observe(usize),
    /// fleetd asks for work: a refetch, a script.
    Ask(usize),
    ScriptEnds(String),
    KeyArrives(usize),
    /// fleetd is installed on a Mac that had none.
    AgentComes(usize),
    /// The host falls back into a team.
    Drift {
        host: u64,
        team: Option<u64>,
    },
    /// A webhook is sent, for the first time or again.
    Send(Post),
}

/// The queue of happenings, in order of time and then of entry.
#[derive(Default)]
pub struct Agenda {
    queue: BTreeMap<(Time, u64), Happening>,
    entered: u64,
}

impl Agenda {
    pub fn add(&mut self, at: Time, happening: Happening) {
        self.entered += 1;
        self.queue.insert((at, self.entered), happening);
    }

    pub fn next_time(&self) -> Option<Time> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next happening that is due at `now`.
    pub fn pop_due(&mut self, now: Time) -> Option<(Time, Happening)> {
        if self.next_time()? > now {
            return None;
        }
        let ((at, _), happening) = self.queue.pop_first()?;
        Some((at, happening))
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = &Happening> {
        self.queue.values()
    }
}
