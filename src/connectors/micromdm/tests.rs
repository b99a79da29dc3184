//! The export as the tool writes it, and the API against a stand-in.

use super::*;
use crate::connectors::action::{Call, Connector};
use crate::connectors::stand_in::{Act, StandIn};
use crate::model::clock::Clock;
use crate::model::fault::FaultKind;
use crate::model::time::Time;
use serde_json::{Value as Json, json};

/// One Mac of an export, in the tool's own layout.
fn exported(udid: &str, serial: &str, name: &str, magic: &str) -> String {
    let plist = |inner: &str| {
        format!("<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>{inner}</dict></plist>\n")
    };
    let authenticate = plist(&format!("<key>DeviceName</key><string>{name}</string>"));
    let token = plist("<key>Token</key><data>AQI=</data>");
    format!(
        "\nINSERT INTO nano_devices\n    (\n      id,\n      updated_at\n    )\nSELECT\n      '{udid}',\n      '{serial}',\n      '{authenticate}',\n      CURRENT_TIMESTAMP,\n      '{token}',\n      CURRENT_TIMESTAMP,\n      '',\n      CURRENT_TIMESTAMP,\n      NULLIF('', ''),\n      '2000-01-01 00:00:00'\nWHERE\n    NOT EXISTS (\n        SELECT 1 FROM nano_devices\n    )\nON DUPLICATE KEY\nUPDATE\n    updated_at = updated_at;\n\t\t\
         \nINSERT INTO nano_enrollments (\n      id\n)\nSELECT\n      '{udid}',\n      '{udid}',\n      NULL,\n      'Device',\n      'com.apple.mgmt.External.1',\n      '{magic}',\n      '0102',\n      true,\n      CURRENT_TIMESTAMP,\n      1,\n      1,\n      '2000-01-01 00:00:00'\nWHERE\n    NOT EXISTS (\n    );\
         \nINSERT INTO nano_cert_auth_associations\n    (id, sha256, cert_not_valid_after, updated_at)\nSELECT\n    '{udid}', 'abcd', NULLIF('2031-01-01 00:00:00', ''), '2000-01-01 00:00:00'\nWHERE\n    NOT EXISTS (\n    );\n\t    "
    )
}

#[test]
fn an_export_tells_whom_the_new_server_was_given_and_what_is_missing() {
    let text = exported("U-1", "C01", "Mac", "M-1") + &exported("U-2", "", "Anna's Mac", "");
    let Records { list, skipped } = records(&text);
    assert_eq!((list.len(), skipped), (2, 0), "{list:#?}");
    let whole = Record {
        udid: "U-1".into(),
        serial: Some("C01".into()),
        topic: Some("com.apple.mgmt.External.1".into()),
        has_push_magic: true,
        has_token: true,
        enabled: true,
        certificate_until: Some(Time::parse("2031-01-01T00:00:00Z").unwrap()),
        broken: false,
    };
    assert_eq!(list[0], whole);
    assert_eq!(
        (list[1].serial.clone(), list[1].has_push_magic),
        (None, false)
    );
    assert!(
        list[1].broken,
        "the quotation mark in its name ends the statement"
    );
}

#[test]
fn statements_that_are_cut_are_counted_and_the_others_read() {
    let text = exported("U-1", "C01", "Mac", "M-1");
    let cut = format!("{text}\nINSERT INTO nano_devices\nSELECT\n      'U-2',\n");
    let found = records(&cut);
    assert_eq!((found.list.len(), found.skipped), (1, 1));
    assert_eq!(records("CREATE TABLE x;"), Records::default());
}

fn connector(url: &str) -> MicroMdm {
    let settings = Settings {
        url: url.to_owned(),
        api_key: "k3y".to_owned().into(),
        rate: None,
        parallel: 2,
        extra_ca: None,
    };
    MicroMdm::new(settings, &Clock::system()).unwrap()
}

async fn call(micromdm: &MicroMdm, name: &str, input: Json) -> Result<Json, (FaultKind, String)> {
    let action = ACTIONS.iter().find(|action| action.name == name).unwrap();
    let call = Call {
        input: input.as_object().unwrap().clone(),
        op: "o-1".into(),
        intent_at: Time::from_millis(0),
    };
    let shown = |exchanges: &[crate::connectors::action::Exchange]| {
        let all = serde_json::to_string(exchanges).unwrap();
        assert!(!all.contains("MAGIC") && !all.contains("k3y"), "{all}");
    };
    match micromdm.call(action, call).await {
        Ok(reply) => {
            shown(&reply.exchanges);
            Ok(reply.result)
        }
        Err(failure) => {
            shown(&failure.exchanges);
            Err((failure.fault.kind, failure.fault.message))
        }
    }
}

#[tokio::test]
async fn devices_come_page_by_page_without_their_tokens() {
    let stand_in = StandIn::start(|seen| {
        assert!(seen.headers.contains("Basic bWljcm9tZG06azN5"), "{seen:?}");
        let devices = match seen.body["page"].as_u64() {
            Some(0) => json!([
                {"udid": "U-1", "serial_number": "C01", "push_magic": "MAGIC", "token": "MAGIC", "enrolled": true, "last_seen": "2026-03-01T10:00:00Z"},
                {"udid": "U-2", "last_seen": "0001-01-01T00:00:00Z"},
            ]),
            _ => Json::Null,
        };
        Act::Json(200, json!({"devices": devices}))
    })
    .await;
    let micromdm = connector(&stand_in.url);
    let first = call(&micromdm, "micromdm.list_devices", json!({"per_page": 2}))
        .await
        .unwrap();
    assert_eq!(first["more"], true);
    assert_eq!(first["items"][0]["pushable"], true);
    assert_eq!(first["items"][0]["last_seen"], "2026-03-01T10:00:00.000Z");
    assert_eq!(first["items"][1]["last_seen"], Json::Null);
    assert!(!first.to_string().contains("MAGIC"));
    let next = json!({"per_page": 2, "cursor": first["cursor"]});
    let second = call(&micromdm, "micromdm.list_devices", next)
        .await
        .unwrap();
    assert_eq!(
        (second["more"].clone(), second["items"].clone()),
        (json!(false), json!([]))
    );
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_udid_are_told_apart() {
    let stand_in = StandIn::start(|seen| {
        if seen.path == "/v1/devices" {
            return Act::Json(200, json!({"devices": [{"udid": "U-OTHER"}]}));
        }
        Act::Json(401, json!({"error": "Unauthorized"}))
    })
    .await;
    let micromdm = connector(&stand_in.url);
    let (kind, _) = call(&micromdm, "micromdm.find_device", json!({"udid": "U-1"}))
        .await
        .unwrap_err();
    assert_eq!(kind, FaultKind::NotFound);
    let (kind, said) = call(&micromdm, "micromdm.push", json!({"udid": "U-1"}))
        .await
        .unwrap_err();
    assert_eq!(kind, FaultKind::Unauthorized);
    assert!(said.contains("api_key"), "{said}");
}
