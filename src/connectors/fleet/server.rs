//! What the migration depends on in Fleet's settings.

use super::error::Doing;
use super::session::{API, Done, Session};
use crate::connectors::http::Request;
use crate::model::fault::Fault;
use crate::model::outcome::Outcome;
use crate::model::payload::{at, text_at};
use crate::model::text::clean;
use serde_json::{Value as Json, json};

const CONFIG: Doing = Doing::reading("read its settings", "a role of any kind");
const VERSION: Doing = Doing::reading("tell its version", "a role of any kind");

/// The settings as the action gives them. The body is never shown: it holds the migration webhook's URL with its token.
pub(super) async fn read(session: &mut Session<'_>) -> Result<Json, Fault> {
    let request = Request::get(format!("{API}/config")).secret_body();
    let config = session.ask(request, CONFIG).await?;
    let version = session
        .ask(Request::get(format!("{API}/version")), VERSION)
        .await?;
    Ok(told(&config, &version))
}

fn told(config: &Json, version: &Json) -> Json {
    let yes = |path: &str| at(config, path).and_then(Json::as_bool);
    json!({
        "license_tier": text_at(config, "license.tier").map(clean),
        "mdm_enabled": yes("mdm.enabled_and_configured"),
        "scripts_disabled": yes("server_settings.scripts_disabled"),
        "server_url": text_at(config, "server_settings.server_url").map(clean),
        "migration_enabled": yes("mdm.macos_migration.enable"),
        "migration_webhook_url_set": text_at(config, "mdm.macos_migration.webhook_url").is_some(),
        "version": text_at(version, "version").map(clean),
    })
}

pub(super) async fn config(session: &mut Session<'_>) -> Done {
    Ok((read(session).await?, Outcome::Done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::payload::parse;

    #[test]
    fn the_settings_are_told_without_the_webhooks_url() {
        let config = parse(include_bytes!(
            "../../../tests/it/payloads/fleet/config.json"
        ))
        .unwrap();
        let version = parse(include_bytes!(
            "../../../tests/it/payloads/fleet/version.json"
        ))
        .unwrap();
        let told = told(&config, &version);
        assert_eq!(
            told,
            json!({
                "license_tier": "premium",
                "mdm_enabled": true,
                "scripts_disabled": false,
                "server_url": "https://fleet.acme.com",
                "migration_enabled": true,
                "migration_webhook_url_set": true,
                "version": "4.76.1",
            })
        );
    }
}
