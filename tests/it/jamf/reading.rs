//! Computers and commands as Jamf writes them.

use super::office::{Office, SERIAL, UDID, computer, parsed, unknown_id, unknown_path};
use crate::payload;
use crate::wire::Play;
use drover::model::fault::FaultKind;
use serde_json::{Value as Json, json};

async fn found(page: &'static str) -> Json {
    let office = Office::open("11.30.1", move |_| Play::json(200, parsed(page))).await;
    office
        .call("jamf.find_computer", json!({"serial": SERIAL}))
        .await
        .unwrap()
        .result
}

#[tokio::test]
async fn a_v4_record_is_read_whole() {
    assert_eq!(
        found(payload!("computers_v4.json")).await,
        json!({
            "id": "1234", "udid": UDID, "serial": SERIAL, "name": "Boalime", "managed": true, "mdm_capable": true,
            "management_id": "73226fb6-61df-4c10-9552-eb9bc353d507",
            "last_contact": "2026-07-02T08:01:00.000Z", "last_check_in": "2026-07-02T08:00:00.000Z",
            "enrolled_by_ade": true, "user": "madison", "email": "madison@example.com", "os_version": "15.5",
            "mdm_profile_expiration": "2028-10-31T18:04:13.000Z", "filevault_key_valid": true,
            "activation_lock": false, "recovery_lock": false
        })
    );
}

#[tokio::test]
async fn a_v3_record_has_one_contact_time_for_both() {
    let computer = found(payload!("computers_v3.json")).await;
    assert_eq!(computer["last_contact"], "2026-07-02T08:01:00.000Z");
    assert_eq!(computer["last_check_in"], "2026-07-02T08:01:00.000Z");
}

#[tokio::test]
async fn everything_but_id_and_serial_may_be_missing() {
    let computer = found(payload!("computers_bare.json")).await;
    assert_eq!(
        (&computer["id"], &computer["serial"]),
        (&json!("1234"), &json!(SERIAL))
    );
    let object = computer.as_object().unwrap();
    assert_eq!(object.len(), 17);
    let known = object.iter().filter(|(_, value)| !value.is_null()).count();
    assert_eq!(known, 3, "{computer}");
}

#[tokio::test]
async fn the_filter_is_quoted_and_encoded_whatever_the_serial_holds() {
    let office = Office::open("11.30.1", |_| {
        Play::json(200, json!({"totalCount": 0, "results": []}))
    })
    .await;
    let hostile = r#"A"==*,id=="1&page=9"#;
    let fault = office
        .fault("jamf.find_computer", json!({"serial": hostile}))
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    let seen = office.wire.seen();
    let asked = seen.last().unwrap();
    let filter = r#"hardware.serialNumber=="A\"==*,id==\"1&page=9""#;
    assert_eq!(asked.query("filter").as_deref(), Some(filter));
    assert!(
        !asked.target.contains('"') && asked.target.contains("section=HARDWARE"),
        "{}",
        asked.target
    );
    let empty = office
        .fault("jamf.find_computer", json!({"serial": " "}))
        .await;
    assert_eq!(empty.kind, FaultKind::Refused);
}

#[tokio::test]
async fn two_records_of_one_serial_are_told_apart_by_the_udid_or_refused() {
    let office = Office::open("11.30.1", |_| {
        let mut other = computer();
        other["id"] = json!("99");
        other["udid"] = json!("OTHER");
        let mut longer = computer();
        longer["hardware"]["serialNumber"] = json!("C02ZC2QYLVDLX");
        Play::json(
            200,
            json!({"totalCount": 3, "results": [other, computer(), longer]}),
        )
    })
    .await;
    let find = |input: Json| office.call("jamf.find_computer", input);
    let right = find(json!({"serial": SERIAL, "udid": UDID.to_lowercase()}))
        .await
        .unwrap();
    assert_eq!(right.result["id"], "1234");
    for input in [
        json!({"serial": SERIAL}),
        json!({"serial": SERIAL, "udid": "NEITHER"}),
    ] {
        let fault = find(input).await.err().unwrap().fault;
        assert_eq!(fault.kind, FaultKind::Ambiguous);
        assert!(fault.message.contains("99, 1234"), "{fault}");
    }
}

#[tokio::test]
async fn an_unknown_id_and_an_unknown_path_are_not_mixed_up() {
    // The path is known, the id is not.
    let office = Office::open("11.30.1", |seen| {
        if seen.path().ends_with("computers-inventory") {
            Play::json(200, json!({"totalCount": 0, "results": []}))
        } else {
            unknown_id()
        }
    })
    .await;
    let fault = office.fault("jamf.get_computer", json!({"id": "77"})).await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    // The path is not known, the id is.
    let office = Office::open("11.30.1", |seen| match seen.path() {
        "/api/v3/computers-inventory" => Play::json(200, parsed(payload!("computers_v3.json"))),
        "/api/v3/computers-inventory/1234" => Play::json(200, computer()),
        _ => unknown_path(),
    })
    .await;
    let reply = office
        .call("jamf.get_computer", json!({"id": 1234}))
        .await
        .unwrap();
    assert_eq!(reply.result["serial"], SERIAL);
    let fault = office
        .fault("jamf.get_computer", json!({"id": "../9"}))
        .await;
    assert_eq!(fault.kind, FaultKind::Refused);
}

#[tokio::test]
async fn pages_go_on_to_the_end_and_step_back_when_records_vanish() {
    let office = Office::open("11.30.1", |seen| {
        let page: u64 = seen.query("page").unwrap().parse().unwrap();
        let total = if page == 2 { 5 } else { 6 };
        let mut results = vec![computer(), computer()];
        results[0]["id"] = json!(page * 2);
        // One record that cannot be read does not stop the page.
        results[1]["hardware"] = json!(null);
        Play::json(200, json!({"totalCount": total, "results": results}))
    })
    .await;
    let mut cursor = Json::Null;
    let mut asked = Vec::new();
    for _ in 0..4 {
        let input = json!({"cursor": cursor, "per_page": 2});
        let page = office
            .call("jamf.list_computers", input)
            .await
            .unwrap()
            .result;
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        asked.push(page["items"][0]["id"].as_str().unwrap().to_owned());
        cursor = page["cursor"].clone();
        assert_eq!(page["more"], json!(!cursor.is_null()));
    }
    assert_eq!(asked, ["0", "2", "4", "4"]);
}

#[tokio::test]
async fn a_command_is_found_by_its_own_uuid_only() {
    let office = Office::open("11.30.1", |_| {
        Play::json(200, parsed(payload!("command.json")))
    })
    .await;
    let status =
        |uuid: &'static str| office.call("jamf.command_status", json!({"command_uuid": uuid}));
    let known = status("AAAAAAAA-3f1e-4b3a-a5b3-ca0cd7430937")
        .await
        .unwrap()
        .result;
    assert_eq!(
        known,
        json!({"found": true, "finished": true, "failed": false, "error": null, "state": "ACKNOWLEDGED",
               "sent_at": "2026-07-16T20:43:43.945Z", "completed_at": "2026-07-16T20:44:01.102Z"})
    );
    let other = status("bbbbbbbb-3f1e-4b3a-a5b3-ca0cd7430937")
        .await
        .unwrap()
        .result;
    assert_eq!(
        (&other["found"], &other["finished"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn every_way_of_saying_no_is_understood() {
    for (status, body, html, kind, word) in [
        (
            403,
            payload!("forbidden.json"),
            false,
            FaultKind::Forbidden,
            "Read Computers",
        ),
        (
            503,
            payload!("unavailable.json"),
            false,
            FaultKind::ServerError,
            "503",
        ),
        (
            404,
            payload!("unknown_path.html"),
            true,
            FaultKind::ServerError,
            "starting up",
        ),
        (
            500,
            payload!("unknown_path.html"),
            true,
            FaultKind::ServerError,
            "Apache Tomcat",
        ),
        (
            200,
            payload!("unknown_path.html"),
            true,
            FaultKind::BadReply,
            "Not Found",
        ),
        (200, "{}", false, FaultKind::BadReply, "totalCount"),
        (400, "", false, FaultKind::Refused, "400"),
    ] {
        let office = Office::open("11.30.1", move |_| {
            let kind = if html {
                "text/html"
            } else {
                "application/json"
            };
            Play::Answer(status, vec![("content-type", kind.into())], body.into())
        })
        .await;
        let fault = office.fault("jamf.list_computers", json!({})).await;
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(word), "{fault}");
    }
}
