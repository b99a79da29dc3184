//! Did a post land? Looks for the operation's id in the channel's history.

use super::api::ask;
use super::bot::{Bot, EVENT};
use super::message::message;
use crate::connectors::action::{Call, Failure, Landing};
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::text_at;
use crate::model::time::{Span, Time};
use serde_json::{Value as Json, json};

/// How far Slack's clock may be behind ours.
const SKEW: Span = Span::from_mins(2);
const PAGE: usize = 200;
const MOST_PAGES: usize = 10;

/// Reads what was posted since the intent: in the channel, or in the thread, which the channel's history leaves out.
/// A refusal (a missing scope) leaves it undecided.
pub(super) async fn post(bot: &Bot, call: &Call) -> Result<Landing, Failure> {
    let input = Input(call);
    let channel = bot.channel(input)?;
    let Some(id) = bot.id_of(channel) else {
        return Ok(Landing::Undecided(format!(
            "Slack shows a channel's history by its id only, and {channel} is a name; set channel to the id"
        )));
    };
    let thread = input.text_or_none("thread_ts");
    let is_forgotten = call.op.is_empty();
    let text = is_forgotten.then(|| input.text("text").map(message));
    let text = text.transpose()?;
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let method = if thread.is_some() {
            "conversations.replies"
        } else {
            "conversations.history"
        };
        let mut request = Request::get(format!("/{method}"))
            .query("channel", &id)
            .query("oldest", seconds(call.intent_at.minus(SKEW)))
            .query("include_all_metadata", true)
            .query("limit", PAGE);
        if let Some(thread) = thread {
            request = request.query("ts", thread);
        }
        if let Some(next) = &next {
            request = request.query("cursor", next);
        }
        let json = match ask(&bot.reads, &bot.token, method, request, false).await {
            Ok(told) => told.json,
            Err(failure) if failure.fault.kind.worth_repeating() => return Err(failure),
            Err(failure) => return Ok(Landing::Undecided(refused(&failure))),
        };
        let Some(messages) = json.get("messages").and_then(Json::as_array) else {
            return Ok(Landing::Undecided(format!("{method} showed no messages")));
        };
        let ts = |said| match &text {
            Some(text) => ts_of_text(said, text),
            None => ts_of(said, &call.op),
        };
        if let Some(ts) = messages.iter().find_map(ts) {
            return Ok(Landing::Landed(json!({"ts": ts, "channel": id})));
        }
        next = text_at(&json, "response_metadata.next_cursor").map(str::to_owned);
        if next.is_none() {
            return is_shown(bot, &id).await;
        }
    }
    Ok(Landing::Undecided(
        "the channel has more messages since then than can be read".into(),
    ))
}

/// Nothing of ours was found: believed when the channel shows anything at all, and the last message this process knows
/// to be there with its mark. A look that finds nothing of anything proves nothing (`reliability.md` §3.3).
async fn is_shown(bot: &Bot, channel: &str) -> Result<Landing, Failure> {
    let known = bot.last_post(channel);
    let mut request = Request::get("/conversations.history")
        .query("channel", channel)
        .query("include_all_metadata", true)
        .query("limit", 1);
    if let Some(post) = &known {
        request = request
            .query("latest", &post.ts)
            .query("oldest", &post.ts)
            .query("inclusive", true);
    }
    let told = ask(
        &bot.reads,
        &bot.token,
        "conversations.history",
        request,
        false,
    )
    .await;
    let json = match told {
        Ok(told) => told.json,
        Err(failure) if failure.fault.kind.worth_repeating() => return Err(failure),
        Err(failure) => return Ok(Landing::Undecided(refused(&failure))),
    };
    let shown = json.get("messages").and_then(Json::as_array);
    let mut shown = shown.into_iter().flatten();
    Ok(match known {
        None if shown.next().is_some() => Landing::Absent,
        None => Landing::Undecided("the channel shows no message at all, of anybody".into()),
        Some(post) if shown.any(|said| ts_of(said, &post.op).is_some()) => Landing::Absent,
        // Slack lags behind, or somebody deleted that message: another look may tell.
        Some(_) => {
            let text = "Slack's channel does not show a message that is known to be there, or hides its metadata";
            return Err(Fault::new(FaultKind::BadReply, text).into());
        }
    })
}

fn refused(failure: &Failure) -> String {
    let hint = if failure.fault.kind == FaultKind::Forbidden {
        "; looking a post up needs the scope channels:history, or groups:history in a private channel"
    } else {
        ""
    };
    format!("{}{hint}", failure.fault.message)
}

fn ts_of<'a>(message: &'a Json, op: &str) -> Option<&'a str> {
    let ours = text_at(message, "metadata.event_type") == Some(EVENT)
        && text_at(message, "metadata.event_payload.op") == Some(op);
    ours.then(|| text_at(message, "ts")).flatten()
}

/// A post of drover's with this text, of whatever operation.
fn ts_of_text<'a>(said: &'a Json, text: &str) -> Option<&'a str> {
    let ours =
        text_at(said, "metadata.event_type") == Some(EVENT) && text_at(said, "text") == Some(text);
    ours.then(|| text_at(said, "ts")).flatten()
}

/// A moment as Slack writes it.
fn seconds(at: Time) -> String {
    let millis = at.millis();
    format!(
        "{}.{:06}",
        millis.div_euclid(1_000),
        millis.rem_euclid(1_000) * 1_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_operation_is_found() {
        let message = json!({"ts": "1503435956.000247",
            "metadata": {"event_type": EVENT, "event_payload": {"op": "7"}}});
        assert_eq!(ts_of(&message, "7"), Some("1503435956.000247"));
        assert_eq!(ts_of(&message, "8"), None);
        assert_eq!(ts_of(&json!({"ts": "1", "text": "7"}), "7"), None);
    }

    #[test]
    fn moments_are_written_with_microseconds() {
        let at = Time::parse("2026-03-02T12:00:00.042Z").unwrap();
        assert_eq!(seconds(at), "1772452800.042000");
    }
}
