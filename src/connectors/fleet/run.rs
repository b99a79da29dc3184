//! Runs a script on one Mac: queued with 202, never twice.

use super::error::{Doing, Said, fault};
use super::identity;
use super::probe::since;
use super::queue::entries;
use super::scripts;
use super::session::{API, Done, Session, lacking};
use super::{history, queue};
use crate::connectors::action::Call;
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::text_at;
use serde_json::{Value as Json, json};

const RUN: Doing = Doing::changing(
    "run the script",
    "the maintainer role, globally or in the host's team",
);
/// Fleet's limit for a text that is not saved, in characters (`api/fleet.md` §5.1 step 13).
pub(super) const LONGEST: usize = 10_000;

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// The name of a script saved in the host's team.
    Saved(&'a str),
    Inline(&'a str),
}

impl<'a> Source<'a> {
    pub fn of(input: Input<'a>) -> Result<Self, Fault> {
        match (input.text_or_none("script"), input.text_or_none("contents")) {
            (Some(name), None) => Ok(Self::Saved(name)),
            (None, Some(contents)) => Ok(Self::Inline(contents)),
            _ => Err(Fault::new(
                FaultKind::Misconfigured,
                "fleet.run_script takes exactly one of the inputs script and contents; correct the step's `with`",
            )),
        }
    }
}

pub(super) async fn run(session: &mut Session<'_>, call: &Call) -> Done {
    let input = Input(call);
    let source = Source::of(input)?;
    let host = identity::confirm(session, input).await?;
    match send(session, call, source, &host).await? {
        Sent::Ended(done) => Ok(done),
        Sent::OfAnotherTeam(refused) => {
            // Moved between the look and the order. Nothing was queued, and in its new team the script has another id.
            let moved = identity::confirm(session, input).await?;
            if moved.get("team_id") == host.get("team_id") {
                return Err(refused);
            }
            match send(session, call, source, &moved).await? {
                Sent::Ended(done) => Ok(done),
                Sent::OfAnotherTeam(refused) => Err(refused),
            }
        }
    }
}

/// How one order went.
enum Sent {
    Ended((Json, Outcome)),
    OfAnotherTeam(Fault),
}

async fn send(
    session: &mut Session<'_>,
    call: &Call,
    source: Source<'_>,
    host: &Json,
) -> Result<Sent, Fault> {
    let id = Input(call).id("host_id")?;
    let body = match source {
        Source::Saved(name) => {
            let script = scripts::id_for(session, host, name).await?;
            json!({"host_id": id, "script_id": script})
        }
        Source::Inline(contents) => {
            json!({"host_id": id, "script_contents": marked(contents, &call.op)?})
        }
    };
    let request = Request::post(format!("{API}/scripts/run"), Nature::Once).json(&body);
    let answer = session.send(request).await?;
    if answer.is_success() {
        let json = answer.json().map_err(|failure| failure.fault)?;
        let execution =
            text_at(&json, "execution_id").ok_or_else(|| lacking(RUN, "execution_id"))?;
        return Ok(Sent::Ended(accepted(execution)));
    }
    let refused = fault(&answer, RUN);
    if let Source::Saved(name) = source {
        let said = Said::of(&answer);
        if answer.status == 409 && said.as_ref().is_some_and(Said::is_already_queued) {
            return adopt(session, call, id, name, refused)
                .await
                .map(Sent::Ended);
        }
        // Whatever was refused, the list of saved scripts may be why.
        let team = host.get("team_id").and_then(Json::as_i64);
        session.fleet.scripts.forget(&team);
        if answer.status == 422 && said.as_ref().is_some_and(Said::is_of_another_team) {
            return Ok(Sent::OfAnotherTeam(refused));
        }
    }
    Err(refused)
}

fn accepted(execution_id: &str) -> (Json, Outcome) {
    (json!({"execution_id": execution_id}), Outcome::Accepted)
}

/// The run that Fleet says is queued already: still in the queue, or ended this moment.
async fn adopt(
    session: &mut Session<'_>,
    call: &Call,
    host: i64,
    name: &str,
    refused: Fault,
) -> Done {
    let (_, waiting) = entries(session, host, queue::ALL).await?;
    let of_script = |entry: &&queue::Entry| entry.is_script() && entry.script_name == name;
    if let Some(entry) = waiting.iter().find(of_script) {
        return Ok(accepted(&entry.uuid));
    }
    let past = history::of_host(session, host, since(call)).await?;
    past.entries
        .iter()
        .find(|entry| entry.ran(name))
        .and_then(|entry| entry.execution_id.as_deref())
        .map(accepted)
        // It was there a moment ago, and may have been ours: whoever looks later will see it.
        .ok_or(Fault {
            kind: FaultKind::Unknown,
            ..refused
        })
}

/// The text with the operation's id in it, so that a lost answer can be looked for: on the first line, or on the
/// second when the first names the shell.
fn marked(contents: &str, op: &str) -> Result<String, Fault> {
    let mark = mark(op);
    let text = match contents.split_once('\n') {
        Some((first, rest)) if first.starts_with("#!") => format!("{first}\n{mark}\n{rest}"),
        None if contents.starts_with("#!") => format!("{contents}\n{mark}\n"),
        _ => format!("{mark}\n{contents}"),
    };
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Fault::new(
            FaultKind::TooLarge,
            format!(
                "the script has {length} characters with drover's mark, and Fleet takes {LONGEST} for one that is not saved; save it in Fleet and name it"
            ),
        ));
    }
    Ok(text)
}

fn mark(op: &str) -> String {
    format!("# op:{op}")
}

/// Whether this text was sent for this operation.
pub(super) fn carries(contents: &str, op: &str) -> bool {
    let mark = mark(op);
    contents.lines().take(2).any(|line| line.trim_end() == mark)
}

/// Whether this is the text as it was sent for some operation: all of it but the mark.
pub(super) fn is_of(contents: &str, text: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.trim_end().lines().enumerate();
        let unmarked = lines.filter(|(at, line)| *at > 1 || !line.starts_with(&mark("")));
        unmarked
            .map(|(_, line)| line.trim_end().to_owned())
            .collect()
    };
    lines(contents) == lines(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_first_but_after_the_shell() {
        for (contents, sent) in [
            ("echo hi\n", "# op:7\necho hi\n"),
            ("#!/bin/zsh\necho hi", "#!/bin/zsh\n# op:7\necho hi"),
            ("#!/bin/sh\r\necho hi", "#!/bin/sh\r\n# op:7\necho hi"),
            ("#!/bin/sh", "#!/bin/sh\n# op:7\n"),
        ] {
            let text = marked(contents, "7").unwrap();
            assert_eq!(text, sent);
            assert!(carries(&text, "7"));
            assert!(!carries(&text, "77") && !carries(contents, "7"));
            assert!(is_of(&text, contents) && !is_of(&text, "echo ho"));
        }
    }

    #[test]
    fn the_limit_counts_characters_and_the_mark() {
        let room = LONGEST - "# op:7\n".len();
        assert!(marked(&"é".repeat(room), "7").is_ok());
        let fault = marked(&"é".repeat(room + 1), "7").unwrap_err();
        assert_eq!(fault.kind, FaultKind::TooLarge);
    }
}
