//! URLs that try to get a flow's HTTP step to call somebody else (`reliability.md` H4): a listener beside the allowed one
//! counts connections, and there are none.

use crate::proofs::figure;
use crate::wire::{Play, Wire};
use drover::connectors::action::{Call, Connector};
use drover::connectors::generic::{Allow, Generic, Settings};
use drover::model::clock::Clock;
use drover::model::fault::FaultKind;
use drover::model::time::Time;
use serde_json::json;

fn clock() -> Clock {
    Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap())
}

/// `OK` is the allowed host and port, `NO` a port of this machine where nobody may be called.
const URLS: [&str; 66] = [
    // This machine, at another port, however its address is written.
    "http://127.0.0.1:NO/api",
    "http://localhost:NO/api",
    "http://LOCALHOST.:NO/api",
    "http://2130706433:NO/api",
    "http://0x7f000001:NO/api",
    "http://0x7f.0.0.1:NO/api",
    "http://0177.0.0.1:NO/api",
    "http://017700000001:NO/api",
    "http://127.1:NO/api",
    "http://127.0.1:NO/api",
    "http://127.0.0.1.:NO/api",
    "http://0:NO/api",
    "http://0.0.0.0:NO/api",
    "http://[::1]:NO/api",
    "http://[::]:NO/api",
    "http://[::ffff:127.0.0.1]:NO/api",
    "http://[::ffff:7f00:1]:NO/api",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:NO/api",
    "http://１２７.0.0.1:NO/api",
    "http://127。0。0。1:NO/api",
    "http://①②⑦.0.0.1:NO/api",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:NO/api",
    "http://loc%61lhost:NO/api",
    "http://a.localhost:NO/api",
    // Who is called, and who is a user name.
    "http://OK@127.0.0.1:NO/api",
    "http://OK%40127.0.0.1:NO/api",
    "http://OK:x@127.0.0.1:NO/api",
    "http://127.0.0.1:NO\\@OK/api",
    "http://OK\\@127.0.0.1:NO/api",
    "http://127.0.0.1:NO#@OK/api",
    "http://127.0.0.1:NO?@OK/api",
    "http://user@OK/api",
    "http://user:word@OK/api",
    "http:\\\\127.0.0.1:NO\\api",
    "http:///127.0.0.1:NO/api",
    "http:127.0.0.1:NO/api",
    "//127.0.0.1:NO/api",
    "http://127.0.0.1:NO/api\r\nHost: OK",
    "http://127.0.0.1:\tNO/api",
    "\u{1}http://127.0.0.1:NO/api",
    // What a cloud tells whoever asks it.
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://metadata.google.internal/",
    "http://100.100.100.200/",
    // Names that look like, begin with or end with an allowed one.
    "http://OK.evil.example/api",
    "http://evil.example/OK/api",
    "http://127.0.0.1.nip.io:NO/api",
    "http://\u{430}llowed.example/api",
    "http://xn--llowed-yk4c.example/api",
    // Other doors.
    "https://OK/api",
    "ftp://OK/api",
    "file:///etc/passwd",
    "gopher://127.0.0.1:NO/api",
    "unix:///run/docker.sock",
    "data:text/plain,hello",
    // The right host, and a place that is not allowed.
    "http://OK/api/../admin",
    "http://OK/api/%2e%2e/admin",
    "http://OK/api/..%2fadmin",
    "http://OK/api/..%5cadmin",
    "http://OK/api\\..\\..\\admin",
    "http://OK/apiary",
];

async fn asked(generic: &Generic, url: &str) -> FaultKind {
    let call = Call {
        input: json!({"method": "POST", "url": url})
            .as_object()
            .cloned()
            .unwrap(),
        op: "01J0OP".into(),
        intent_at: clock().now(),
    };
    let reply = generic.call(&generic.actions()[0], call).await;
    reply.map(|_| ()).unwrap_err().fault.kind
}

#[tokio::test]
async fn no_hostile_url_reaches_anybody() {
    let allowed = Wire::start(|_| Play::empty(200)).await;
    let forbidden = Wire::start(|_| Play::empty(200)).await;
    let host = allowed.url.trim_start_matches("http://");
    let port = forbidden.url.rsplit(':').next().unwrap();
    let allow = vec![Allow::new(format!("{}/api", allowed.url))];
    let generic = Generic::new(Settings::new(allow, Vec::new()), clock()).unwrap();
    for url in URLS {
        let url = url.replace("OK", host).replace("NO", port);
        assert_eq!(
            asked(&generic, &url).await,
            FaultKind::Misconfigured,
            "{url:?}"
        );
    }
    assert_eq!(allowed.connections(), 0);
    // A redirect is an answer, and is not followed.
    let elsewhere = format!("{}/api", forbidden.url);
    let moved = Wire::start(move |_| Play::empty(302).with("location", &elsewhere)).await;
    let allow = vec![Allow::new(moved.url.clone())];
    let generic = Generic::new(Settings::new(allow, Vec::new()), clock()).unwrap();
    asked(&generic, &format!("{}/api", moved.url)).await;
    assert_eq!((moved.connections(), forbidden.connections()), (1, 0));
    figure(
        "hostile_urls",
        &[
            ("urls", &(URLS.len() + 1)),
            ("connections", &forbidden.connections()),
        ],
    );
}

#[tokio::test]
async fn even_an_allowed_name_is_not_called_where_it_leads_to_a_connector_or_to_nowhere_public() {
    let fleet = Wire::start(|_| Play::empty(200)).await;
    let host = fleet.url.trim_start_matches("http://").to_owned();
    let port = host.rsplit(':').next().unwrap().to_owned();
    // By name, by address, by another way to write either.
    for url in [
        fleet.url.clone(),
        format!("http://2130706433:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
    ] {
        let refused = Generic::new(
            Settings::new(vec![Allow::new(url.clone())], vec![host.clone()]),
            clock(),
        );
        assert_eq!(
            refused.err().map(|fault| fault.kind),
            Some(FaultKind::Misconfigured),
            "{url}"
        );
    }
    // By where the name leads at the moment of the call.
    let url = format!("http://localhost:{port}/api");
    let generic = Generic::new(
        Settings::new(vec![Allow::new(url.clone())], vec![host]),
        clock(),
    )
    .unwrap();
    assert_eq!(asked(&generic, &url).await, FaultKind::Misconfigured);
    for never in [
        "https://169.254.169.254",
        "https://[fd00:ec2::254]",
        "https://0.0.0.0",
    ] {
        let refused = Generic::new(Settings::new(vec![Allow::new(never)], Vec::new()), clock());
        assert!(refused.is_err(), "{never}");
    }
    assert_eq!(fleet.connections(), 0);
}
