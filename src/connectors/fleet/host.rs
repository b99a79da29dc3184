//! One Fleet host as one flat object, whichever names the server uses.
//!
//! Since 4.82 answers carry the old and the new name side by side, and later versions may drop the old one
//! (`api/fleet.md` §2): each field names the places it may stand at, and the first that holds something counts.

use super::profiles;
use crate::model::payload::{at, text_at};
use crate::model::value::{Value, ValueType};
use serde_json::{Map, Value as Json};

/// A field of the flat object: its name, its type, and where on the wire it may stand, the old name first.
type Place = (&'static str, ValueType, &'static [&'static str]);

use ValueType::{Boolean, Integer, Text, Time};

const PLACES: &[Place] = &[
    ("uuid", Text, &["uuid"]),
    ("hardware_model", Text, &["hardware_model"]),
    ("computer_name", Text, &["computer_name"]),
    ("os_version", Text, &["os_version"]),
    ("seen_time", Time, &["seen_time"]),
    ("detail_updated_at", Time, &["detail_updated_at"]),
    ("last_enrolled_at", Time, &["last_enrolled_at"]),
    ("last_mdm_enrolled_at", Time, &["last_mdm_enrolled_at"]),
    ("last_mdm_checked_in_at", Time, &["last_mdm_checked_in_at"]),
    ("team_id", Integer, &["team_id", "fleet_id"]),
    ("team_name", Text, &["team_name", "fleet_name"]),
    ("orbit_version", Text, &["orbit_version"]),
    ("fleet_desktop_version", Text, &["fleet_desktop_version"]),
    ("scripts_enabled", Boolean, &["scripts_enabled"]),
    (
        "disk_encryption_enabled",
        Boolean,
        &["disk_encryption_enabled"],
    ),
    (
        "filevault_status",
        Text,
        &[
            "mdm.os_settings.disk_encryption.status",
            "mdm.macos_settings.disk_encryption",
        ],
    ),
    (
        "encryption_key_available",
        Boolean,
        &["mdm.encryption_key_available"],
    ),
    ("dep_profile_error", Boolean, &["mdm.dep_profile_error"]),
    ("mdm_enrollment_status", Text, &["mdm.enrollment_status"]),
    ("mdm_server_url", Text, &["mdm.server_url"]),
    ("mdm_name", Text, &["mdm.name"]),
    ("refetch_requested", Boolean, &["refetch_requested"]),
    (
        "refetch_critical_queries_until",
        Time,
        &["refetch_critical_queries_until"],
    ),
    ("platform", Text, &["platform"]),
];

/// Fields whose empty text means something else than null.
const EMPTY_COUNTS: &[&str] = &["fleet_desktop_version"];

/// The flat host of the action catalogue. `base` is Fleet's address, for the link to the host's page.
///
/// # Errors
/// The name of the field when the id or the serial cannot be read: without them nothing else is worth having.
pub(super) fn flat(host: &Json, base: &str) -> Result<Json, &'static str> {
    let id = id_of(host).ok_or("id")?;
    let serial = at(host, "hardware_serial")
        .and_then(Json::as_str)
        .ok_or("hardware_serial")?;
    let mut flat = Map::new();
    flat.insert("id".into(), id.into());
    flat.insert(
        "hardware_serial".into(),
        crate::model::text::clean(serial).into(),
    );
    for (name, kind, paths) in PLACES {
        let keeps_empty = EMPTY_COUNTS.contains(name);
        flat.insert((*name).into(), read(host, *kind, paths, keeps_empty));
    }
    flat.insert(
        "online".into(),
        (text_at(host, "status") == Some("online")).into(),
    );
    let connected = at(host, "mdm.connected_to_fleet").and_then(Json::as_bool);
    flat.insert(
        "connected_to_fleet".into(),
        connected.unwrap_or(false).into(),
    );
    let (user, email) = user_of(host);
    flat.insert("user".into(), user.into());
    flat.insert("email".into(), email.into());
    flat.insert("url".into(), format!("{base}/hosts/{id}").into());
    flat.append(&mut profiles::told(host));
    Ok(Json::Object(flat))
}

/// The host's id, when it has a usable one.
pub(super) fn id_of(host: &Json) -> Option<i64> {
    integer(at(host, "id")?).filter(|id| *id > 0)
}

/// A whole number, also when a server writes it as text (`host_id` of `fleet_enrolled`, `api/fleet.md` §7.2).
pub(super) fn integer(json: &Json) -> Option<i64> {
    Value::fit(Integer, json).ok()?.as_integer()
}

fn read(host: &Json, kind: ValueType, paths: &[&str], keeps_empty: bool) -> Json {
    paths
        .iter()
        .filter_map(|path| at(host, path))
        .filter(|json| keeps_empty || json.as_str() != Some(""))
        .filter_map(|json| Value::fit(kind, json).ok())
        .find(|value| !value.is_null())
        .map_or(Json::Null, |value| value.to_json())
}

/// Who uses the Mac and where to write to them: the directory's name if it is an address, else an address an
/// administrator entered, else one seen in Chrome (`api/fleet.md` §3.3).
fn user_of(host: &Json) -> (Option<String>, Option<String>) {
    let person = at(host, "end_users.0").unwrap_or(&Json::Null);
    let name = text_at(person, "idp_username");
    let listed = ["custom", "google_chrome_profiles"]
        .into_iter()
        .find_map(|source| address_from(at(person, "other_emails"), source));
    let mapped = [
        "mdm_idp_accounts",
        "idp",
        "custom",
        "google_chrome_profiles",
    ]
    .into_iter()
    .find_map(|source| address_from(at(host, "device_mapping"), source));
    let email = name
        .filter(|name| is_address(name))
        .or(listed)
        .or(mapped)
        .map(crate::model::text::clean);
    let user = text_at(person, "idp_full_name")
        .or(name)
        .map(crate::model::text::clean)
        .or_else(|| email.clone());
    (user, email)
}

fn address_from<'a>(list: Option<&'a Json>, source: &str) -> Option<&'a str> {
    list?
        .as_array()?
        .iter()
        .filter(|entry| text_at(entry, "source") == Some(source))
        .filter_map(|entry| text_at(entry, "email"))
        .find(|email| is_address(email))
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::fleet::spec::spec;
    use crate::model::payload::parse;
    use serde_json::json;

    const BASE: &str = "https://fleet.acme.com";
    const DETAIL: &[u8] = include_bytes!("../../../tests/it/payloads/fleet/host.json");
    const BOTH: &[u8] = include_bytes!("../../../tests/it/payloads/fleet/host_both_names.json");
    const PENDING: &[u8] = include_bytes!("../../../tests/it/payloads/fleet/host_pending.json");
    const JAMF: &[u8] = include_bytes!("../../../tests/it/payloads/fleet/host_in_jamf.json");

    fn host(bytes: &[u8]) -> Json {
        let json = parse(bytes).unwrap();
        flat(&json["host"], BASE).unwrap()
    }

    #[test]
    fn a_host_has_exactly_the_fields_the_catalogue_names_in_their_types() {
        for bytes in [DETAIL, BOTH, PENDING, JAMF] {
            let host = host(bytes);
            let map = host.as_object().unwrap();
            let outputs = spec("fleet.get_host").outputs;
            assert_eq!(map.len(), outputs.len());
            for field in outputs {
                let json = map
                    .get(field.name)
                    .unwrap_or_else(|| panic!("{}", field.name));
                assert!(!field.required || !json.is_null(), "{}", field.name);
                assert!(
                    Value::fit(field.kind, json).is_ok(),
                    "{} {json}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn a_migrated_mac_reads_as_documented() {
        let host = host(DETAIL);
        for (name, wanted) in [
            ("id", json!(121)),
            ("hardware_serial", json!("C0124FXASD6G")),
            ("computer_name", json!("Anna's MacBook Pro")),
            ("online", json!(true)),
            ("detail_updated_at", json!("2026-03-02T08:31:00.000Z")),
            ("team_id", json!(3)),
            ("team_name", json!("Workstations")),
            ("filevault_status", json!("verified")),
            ("encryption_key_available", json!(true)),
            ("mdm_enrollment_status", json!("On (automatic)")),
            ("connected_to_fleet", json!(true)),
            ("user", json!("anna@acme.com")),
            ("email", json!("anna@acme.com")),
            ("url", json!("https://fleet.acme.com/hosts/121")),
        ] {
            assert_eq!(host[name], wanted, "{name}");
        }
    }

    #[test]
    fn both_names_in_one_object_and_the_new_name_alone_read_alike() {
        let both = host(BOTH);
        assert_eq!(
            (&both["team_id"], &both["team_name"]),
            (&json!(3), &json!("Staging"))
        );
        let new = json!({"id": 5, "hardware_serial": "A", "fleet_id": 3, "fleet_name": "Staging"});
        let new = flat(&new, BASE).unwrap();
        assert_eq!(
            (&new["team_id"], &new["team_name"]),
            (&json!(3), &json!("Staging"))
        );
    }

    #[test]
    fn never_and_not_selected_are_null_and_a_pending_mac_has_no_uuid() {
        let pending = host(PENDING);
        for name in [
            "uuid",
            "last_enrolled_at",
            "detail_updated_at",
            "computer_name",
            "team_id",
        ] {
            assert_eq!(pending[name], Json::Null, "{name}");
        }
        assert_eq!(pending["mdm_enrollment_status"], "Pending");
        let never = json!({"id": 5, "hardware_serial": "", "seen_time": "0001-01-01T00:00:00Z", "mdm": null});
        let never = flat(&never, BASE).unwrap();
        assert_eq!(never["seen_time"], Json::Null);
        assert_eq!(never["connected_to_fleet"], false);
    }

    #[test]
    fn a_mac_in_jamf_that_looks_automatic_is_not_connected() {
        let host = host(JAMF);
        assert_eq!(host["mdm_enrollment_status"], "On (automatic)");
        assert_eq!(host["connected_to_fleet"], false);
        assert_eq!(
            host["mdm_server_url"],
            "https://acme.jamfcloud.com/mdm/ServerURL"
        );
        assert_eq!(host["fleet_desktop_version"], "");
        assert_eq!(
            (&host["user"], &host["email"]),
            (&json!("Anna Chao"), &json!("a@x.com"))
        );
    }

    #[test]
    fn an_mdm_that_was_left_has_no_server_and_odd_types_do_not_spoil_the_rest() {
        let host = json!({"id": "7", "hardware_serial": "A", "team_id": "x", "os_version": 15,
            "mdm": {"server_url": "", "name": "", "enrollment_status": "Off"}});
        let host = flat(&host, BASE).unwrap();
        assert_eq!(host["id"], 7);
        assert_eq!(host["mdm_server_url"], Json::Null);
        assert_eq!(host["team_id"], Json::Null);
        assert_eq!(host["os_version"], "15");
        assert_eq!(flat(&json!({"hardware_serial": "A"}), BASE), Err("id"));
        assert_eq!(flat(&json!({"id": 1}), BASE), Err("hardware_serial"));
    }

    #[test]
    fn a_hostile_name_is_cleaned() {
        let host = json!({"id": 7, "hardware_serial": "A", "computer_name": "a\u{1b}[2J\nb"});
        assert_eq!(
            flat(&host, BASE).unwrap()["computer_name"],
            "a\u{FFFD}[2J b"
        );
    }
}
