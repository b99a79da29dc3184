//! What a night came to.

use super::operator::Played;
use super::standing::Standing;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::engine::{Left, Settlement};
use crate::model::time::Time;
use crate::sim::Report;
use crate::sim::scenario::OperatorEntry;
use crate::store::{MessageKind, MessageState};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The end of a demo, for people and as JSON.
#[derive(Serialize)]
pub struct Summary {
    rows: u64,
    complete: u64,
    left: Vec<Left>,
    /// Rows nobody has yet, when it was interrupted.
    moving: Vec<Left>,
    messages: Vec<(MessageKind, MessageState, u64)>,
    /// Checks, mirrors and waves, of a pipeline that has any.
    standing: Standing,
    /// What the admins did.
    operators: Vec<Played>,
    /// Entries of theirs whose moment never came, each with that moment.
    never: Vec<(String, String)>,
    world: Report,
    engine_time: Time,
    wall_seconds: f64,
}

/// What is read from the store at the end.
pub struct Ended {
    pub settlement: Settlement,
    pub messages: Vec<(MessageKind, MessageState, u64)>,
    pub standing: Standing,
}

impl Summary {
    pub fn new(
        ended: Ended,
        (operators, never): (Vec<Played>, Vec<OperatorEntry>),
        world: Report,
        engine_time: Time,
        wall: Duration,
    ) -> Self {
        let settlement = ended.settlement;
        let never = never
            .iter()
            .map(|entry| (entry.name.clone(), entry.moment()));
        Self {
            rows: settlement.rows,
            complete: settlement.complete,
            left: settlement.left,
            moving: settlement.moving,
            messages: ended.messages,
            standing: ended.standing,
            operators,
            never: never.collect(),
            world,
            engine_time,
            wall_seconds: wall.as_secs_f64(),
        }
    }

    /// Every row is complete or somebody's, the outside saw nothing twice and nothing forbidden, no Mac went back and forth
    /// between two servers, and every command of the admins was done.
    pub fn is_good(&self) -> bool {
        let obeyed = self.operators.iter().all(|played| played.done);
        let seen = self.world.ledger.is_clean() && self.world.flaps == 0;
        self.moving.is_empty() && obeyed && seen
    }

    pub fn print(&self, context: &mut Context) -> Result<(), CliError> {
        if context.json() {
            return context.out.json(self);
        }
        let out = &mut context.out;
        out.line(format_args!("{} of {} complete", self.complete, self.rows))?;
        out.line(format_args!(
            "{} left behind, each with a reason and an owner",
            self.left.len()
        ))?;
        for (reason, serials) in grouped(&self.left) {
            out.line(format_args!("  {:>4}  {reason}", serials.len()))?;
            out.line(format_args!("        {}", listed(&serials)))?;
        }
        if !self.moving.is_empty() {
            out.line(format_args!(
                "{} still moving when it ended",
                self.moving.len()
            ))?;
            for (reason, serials) in grouped(&self.moving) {
                out.line(format_args!(
                    "  {:>4}  {reason}: {}",
                    serials.len(),
                    listed(&serials)
                ))?;
            }
        }
        self.standing.print(context)?;
        self.print_operators(context)?;
        self.print_world(context)
    }

    fn print_operators(&self, context: &mut Context) -> Result<(), CliError> {
        let out = &mut context.out;
        for played in &self.operators {
            out.line(format_args!("operator: {} {}", played.at, played.line()))?;
        }
        for (name, moment) in &self.never {
            out.line(format_args!("operator: {name} had nothing to do: {moment}"))?;
        }
        Ok(())
    }

    fn print_world(&self, context: &mut Context) -> Result<(), CliError> {
        let out = &mut context.out;
        let ledger = &self.world.ledger;
        out.line(format_args!(
            "ledger: {} calls, {} effects, {} doubled, {} violations",
            ledger.calls,
            ledger.effects,
            ledger.doubled.len(),
            ledger.violations.len()
        ))?;
        let verbs: Vec<_> = ledger
            .by_verb
            .iter()
            .map(|(verb, count)| format!("{verb} {count}"))
            .collect();
        out.line(format_args!("        {}", verbs.join(", ")))?;
        for doubled in &ledger.doubled {
            out.line(format_args!("  doubled: {doubled:?}"))?;
        }
        for violation in &ledger.violations {
            out.line(format_args!("  violation: {violation}"))?;
        }
        let macs: Vec<_> = self
            .world
            .macs
            .iter()
            .map(|(state, count)| format!("{state} {count}"))
            .collect();
        out.line(format_args!("world:  {}", macs.join(", ")))?;
        if let Some(handover) = &self.world.handover {
            out.line(format_args!(
                "handover: {} at the new server, {} at the old, {} silent, {} ever seen by the new; the name {}; {} flaps, {} lost by restarts",
                handover.at_new,
                handover.at_old,
                handover.silent,
                handover.seen_new,
                if handover.name_moved { "has moved" } else { "has not moved" },
                self.world.flaps,
                self.world.lost_by_restart,
            ))?;
        }
        let messages: Vec<_> = self
            .messages
            .iter()
            .map(|(kind, state, count)| format!("{count} {kind:?} {state:?}").to_lowercase())
            .collect();
        out.line(format_args!("messages: {}", messages.join(", ")))?;
        out.line(format_args!(
            "engine time {}, wall time {:.1} s",
            self.engine_time, self.wall_seconds
        ))
    }
}

/// Rows by reason and owner, most first; what differs from row to row is taken out of the reason.
fn grouped(rows: &[Left]) -> Vec<(String, Vec<&str>)> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for left in rows {
        let reason = left.reason.replace(&left.key, "…");
        let rule = reason.split(':').next().unwrap_or_default();
        let owner = left
            .owner
            .as_deref()
            .map_or(String::new(), |owner| format!(" → {owner}"));
        let short: String = reason.chars().take(90).collect();
        let shown = if rule == reason {
            short
        } else {
            format!("{short} [{}]", left.phase)
        };
        groups
            .entry(format!("{}{owner}", first_words(&shown)))
            .or_default()
            .push(&left.key);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, serials)| std::cmp::Reverse(serials.len()));
    groups
}

/// A reason up to the first number or bracket that only one row would have.
fn first_words(reason: &str) -> String {
    reason
        .chars()
        .map(|c| if c.is_ascii_digit() { '#' } else { c })
        .collect()
}

fn listed(serials: &[&str]) -> String {
    const SHOWN: usize = 6;
    let head = serials
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    if serials.len() > SHOWN {
        format!("{head} … and {} more", serials.len() - SHOWN)
    } else {
        head
    }
}
