//! The connector against a Slack on loopback that answers as `api/slack.md` says.

use super::{ACTIONS, Mode, Settings, Slack};
use crate::connectors::action::{Call, Connector, Failure, Landing, Reply, Wanted};
use crate::connectors::stand_in::{Act, Seen, StandIn};
use crate::model::action::ActionSpec;
use crate::model::clock::Clock;
use crate::model::fault::FaultKind;
use crate::model::outcome::Outcome;
use crate::model::payload::parse;
use crate::model::time::{Span, Time};
use serde_json::{Value as Json, json};

const HOOK: &str = "/services/T00000000/B00000000/HOOKCANARY";
const CHANNEL: &str = "C123ABC456";

fn noon() -> Time {
    Time::parse("2026-03-02T12:00:00Z").unwrap()
}

fn call(input: Json) -> Call {
    Call {
        input: input.as_object().unwrap().clone(),
        op: "01JNOPERATION".into(),
        intent_at: noon(),
    }
}

fn spec(name: &str) -> &'static ActionSpec {
    ACTIONS.iter().find(|action| action.name == name).unwrap()
}

fn bot(there: &StandIn, channel: &str, clock: Clock) -> Slack {
    let mode = Mode::Bot {
        token: "xoxb-canary".to_owned().into(),
        channel: channel.into(),
        url: format!("{}/api", there.url),
    };
    Slack::new(Settings::new(mode), clock).unwrap()
}

fn hook(there: &StandIn) -> Slack {
    let url = format!("{}{HOOK}", there.url);
    Slack::new(
        Settings::new(Mode::Webhook { url: url.into() }),
        Clock::system(),
    )
    .unwrap()
}

fn payload(name: &str) -> Json {
    let bytes: &[u8] = match name {
        "post" => include_bytes!("../../../tests/it/payloads/slack/post.json"),
        "update" => include_bytes!("../../../tests/it/payloads/slack/update.json"),
        "auth_test" => include_bytes!("../../../tests/it/payloads/slack/auth_test.json"),
        _ => include_bytes!("../../../tests/it/payloads/slack/missing_scope.json"),
    };
    parse(bytes).unwrap()
}

fn slack(seen: &Seen) -> Act {
    match seen.path.as_str() {
        "/api/chat.postMessage" => Act::Json(200, payload("post")),
        "/api/chat.update" => Act::Json(200, payload("update")),
        "/api/auth.test" => Act::Text(
            200,
            vec![("x-oauth-scopes", "chat:write,channels:history".into())],
            payload("auth_test").to_string(),
        ),
        _ => Act::Json(200, json!({"ok": false, "error": "unknown_method"})),
    }
}

async fn post(slack: &Slack, input: Json) -> Result<Reply, Failure> {
    slack.call(spec("slack.post"), call(input)).await
}

#[tokio::test]
async fn a_post_is_escaped_and_carries_the_operation_and_gives_the_channels_id() {
    let there = StandIn::start(slack).await;
    let slack = bot(&there, "#mac-migration", Clock::system());
    let reply = post(
        &slack,
        json!({"text": "<!channel> & co", "thread_ts": "1.2"}),
    )
    .await
    .unwrap();
    assert_eq!(
        reply.result,
        json!({"ts": "1503435956.000247", "channel": CHANNEL})
    );
    assert_eq!(reply.outcome, Outcome::Done);
    let seen = there.seen();
    assert_eq!(seen[0].body["text"], "&lt;!channel&gt; &amp; co");
    assert_eq!(seen[0].body["channel"], "#mac-migration");
    assert_eq!(seen[0].body["thread_ts"], "1.2");
    assert_eq!(
        seen[0].body["metadata"]["event_payload"]["op"],
        "01JNOPERATION"
    );
    assert!(seen[0].headers.contains("Bearer xoxb-canary"));
    assert!(!format!("{reply:?}").contains("canary"));
}

#[tokio::test]
async fn an_update_sends_text_and_blocks_anew() {
    let there = StandIn::start(slack).await;
    let slack = bot(&there, CHANNEL, Clock::system());
    let input = json!({"channel": CHANNEL, "ts": "1503435956.000247", "text": "x".repeat(5_000),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<b>"}}]});
    let reply = slack.call(spec("slack.update"), call(input)).await.unwrap();
    assert_eq!(reply.result, json!({"ts": "1503435956.000247"}));
    let body = &there.seen()[0].body;
    assert_eq!(body["text"].as_str().unwrap().chars().count(), 4_000);
    assert_eq!(body["blocks"][0]["text"]["text"], "&lt;b&gt;");
}

/// What a post may meet: the answer, the fault's kind, seconds to wait.
fn troubles() -> Vec<(Act, FaultKind, Option<i64>)> {
    vec![
        (
            Act::Json(200, payload("missing_scope")),
            FaultKind::Forbidden,
            None,
        ),
        (
            Act::Json(200, json!({"ok": false, "error": "token_revoked"})),
            FaultKind::Unauthorized,
            None,
        ),
        (
            Act::Json(200, json!({"ok": false, "error": "fatal_error"})),
            FaultKind::Unknown,
            None,
        ),
        (
            Act::Json(200, json!({"ok": false, "error": "ratelimited"})),
            FaultKind::RateLimited,
            Some(30),
        ),
        (
            Act::Text(
                429,
                vec![("Retry-After", "12".into())],
                "{\"ok\":false,\"error\":\"ratelimited\"}".into(),
            ),
            FaultKind::RateLimited,
            Some(12),
        ),
        (
            Act::Text(429, vec![], String::new()),
            FaultKind::RateLimited,
            Some(30),
        ),
        (
            Act::Text(429, vec![("Retry-After", "soon".into())], String::new()),
            FaultKind::RateLimited,
            Some(30),
        ),
        (
            Act::Text(200, vec![], "<html>proxy</html>".into()),
            FaultKind::Unknown,
            None,
        ),
        (
            Act::Json(200, json!({"ok": true})),
            FaultKind::Unknown,
            None,
        ),
        (
            Act::Json(200, json!({"hello": 1})),
            FaultKind::Unknown,
            None,
        ),
        (
            Act::Text(503, vec![], String::new()),
            FaultKind::Unknown,
            None,
        ),
        (Act::HangUp, FaultKind::Unknown, None),
    ]
}

#[tokio::test]
async fn what_slack_refuses_with_a_200_is_a_fault_and_trouble_is_unknown() {
    for (act, kind, wait) in troubles() {
        let said = format!("{act:?}");
        let there = StandIn::start(move |_| act.clone()).await;
        let failure = post(&bot(&there, CHANNEL, Clock::system()), json!({"text": "x"}))
            .await
            .unwrap_err();
        assert_eq!(failure.fault.kind, kind, "{said} {}", failure.fault);
        assert_eq!(
            failure.fault.retry_after,
            wait.map(Span::from_secs),
            "{said}"
        );
        assert!(!format!("{failure:?}").contains("canary"), "{said}");
        assert_eq!(there.seen().len(), 1, "{said}");
    }
}

#[tokio::test]
async fn a_channel_is_written_to_once_a_second_and_left_alone_when_slack_asks() {
    let there = StandIn::start(|seen| {
        if seen.body["text"] == "too fast" {
            Act::Text(429, vec![("Retry-After", "30".into())], String::new())
        } else {
            slack(seen)
        }
    })
    .await;
    let clock = Clock::manual(noon());
    let slack = bot(&there, CHANNEL, clock.clone());
    for (text, seconds) in [("a", 0), ("b", 1), ("too fast", 2), ("c", 32)] {
        let sending = post(&slack, json!({"text": text}));
        let turning = async {
            loop {
                clock.skip_if_quiet();
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            done = sending => assert_eq!(done.is_err(), text == "too fast"),
            () = turning => {}
        }
        assert_eq!(clock.now(), noon().plus(Span::from_secs(seconds)), "{text}");
    }
    // The other method has its own limit.
    let input = json!({"channel": CHANNEL, "ts": "1.2", "text": "x"});
    slack.call(spec("slack.update"), call(input)).await.unwrap();
    assert_eq!(clock.now(), noon().plus(Span::from_secs(32)));
}

#[tokio::test]
async fn a_lost_post_is_found_by_its_operation() {
    for (op, found) in [("01JNOPERATION", true), ("ANOTHER", false)] {
        let there = StandIn::start(move |seen| match seen.path.as_str() {
            "/api/chat.postMessage" => Act::HangUp,
            "/api/conversations.history" if seen.query("cursor").is_none() => Act::Json(200, json!({
                "ok": true, "messages": [{"ts": "1.1", "text": "x"}], "response_metadata": {"next_cursor": "abc"}})),
            _ => Act::Json(200, json!({"ok": true, "messages": [{"ts": "1772452801.000200",
                "metadata": {"event_type": "drover_op", "event_payload": {"op": op}}}]})),
        })
        .await;
        let slack = bot(&there, CHANNEL, Clock::system());
        let failure = post(&slack, json!({"text": "x"})).await.unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::Unknown);
        let landing = slack
            .probe(spec("slack.post"), call(json!({"text": "x"})))
            .await
            .unwrap();
        let wanted = if found {
            Landing::Landed(json!({"ts": "1772452801.000200", "channel": CHANNEL}))
        } else {
            Landing::Absent
        };
        assert_eq!(landing, wanted);
        let history = &there.seen()[1];
        assert_eq!(history.query("oldest"), Some("1772452680.000000"));
        assert_eq!(history.query("include_all_metadata"), Some("true"));
    }
}

#[tokio::test]
async fn a_history_that_may_not_be_read_leaves_it_undecided() {
    let there = StandIn::start(|_| Act::Json(200, payload("missing_scope"))).await;
    for channel in [CHANNEL, "#mac-migration"] {
        let slack = bot(&there, channel, Clock::system());
        let landing = slack
            .probe(spec("slack.post"), call(json!({"text": "x"})))
            .await
            .unwrap();
        assert!(matches!(landing, Landing::Undecided(_)), "{landing:?}");
    }
    let thread = json!({"text": "x", "thread_ts": "1.2"});
    let slack = bot(&there, CHANNEL, Clock::system());
    let _ = slack.probe(spec("slack.post"), call(thread)).await.unwrap();
    assert_eq!(there.count("GET", "/api/conversations.replies"), 1);
}

#[tokio::test]
async fn a_webhook_says_ok_in_plain_text_and_its_address_is_never_shown() {
    for (act, kind) in [
        (
            Act::Text(200, vec![("Content-Type", "text/html".into())], "ok".into()),
            None,
        ),
        (
            Act::Text(200, vec![], "<html>ok</html>".into()),
            Some(FaultKind::Unknown),
        ),
        (
            Act::Text(400, vec![], "invalid_payload".into()),
            Some(FaultKind::Refused),
        ),
        (
            Act::Text(404, vec![], "no_service".into()),
            Some(FaultKind::Misconfigured),
        ),
        (
            Act::Text(404, vec![], "<h1>proxy</h1>".into()),
            Some(FaultKind::Unknown),
        ),
        (
            Act::Text(500, vec![], "rollup_error".into()),
            Some(FaultKind::Unknown),
        ),
        (
            Act::Text(
                302,
                vec![("Location", "https://slack.com".into())],
                String::new(),
            ),
            Some(FaultKind::Misconfigured),
        ),
        (
            Act::Text(429, vec![("Retry-After", "3".into())], String::new()),
            Some(FaultKind::RateLimited),
        ),
        (Act::HangUp, Some(FaultKind::Unknown)),
    ] {
        let said = format!("{act:?}");
        let there = StandIn::start(move |_| act.clone()).await;
        let answer = post(
            &hook(&there),
            json!({"text": "<x>", "channel": "#elsewhere"}),
        )
        .await;
        assert!(!format!("{answer:?}").contains("CANARY"), "{answer:?}");
        match answer {
            Ok(reply) => {
                assert_eq!(reply.result, json!({"ts": null, "channel": null}));
                assert_eq!(kind, None);
            }
            Err(failure) => assert_eq!(Some(failure.fault.kind), kind, "{said} {}", failure.fault),
        }
        let seen = &there.seen()[0];
        assert!(seen.is("POST", HOOK));
        assert_eq!(seen.body["text"], "&lt;x&gt;");
        assert_eq!(seen.body.get("channel"), None);
    }
}

#[tokio::test]
async fn a_webhook_can_neither_edit_nor_look_back() {
    let there = StandIn::start(slack).await;
    let slack = hook(&there);
    let input = json!({"channel": CHANNEL, "ts": "1.2", "text": "x"});
    let failure = slack
        .call(spec("slack.update"), call(input))
        .await
        .unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::Misconfigured);
    let landing = slack
        .probe(spec("slack.post"), call(json!({"text": "x"})))
        .await
        .unwrap();
    assert!(matches!(landing, Landing::Undecided(_)));
    assert!(there.seen().is_empty());
    let bad = Mode::Webhook {
        url: "not a url HOOKCANARY".to_owned().into(),
    };
    let fault = Slack::new(Settings::new(bad), Clock::system())
        .err()
        .unwrap();
    assert!(!fault.message.contains("CANARY"));
}

#[tokio::test]
async fn the_check_posts_nothing_and_names_a_missing_scope() {
    let there = StandIn::start(slack).await;
    let findings = bot(&there, CHANNEL, Clock::system())
        .check(&Wanted::default())
        .await;
    assert!(findings.iter().all(|finding| finding.ok), "{findings:?}");
    assert_eq!(there.seen().len(), 1);
    let there = StandIn::start(|_| {
        Act::Text(
            200,
            vec![("x-oauth-scopes", "channels:read".into())],
            payload("auth_test").to_string(),
        )
    })
    .await;
    let findings = bot(&there, CHANNEL, Clock::system())
        .check(&Wanted::default())
        .await;
    assert!(
        findings
            .iter()
            .any(|finding| !finding.ok && finding.subject == "scope chat:write")
    );
}
