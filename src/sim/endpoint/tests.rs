//! Both endpoints over real TLS.

use super::{Endpoints, Setup, habits};
use crate::sim::certificates::Authority;
use crate::sim::micromdm::{self, MicroMdm};
use crate::sim::plist;
use crate::sim::trying::{Moved, NAME, moved};
use crate::sim::wire::Server;
use crate::sim::wire::trying::{serve, wire};
use crate::sim::world::{Certificate, Redirect};
use std::net::SocketAddr;

struct Set {
    moved: Moved,
    endpoints: Endpoints,
    _old: Server,
}

async fn set() -> Set {
    let moved = moved(1);
    let old = MicroMdm::new(moved.world.clone(), "key".to_owned().into());
    let stand = |habits| wire(habits, &moved.clock, &moved.ledger);
    let old = serve(stand(micromdm::habits()), old.router()).await;
    let endpoints = Endpoints::start(Setup {
        world: moved.world.clone(),
        name: NAME.to_owned(),
        wire: stand(habits()),
        port: 0,
        behind: old.address(),
    });
    Set {
        endpoints: endpoints.await.unwrap(),
        moved,
        _old: old,
    }
}

/// Knows the company's CA, and takes the name for this address.
fn client(set: &Set, name: &str, at: SocketAddr) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(set.endpoints.ca()).unwrap();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([ca])
        .resolve(name, at)
        .build()
        .unwrap()
}

async fn put(set: &Set, path: &str) -> reqwest::Result<reqwest::Response> {
    let at = set.endpoints.new_endpoint();
    let url = format!("https://{NAME}:{}{path}", at.port());
    client(set, NAME, at).put(url).send().await
}

fn led(answer: &reqwest::Response) -> (u16, &str) {
    let location = answer.headers().get("location");
    let location = location.and_then(|value| value.to_str().ok());
    (answer.status().as_u16(), location.unwrap_or_default())
}

#[tokio::test]
async fn the_new_endpoint_redirects_the_old_paths_and_keeps_the_question() {
    let set = set().await;
    let mdm = "https://fleet.acme.example/mdm/apple/mdm";
    for path in ["/mdm/checkin", "/mdm/connect"] {
        assert_eq!(led(&put(&set, path).await.unwrap()), (307, mdm), "{path}");
    }
    let scep = put(&set, "/scep?operation=GetCACert").await.unwrap();
    assert_eq!(
        led(&scep),
        (
            307,
            "https://fleet.acme.example/mdm/apple/scep?operation=GetCACert"
        )
    );
    assert_eq!(put(&set, "/v1/devices").await.unwrap().status(), 404);
}

#[tokio::test]
async fn each_path_can_be_wrong_in_its_own_way_while_it_runs() {
    let set = set().await;
    set.moved.knob(|handover| {
        handover.endpoint.checkin = Redirect::Turned;
        handover.endpoint.connect = Redirect::Astray;
        handover.endpoint.scep = Redirect::Missing;
    });
    let checkin = put(&set, "/mdm/checkin").await.unwrap();
    assert_eq!(checkin.status(), 302);
    let connect = put(&set, "/mdm/connect").await.unwrap();
    assert_eq!(connect.status(), 308);
    assert!(!led(&connect).1.ends_with("/mdm/apple/mdm"));
    assert_eq!(put(&set, "/scep").await.unwrap().status(), 404);
    set.moved
        .knob(|handover| handover.endpoint.scep = Redirect::Kept);
    assert_eq!(put(&set, "/scep").await.unwrap().status(), 307);
}

#[tokio::test]
async fn only_the_good_certificate_is_believed_and_it_is_chosen_at_each_handshake() {
    let set = set().await;
    for (certificate, says) in [
        (Certificate::OtherName, "NotValidForName"),
        (Certificate::Expired, "Expired"),
        (Certificate::Unknown, "UnknownIssuer"),
    ] {
        set.moved
            .knob(|handover| handover.endpoint.certificate = certificate);
        let error = put(&set, "/mdm/checkin").await.unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains(says), "{certificate:?}: {text}");
    }
    set.moved
        .knob(|handover| handover.endpoint.certificate = Certificate::Good);
    assert_eq!(put(&set, "/mdm/checkin").await.unwrap().status(), 307);
}

#[tokio::test]
async fn the_old_front_lets_through_whatever_the_new_endpoint_does() {
    let set = set().await;
    set.moved
        .knob(|handover| handover.endpoint.certificate = Certificate::Expired);
    let at = set.endpoints.old_front();
    assert_eq!(at.port(), set.endpoints.new_endpoint().port());
    assert_ne!(at.ip(), set.endpoints.new_endpoint().ip());
    let url = format!("https://{NAME}:{}/mdm/connect", at.port());
    let request = client(&set, NAME, at).put(url);
    let body = plist::request(&set.moved.udid(0));
    assert_eq!(request.body(body).send().await.unwrap().status(), 200);
    assert_eq!(set.moved.tenant(0).old_seen, Some(set.moved.clock.now()));
}

#[tokio::test]
async fn behind_the_new_endpoint_stands_fleet_with_the_ca_it_has() {
    let set = set().await;
    let (at, name) = (set.endpoints.new_endpoint(), "fleet.acme.example");
    let scep = || async {
        let path = "/mdm/apple/scep?operation=GetCACert";
        let url = format!("https://{name}:{}{path}", at.port());
        let answer = client(&set, name, at).get(url).send().await.unwrap();
        answer.bytes().await.unwrap().to_vec()
    };
    assert_eq!(scep().await, Authority::Scep.der(1).unwrap());
    set.moved.knob(|handover| handover.same_ca = false);
    assert_eq!(scep().await, Authority::OwnScep.der(1).unwrap());
}
