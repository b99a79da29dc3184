//! Operators' commands: who may ask, what is recorded, what it does to each row.
//!
//! A command is on record before its effect, and both are one transaction where the effect is in the table.

mod acts;
mod import;
mod own;
mod roles;
mod second;

pub(super) use second::forget_expired;

use super::duties::Engine;
use super::shared::{Role, Shared};
use crate::control::protocol::{Peer, Reply, Request, RowResult};
use crate::control::server::Obey;
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::store::{CommandResult, CommandState, Level, NewCommand, NewEntry, StoreError, Tx};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

impl Obey for Engine {
    fn obey(
        &self,
        peer: Peer,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        Box::pin(async move {
            let busy = self.shared.clock.busy();
            let reply = self.shared.obey(peer, request).await;
            drop(busy);
            self.shared.nudge();
            reply
        })
    }
}

impl Shared {
    /// Why the peer may not ask this, by who they are.
    fn turned_away(&self, peer: &Peer, request: &Request) -> Option<String> {
        let (name, role) = (&peer.name, self.roles.of(peer));
        if role < Role::Operator {
            return Some(format!(
                "{name} may look but not act; an operator's role is given under [roles]"
            ));
        }
        if self.takes_two(request) && !self.roles.is_one_person(peer) {
            return Some(format!(
                "{name} may be anybody, and this takes two people; ask under a login of your own"
            ));
        }
        let agrees = matches!(request, Request::Agree { .. });
        (agrees && !self.roles.may_agree(role)).then(|| {
            format!("{name} may act but not agree; an approver's role is given under [roles]")
        })
    }

    async fn obey(self: &Arc<Self>, peer: Peer, request: Request) -> Reply {
        if request == Request::Hello {
            let note = format!(
                "drover {} runs {}",
                env!("CARGO_PKG_VERSION"),
                self.pipeline.name
            );
            return Reply::Done {
                command: 0,
                note,
                rows: Vec::new(),
            };
        }
        if let Some(text) = self.turned_away(&peer, &request) {
            return self.denied(&peer, &request, text).await;
        }
        if let Some(why) = Self::incomplete(&request) {
            return Reply::Refused(why);
        }
        let is_word = matches!(request, Request::Agree { .. } | Request::Refuse { .. });
        let asker = peer.clone();
        let actor = Actor::Person(peer.name);
        if let Some(reply) = self.second_first(&actor, &request).await {
            return reply;
        }
        let done = match &request {
            Request::Import { rows, .. } => self.import(&actor, &request, rows.clone()).await,
            Request::Refresh { .. } => self.refresh_rows(&actor, &request).await,
            Request::Agree { command, reason } => self.agree(&actor, *command, reason).await,
            Request::Refuse { command, reason } => self.refuse(&actor, *command, reason).await,
            Request::Shutdown => {
                self.say(
                    Level::Warning,
                    "control",
                    None,
                    format!("{actor} ends the engine"),
                )
                .await;
                self.stop.send_replace(true);
                Ok((0, "the engine ends".to_owned(), Vec::new()))
            }
            _ => self.act(&actor, &request).await,
        };
        if done.is_ok() && matches!(request, Request::Resume { .. }) {
            self.vouch_for_the_clock(&actor.to_string()).await;
        }
        // Before the answer: after the word that all is stopped nothing goes out.
        self.tell_connectors().await;
        match done {
            Ok((command, note, rows)) => Reply::Done {
                command,
                note,
                rows,
            },
            Err(error) if is_word => self.denied(&asker, &request, error.to_string()).await,
            Err(error) => Reply::Refused(error.to_string()),
        }
    }

    /// Refuses, and says so in the journal: who, by the kernel's number and by name, and what was asked.
    async fn denied(&self, peer: &Peer, request: &Request, why: String) -> Reply {
        let who = format!("{} (uid {})", peer.name, peer.uid);
        let text = format!("refused {} of {who}: {why}", request.verb());
        self.say(Level::Warning, "control", None, text).await;
        Reply::Refused(why)
    }

    /// Whether the request is one of the two halves of an act that needs two people.
    fn takes_two(&self, request: &Request) -> bool {
        let rows = request.rows().map_or(0, <[RowId]>::len);
        matches!(request, Request::Agree { .. }) || rows as u64 > self.roles.two_people_above
    }

    /// What a request lacks: rows, or a reason.
    fn incomplete(request: &Request) -> Option<String> {
        let none = "no row is selected, so nothing is done; an empty selection never means all";
        if request.rows().is_some_and(<[RowId]>::is_empty) {
            return Some(none.into());
        }
        let unsaid = request
            .reason()
            .is_some_and(|reason| reason.trim().is_empty());
        unsaid.then(|| "a reason is asked for: it is what the journal will say".into())
    }

    /// A command whose whole effect is in the table.
    async fn act(
        &self,
        actor: &Actor,
        request: &Request,
    ) -> Result<(i64, String, Vec<RowResult>), StoreError> {
        let (actor, request) = (actor.clone(), request.clone());
        let pipeline = self.pipeline.clone();
        self.store
            .write(move |tx| {
                let command = record(tx, &actor, &request)?;
                let applied = acts::apply(tx, &pipeline, &actor, command, &request)?;
                answer(tx, &actor.to_string(), &request, command, applied)
            })
            .await
    }
}

/// Puts the command on record, with its frozen list of rows.
fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    request: &Request,
) -> Result<crate::store::CommandId, StoreError> {
    let mut asked = serde_json::to_value(request).unwrap_or_default();
    if let Some(map) = asked.as_object_mut() {
        map.remove("rows");
    }
    tx.ask(NewCommand {
        actor: actor.clone(),
        verb: request.verb().to_owned(),
        request: asked,
        reason: request.reason().unwrap_or_default().to_owned(),
        rows: request.rows().unwrap_or_default().to_vec(),
    })
}

/// Records what came of it, and says so in the journal: `who` asked it.
fn answer(
    tx: &mut Tx<'_>,
    who: &str,
    request: &Request,
    command: crate::store::CommandId,
    (note, results): (String, Vec<CommandResult>),
) -> Result<(i64, String, Vec<RowResult>), StoreError> {
    let rows: Vec<_> = results
        .iter()
        .map(|r| RowResult {
            key: r.key.clone(),
            done: r.done,
            note: r.note.clone(),
        })
        .collect();
    let done = rows.iter().filter(|row| row.done).count();
    let nothing = !rows.is_empty() && done == 0;
    let state = if nothing {
        CommandState::Refused
    } else {
        CommandState::Done
    };
    // What was left out of an import is no row, and is only told to whoever asked.
    let kept = results.into_iter().filter(|result| result.row.0 > 0);
    tx.answer(command, state, kept.collect())?;
    let of = if rows.is_empty() {
        String::new()
    } else {
        format!(" ({done} of {} rows)", rows.len())
    };
    let reason = request.reason().unwrap_or_default();
    let text = format!("{who}: {}{of}: {note} — {reason}", request.verb());
    tx.say(NewEntry {
        level: Level::Info,
        source: "control".into(),
        row: None,
        text,
    })?;
    Ok((command.0, note, rows))
}
