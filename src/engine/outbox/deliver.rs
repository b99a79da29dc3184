//! Delivers what waits, oldest first; many chat lines at once go out as one message.

use super::CHAT_POST;
use crate::connectors::action::{Call, Landing};
use crate::engine::plan::stopped;
use crate::engine::shared::{Messages, Shared, Sink};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use crate::store::{
    Level, Message, MessageId, MessageKind, MessageState, NewEntry, StoreError, View,
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
/// Deliveries whose answer was lost and that certainly did not arrive, before a chat message is given up.
const MOST_LOST: u32 = 3;
/// How long a message may be looked for at a service that does not show what it must.
const PATIENCE: Span = Span::from_mins(15);
/// Waiting messages looked at together, the oldest.
const TOGETHER: usize = 300;
/// No message waits for longer: the last second of the year 9999.
const EVER: Time = Time::from_millis(253_402_300_799_000);

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
        let sinks = self.messages.clone();
        let due = self.store.read(move |view| due(view, &sinks, now)).await?;
        if let Some(message) = due.in_doubt.into_iter().next() {
            self.settle_doubt(message, now).await?;
            return Ok(Next::AtOnce);
        }
        if due.pending.is_empty() {
            return Ok(Next::Later(due.later));
        }
        self.hand_over(together(due.pending, &self.messages))
            .await?;
        Ok(Next::AtOnce)
    }

    /// Hands one message over; the first carries the others.
    async fn hand_over(&self, mut messages: Vec<Message>) -> Result<(), StoreError> {
        let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
        let texts: Vec<&str> = messages
            .iter()
            .map(|message| message.text.as_str())
            .collect();
        let text = texts.join("\n");
        let mut message = messages.swap_remove(0);
        message.text = text;
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
        self.store.write(move |tx| tx.sending(&ids)).await?;
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
            // Nothing went out: stopped, or the service is left alone.
            FaultKind::Cancelled => (MessageState::Pending, Some(now.plus(wait))),
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
    async fn settle_doubt(&self, message: Message, now: Time) -> Result<(), StoreError> {
        let id = message.id;
        let (action, input) = self.address(&message);
        let call = Call {
            input,
            op: message.op.clone(),
            intent_at: message.at,
        };
        let (found, settle) = match self.registry.find(action) {
            // Its end could not be recorded: from when on it may be looked for is not known, so from now.
            Ok((_, spec)) if message.not_before.is_none() => {
                let until = Some(now.plus(spec.settle));
                return self
                    .doubted(id, MessageState::Sending, &message.note, until)
                    .await;
            }
            Ok((connector, spec)) if spec.probe => (connector.probe(spec, call).await, spec.settle),
            Ok((_, spec)) => {
                let cannot = Landing::Undecided("this service cannot be asked".into());
                (Ok(cannot), spec.settle)
            }
            Err(fault) => (Err(fault.into()), Span::ZERO),
        };
        let later = Some(self.clock.now().plus(LOOK_AGAIN.max(settle.times(0.5))));
        let chat = message.kind == MessageKind::Chat;
        let (state, note, until) = match found {
            Ok(Landing::Landed(_)) => {
                let note = "the answer was lost, but it arrived".to_owned();
                (MessageState::Delivered, note, None)
            }
            // Believed when it is seen twice, half a settling time apart.
            Ok(Landing::Absent) if message.note != NOT_THERE => {
                (MessageState::Sending, NOT_THERE.to_owned(), later)
            }
            Ok(Landing::Absent) if chat && message.tries >= MOST_LOST => {
                let note = format!("it was sent {MOST_LOST} times and never arrived");
                (MessageState::Failed, note, None)
            }
            Ok(Landing::Absent) => (MessageState::Pending, "it did not arrive".into(), None),
            // Better twice than never, for what somebody must act on.
            Ok(Landing::Undecided(why)) if !chat => (MessageState::Pending, why, later),
            Ok(Landing::Undecided(why)) => (MessageState::Dropped, why, None),
            Err(failure) if keeps_asking(&failure.fault, &message, now) => {
                (MessageState::Sending, failure.fault.to_string(), later)
            }
            Err(failure) if !chat => (MessageState::Pending, failure.fault.to_string(), later),
            Err(failure) => (MessageState::Dropped, failure.fault.to_string(), None),
        };
        self.doubted(id, state, &note, until).await
    }

    async fn doubted(
        &self,
        id: MessageId,
        state: MessageState,
        note: &str,
        until: Option<Time>,
    ) -> Result<(), StoreError> {
        let note = note.to_owned();
        self.store
            .write(move |tx| {
                tx.settle_message(id, state, &note, until)?;
                let text = match state {
                    MessageState::Dropped => "may not have arrived, and is not repeated",
                    MessageState::Failed => "was not delivered",
                    _ => return Ok(()),
                };
                tx.say(NewEntry {
                    level: Level::Warning,
                    source: "messages".into(),
                    row: None,
                    text: format!("a message {text}: {note}"),
                })
            })
            .await
    }

    /// The action that delivers this message, and its inputs.
    fn address(&self, message: &Message) -> (&'static str, Map<String, Json>) {
        let sink = self.messages.sink(message.kind);
        let prefix = match message.kind {
            MessageKind::Chat => "",
            MessageKind::Ticket => "Ticket: ",
            MessageKind::Page => "PAGE: ",
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

/// The first, and when many lines wait those that follow it in the chat, as far as they fit; none is overtaken.
fn together(mut pending: Vec<Message>, sinks: &Messages) -> Vec<Message> {
    let many = pending.iter().filter(|message| is_line(message)).count() > TOO_MANY;
    if many && is_line(&pending[0]) {
        pending.retain(|message| *sinks.sink(message.kind) == Sink::Chat);
        let mut length = 0;
        let fits = |message: &&Message| {
            length += message.text.len() + 1;
            is_line(message) && length <= LONGEST
        };
        let lines = pending.iter().take_while(fits).count();
        pending.truncate(lines.max(1));
    } else {
        pending.truncate(1);
    }
    pending
}

/// What one look that found nothing leaves with a message.
const NOT_THERE: &str = "it is not there; looked at once more before it is sent again";

/// The service could not be asked now. One that answers and shows nothing rightly is asked for a while: others wait
/// behind this message.
fn keeps_asking(fault: &Fault, message: &Message, now: Time) -> bool {
    match fault.kind {
        FaultKind::Cancelled => true,
        FaultKind::BadReply => now.since(message.at) < PATIENCE,
        kind => kind.worth_repeating() && message.tries < MOST_TRIES,
    }
}

/// A chat line about one row, which may go out with others.
fn is_line(message: &Message) -> bool {
    message.kind == MessageKind::Chat && message.row.is_some()
}

/// What is due of each sink, in the order in which it was said: nothing overtakes what waits before it.
fn due(view: &View<'_>, sinks: &Messages, now: Time) -> Result<Due, StoreError> {
    let mut due = Due {
        pending: Vec::new(),
        in_doubt: Vec::new(),
        later: now.plus(AT_LEAST_EVERY),
    };
    if stopped(view)? {
        return Ok(due);
    }
    let mut waits = view.pending_messages(EVER, TOGETHER)?;
    waits.extend(view.messages_in_flight()?);
    waits.sort_by_key(|message| message.id);
    let mut shut: Vec<&Sink> = Vec::new();
    for message in waits {
        let sink = sinks.sink(message.kind);
        if shut.contains(&sink) {
            continue;
        }
        match message.not_before.filter(|at| *at > now) {
            Some(at) => {
                due.later = due.later.min(at);
                shut.push(sink);
            }
            None if message.state == MessageState::Pending => due.pending.push(message),
            None => {
                due.in_doubt.push(message);
                shut.push(sink);
            }
        }
    }
    Ok(due)
}
