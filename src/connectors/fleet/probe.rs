//! Did it land? Looks for a run whose answer was lost (`reliability.md` §3.4).

use super::history;
use super::identity;
use super::queue::{self, entries};
use super::run::{Source, carries, is_of};
use super::scripts::run_of;
use super::session::Session;
use crate::connectors::action::{Call, Landing};
use crate::connectors::input::Input;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use serde_json::json;

/// How far Fleet's clock may be behind ours.
const SKEW: Span = Span::from_mins(2);

/// Nothing that Fleet dates before this can be this call's doing.
pub(super) fn since(call: &Call) -> Time {
    call.intent_at.minus(SKEW)
}

/// Looks in the host's queue and in what ran on it. A saved script is known by its name and by when it was asked for, a
/// text by the operation's mark in it.
pub(super) async fn run_script(session: &mut Session<'_>, call: &Call) -> Result<Landing, Fault> {
    let input = Input(call);
    let (host, source) = (input.id("host_id")?, Source::of(input)?);
    match look(session, call, host, source).await {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(Landing::Undecided(format!(
            "Fleet has no host {host} any more, so what waited on it cannot be seen"
        ))),
        other => other,
    }
}

async fn look(
    session: &mut Session<'_>,
    call: &Call,
    host: i64,
    source: Source<'_>,
) -> Result<Landing, Fault> {
    let name = match source {
        Source::Saved(name) => name,
        Source::Inline(_) => "",
    };
    // The host itself first: its id must still be the Mac that was meant, or its lists say nothing about the call.
    match identity::confirm(session, Input(call)).await {
        Ok(_) => {}
        Err(fault) if fault.kind == FaultKind::WrongIdentity => {
            return Ok(Landing::Undecided(fault.message));
        }
        Err(fault) => return Err(fault),
    }
    let since = since(call);
    let (count, waiting) = entries(session, host, queue::ALL).await?;
    let past = history::of_host(session, host, since).await?;
    let queued = waiting
        .iter()
        .filter(|entry| entry.is_script() && entry.script_name == name)
        .filter(|entry| entry.created_at.is_none_or(|at| at >= since))
        .map(|entry| entry.uuid.as_str());
    let ran = past
        .entries
        .iter()
        .filter(|entry| entry.ran(name))
        .filter_map(|entry| entry.execution_id.as_deref());
    let mut gone = false;
    for execution in queued.chain(ran) {
        match run_of(session, execution).await? {
            None => gone = true,
            Some(run) => {
                let is_ours = match source {
                    Source::Saved(_) => run.asked_at.is_some_and(|at| at >= since),
                    Source::Inline(text) if call.op.is_empty() => is_of(&run.contents, text),
                    Source::Inline(_) => carries(&run.contents, &call.op),
                };
                if is_ours {
                    return Ok(Landing::Landed(json!({"execution_id": execution})));
                }
            }
        }
    }
    let cancelled = past.entries.iter().any(|entry| entry.cancelled(name));
    Ok(if gone || cancelled {
        Landing::Undecided(
            "a run of such a script was cancelled since; it may have been this one".into(),
        )
    } else if !past.complete || count.is_none_or(|count| (waiting.len() as i64) < count) {
        Landing::Undecided(
            "the host has more activities than can be read, or Fleet does not say how many".into(),
        )
    } else if waiting.is_empty() && past.is_blank && !history::of_anything(session).await? {
        // A look that finds nothing of anything proves nothing (`reliability.md` §3.3).
        Landing::Undecided("Fleet shows no activity at all, of any host".into())
    } else {
        Landing::Absent
    })
}
