//! Values on their way to a service, each through the connector that sends it, to a server that writes down the bytes.

use super::parsers::{in_json, members, pairs, percent, rsql, slack};
use crate::wire::{Play, Seen, Wire};
use drover::connectors::action::{Call, Connector, Failure, Reply};
use drover::connectors::generic::{Allow, Generic, Settings};
use drover::connectors::http::{Request, Service, ServiceSettings};
use drover::connectors::jamf::{self, Jamf};
use drover::connectors::slack::{self as slack_api, Slack};
use drover::model::action::Nature;
use drover::model::clock::Clock;
use drover::model::fault::FaultKind;
use drover::model::percent::percent as encoded;
use drover::model::time::Time;
use serde_json::{Value as Json, json};

/// What a sink did with all the values.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) equal: usize,
    /// The value cannot stand there: nothing was sent; or it was cleaned of what no text may hold, where it came in.
    pub(super) refused: usize,
}

fn clock() -> Clock {
    Clock::scaled(Time::parse("2026-03-02T12:00:00Z").unwrap(), 100_000.0)
}

async fn act(connector: &dyn Connector, action: &str, input: Json) -> Result<Reply, Failure> {
    let spec = connector
        .actions()
        .iter()
        .find(|spec| spec.name == action)
        .unwrap();
    let call = Call {
        input: input.as_object().cloned().unwrap(),
        op: "01J0OP".into(),
        intent_at: clock().now(),
    };
    connector.call(spec, call).await
}

async fn echo() -> Wire {
    Wire::start(|seen| match seen.path() {
        "/api/v1/oauth/token" => {
            Play::json(200, json!({"access_token": "t", "expires_in": 9_999_999}))
        }
        "/chat.postMessage" => Play::json(
            200,
            json!({"ok": true, "ts": "1.1", "channel": "C0AAAAAAA"}),
        ),
        _ => Play::json(200, json!({"results": [], "totalCount": 0})),
    })
    .await
}

fn last(wire: &Wire) -> Seen {
    wire.seen().pop().unwrap()
}

/// One segment of a path, one value of a query, one field of a form.
pub(super) async fn request(values: &[String]) -> [Tally; 3] {
    let wire = echo().await;
    let service = Service::new(ServiceSettings::new("test", &wire.url, clock())).unwrap();
    let [mut path, mut query, mut form] = [(); 3].map(|()| Tally::default());
    for value in values {
        let before = wire.seen().len();
        let one = Request::get(format!("/a/{}/b", encoded(value)));
        match service.send(one).await {
            Ok(_) => {
                let target = last(&wire).target;
                let parts: Vec<&str> = target.split('/').collect();
                assert_eq!((parts.len(), parts[1], parts[3]), (4, "a", "b"), "{target}");
                assert_eq!(percent(parts[2]), *value);
                path.equal += 1;
            }
            Err(failure) => {
                assert_eq!(failure.fault.kind, FaultKind::Misconfigured);
                assert!(value == "." || value == "..", "{value:?}");
                assert_eq!(wire.seen().len(), before, "{value:?} was sent");
                path.refused += 1;
            }
        }
        service
            .send(Request::get("/q").query("name", value).query("last", 1))
            .await
            .unwrap();
        let target = last(&wire).target;
        let (at, asked) = target.split_once('?').unwrap();
        assert_eq!(at, "/q");
        let expected = [
            ("name".to_owned(), value.clone()),
            ("last".to_owned(), "1".to_owned()),
        ];
        assert_eq!(pairs(asked), expected);
        query.equal += 1;
        let sent = Request::post("/f", Nature::Once).form(&[("name", value), ("last", "1")]);
        service.send(sent).await.unwrap();
        assert_eq!(pairs(&last(&wire).body), expected);
        form.equal += 1;
    }
    [path, query, form]
}

/// A JSON body and a header, through `http.request`.
pub(super) async fn generic(values: &[String]) -> [Tally; 2] {
    let wire = echo().await;
    let generic = Generic::new(
        Settings::new(vec![Allow::new(&wire.url)], Vec::new()),
        clock(),
    )
    .unwrap();
    let [mut body, mut header] = [(); 2].map(|()| Tally::default());
    for value in values {
        let url = format!("{}/x", wire.url);
        let input =
            json!({"method": "POST", "url": url, "body": {"a": {"name": value}, "last": 1}});
        act(&generic, "http.request", input).await.unwrap();
        let sent = last(&wire).body;
        assert_eq!(in_json(&sent, "$.a.name"), *value);
        assert_eq!(members(&sent), 2, "{sent}");
        body.equal += 1;
        let before = wire.seen().len();
        let input = json!({"method": "GET", "url": url, "headers": {"x-name": value}});
        match act(&generic, "http.request", input).await {
            Ok(_) => {
                let seen = last(&wire);
                assert_eq!(
                    seen.header("x-name").map(str::trim),
                    Some(value.trim()),
                    "{value:?}"
                );
                let names = seen.headers.iter().filter(|(name, _)| name == "x-name");
                assert_eq!(names.count(), 1);
                header.equal += 1;
            }
            Err(failure) => {
                assert_eq!(failure.fault.kind, FaultKind::Misconfigured, "{value:?}");
                assert_eq!(wire.seen().len(), before, "{value:?} was sent");
                header.refused += 1;
            }
        }
    }
    [body, header]
}

/// A message's text, and a filter's value.
pub(super) async fn services(values: &[String]) -> [Tally; 2] {
    let wire = echo().await;
    let mode = slack_api::Mode::Bot {
        token: "xoxb".to_owned().into(),
        channel: "C0AAAAAAA".into(),
        url: wire.url.clone(),
    };
    let chat = Slack::new(slack_api::Settings::new(mode), clock()).unwrap();
    let jamf = Jamf::new(
        jamf::Settings::new(&wire.url, "id", "secret".to_owned()),
        clock(),
    )
    .unwrap();
    let [mut text, mut filter] = [(); 2].map(|()| Tally::default());
    for value in values {
        let blocks = json!([{"type": "section", "text": {"type": "mrkdwn", "text": value}}]);
        act(
            &chat,
            "slack.post",
            json!({"text": value, "blocks": blocks}),
        )
        .await
        .unwrap();
        let sent = last(&wire).body;
        for path in ["$.text", "$.blocks[0].text.text"] {
            assert_eq!(slack(&in_json(&sent, path)), *value, "{path} of {sent}");
        }
        assert_eq!(in_json(&sent, "$.channel"), "C0AAAAAAA");
        text.equal += 1;
        let found = act(&jamf, "jamf.find_computer", json!({"serial": value})).await;
        assert_eq!(
            found.err().map(|failure| failure.fault.kind),
            Some(FaultKind::NotFound),
            "{value:?}"
        );
        let seen = last(&wire);
        let (_, asked) = seen.target.split_once('?').unwrap();
        let asked = pairs(asked);
        let filters: Vec<_> = asked.iter().filter(|(name, _)| name == "filter").collect();
        assert_eq!(filters.len(), 1, "{asked:?}");
        assert_eq!(rsql(&filters[0].1, "hardware.serialNumber"), *value);
        filter.equal += 1;
    }
    [text, filter]
}
