//! The old server over real HTTP.

use super::{MicroMdm, habits};
use crate::sim::certificates::Authority;
use crate::sim::ledger::verb;
use crate::sim::plist;
use crate::sim::trying::{Moved, moved};
use crate::sim::wire::Server;
use crate::sim::wire::trying::{client, serve, wire};
use reqwest::Method;
use serde_json::{Value as Json, json};

const KEY: &str = "the key";

async fn old_server(devices: usize) -> (Moved, Server) {
    let moved = moved(devices);
    let server = MicroMdm::new(moved.world.clone(), KEY.to_owned().into());
    let wire = wire(habits(), &moved.clock, &moved.ledger);
    let server = serve(wire, server.router()).await;
    (moved, server)
}

async fn call(server: &Server, method: Method, path: &str, body: &Json) -> (u16, Json) {
    let request = client().request(method, format!("{}{path}", server.url()));
    let answer = request.basic_auth("micromdm", Some(KEY)).json(body).send();
    let answer = answer.await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn devices(server: &Server, body: Json) -> Vec<Json> {
    let (status, answer) = call(server, Method::POST, "/v1/devices", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["devices"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_record_shows_what_the_old_server_knows_and_leaves_out_what_is_empty() {
    let (moved, server) = old_server(2).await;
    moved.knob(|handover| {
        handover.tenants[1].enrolled = false;
        handover.tenants[1].old_seen = None;
    });
    let list = devices(&server, json!({})).await;
    assert_eq!(list.len(), 2);
    assert_eq!(list[0]["udid"], moved.udid(0));
    assert_eq!(list[0]["enrolled"], true);
    assert_eq!(list[0]["last_seen"], json!(moved.tenant(0).old_seen));
    assert!(list[0]["push_magic"].is_string() && list[0]["token"].is_string());
    let gone = list[1].as_object().unwrap();
    for absent in ["enrolled", "push_magic", "token", "unlock_token"] {
        assert!(!gone.contains_key(absent), "{absent}");
    }
    assert_eq!(gone["last_seen"], "0001-01-01T00:00:00Z");
}

#[tokio::test]
async fn the_list_comes_by_pages_and_by_filters_and_an_empty_one_is_null() {
    let (moved, server) = old_server(5).await;
    let page = |page: u64| json!({"page": page, "per_page": 2});
    for (number, expected) in [(0, 2), (1, 2), (2, 1), (3, 0)] {
        assert_eq!(devices(&server, page(number)).await.len(), expected);
    }
    let one = devices(&server, json!({"filter_udid": [moved.udid(3)]})).await;
    assert_eq!(one.len(), 1);
    let serial = one[0]["serial_number"].clone();
    let same = devices(
        &server,
        json!({"filter_serial": [serial], "filter_udid": []}),
    )
    .await;
    assert_eq!(same, one);
    let nobody = json!({"filter_udid": ["nobody"]});
    let (_, answer) = call(&server, Method::POST, "/v1/devices", &nobody).await;
    assert_eq!(answer, json!({"devices": null}));
}

#[tokio::test]
async fn without_the_key_nothing_is_told_and_macs_need_none() {
    let (moved, server) = old_server(1).await;
    let devices = format!("{}/v1/devices", server.url());
    for request in [
        client().post(&devices),
        client().post(&devices).basic_auth("micromdm", Some("no")),
        client().post(&devices).basic_auth("admin", Some(KEY)),
        client().get(format!("{}/push/{}", server.url(), moved.udid(0))),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(
            answer.headers()["www-authenticate"],
            "Basic realm=\"micromdm\""
        );
    }
    let at = |path: &str| format!("{}{path}", server.url());
    let version = client().get(at("/version")).send().await.unwrap();
    assert_eq!(version.status(), 200);
    let elsewhere = client().get(at("/elsewhere")).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404);
}

#[tokio::test]
async fn a_mac_that_comes_by_is_seen_and_a_stranger_is_refused() {
    let (moved, server) = old_server(2).await;
    moved.knob(|handover| handover.tenants[1].enrolled = false);
    let put = |body: String| {
        let request = client().put(format!("{}/mdm/connect", server.url()));
        async move { request.body(body).send().await.unwrap().status().as_u16() }
    };
    assert_eq!(put(plist::request(&moved.udid(0))).await, 200);
    assert_eq!(moved.tenant(0).old_seen, Some(moved.clock.now()));
    assert_eq!(put(plist::request(&moved.udid(1))).await, 401);
    assert_eq!(put(plist::request("nobody")).await, 401);
    assert_eq!(put("<plist/>".to_owned()).await, 400);
    let checkin = format!("{}/mdm/checkin", server.url());
    assert_eq!(client().get(checkin).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_push_brings_the_mac_and_one_to_a_mac_that_left_is_refused() {
    let (moved, server) = old_server(2).await;
    moved.knob(|handover| handover.tenants[1].enrolled = false);
    let path = |mac| format!("/push/{}", moved.udid(mac));
    let (status, answer) = call(&server, Method::GET, &path(0), &json!({})).await;
    assert_eq!((status, &answer["status"]), (200, &json!("success")));
    assert_eq!(moved.ledger.count(verb::PUSH), 1);
    moved.clock.turn(crate::model::time::Span::from_mins(1));
    let seen = moved.tenant(0).old_seen.unwrap();
    assert!(moved.clock.now().since(seen) <= crate::model::time::Span::from_mins(1));
    let (status, _) = call(&server, Method::GET, &path(1), &json!({})).await;
    assert_eq!(status, 404);
    assert_eq!(moved.ledger.count(verb::PUSH), 1);
}

#[tokio::test]
async fn the_scep_ca_is_given_as_it_is() {
    let (_, server) = old_server(1).await;
    let url = format!("{}/scep?operation=GetCACert", server.url());
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(
        answer.headers()["content-type"],
        "application/x-x509-ca-cert"
    );
    let der = answer.bytes().await.unwrap();
    assert_eq!(der.to_vec(), Authority::Scep.der(1).unwrap());
}

#[tokio::test]
async fn deleting_devices_is_refused_and_witnessed() {
    let (moved, server) = old_server(1).await;
    let (status, _) = call(
        &server,
        Method::DELETE,
        "/v1/devices",
        &json!({"udids": []}),
    )
    .await;
    assert_eq!(status, 403);
    assert_eq!(
        moved.ledger.report().violations,
        ["micromdm: DELETE /v1/devices deletes devices"]
    );
}
