//! Delivers what waits, oldest first; many chat lines at once go out as one message.

use super::CHAT_POST;
use crate::connectors::action::{Call, Landing};
use crate::engine::plan::stopped;
use crate::engine::shared::{Shared, Sink};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use crate::store::{
    Level, Message, MessageKind, MessageState, NewEntry, NewMessage, StoreError, View,
};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// More chat lines waiting than this go out together.
const TOO_MANY: usize = 3;
/// Slack cuts a section at 3,000 characters (`api/slack.md` §5).
const LONGEST: usize = 2_800;
const LOOK_AGAIN: Span = Span::from_secs(30);
const AT_LEAST_EVERY: Span = Span::from_mins(10);
/// Deliveries that failed before a message is given up.
const MOST_TRIES: u32 = 20;

/// What is due now, and when something else will be.
struct Due {
    pending: Vec<Message>,
    in_doubt: Vec<Message>,
    later: Time,
}

/// When to look again.
enum Next {
    AtOnce,
    Later(Time),
}

pub(in crate::engine) async fn deliver(shared: Arc<Shared>) {
    let mut changed = shared.store.revision();
    let mut stop = shared.stop.subscribe();
    while !*stop.borrow_and_update() {
        changed.borrow_and_update();
        let busy = shared.clock.busy();
        let next = match shared.deliver_some().await {
            Ok(next) => next,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::error!("delivering messages: {error}");
                Next::Later(shared.clock.now().plus(AT_LEAST_EVERY))
            }
        };
        drop(busy);
        let Next::Later(later) = next else { continue };
        tokio::select! {
            _ = changed.changed() => {}
            _ = stop.changed() => {}
            () = shared.clock.sleep_until(later) => {}
        }
    }
}

impl Shared {
    /// Delivers or decides one thing.
    async fn deliver_some(self: &Arc<Self>) -> Result<Next, StoreError> {
        let now = self.clock.now();
        let due = self.store.read(move |view| due(view, now)).await?;
        if let Some(message) = due.in_doubt.into_iter().next() {
            self.settle_doubt(message).await?;
            return Ok(Next::AtOnce);
        }
        let chat = due.pending.iter().filter(|m| is_line(m)).count();
        if chat > TOO_MANY {
            self.coalesce(due.pending).await?;
            return Ok(Next::AtOnce);
        }
        match due.pending.into_iter().next() {
            Some(message) => self.hand_over_message(message).await.map(|()| Next::AtOnce),
            None => Ok(Next::Later(due.later)),
        }
    }

    /// Puts waiting chat lines into one new message, in one transaction.
    async fn coalesce(&self, pending: Vec<Message>) -> Result<(), StoreError> {
        let mut text = String::new();
        let mut taken = Vec::new();
        for message in pending.into_iter().filter(is_line) {
            if !taken.is_empty() && text.len() + message.text.len() > LONGEST {
                break;
            }
            text.push_str(&message.text);
            text.push('\n');
            taken.push(message.id);
        }
        self.store
            .write(move |tx| {
                let text = text.trim_end().to_owned();
                let whole = tx.post(NewMessage {
                    kind: MessageKind::Chat,
                    row: None,
                    rule: None,
                    text,
                })?;
                let note = format!("in message {}", whole.0);
                taken
                    .iter()
                    .try_for_each(|id| tx.settle_message(*id, MessageState::Coalesced, &note, None))
            })
            .await
    }

    async fn hand_over_message(&self, message: Message) -> Result<(), StoreError> {
        let id = message.id;
        let (action, input) = self.address(&message);
        let found = self.registry.find(action);
        let (connector, spec) = match found {
            Ok(found) => found,
            Err(fault) => {
                return self
                    .store
                    .write(move |tx| {
                        tx.settle_message(id, MessageState::Dropped, &fault.message, None)
                    })
                    .await;
            }
        };
        self.store.write(move |tx| tx.sending(&[id])).await?;
        let call = Call {
            input,
            op: message.op.clone(),
            intent_at: message.at,
        };
        let ended = connector.call(spec, call).await;
        match ended {
            Ok(_) => {
                self.store
                    .keep(move |tx| tx.settle_message(id, MessageState::Delivered, "", None))
                    .await
            }
            Err(failure) => {
                self.not_delivered(&message, failure.fault, spec.settle)
                    .await
            }
        }
    }

    async fn not_delivered(
        &self,
        message: &Message,
        fault: Fault,
        settle: Span,
    ) -> Result<(), StoreError> {
        let (id, now) = (message.id, self.clock.now());
        let wait = fault.retry_after.unwrap_or_else(|| {
            self.jitter(Span::from_secs(15).times(f64::from(message.tries.clamp(1, 40))))
        });
        let (state, until) = match fault.kind {
            FaultKind::Unknown => (MessageState::Sending, Some(now.plus(settle))),
            _ if message.kind != MessageKind::Chat => (MessageState::Pending, Some(now.plus(wait))),
            kind if kind.worth_repeating() && message.tries < MOST_TRIES => {
                (MessageState::Pending, Some(now.plus(wait)))
            }
            _ => (MessageState::Failed, None),
        };
        let text = format!("a message was not delivered: {fault}");
        let somebodys = message.kind != MessageKind::Chat;
        let failed = state == MessageState::Failed || (somebodys && message.tries == 3);
        let level = if somebodys {
            Level::Alarm
        } else {
            Level::Warning
        };
        self.store
            .write(move |tx| {
                tx.settle_message(id, state, &fault.to_string(), until)?;
                if failed {
                    tx.say(NewEntry {
                        level,
                        source: "messages".into(),
                        row: None,
                        text,
                    })?;
                }
                Ok(())
            })
            .await
    }

    /// A message that may or may not have arrived: looked up where that can be done, else dropped and counted.
    async fn settle_doubt(&self, message: Message) -> Result<(), StoreError> {
        let id = message.id;
        let (action, input) = self.address(&message);
        let call = Call {
            input,
            op: message.op.clone(),
            intent_at: message.at,
        };
        let found = match self.registry.find(action) {
            Ok((connector, spec)) if spec.probe => connector.probe(spec, call).await,
            Ok(_) => Ok(Landing::Undecided("this service cannot be asked".into())),
            Err(fault) => Err(fault.into()),
        };
        let later = self.clock.now().plus(LOOK_AGAIN);
        let tries = message.tries;
        let (state, note, until) = match found {
            Ok(Landing::Landed(_)) => (
                MessageState::Delivered,
                "the answer was lost, but it arrived".to_owned(),
                None,
            ),
            Ok(Landing::Absent) => (MessageState::Pending, "it did not arrive".to_owned(), None),
            // Better twice than never, for what somebody must act on.
            Ok(Landing::Undecided(why)) if message.kind != MessageKind::Chat => {
                (MessageState::Pending, why, Some(later))
            }
            Ok(Landing::Undecided(why)) => (MessageState::Dropped, why, None),
            Err(failure) if failure.fault.kind.worth_repeating() && tries < MOST_TRIES => (
                MessageState::Sending,
                failure.fault.to_string(),
                Some(later),
            ),
            Err(failure) if message.kind != MessageKind::Chat => (
                MessageState::Pending,
                failure.fault.to_string(),
                Some(later),
            ),
            Err(failure) => (MessageState::Dropped, failure.fault.to_string(), None),
        };
        self.store
            .write(move |tx| tx.settle_message(id, state, &note, until))
            .await
    }

    /// The action that delivers this message, and its inputs.
    fn address(&self, message: &Message) -> (&'static str, Map<String, Json>) {
        let (sink, prefix) = match message.kind {
            MessageKind::Chat => (&Sink::Chat, ""),
            MessageKind::Ticket => (&self.messages.ticket, "Ticket: "),
            MessageKind::Page => (&self.messages.page, "PAGE: "),
        };
        let text = format!("{prefix}{}", message.text);
        let input = match sink {
            Sink::Chat => {
                return (
                    CHAT_POST,
                    Map::from_iter([("text".to_owned(), text.into())]),
                );
            }
            Sink::Http(url) => json!({
                "method": "POST",
                "url": url,
                "body": { "kind": message.kind, "text": text, "rule": message.rule, "id": message.op },
            }),
        };
        let input = input.as_object().cloned().unwrap_or_default();
        ("http.request", input)
    }
}

/// A chat line about one row, which may go out with others.
fn is_line(message: &Message) -> bool {
    message.kind == MessageKind::Chat && message.row.is_some()
}

fn due(view: &View<'_>, now: Time) -> Result<Due, StoreError> {
    let mut due = Due {
        pending: Vec::new(),
        in_doubt: Vec::new(),
        later: now.plus(AT_LEAST_EVERY),
    };
    if stopped(view)? {
        return Ok(due);
    }
    // Those that back off are few; the rest waits for nothing.
    let waits = view
        .pending_messages(due.later, 60)?
        .into_iter()
        .chain(view.messages_in_flight()?);
    for message in waits {
        match message.not_before.filter(|at| *at > now) {
            Some(at) => due.later = due.later.min(at),
            None if message.state == MessageState::Pending => due.pending.push(message),
            None => due.in_doubt.push(message),
        }
    }
    Ok(due)
}
