//! What of a service's answers may be kept: an allow-list. What no reader of the history needs is not there to be stolen,
//! and a field that a newer server adds is hidden until somebody lists it.

use super::veil::is_secret_name;
use serde_json::Value as Json;

/// Stands for a text that is not on the list.
const LEFT_OUT: &str = "…";

/// The names whose texts may be kept. Numbers, booleans and nulls are kept unless their name tells of a secret.
#[derive(Clone, Copy)]
pub(super) struct Names(&'static [&'static str]);

/// Of Fleet (`api/fleet.md`): who, where, when, what became of it. No keys, PINs, enrol secrets, agent options.
const FLEET: &[&str] = &[
    "id",
    "uuid",
    "version",
    "name",
    "type",
    "status",
    "state",
    "reason",
    "message",
    "error",
    "platform",
    "created_at",
    "updated_at",
    "seen_time",
    "detail_updated_at",
    "last_enrolled_at",
    "last_mdm_enrolled_at",
    "last_mdm_checked_in_at",
    "refetch_critical_queries_until",
    "not_before",
    "timestamp",
    "hardware_serial",
    "host_serial",
    "serial",
    "hostname",
    "computer_name",
    "display_name",
    "display_text",
    "host_display_name",
    "hardware_model",
    "os_version",
    "orbit_version",
    "osquery_version",
    "fleet_desktop_version",
    "team_name",
    "fleet_name",
    "enrollment_status",
    "mdm_enrollment_status",
    "device_status",
    "pending_action",
    "script_name",
    "script_execution_id",
    "execution_id",
    "batch_execution_id",
    "output",
    "runtime",
    "profile_uuid",
    "identifier",
    "operation_type",
    "common_name",
    "serial_number",
    "issuer",
    "renew_date",
    "actor_full_name",
    "actor_email",
    "global_role",
    "role",
    "email",
    "source",
    "mapping",
    "method",
    "path",
    "query",
];

/// Of Jamf Pro (`api/jamf.md`): likewise. No recovery keys, bypass codes, accounts, extension attributes.
const JAMF: &[&str] = &[
    "id",
    "udid",
    "uuid",
    "version",
    "name",
    "serialNumber",
    "managementId",
    "commandUuid",
    "commandType",
    "commandState",
    "status",
    "dateSent",
    "dateCompleted",
    "reportDate",
    "lastContactTime",
    "lastContact",
    "lastCheckIn",
    "lastEnrolledDate",
    "initialEntryDate",
    "mdmProfileExpiration",
    "modelIdentifier",
    "model",
    "platform",
    "fileVault2Status",
    "partitionFileVault2State",
    "individualRecoveryKeyValidityStatus",
    "activationLockStatus",
    "bootstrapTokenEscrowedStatus",
    "profileIdentifier",
    "displayName",
    "code",
    "description",
    "field",
    "error",
    "error_description",
    "errorDomain",
    "errorLocalizedDescription",
    "errorEnglishDescription",
    "errorUuids",
    "objectName",
    "clientType",
    "href",
    "message",
];

/// Of Slack (`api/slack.md`): our own messages and what is said of them.
const SLACK: &[&str] = &[
    "error",
    "warning",
    "warnings",
    "needed",
    "provided",
    "ts",
    "thread_ts",
    "channel",
    "text",
    "type",
    "subtype",
    "user",
    "bot_id",
    "app_id",
    "team",
    "team_id",
    "user_id",
    "url",
    "messages",
    "event_type",
    "op",
    "next_cursor",
    "id",
    "name",
    "action_id",
    "block_id",
];

/// The list of this connector; none for services that drover knows nothing of.
pub(super) fn names_of(service: &str) -> Option<Names> {
    match service {
        "fleet" => Some(Names(FLEET)),
        "jamf" => Some(Names(JAMF)),
        "slack" => Some(Names(SLACK)),
        _ => None,
    }
}

impl Names {
    /// Leaves out every text that does not stand under a name of the list, at any depth.
    pub(super) fn pick(self, json: &mut Json) {
        self.below(json, None);
    }

    fn below(self, json: &mut Json, name: Option<&str>) {
        match json {
            Json::Object(map) => {
                for (name, value) in map {
                    self.below(value, Some(name));
                }
            }
            Json::Array(items) => {
                for item in items {
                    self.below(item, name);
                }
            }
            Json::String(text) => {
                let listed = name.is_some_and(|name| self.0.contains(&name));
                if !listed && !text.is_empty() {
                    LEFT_OUT.clone_into(text);
                }
            }
            Json::Number(_) if name.is_some_and(is_secret_name) => *json = LEFT_OUT.into(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_listed_texts_are_kept_and_no_list_names_a_secret() {
        let mut answer = json!({"host": {"id": 7, "hardware_serial": "C02A", "new_in_v5": "s3cret", "unlock_pin": 123_456,
            "nested": [{"status": "ok", "values": ["s3cret"], "enabled": true}]}});
        names_of("fleet").unwrap().pick(&mut answer);
        assert_eq!(
            answer,
            json!({"host": {"id": 7, "hardware_serial": "C02A", "new_in_v5": "…", "unlock_pin": "…",
                "nested": [{"status": "ok", "values": ["…"], "enabled": true}]}})
        );
        for name in [FLEET, JAMF, SLACK].concat() {
            assert!(!is_secret_name(name), "{name}");
        }
        assert!(names_of("http").is_none());
    }
}
