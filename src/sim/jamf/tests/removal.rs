use super::super::{Incapable, privilege};
use super::{INVENTORY, tenant};
use crate::model::time::Span;
use crate::sim::ledger::verb;
use crate::sim::scenario::Trouble;
use crate::sim::wire::{Arranged, Mishap};
use reqwest::Method;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn a_removal_is_queued_acknowledged_and_proves_nothing_about_managed() {
    let mut t = tenant(None).await;
    let (status, answer) = t.remove(&t.id()).await;
    assert_eq!(
        (status, answer["deviceId"].as_str()),
        (200, Some(t.id().as_str()))
    );
    let uuid = answer["commandUuid"].as_str().unwrap();
    let filter = format!("uuid=={uuid}");
    let (_, found) = t.filtered("/api/v2/mdm/commands", &filter).await;
    assert_eq!(found["results"][0]["commandState"], "PENDING");
    assert!(found["results"][0]["dateCompleted"].is_null());
    t.clock.turn(Span::from_hours(20));
    t.sign_in().await;
    let done = format!("uuid==\"{uuid}\";status==Acknowledged");
    let (_, found) = t.filtered("/api/v2/mdm/commands", &done).await;
    assert_eq!(found["results"][0]["commandState"], "ACKNOWLEDGED");
    let (_, record) = t.get(&format!("{INVENTORY}/{}", t.id())).await;
    assert_eq!(record["general"]["mdmCapable"]["capable"], false);
    assert_eq!(record["general"]["remoteManagement"]["managed"], true);
    assert_eq!(t.remove(&t.id()).await.0, 500);
    t.jamf
        .change(|settings| settings.incapable = Incapable::Accepted);
    assert_eq!(t.remove(&t.id()).await.0, 200);
    assert_eq!(
        t.ledger.count(verb::UNENROLL),
        1,
        "the second was never queued"
    );
}

#[tokio::test]
async fn a_removal_whose_answer_was_cut_is_queued_and_a_blind_repeat_is_a_double() {
    let t = tenant(None).await;
    t.server.wire().arrange(Arranged::next(
        "POST",
        "remove-mdm-profile",
        Mishap::AnswerCut,
    ));
    let path = format!("/api/v4/computers-inventory/{}/remove-mdm-profile", t.id());
    assert!(t.request(Method::POST, &path).send().await.is_err());
    assert_eq!(t.ledger.effects()[0].subject, t.serial());
    let (_, record) = t.get(&format!("{INVENTORY}/{}", t.id())).await;
    let management_id = record["general"]["managementId"].as_str().unwrap();
    let filter =
        format!("clientManagementId==\"{management_id}\";dateSent=ge=2026-03-02T20:00:00Z");
    let (_, found) = t.filtered("/api/v2/mdm/commands", &filter).await;
    assert_eq!(found["totalCount"], 1);
    assert!(t.ledger.report().is_clean());
    assert_eq!(t.remove(&t.id()).await.0, 200);
    assert_eq!(t.ledger.report().doubled.len(), 1);
}

#[tokio::test]
async fn the_command_list_wants_a_filter_it_understands() {
    let t = tenant(None).await;
    let path = "/api/v2/mdm/commands";
    assert_eq!(t.get(path).await.0, 400);
    assert_eq!(t.filtered(path, "colour==red").await.0, 400);
    assert_eq!(
        t.filtered(path, "dateSent==2026-03-02T20:00:00Z").await.0,
        400
    );
    t.jamf
        .change(|settings| settings.commands_visible_after = Span::from_secs(20));
    let (_, answer) = t.remove(&t.id()).await;
    let filter = format!("uuid==\"{}\"", answer["commandUuid"].as_str().unwrap());
    assert_eq!(t.filtered(path, &filter).await.1["totalCount"], 0);
    t.clock.turn(Span::from_secs(20));
    assert_eq!(t.filtered(path, &filter).await.1["totalCount"], 1);
}

#[tokio::test]
async fn a_missing_privilege_is_refused_with_a_body_only_where_jamf_gives_one() {
    let t = tenant(None).await;
    t.jamf.change(|settings| {
        settings.privileges.remove(privilege::UNMANAGE);
        settings.privileges.remove(privilege::READ);
    });
    let (status, answer) = t.get(INVENTORY).await;
    assert_eq!(
        (status, answer["errors"][0]["code"].as_str()),
        (403, Some("INVALID_PRIVILEGE"))
    );
    let path = format!("{INVENTORY}/{}/remove-mdm-profile", t.id());
    assert_eq!(
        t.send(Method::POST, &path, &Json::Null).await,
        (403, String::new())
    );
}

#[tokio::test]
async fn a_blank_push_names_whom_it_cannot_reach() {
    let t = tenant(Some(Trouble::DeadChannel)).await;
    let (_, record) = t.get(&format!("{INVENTORY}/{}", t.id())).await;
    let id = record["general"]["managementId"].clone();
    let body = json!({"clientManagementIds": [id]});
    let (status, text) = t.send(Method::POST, "/api/v2/mdm/blank-push", &body).await;
    assert_eq!(
        (status, text),
        (200, json!({"errorUuids": [id]}).to_string())
    );
    let none = json!({"clientManagementIds": []});
    assert_eq!(
        t.send(Method::POST, "/api/v2/mdm/blank-push", &none)
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn whatever_destroys_is_refused_and_reported() {
    let t = tenant(None).await;
    let erase = json!({"clientData": [{"managementId": "x"}], "commandData": {"commandType": "ERASE_DEVICE"}});
    for (method, path, body) in [
        (Method::POST, format!("{INVENTORY}/1/erase"), Json::Null),
        (Method::DELETE, format!("{INVENTORY}/1"), Json::Null),
        (
            Method::POST,
            "/api/v1/device-enrollments/1/disown".into(),
            Json::Null,
        ),
        (
            Method::PUT,
            "/api/v2/computer-prestages/1/scope".into(),
            Json::Null,
        ),
        (Method::POST, "/api/v2/mdm/commands".into(), erase),
    ] {
        assert_eq!(t.send(method, &path, &body).await.0, 403, "{path}");
    }
    assert_eq!(t.ledger.report().violations.len(), 5);
    let harmless = json!({"clientData": [{"managementId": "x"}], "commandData": {"commandType": "DEVICE_INFORMATION"}});
    assert_eq!(
        t.send(Method::POST, "/api/v2/mdm/commands", &harmless)
            .await
            .0,
        201
    );
    assert_eq!(t.ledger.report().violations.len(), 5);
    let dead = "/JSSResource/computercommands/command/UnmanageDevice/id/1";
    assert_eq!(t.send(Method::POST, dead, &Json::Null).await.0, 404);
}
