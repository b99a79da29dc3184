//! A second person's word: an act on more rows than one person may answer for waits on record, with its list frozen, until
//! somebody else agrees. Then it is done as it was asked, each row judged afresh; or it is refused, or forgotten.

use super::{acts, answer, record};
use crate::control::protocol::{Reply, Request, RowResult};
use crate::engine::shared::Shared;
use crate::model::actor::Actor;
use crate::model::time::Span;
use crate::store::{Command, CommandId, CommandState, Level, NewEntry, StoreError, Tx};
use serde_json::json;
use std::sync::Arc;

/// How long the word of the second person is waited for, in engine time.
pub(super) const PATIENCE: Span = Span::from_mins(30);

type Answer = (i64, String, Vec<RowResult>);

impl Shared {
    /// Puts a command on record that needs a second person first; `None` when it needs none.
    pub(super) async fn second_first(&self, actor: &Actor, request: &Request) -> Option<Reply> {
        let most = self.roles.two_people_above;
        let rows = request.rows().map_or(0, <[_]>::len);
        if rows as u64 <= most {
            return None;
        }
        let (asker, asked) = (actor.clone(), request.clone());
        let kept = self
            .store
            .write(move |tx| {
                let command = record(tx, &asker, &asked)?;
                tx.answer(command, CommandState::Waiting, Vec::new())?;
                let reason = asked.reason().unwrap_or_default();
                let text = format!(
                    "{asker}: {} ({rows} rows) waits for a second person, as command {} — {reason}",
                    asked.verb(),
                    command.0
                );
                say(tx, Level::Warning, text)?;
                Ok(command)
            })
            .await;
        Some(match kept {
            Ok(command) => Reply::Waiting {
                command: command.0,
                note: format!(
                    "more than {most} rows need a second person's word: nothing is done until somebody else says `drover agree {}`, within {PATIENCE}",
                    command.0
                ),
            },
            Err(error) => Reply::Refused(error.to_string()),
        })
    }

    /// The second person agrees.
    pub(super) async fn agree(
        self: &Arc<Self>,
        actor: &Actor,
        command: i64,
        reason: &str,
    ) -> Result<Answer, StoreError> {
        let (second, pipeline) = (actor.clone(), self.pipeline.clone());
        let said = agreement(command, reason, true);
        let (kept, request, done) = self
            .store
            .write(move |tx| {
                let kept = waiting(tx, CommandId(command))?;
                if kept.actor == second {
                    return Err(StoreError::Bad(format!(
                        "{second} asked for command {command}: somebody else must agree to it"
                    )));
                }
                let request = as_asked(&kept)?;
                note_word(tx, &second, &said)?;
                let who = both(&kept, &second);
                if matches!(request, Request::Refresh { .. }) {
                    tx.answer(kept.id, CommandState::Open, Vec::new())?;
                    return Ok((kept, request, None));
                }
                let applied = acts::apply(tx, &pipeline, &kept.actor, kept.id, &request)?;
                let done = answer(tx, &who, &request, kept.id, applied)?;
                Ok((kept, request, Some(done)))
            })
            .await?;
        match done {
            Some(done) => Ok(done),
            None => {
                self.refresh_as(&both(&kept, actor), &request, kept.id)
                    .await
            }
        }
    }

    /// Somebody, its asker too, says no.
    pub(super) async fn refuse(
        &self,
        actor: &Actor,
        command: i64,
        reason: &str,
    ) -> Result<Answer, StoreError> {
        let (actor, reason) = (actor.clone(), reason.to_owned());
        self.store
            .write(move |tx| {
                let kept = waiting(tx, CommandId(command))?;
                note_word(tx, &actor, &agreement(command, &reason, false))?;
                tx.answer(kept.id, CommandState::Refused, Vec::new())?;
                let note = format!("command {command} is refused; nothing of it was done");
                let text = format!(
                    "{actor}: refused command {command}, {} of {} — {reason}",
                    kept.verb, kept.actor
                );
                say(tx, Level::Warning, text)?;
                Ok((command, note, Vec::new()))
            })
            .await
    }
}

/// Ends what has waited too long. Nothing of it was done.
pub(in crate::engine) fn forget_expired(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let now = tx.now();
    for command in tx.glance_at_commands(0)? {
        if command.state == CommandState::Waiting && command.at.plus(PATIENCE) <= now {
            tx.answer(command.id, CommandState::Refused, Vec::new())?;
            let text = format!(
                "command {}, {} of {}: nobody agreed within {PATIENCE}; nothing of it was done",
                command.id.0, command.verb, command.actor
            );
            say(tx, Level::Warning, text)?;
        }
    }
    Ok(())
}

fn say(tx: &mut Tx<'_>, level: Level, text: String) -> Result<(), StoreError> {
    tx.say(NewEntry {
        level,
        source: "control".into(),
        row: None,
        text,
    })
}

fn agreement(command: i64, reason: &str, agree: bool) -> Request {
    let reason = reason.to_owned();
    if agree {
        Request::Agree { command, reason }
    } else {
        Request::Refuse { command, reason }
    }
}

/// The word itself is a command too, and stays on record.
fn note_word(tx: &mut Tx<'_>, actor: &Actor, word: &Request) -> Result<(), StoreError> {
    let id = record(tx, actor, word)?;
    tx.answer(id, CommandState::Done, Vec::new())
}

fn both(kept: &Command, second: &Actor) -> String {
    format!("{}, agreed by {second}", kept.actor)
}

/// The command, if it still waits.
fn waiting(tx: &Tx<'_>, id: CommandId) -> Result<Command, StoreError> {
    let bad = |why: String| Err(StoreError::Bad(why));
    let Some(kept) = tx.command(id)? else {
        return bad(format!("there is no command {}", id.0));
    };
    if kept.state != CommandState::Waiting {
        return bad(format!(
            "command {} does not wait for anybody's word: it was answered, refused or forgotten before",
            id.0
        ));
    }
    if kept.at.plus(PATIENCE) <= tx.now() {
        return bad(format!(
            "command {} waited longer than {PATIENCE}: what it was asked for may be over; ask it again",
            id.0
        ));
    }
    Ok(kept)
}

/// The request with its frozen rows.
fn as_asked(kept: &Command) -> Result<Request, StoreError> {
    let mut json = kept.request.clone();
    if let Some(map) = json.as_object_mut() {
        let rows: Vec<_> = kept.results.iter().map(|one| one.row).collect();
        map.insert("rows".into(), json!(rows));
    }
    serde_json::from_value(json).map_err(|error| {
        StoreError::Bad(format!(
            "command {} was asked of another drover and cannot be read ({error}): ask it again",
            kept.id.0
        ))
    })
}
