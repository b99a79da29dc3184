//! A computer as Jamf's inventory writes it, v1 to v4 folded into one flat shape.

use crate::model::payload::{at, text_at};
use crate::model::value::{Value, ValueType};
use serde_json::{Map, Value as Json};

/// The sections that hold what [`fields`] reads. Jamf sends GENERAL alone unless asked (`api/jamf.md` §2.1).
pub(super) const SECTIONS: [&str; 6] = [
    "GENERAL",
    "HARDWARE",
    "OPERATING_SYSTEM",
    "USER_AND_LOCATION",
    "DISK_ENCRYPTION",
    "SECURITY",
];

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Computer {
    pub(super) id: String,
    pub(super) serial: String,
    pub(super) udid: Option<String>,
    pub(super) management_id: Option<String>,
    pub(super) mdm_capable: Option<bool>,
    /// All fields, as the action's result has them.
    pub(super) fields: Map<String, Json>,
}

impl Computer {
    /// Reads a record; none when it has no id or no serial, without which it can be neither named nor matched.
    pub(super) fn read(json: &Json) -> Option<Self> {
        let id = word(json, "id")?;
        let serial = word(json, "hardware.serialNumber")?;
        let fields = fields(json, &id, &serial);
        Some(Self {
            udid: word(json, "udid"),
            management_id: word(json, "general.managementId"),
            mdm_capable: flag(json, "general.mdmCapable.capable"),
            id,
            serial,
            fields,
        })
    }

    pub(super) fn has_serial(&self, serial: &str) -> bool {
        self.serial.eq_ignore_ascii_case(serial.trim())
    }

    pub(super) fn has_udid(&self, udid: &str) -> bool {
        self.udid
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(udid.trim()))
    }

    pub(super) fn json(self) -> Json {
        Json::Object(self.fields)
    }
}

fn fields(json: &Json, id: &str, serial: &str) -> Map<String, Json> {
    let text = |path: &str| word(json, path).map_or(Json::Null, Json::String);
    let truth = |path: &str| flag(json, path).map_or(Json::Null, Json::Bool);
    let first = |paths: [&str; 2], read: &dyn Fn(&str) -> Json| {
        let found = paths.into_iter().map(read).find(|value| !value.is_null());
        found.unwrap_or(Json::Null)
    };
    let moment = |path: &str| time(json, path);
    let before_v4 = "general.lastContactTime";
    let key = match text_at(json, "diskEncryption.individualRecoveryKeyValidityStatus") {
        Some("VALID") => Json::Bool(true),
        Some("INVALID") => Json::Bool(false),
        _ => Json::Null,
    };
    let user = ["userAndLocation.username", "userAndLocation.realname"];
    [
        ("id", Json::String(id.to_owned())),
        ("udid", text("udid")),
        ("serial", Json::String(serial.to_owned())),
        ("name", text("general.name")),
        ("managed", truth("general.remoteManagement.managed")),
        ("mdm_capable", truth("general.mdmCapable.capable")),
        ("management_id", text("general.managementId")),
        (
            "last_contact",
            first(["general.lastContact", before_v4], &moment),
        ),
        (
            "last_check_in",
            first(["general.lastCheckIn", before_v4], &moment),
        ),
        (
            "enrolled_by_ade",
            truth("general.enrolledViaAutomatedDeviceEnrollment"),
        ),
        ("user", first(user, &text)),
        ("email", text("userAndLocation.email")),
        ("os_version", text("operatingSystem.version")),
        (
            "mdm_profile_expiration",
            moment("general.mdmProfileExpiration"),
        ),
        ("filevault_key_valid", key),
        ("activation_lock", truth("security.activationLockEnabled")),
        ("recovery_lock", truth("security.recoveryLockEnabled")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Text at a path; a number is read as text, as ids come both ways. Empty is none.
pub(super) fn word(json: &Json, path: &str) -> Option<String> {
    match at(json, path)? {
        Json::String(text) => Some(text.trim().to_owned()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

fn flag(json: &Json, path: &str) -> Option<bool> {
    Value::fit(ValueType::Boolean, at(json, path)?)
        .ok()?
        .as_boolean()
}

/// A time at a path as RFC 3339 text; null when absent, unreadable or "never".
pub(super) fn time(json: &Json, path: &str) -> Json {
    at(json, path)
        .and_then(|value| Value::fit(ValueType::Time, value).ok())
        .map_or(Json::Null, |value| value.to_json())
}
