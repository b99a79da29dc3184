use super::{Settings, Slack, habits};
use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::Ledger;
use crate::sim::wire::trying::{client, monday, serve, wire};
use crate::sim::wire::{Arranged, Mishap, Server};
use serde_json::{Value as Json, json};
use std::time::Duration;

struct Workspace {
    slack: Slack,
    server: Server,
    clock: Clock,
    ledger: Ledger,
}

async fn workspace() -> Workspace {
    let (clock, ledger) = (monday(), Ledger::in_memory());
    let mut settings = Settings::simple(
        "xoxb-1".to_owned().into(),
        "T0/B0/XXX".to_owned().into(),
        "#macs",
    );
    settings.grace = Duration::ZERO;
    let slack = Slack::new(clock.clone(), ledger.clone(), settings);
    let server = serve(wire(habits(), &clock, &ledger), slack.router()).await;
    Workspace {
        slack,
        server,
        clock,
        ledger,
    }
}

impl Workspace {
    async fn call(&self, method: &str, args: Json) -> Json {
        let answer = self.send(method, &args).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    async fn send(&self, method: &str, args: &Json) -> reqwest::Response {
        client()
            .post(format!("{}/api/{method}", self.server.url()))
            .bearer_auth("xoxb-1")
            .header("content-type", "application/json; charset=utf-8")
            .body(args.to_string())
            .send()
            .await
            .unwrap()
    }

    async fn error(&self, method: &str, args: Json) -> String {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], false);
        answer["error"].as_str().unwrap().to_owned()
    }

    async fn hook(&self, path: &str, body: &str) -> (u16, String) {
        let answer = client()
            .post(format!("{}/services/{path}", self.server.url()))
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    fn later(&self) {
        self.clock.turn(Span::from_mins(5));
    }
}

#[tokio::test]
async fn a_posted_message_is_found_by_its_operation_and_edited_by_its_ts() {
    let w = workspace().await;
    let posted = w
        .call(
            "chat.postMessage",
            json!({"channel": "#macs", "text": "go", "metadata": {"event_type": "drover", "event_payload": {"op": "op1"}}}),
        )
        .await;
    let (channel, ts) = (posted["channel"].clone(), posted["ts"].clone());
    assert_eq!(
        (channel.as_str(), ts.as_str()),
        (Some("C0MIGRATE"), Some("1772481600.000100"))
    );
    let history = json!({"channel": channel, "oldest": "1772481600", "include_all_metadata": true});
    let found = w.call("conversations.history", history).await;
    assert_eq!(
        found["messages"][0]["metadata"]["event_payload"]["op"],
        "op1"
    );
    let silent = w
        .call("conversations.history", json!({"channel": channel}))
        .await;
    assert!(silent["messages"][0].get("metadata").is_none());

    let args = json!({"channel": channel, "ts": ts, "text": "done"});
    assert_eq!(w.call("chat.update", args).await["ts"], ts);
    let messages = w.slack.messages();
    assert_eq!((messages[0].text.as_str(), messages[0].edits), ("done", 1));
    assert!(
        messages[0].metadata.is_some(),
        "an update keeps the metadata"
    );
    assert!(w.ledger.report().is_clean());
}

#[tokio::test]
async fn an_update_is_stricter_than_a_post() {
    let w = workspace().await;
    let long = "x".repeat(4_001);
    let posted = w
        .call(
            "chat.postMessage",
            json!({"channel": "C0MIGRATE", "text": long}),
        )
        .await;
    let ts = posted["ts"].as_str().unwrap();
    let other = w.slack.say_as_other("C0MIGRATE", "hello");
    for (args, error) in [
        (
            json!({"channel": "C0MIGRATE", "ts": ts, "text": long}),
            "msg_too_long",
        ),
        (
            json!({"channel": "#macs", "ts": ts, "text": "x"}),
            "channel_not_found",
        ),
        (
            json!({"channel": "C0MIGRATE", "ts": "1.000001", "text": "x"}),
            "message_not_found",
        ),
        (
            json!({"channel": "C0MIGRATE", "ts": other, "text": "x"}),
            "cant_update_message",
        ),
        (json!({"channel": "C0MIGRATE", "ts": ts}), "no_text"),
    ] {
        assert_eq!(w.error("chat.update", args).await, error);
    }
    w.slack.set_edit_window(Some(Span::from_mins(1)));
    w.later();
    let late = json!({"channel": "C0MIGRATE", "ts": ts, "text": "x"});
    assert_eq!(w.error("chat.update", late).await, "edit_window_closed");
    assert_eq!(w.slack.messages()[0].edits, 0);
    assert_eq!(
        w.error("chat.delete", json!({"channel": "C0MIGRATE", "ts": other}))
            .await,
        "cant_delete_message"
    );
    w.call("chat.delete", json!({"channel": "C0MIGRATE", "ts": ts}))
        .await;
    assert_eq!(w.slack.messages().len(), 1);
}

#[tokio::test]
async fn a_fifth_post_at_once_waits_and_a_caller_who_does_not_is_reported() {
    let w = workspace().await;
    let post = json!({"channel": "C0MIGRATE", "text": "x"});
    for _ in 0..4 {
        assert_eq!(w.send("chat.postMessage", &post).await.status(), 200);
    }
    let limited = w.send("chat.postMessage", &post).await;
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "1");
    assert_eq!(
        limited.json::<Json>().await.unwrap()["error"],
        "ratelimited"
    );
    assert!(w.ledger.report().is_clean());
    assert_eq!(w.send("chat.postMessage", &post).await.status(), 429);
    assert_eq!(w.ledger.report().violations.len(), 1);
    w.clock.turn(Span::from_secs(1));
    assert_eq!(w.send("chat.postMessage", &post).await.status(), 200);
    assert_eq!(w.slack.messages().len(), 5);
    let ts: std::collections::BTreeSet<_> = w.slack.messages().into_iter().map(|m| m.ts).collect();
    assert_eq!(ts.len(), 5, "every ts is its own");
}

#[tokio::test]
async fn what_breaks_a_limit_is_refused_by_name() {
    let w = workspace().await;
    let section = |n| json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(n)}});
    let header = |kind| json!({"type": "header", "text": {"type": kind, "text": "x"}});
    for (args, error) in [
        (json!({"text": "x"}), "channel_not_found"),
        (
            json!({"channel": "#nowhere", "text": "x"}),
            "channel_not_found",
        ),
        (json!({"channel": "#macs"}), "no_text"),
        (
            json!({"channel": "#macs", "blocks": vec![section(1); 51]}),
            "invalid_blocks",
        ),
        (
            json!({"channel": "#macs", "blocks": [section(3_001)]}),
            "invalid_blocks",
        ),
        (
            json!({"channel": "#macs", "blocks": [header("mrkdwn")]}),
            "invalid_blocks",
        ),
        (
            json!({"channel": "#macs", "blocks": "{"}),
            "invalid_blocks_format",
        ),
        (
            json!({"channel": "#macs", "text": "x", "markdown_text": "y"}),
            "markdown_text_conflict",
        ),
        (
            json!({"channel": "#macs", "text": "x", "thread_ts": "1.000001"}),
            "thread_not_found",
        ),
        (
            json!({"channel": "#macs", "text": "x", "metadata": {"op": 1}}),
            "invalid_metadata_format",
        ),
    ] {
        w.later();
        assert_eq!(
            w.error("chat.postMessage", args.clone()).await,
            error,
            "{args}"
        );
    }
    w.later();
    let good = json!({"channel": "#macs", "blocks": [section(3_000), header("plain_text"), {"type": "divider"}]});
    assert_eq!(w.call("chat.postMessage", good).await["ok"], true);
    let huge = json!({"channel": "#macs", "text": "x".repeat(40_001)});
    assert_eq!(
        w.call("chat.postMessage", huge).await["warning"],
        "message_truncated"
    );
}

#[tokio::test]
async fn tokens_channels_and_content_types_are_checked() {
    let w = workspace().await;
    let url = format!("{}/api/auth.test", w.server.url());
    let ask = async |request: reqwest::RequestBuilder| -> Json {
        request.send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(ask(client().post(&url)).await["error"], "not_authed");
    assert_eq!(
        ask(client().post(&url).bearer_auth("no")).await["error"],
        "invalid_auth"
    );
    let odd = client()
        .post(&url)
        .bearer_auth("xoxb-1")
        .header("content-type", "text/xml")
        .body("x");
    assert_eq!(ask(odd).await["error"], "invalid_post_type");
    let good = client()
        .get(&url)
        .bearer_auth("xoxb-1")
        .send()
        .await
        .unwrap();
    assert!(
        good.headers()["x-oauth-scopes"]
            .to_str()
            .unwrap()
            .contains("chat:write")
    );
    let form = client()
        .post(format!("{}/api/chat.postMessage", w.server.url()))
        .bearer_auth("xoxb-1")
        .form(&[
            ("channel", "C0MIGRATE"),
            ("blocks", r#"[{"type":"divider"}]"#),
            ("text", "a & b"),
        ]);
    assert_eq!(ask(form).await["message"]["text"], "a & b");

    let post = json!({"channel": "C0MIGRATE", "text": "x"});
    w.slack.set_member("C0MIGRATE", false);
    assert_eq!(
        w.error("chat.postMessage", post.clone()).await,
        "not_in_channel"
    );
    let info = w
        .call("conversations.info", json!({"channel": "C0MIGRATE"}))
        .await;
    assert_eq!(info["channel"]["is_member"], false);
    w.slack.archive("C0MIGRATE", true);
    assert_eq!(
        w.error("chat.postMessage", post.clone()).await,
        "is_archived"
    );
    w.slack.revoke_token();
    assert_eq!(w.error("chat.postMessage", post).await, "token_revoked");
    let told = client()
        .get(format!("{url}?token=xoxb-1"))
        .send()
        .await
        .unwrap();
    assert_eq!(told.status(), 200);
    assert!(w.ledger.report().violations[0].contains("outside the Authorization header"));
}

#[tokio::test]
async fn the_webhook_speaks_words_and_statuses() {
    let w = workspace().await;
    assert_eq!(
        w.hook("T0/B0/XXX", r#"{"text":"hi"}"#).await,
        (200, "ok".into())
    );
    for (path, body, status, word) in [
        ("T0/B0/XXX", "{}", 400, "no_text"),
        ("T0/B0/XXX", "hello", 400, "invalid_payload"),
        ("T9/B0/XXX", "{}", 404, "no_team"),
        ("T0/B9/XXX", "{}", 404, "no_service"),
        ("T0/B0/YYY", "{}", 403, "invalid_token"),
        ("invalid-url", "{}", 302, ""),
    ] {
        w.later();
        assert_eq!(
            w.hook(path, body).await,
            (status, word.to_owned()),
            "{path} {body}"
        );
    }
    w.later();
    for _ in 0..4 {
        w.hook("T0/B0/XXX", r#"{"text":"hi"}"#).await;
    }
    assert_eq!(w.hook("T0/B0/XXX", r#"{"text":"hi"}"#).await.0, 429);
    w.slack.archive("C0MIGRATE", true);
    assert_eq!(
        w.hook("T0/B0/XXX", r#"{"text":"hi"}"#).await,
        (410, "channel_is_archived".into())
    );
}

#[tokio::test]
async fn a_message_whose_answer_was_cut_is_there_and_its_second_post_is_counted() {
    let w = workspace().await;
    w.server.wire().arrange(Arranged::next(
        "POST",
        "chat.postMessage",
        Mishap::AnswerCut,
    ));
    let post = json!({"channel": "C0MIGRATE", "text": "x", "metadata": {"event_type": "d", "event_payload": {"op": "op1"}}});
    let url = format!("{}/api/chat.postMessage", w.server.url());
    let cut = client()
        .post(url)
        .bearer_auth("xoxb-1")
        .json(&post)
        .send()
        .await;
    assert!(cut.is_err());
    assert_eq!(w.slack.messages().len(), 1);
    w.call("chat.postMessage", post).await;
    assert_eq!(w.ledger.report().repeats, 1);
}

#[tokio::test]
async fn an_unescaped_name_that_calls_everybody_is_a_violation() {
    let w = workspace().await;
    w.call(
        "chat.postMessage",
        json!({"channel": "#macs", "text": "&lt;!channel&gt;"}),
    )
    .await;
    assert!(w.ledger.report().is_clean());
    let block = json!([{"type": "section", "text": {"type": "mrkdwn", "text": "Mac of <!here>"}}]);
    w.call(
        "chat.postMessage",
        json!({"channel": "#macs", "text": "x", "blocks": block}),
    )
    .await;
    assert_eq!(w.ledger.report().violations.len(), 1);
}

#[tokio::test]
async fn replies_stay_in_their_thread_and_pages_follow_a_cursor() {
    let w = workspace().await;
    let parent = w
        .call(
            "chat.postMessage",
            json!({"channel": "C0MIGRATE", "text": "top"}),
        )
        .await;
    let ts = parent["ts"].as_str().unwrap();
    let reply = json!({"channel": "C0MIGRATE", "text": "more", "thread_ts": ts});
    w.call("chat.postMessage", reply).await;
    w.call(
        "chat.postMessage",
        json!({"channel": "C0MIGRATE", "text": "next"}),
    )
    .await;
    let history = w
        .call(
            "conversations.history",
            json!({"channel": "C0MIGRATE", "limit": 1}),
        )
        .await;
    assert_eq!(
        (&history["messages"][0]["text"], &history["has_more"]),
        (&json!("next"), &json!(true))
    );
    let cursor = &history["response_metadata"]["next_cursor"];
    let page = w
        .call(
            "conversations.history",
            json!({"channel": "C0MIGRATE", "limit": 1, "cursor": cursor}),
        )
        .await;
    assert_eq!(
        (&page["messages"][0]["text"], &page["has_more"]),
        (&json!("top"), &json!(true)),
        "the oldest is that the bot joined"
    );
    let thread = w
        .call(
            "conversations.replies",
            json!({"channel": "C0MIGRATE", "ts": ts}),
        )
        .await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
}
