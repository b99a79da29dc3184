//! Everything that lies between a Mac and the new server, wrong in each way: what is found is no longer what a check
//! wants, and says what to change.

use super::front::{Said, front, name_server, to};
use crate::support::certificates::{Authority, NOW, authority, leaf};
use drover::connectors::action::{Call, Connector};
use drover::connectors::dns::{self, Dns};
use drover::connectors::endpoint::{Endpoint, Settings};
use drover::model::clock::Clock;
use drover::model::time::Time;
use drover::pipeline::template::{Context, Expression};
use serde_json::{Value as Json, json};
use std::net::{Ipv4Addr, SocketAddr};

const NAME: &str = "mdm.acme.example";

/// What checks want of each action's result; the certificate lasts 30 days more, SCEP's CA five years.
const REDIRECTED: &str = "result.keeps_method and result.keeps_tls and result.target_host is none and result.target == settings.target";
const CERTIFIED: &str = "result.valid and result.days_left >= 30";
const SAME_CA: &str = "result.fingerprint == settings.old_ca and result.years_left >= 5";
const RESOLVED: &str =
    "result.agree and result.addresses == [settings.address] and result.ttl <= 300";

fn endpoint(ca: &Authority) -> Endpoint {
    endpoint_at(ca, "2026-03-02T12:00:00Z")
}

fn endpoint_at(ca: &Authority, now: &str) -> Endpoint {
    let settings = Settings {
        extra_ca: Some(ca.pem().into_bytes()),
        ..Settings::new([NAME])
    };
    let clock = Clock::manual(Time::parse(now).unwrap());
    Endpoint::new(settings, clock).unwrap()
}

/// The action's result, or the sentence of its fault.
async fn asked(connector: &dyn Connector, name: &str, input: Json) -> Result<Json, String> {
    let actions = connector.actions().iter();
    let action = actions.into_iter().find(|action| action.name == name);
    let call = Call {
        input: input.as_object().unwrap().clone(),
        op: "o-1".into(),
        intent_at: Time::from_millis(0),
    };
    let said = connector.call(action.unwrap(), call).await;
    said.map(|reply| reply.result)
        .map_err(|failure| failure.fault.message)
}

fn holds(wanted: &str, result: &Json, settings: Json) -> bool {
    let context = Context {
        result: Some(result.clone()),
        settings,
        ..Context::default()
    };
    Expression::new(wanted).unwrap().holds(&context).unwrap()
}

/// The old server's paths and where each must lead (`api/fleet.md` §12.2).
const LEADS: [(&str, &str, &str); 3] = [
    ("/mdm/checkin", "PUT", "/mdm/apple/mdm"),
    ("/mdm/connect", "PUT", "/mdm/apple/mdm"),
    ("/scep", "GET", "/mdm/apple/scep"),
];

fn right(path: &str) -> Said {
    let lead = LEADS.iter().find(|(from, ..)| *from == path);
    let target = lead.map_or("/", |(.., target)| target);
    to("308 Permanent Redirect", &format!("https://{NAME}{target}"))
}

/// What the path answers instead, and what the check then sees in which field.
type Wrong = (fn(&str) -> Said, &'static str, Json);

#[tokio::test]
async fn each_redirect_is_judged_by_itself_and_says_where_it_leads_instead() {
    let ca = authority("Acme CA");
    let shown = leaf(Some(&ca), NAME, NOW);
    let endpoint = endpoint(&ca);
    let gone = || ("404 Not Found", String::new(), Vec::new());
    for (wrong, method, target) in LEADS {
        let wrongs: [Wrong; 5] = [
            (|_| to("302 Found", "/mdm/apple/mdm"), "status", json!(302)),
            (
                |_| to("307 Temporary Redirect", "/mdm/apple"),
                "target",
                json!("/mdm/apple"),
            ),
            (
                |_| {
                    to(
                        "307 Temporary Redirect",
                        "https://elsewhere.example/mdm/apple/mdm",
                    )
                },
                "target_host",
                json!("elsewhere.example"),
            ),
            (
                |_| {
                    to(
                        "307 Temporary Redirect",
                        "http://mdm.acme.example/mdm/apple/mdm",
                    )
                },
                "keeps_tls",
                json!(false),
            ),
            (
                |_| ("200 OK", String::new(), Vec::new()),
                "location",
                Json::Null,
            ),
        ];
        for (says, told, value) in wrongs {
            let address = front(&shown, move |path| {
                if path == wrong {
                    says(path)
                } else {
                    right(path)
                }
            });
            for (path, method, target) in LEADS {
                let input = json!({"name": NAME, "path": path, "method": method, "address": address.to_string()});
                let found = asked(&endpoint, "endpoint.redirect", input).await.unwrap();
                let good = holds(REDIRECTED, &found, json!({"target": target}));
                assert_eq!(good, path != wrong, "{wrong} {path} {found}");
                if path == wrong {
                    assert_eq!(found[told], value, "{found}");
                }
            }
        }
        let address = front(&shown, move |_| gone());
        let input =
            json!({"name": NAME, "path": wrong, "method": method, "address": address.to_string()});
        let found = asked(&endpoint, "endpoint.redirect", input).await.unwrap();
        assert!(!holds(REDIRECTED, &found, json!({"target": target})));
        assert_eq!(found["status"], 404);
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_good_for_the_old_name_says_why_at_both_addresses() {
    let (ca, nobody) = (authority("Acme CA"), authority("Nobody's CA"));
    let endpoint = endpoint(&ca);
    for (shown, why) in [
        (leaf(Some(&ca), NAME, NOW), None),
        (
            leaf(Some(&ca), "fleet.acme.example", NOW),
            Some("not for mdm.acme.example"),
        ),
        (
            leaf(Some(&ca), NAME, (2020, 2026)),
            Some("it ended 2026-01-01"),
        ),
        (
            leaf(Some(&nobody), NAME, NOW),
            Some("a CA this machine does not trust"),
        ),
    ] {
        let address = front(&shown, right);
        let input = json!({"name": NAME, "address": address.to_string()});
        let found = asked(&endpoint, "endpoint.tls", input).await.unwrap();
        assert_eq!(
            holds(CERTIFIED, &found, json!({})),
            why.is_none(),
            "{found}"
        );
        let said = found["why"].as_str();
        assert!(
            said.is_some() == why.is_some()
                && said.unwrap_or_default().contains(why.unwrap_or_default()),
            "{found}"
        );
        assert_eq!(found["address"], address.to_string());
        if why.is_some() {
            let input = json!({"name": NAME, "path": "/scep", "address": address.to_string()});
            let fault = asked(&endpoint, "endpoint.redirect", input)
                .await
                .unwrap_err();
            assert!(fault.contains("look at the TLS check"), "{fault}");
        }
    }
    // It is good, and ends within the month.
    let address = front(&leaf(Some(&ca), NAME, (2020, 2027)), right);
    let late = endpoint_at(&ca, "2026-12-10T12:00:00Z");
    let input = json!({"name": NAME, "address": address.to_string()});
    let soon = asked(&late, "endpoint.tls", input).await.unwrap();
    assert!(!holds(CERTIFIED, &soon, json!({})), "{soon}");
    assert_eq!(
        (&soon["valid"], &soon["days_left"]),
        (&json!(true), &json!(21))
    );
    let closed = SocketAddr::from(([127, 0, 0, 1], 1));
    let input = json!({"name": NAME, "address": closed.to_string()});
    let fault = asked(&endpoint, "endpoint.tls", input).await.unwrap_err();
    assert!(
        fault.contains("127.0.0.1:1") && fault.contains("whether the endpoint is up"),
        "{fault}"
    );
}

#[tokio::test]
async fn another_scep_ca_is_told_apart_and_one_that_ends_too_soon() {
    let ca = authority("Acme CA");
    let shown = leaf(Some(&ca), NAME, NOW);
    let endpoint = endpoint(&ca);
    let der = |pem: &str| {
        use rustls::pki_types::pem::PemObject;
        rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes())
            .unwrap()
            .to_vec()
    };
    let ours = ca.der().to_vec();
    let ends = der(&leaf(None, "scep.acme.example", (2020, 2030)).certificate);
    let theirs = authority("Acme CA").der().to_vec();
    let mut found = Vec::new();
    for certificate in [ours, theirs, ends] {
        let address = front(&shown, move |_| {
            let kind = "content-type: application/x-x509-ca-cert\r\n".to_owned();
            ("200 OK", kind, certificate.clone())
        });
        let input = json!({"url": format!("https://{NAME}/scep"), "address": address.to_string()});
        found.push(asked(&endpoint, "endpoint.scep_ca", input).await.unwrap());
    }
    let old_ca = |at: usize| json!({"old_ca": found[at]["fingerprint"]});
    assert!(holds(SAME_CA, &found[0], old_ca(0)), "{found:#?}");
    assert!(
        !holds(SAME_CA, &found[1], old_ca(0)),
        "the same name, another key"
    );
    assert!(
        !holds(SAME_CA, &found[2], old_ca(2)),
        "the same, and it ends before"
    );
    assert_eq!(found[2]["years_left"], 3.8);
}

#[tokio::test]
async fn resolvers_that_disagree_or_keep_answers_for_long_are_told_one_by_one() {
    let (old, new) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    let (behind, moved) = (name_server(old, 60), name_server(new, 60));
    let slow = name_server(new, 86_400);
    let settings = || json!({"address": new.to_string()});
    for (resolvers, good) in [
        (vec![moved, moved], true),
        (vec![moved, behind], false),
        (vec![behind, behind], false),
        (vec![moved, slow], false),
    ] {
        let named = dns::Settings { resolvers };
        let dns = Dns::new(named, Clock::system()).unwrap();
        let found = asked(&dns, "dns.lookup", json!({"name": NAME})).await;
        let found = found.unwrap();
        assert_eq!(holds(RESOLVED, &found, settings()), good, "{found}");
        let answers = found["answers"].as_array().unwrap();
        assert_eq!(answers.len(), 2);
        assert!(
            answers
                .iter()
                .all(|said| said["resolver"].is_string() && said["addresses"].is_array())
        );
    }
}
