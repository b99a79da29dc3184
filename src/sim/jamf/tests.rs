use super::{Incapable, Jamf, Settings, habits, privilege};
use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::{Ledger, verb};
use crate::sim::scenario::{Mode, Scenario, Trouble};
use crate::sim::wire::trying::{client, monday, serve, wire};
use crate::sim::wire::{Arranged, Mishap, Server};
use crate::sim::world::{Making, World};
use reqwest::Method;
use serde_json::{Value as Json, json};

struct Tenant {
    jamf: Jamf,
    world: World,
    server: Server,
    clock: Clock,
    ledger: Ledger,
    token: String,
}

/// A tenant over a calm company; `troubled` strikes every Mac.
async fn tenant(troubled: Option<Trouble>) -> Tenant {
    let (clock, ledger) = (monday(), Ledger::in_memory());
    let mut scenario = Scenario::weather("calm").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    if let Some(trouble) = troubled {
        let always = Mode {
            rate: 1.0,
            ..Mode::default()
        };
        scenario.trouble.insert(trouble, always);
    }
    let making = Making {
        seed: 1,
        devices: 5,
        scenario,
        now: clock.now(),
        ledger: ledger.clone(),
        fleet_version: "4.94.1".into(),
    };
    let world = World::new(making, clock.clone());
    let settings = Settings::simple("client", "secret".to_owned().into());
    let jamf = Jamf::new(world.clone(), ledger.clone(), settings);
    let server = serve(wire(habits(), &clock, &ledger), jamf.router()).await;
    let mut tenant = Tenant {
        jamf,
        world,
        server,
        clock,
        ledger,
        token: String::new(),
    };
    tenant.sign_in().await;
    tenant
}

impl Tenant {
    async fn ask_token(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Json) {
        let url = format!("{}{path}", self.server.url());
        let answer = client().post(url).form(fields).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn sign_in(&mut self) {
        let (status, answer) = self.ask_token("/api/v1/oauth/token", &GOOD).await;
        assert_eq!(status, 200, "{answer}");
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        client()
            .request(method, format!("{}{path}", self.server.url()))
            .bearer_auth(&self.token)
    }

    async fn send(&self, method: Method, path: &str, body: &Json) -> (u16, String) {
        let request = self.request(method, path).json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Json) {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    async fn filtered(&self, path: &str, filter: &str) -> (u16, Json) {
        let request = self.request(Method::GET, path).query(&[("filter", filter)]);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }

    async fn remove(&self, id: &str) -> (u16, Json) {
        let path = format!("/api/v4/computers-inventory/{id}/remove-mdm-profile");
        let (status, text) = self.send(Method::POST, &path, &Json::Null).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    fn serial(&self) -> String {
        self.world.with(|state| state.serials()[0].clone())
    }

    fn id(&self) -> String {
        let serial = self.serial();
        let id = self.world.with(|state| state.find_by_serial(&serial)[0].id);
        id.to_string()
    }

    fn by_serial(&self) -> String {
        format!("hardware.serialNumber==\"{}\"", self.serial())
    }
}

const GOOD: [(&str, &str); 3] = [
    ("grant_type", "client_credentials"),
    ("client_id", "client"),
    ("client_secret", "secret"),
];
const VERSION: &str = "/api/v1/jamf-pro-version";
const INVENTORY: &str = "/api/v4/computers-inventory";

#[tokio::test]
async fn a_token_lives_as_long_as_it_says_and_no_longer() {
    let t = tenant(None).await;
    let (_, answer) = t.ask_token("/api/oauth/token", &GOOD).await;
    assert_eq!(answer["expires_in"], 1_799);
    assert_eq!(t.get(VERSION).await.1["version"], "11.30.1-t1784555528405");
    t.clock.turn(Span::from_mins(30));
    let gone = t.request(Method::GET, VERSION).send().await.unwrap();
    assert_eq!(gone.status(), 401);
    assert_eq!(
        gone.text().await.unwrap(),
        r#"{"httpStatus" : 401,"errors" : [ ]}"#
    );
    assert_eq!(t.jamf.tokens_issued(), 2);
}

#[tokio::test]
async fn a_token_needs_the_right_form_and_the_right_client() {
    let t = tenant(None).await;
    let with = |name: &'static str, value: &'static str| {
        let mut fields = GOOD.to_vec();
        fields.retain(|(key, _)| *key != name);
        fields.push((name, value));
        fields
    };
    for (fields, error) in [
        (with("client_secret", "wrong"), "invalid_client"),
        (with("grant_type", "password"), "unsupported_grant_type"),
        (with("scope", "api-role:9"), "invalid_scope"),
    ] {
        let (status, answer) = t.ask_token("/api/oauth/token", &fields).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(error)));
    }
    let as_json = json!({"grant_type": "client_credentials"});
    let (status, text) = t.send(Method::POST, "/api/oauth/token", &as_json).await;
    assert!(status == 400 && text.contains("invalid_request"), "{text}");
    t.jamf
        .change(|settings| settings.versioned_token_path = false);
    assert_eq!(t.ask_token("/api/v1/oauth/token", &GOOD).await.0, 404);
    assert!(t.ledger.report().is_clean());
    t.ask_token("/api/oauth/token?client_secret=secret", &GOOD)
        .await;
    assert_eq!(t.ledger.report().violations.len(), 1);
}

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
