//! What Slack means by its error words (`api/slack.md` §1, §2, §4).

use crate::model::fault::FaultKind::{
    self, Forbidden, Misconfigured, NotFound, RateLimited, Refused, ServerError, Unauthorized,
    Unknown,
};
use crate::model::payload::{at, text_at};
use crate::model::text::clean_short;
use crate::model::time::Span;
use serde_json::Value as Json;

/// How long Slack is left alone when it does not say.
pub(super) const DEFAULT_WAIT: Span = Span::from_secs(30);
const MOVING: Span = Span::from_mins(5);

/// A refusal: what it is, what to do, and how long to wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Meaning {
    pub kind: FaultKind,
    pub advice: &'static str,
    pub wait: Option<Span>,
}

const fn meaning(kind: FaultKind, advice: &'static str) -> Meaning {
    Meaning {
        kind,
        advice,
        wait: None,
    }
}

/// Words for a message that Slack does not take as it is; nothing was posted (`api/slack.md` §1, §2).
const OURS: &[&str] = &[
    "no_text",
    "no_channel",
    "msg_too_long",
    "msg_blocks_too_long",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_attachments",
    "too_many_attachments",
    "too_many_contact_cards",
    "invalid_json",
    "json_not_object",
    "invalid_form_data",
    "invalid_arguments",
    "invalid_arg_name",
    "invalid_array_arg",
    "invalid_post_type",
    "missing_post_type",
    "missing_argument",
    "invalid_charset",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_too_large",
    "metadata_must_be_sent_from_app",
    "markdown_text_conflict",
    "cannot_reply_to_message",
    "thread_not_found",
    "block_mismatch",
    "is_inactive",
    "streaming_state_conflict",
    "unknown_method",
    "method_deprecated",
    "deprecated_endpoint",
    "method_not_supported_for_channel_type",
];

/// The meaning of `error` in an `ok: false`. The list is closed: a word that is not known proves nothing about a call
/// that changes something (`reliability.md` §3.2 rule 6).
pub(super) fn of_api(word: &str, mutates: bool) -> Meaning {
    match word {
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            meaning(
                Unauthorized,
                "put a valid bot token into [connectors.slack]",
            )
        }
        "missing_scope"
        | "not_allowed_token_type"
        | "no_permission"
        | "ekm_access_denied"
        | "access_denied"
        | "accesslimited"
        | "two_factor_setup_required"
        | "app_access_restricted" => meaning(
            Forbidden,
            "give the app the scope chat:write, install it again, and ask the workspace's admin",
        ),
        "team_not_found" => meaning(
            Misconfigured,
            "the token belongs to a workspace that is gone; install the app anew",
        ),
        "channel_not_found" => meaning(
            NotFound,
            "correct channel in [connectors.slack], or invite the bot: a private channel it is not in looks the same",
        ),
        "not_in_channel" => meaning(Forbidden, "invite the bot to the channel"),
        "is_archived" => meaning(Misconfigured, "the channel is archived; name another one"),
        word if word.starts_with("restricted_action") => meaning(
            Forbidden,
            "the channel does not let the bot write; ask its managers",
        ),
        "message_not_found" | "edit_window_closed" | "cant_update_message" => meaning(
            NotFound,
            "this message cannot be edited any more; post a new one",
        ),
        "message_limit_exceeded" => meaning(
            Refused,
            "the workspace's plan takes no more messages; retrying soon is of no use",
        ),
        "ratelimited" | "rate_limited" => Meaning {
            kind: RateLimited,
            advice: "sending slows down by itself",
            wait: Some(DEFAULT_WAIT),
        },
        "org_login_required" | "team_added_to_org" => Meaning {
            kind: ServerError,
            advice: "the workspace is moving into an organization; it is tried again in some minutes",
            wait: Some(MOVING),
        },
        "fatal_error"
        | "internal_error"
        | "service_unavailable"
        | "request_timeout"
        | "update_failed" => meaning(
            if mutates { Unknown } else { ServerError },
            "trouble at Slack; the message may have been sent all the same",
        ),
        word if OURS.contains(&word) => meaning(
            Refused,
            "Slack does not take this message as drover sent it; the history shows it",
        ),
        _ => meaning(
            if mutates { Unknown } else { Refused },
            "drover does not know this word of Slack's",
        ),
    }
}

/// Slack's own words on an `ok: false`, for the sentence.
pub(super) fn said(json: &Json) -> String {
    let word = text_at(json, "error").unwrap_or("no reason given");
    let mut said = clean_short(word, 80);
    if let (Some(needed), provided) = (text_at(json, "needed"), text_at(json, "provided")) {
        let provided = provided.unwrap_or("nothing");
        said.push_str(&clean_short(
            &format!(" (needs {needed}, has {provided})"),
            200,
        ));
    }
    let first = at(json, "response_metadata.messages.0").and_then(Json::as_str);
    if let Some(first) = first {
        said.push_str(&clean_short(&format!(" ({first})"), 200));
    }
    said
}

/// The meaning of a webhook's plain-text body. None when it is no word of Slack's, and so proves nothing.
pub(super) fn of_webhook(status: u16, body: &str) -> Option<Meaning> {
    let is_word = !body.is_empty()
        && body.len() < 60
        && body
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if !is_word {
        return None;
    }
    Some(match (status, body) {
        (403, "invalid_token") => meaning(
            Unauthorized,
            "put the webhook's current URL into [connectors.slack]",
        ),
        (403, "action_prohibited") => meaning(
            Forbidden,
            "an admin restricted this webhook; ask them or make a new one",
        ),
        (404, "channel_not_found") => meaning(
            NotFound,
            "the webhook's channel is gone; make a new webhook",
        ),
        (404, "no_service" | "no_team") => meaning(
            Misconfigured,
            "the webhook was removed or its URL is wrong; put the current URL into [connectors.slack]",
        ),
        (410, "channel_is_archived") => meaning(
            Misconfigured,
            "the webhook's channel is archived; make a webhook for another one",
        ),
        (
            400,
            "invalid_payload"
            | "invalid_blocks"
            | "no_text"
            | "too_many_attachments"
            | "user_not_found"
            | "msg_too_long"
            | "msg_blocks_too_long"
            | "invalid_attachments"
            | "cannot_reply_to_message"
            | "thread_not_found",
        ) => meaning(
            Refused,
            "Slack does not take this message as drover sent it; the history shows it",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_error_word_says_whether_to_stop_to_wait_or_to_look() {
        for (word, kind) in [
            ("invalid_auth", Unauthorized),
            ("token_revoked", Unauthorized),
            ("missing_scope", Forbidden),
            ("channel_not_found", NotFound),
            ("is_archived", Misconfigured),
            ("restricted_action_read_only_channel", Forbidden),
            ("msg_too_long", Refused),
            ("invalid_blocks", Refused),
            ("ratelimited", RateLimited),
            ("rate_limited", RateLimited),
            ("message_limit_exceeded", Refused),
            ("team_added_to_org", ServerError),
            ("fatal_error", Unknown),
            ("internal_error", Unknown),
            ("edit_window_closed", NotFound),
            ("a_word_of_the_future", Unknown),
        ] {
            assert_eq!(of_api(word, true).kind, kind, "{word}");
        }
        assert_eq!(of_api("internal_error", false).kind, ServerError);
        assert_eq!(of_api("ratelimited", true).wait, Some(DEFAULT_WAIT));
    }

    #[test]
    fn a_missing_scope_is_named() {
        let json = json!({"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "channels:read"});
        assert_eq!(
            said(&json),
            "missing_scope (needs chat:write, has channels:read)"
        );
        let json = json!({"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] x"]}});
        assert_eq!(said(&json), "invalid_blocks ([ERROR] x)");
    }

    #[test]
    fn only_a_word_of_slacks_proves_that_a_webhook_posted_nothing() {
        for (status, body, kind) in [
            (400, "invalid_payload", Some(Refused)),
            (403, "action_prohibited", Some(Forbidden)),
            (403, "invalid_token", Some(Unauthorized)),
            (404, "no_service", Some(Misconfigured)),
            (404, "no_team", Some(Misconfigured)),
            (410, "channel_is_archived", Some(Misconfigured)),
            (500, "rollup_error", None),
            (408, "request_timeout", None),
            (404, "<html>not found</html>", None),
            (403, "", None),
            (403, "a_word_of_the_future", None),
            (400, "a_word_of_the_future", None),
        ] {
            assert_eq!(
                of_webhook(status, body).map(|m| m.kind),
                kind,
                "{status} {body}"
            );
        }
    }
}
