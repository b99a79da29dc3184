use super::{GOOD, VERSION, tenant};
use crate::model::time::Span;
use reqwest::Method;
use serde_json::json;

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
