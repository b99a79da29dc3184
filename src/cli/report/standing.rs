//! What the survey does not have: waves with their proof, what operators did by the pipeline's own acts, and every row
//! that is not complete.

use crate::cli::error::CliError;
use crate::engine::{Left, settlement};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::store::{Command, MirrorRecord, View, WaveProof};
use serde::Serialize;

/// Commands looked through for acts.
const COMMANDS: usize = 10_000;
/// Keys named of one act.
const FIRST: usize = 5;

/// What a report says beside the survey.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    /// In the pipeline's order.
    pub waves: Vec<WaveProof>,
    pub mirrors: Vec<MirrorRecord>,
    /// Oldest first.
    pub acts: Vec<Act>,
    /// Rows that are not complete: those a person has first. Not known when the pipeline is not at hand.
    pub stragglers: Option<Vec<Left>>,
}

/// One of the pipeline's own acts, as an operator did it.
#[derive(Debug, Serialize)]
pub(super) struct Act {
    pub at: Time,
    pub by: String,
    pub act: String,
    pub reason: String,
    pub done: u64,
    /// Asked for, and not done.
    pub not: u64,
    /// Keys of the rows it was done to.
    pub keys: Vec<String>,
}

impl Standing {
    pub(super) fn read(
        view: &View<'_>,
        now: Time,
        pipeline: Option<&Pipeline>,
    ) -> Result<Self, CliError> {
        let mut waves = view.wave_proofs()?;
        if let Some(pipeline) = pipeline {
            let place = |one: &WaveProof| {
                let mut known = pipeline.waves.iter();
                known.position(|wave| wave.name == one.wave)
            };
            waves.sort_by_key(|one| place(one).unwrap_or(usize::MAX));
        }
        let title = |name: &str| {
            let acts = &view.rules().acts;
            let act = acts.iter().find(|act| act.name == name);
            act.map_or_else(|| name.to_owned(), |act| act.title.clone())
        };
        let commands = view.commands(COMMANDS)?.into_iter().rev();
        let acts = commands
            .filter(|command| command.verb == "act")
            .map(|command| act(&command, title))
            .collect();
        let stragglers = match pipeline {
            None => None,
            Some(pipeline) => {
                let stands = settlement(view, pipeline, now)?;
                Some(stands.left.into_iter().chain(stands.moving).collect())
            }
        };
        Ok(Self {
            waves,
            mirrors: view.mirrors()?,
            acts,
            stragglers,
        })
    }
}

fn act(command: &Command, title: impl Fn(&str) -> String) -> Act {
    let (done, not): (Vec<_>, Vec<_>) = command.results.iter().partition(|result| result.done);
    let name = command.request["act"].as_str().unwrap_or_default();
    Act {
        at: command.at,
        by: command.actor.to_string(),
        act: title(name),
        reason: command.reason.clone(),
        done: done.len() as u64,
        not: not.len() as u64,
        keys: done.iter().map(|result| result.key.clone()).collect(),
    }
}

impl Act {
    /// "C02A, C02B … and 3 more".
    pub(super) fn which(&self) -> String {
        let first: Vec<&str> = self.keys.iter().take(FIRST).map(String::as_str).collect();
        let more = match self.keys.len().saturating_sub(FIRST) {
            0 => String::new(),
            more => format!(" … and {more} more"),
        };
        format!("{}{more}", first.join(", "))
    }
}
