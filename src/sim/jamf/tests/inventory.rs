use super::{INVENTORY, tenant};
use crate::sim::scenario::Trouble;
use reqwest::Method;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn v4_is_a_page_not_found_before_11_30() {
    let t = tenant(None).await;
    for version in 1..=4 {
        let path = format!("/api/v{version}/computers-inventory");
        assert_eq!(t.get(&path).await.0, 200, "{path}");
    }
    t.jamf
        .change(|settings| settings.version = "11.28.0".into());
    let answer = t.request(Method::GET, INVENTORY).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(t.remove(&t.id()).await.0, 404);
    let old = format!("/api/v1/computer-inventory/{}/remove-mdm-profile", t.id());
    assert_eq!(t.send(Method::POST, &old, &Json::Null).await.0, 200);
    let (_, list) = t.get("/api/v3/computers-inventory").await;
    let general = &list["results"][0]["general"];
    assert!(general.get("lastContactTime").is_some() && general.get("lastContact").is_none());
    assert!(list["results"][0]["hardware"].is_null());
}

#[tokio::test]
async fn the_inventory_filters_sorts_pages_and_shows_the_sections_asked_for() {
    let t = tenant(None).await;
    let (_, found) = t.filtered(INVENTORY, &t.by_serial()).await;
    assert_eq!(found["totalCount"], 1);
    assert!(
        found["results"][0].get("hardware").is_none(),
        "only GENERAL unless asked"
    );
    let (_, found) = t
        .get(&format!(
            "{INVENTORY}?section=GENERAL&section=HARDWARE&page=1&page-size=2&sort=id:desc"
        ))
        .await;
    let ids: Vec<u64> = found["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(ids.len() == 2 && ids[0] > ids[1], "{ids:?}");
    assert_eq!(found["totalCount"], 5);
    assert!(found["results"][0]["hardware"]["serialNumber"].is_string());
    assert_eq!(
        t.filtered(INVENTORY, r#"hardware.serialNumber=="NONE""#)
            .await
            .1["totalCount"],
        0
    );
    for bad in [
        "?sort=hardware.serialNumber:asc",
        "?section=SECRETS",
        "?page-size=2001",
        "?filter=general.lastContactTime=gt=2020-01-01T00:00:00Z",
        "?filter=general.name",
    ] {
        assert_eq!(t.get(&format!("{INVENTORY}{bad}")).await.0, 400, "{bad}");
    }
    assert!(t.ledger.report().is_clean());
    let bare = format!("hardware.serialNumber=={}", t.serial());
    assert_eq!(t.filtered(INVENTORY, &bare).await.1["totalCount"], 1);
    assert!(t.ledger.report().violations[0].contains("not quoted"));
}

#[tokio::test]
async fn a_serial_that_jamf_knows_twice_is_shown_twice() {
    let t = tenant(Some(Trouble::TwoRecords)).await;
    let (_, found) = t.filtered(INVENTORY, &t.by_serial()).await;
    assert_eq!(found["totalCount"], 2);
    assert_ne!(found["results"][0]["udid"], found["results"][1]["udid"]);
}

#[tokio::test]
async fn marking_a_record_changes_the_record_only() {
    let t = tenant(None).await;
    let path = |version| format!("/api/v{version}/computers-inventory-detail/{}", t.id());
    let change = json!({"general": {"managed": false}});
    assert_eq!(
        t.send(Method::PATCH, &path(4), &change).await,
        (204, String::new())
    );
    let (_, record) = t.get(&path(4)).await;
    assert_eq!(record["general"]["remoteManagement"]["managed"], false);
    assert_eq!(record["general"]["mdmCapable"]["capable"], true);
    assert!(record["security"]["sipStatus"].is_string(), "all sections");
    assert_eq!(t.send(Method::PATCH, &path(1), &change).await.0, 200);
    assert_eq!(t.get(&format!("{INVENTORY}/999999")).await.0, 404);
    assert_eq!(t.remove("999999").await.0, 404);
    t.jamf.change(|settings| settings.unknown_id = 500);
    assert_eq!(t.remove("999999").await.0, 500);
    let serial = t.serial();
    let truth = t.world.with(|state| state.truth(&serial)).unwrap();
    assert_eq!(truth.mdm, "jamf");
}

#[tokio::test]
async fn the_classic_api_speaks_xml_unless_asked_for_json() {
    let t = tenant(None).await;
    let path = format!("/JSSResource/computers/serialnumber/{}", t.serial());
    let plain = t.request(Method::GET, &path).send().await.unwrap();
    let text = plain.text().await.unwrap();
    assert!(
        text.contains(&format!("<serial_number>{}</serial_number>", t.serial())),
        "{text}"
    );
    let asked = t
        .request(Method::GET, &path)
        .header("accept", "application/json");
    let computer: Json = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(computer["computer"]["general"]["mdm_capable"], true);
    t.remove(&t.id()).await;
    let history = format!(
        "/JSSResource/computerhistory/serialnumber/{}/subset/Commands",
        t.serial()
    );
    let asked = t
        .request(Method::GET, &history)
        .header("accept", "application/json");
    let history: Json = asked.send().await.unwrap().json().await.unwrap();
    let pending = &history["computer_history"]["commands"]["pending"]["command"];
    assert_eq!(pending["status"], "Pending", "a list of one is no list");
    let unknown = t.get("/JSSResource/computers/serialnumber/NONE").await;
    assert!(unknown.0 == 404 && unknown.1.as_str().unwrap().contains("<html>"));
}
