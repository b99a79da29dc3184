//! A computer as the inventory shows it (`api/jamf.md` §2.1).

use crate::sim::PLANTED;
use crate::sim::world::Computer;
use serde_json::{Map, Value as Json, json};

pub(super) const BINARY: &str = "11.30.1-t1784555528";

/// Every section, by the name the query asks for and the name the answer has.
pub(super) const SECTIONS: [(&str, &str); 24] = [
    ("GENERAL", "general"),
    ("DISK_ENCRYPTION", "diskEncryption"),
    ("PURCHASING", "purchasing"),
    ("APPLICATIONS", "applications"),
    ("STORAGE", "storage"),
    ("USER_AND_LOCATION", "userAndLocation"),
    ("CONFIGURATION_PROFILES", "configurationProfiles"),
    ("PRINTERS", "printers"),
    ("SERVICES", "services"),
    ("HARDWARE", "hardware"),
    ("LOCAL_USER_ACCOUNTS", "localUserAccounts"),
    ("CERTIFICATES", "certificates"),
    ("ATTACHMENTS", "attachments"),
    ("PLUGINS", "plugins"),
    ("PACKAGE_RECEIPTS", "packageReceipts"),
    ("FONTS", "fonts"),
    ("SECURITY", "security"),
    ("OPERATING_SYSTEM", "operatingSystem"),
    ("LICENSED_SOFTWARE", "licensedSoftware"),
    ("IBEACONS", "ibeacons"),
    ("SOFTWARE_UPDATES", "softwareUpdates"),
    ("EXTENSION_ATTRIBUTES", "extensionAttributes"),
    ("CONTENT_CACHING", "contentCaching"),
    ("GROUP_MEMBERSHIPS", "groupMemberships"),
];

/// Whether this version of the inventory has the section.
pub(super) fn has_section(name: &str, version: u8) -> bool {
    let gone = ["PLUGINS", "FONTS"].contains(&name) && version >= 3;
    !gone && SECTIONS.iter().any(|(section, _)| *section == name)
}

/// The record with the wanted sections. The others are null up to v3 and left out in v4: the schema allows both.
pub(super) fn record(computer: &Computer, version: u8, wanted: impl Fn(&str) -> bool) -> Json {
    let mut record = Map::new();
    record.insert("id".into(), computer.id.to_string().into());
    record.insert("udid".into(), computer.udid.as_str().into());
    for (section, key) in SECTIONS
        .iter()
        .filter(|(name, _)| has_section(name, version))
    {
        if wanted(section) {
            record.insert((*key).into(), content(computer, section, version));
        } else if version < 4 {
            record.insert((*key).into(), Json::Null);
        }
    }
    record.into()
}

fn content(computer: &Computer, section: &str, version: u8) -> Json {
    let flags = &computer.flags;
    match section {
        "GENERAL" => general(computer, version),
        "HARDWARE" => hardware(computer),
        "OPERATING_SYSTEM" => json!({"name": "macOS", "version": computer.os_version, "build": computer.os_build,
            "supplementalBuildVersion": computer.os_build, "rapidSecurityResponse": null,
            "activeDirectoryStatus": "Not Bound", "fileVault2Status": filevault(computer)}),
        "USER_AND_LOCATION" => match &computer.owner {
            Some(owner) => json!({"username": owner.username, "realname": owner.name, "email": owner.email,
                "position": null, "phone": null, "departmentId": "1", "buildingId": "-1", "room": null}),
            None => json!({"username": null, "realname": null, "email": null, "position": null, "phone": null,
                "departmentId": "-1", "buildingId": "-1", "room": null}),
        },
        "DISK_ENCRYPTION" => json!({
            "bootPartitionEncryptionDetails": {"partitionName": "Macintosh HD",
                "partitionFileVault2State": if flags.filevault { "ENCRYPTED" } else { "NOT_ENCRYPTED" },
                "partitionFileVault2Percent": if flags.filevault { 100 } else { 0 }},
            "individualRecoveryKeyValidityStatus": if flags.key_valid { "VALID" } else { "UNKNOWN" },
            "institutionalRecoveryKeyPresent": false,
            "personalRecoveryKey": format!("{PLANTED}filevault"), "diskEncryptionConfigurationName": null,
            "fileVault2Enabled": flags.filevault,
            "fileVault2EnabledUserNames": computer.owner.iter().map(|o| &o.username).collect::<Vec<_>>(),
            "fileVault2EligibilityMessage": "Eligible"}),
        "SECURITY" => json!({"sipStatus": "ENABLED", "gatekeeperStatus": "APP_STORE_AND_IDENTIFIED_DEVELOPERS",
            "activationLockEnabled": flags.activation_lock, "recoveryLockEnabled": flags.recovery_lock,
            "firewallEnabled": true, "secureBootLevel": "FULL_SECURITY", "externalBootLevel": "NOT_SUPPORTED",
            "bootstrapTokenAllowed": true,
            "bootstrapTokenEscrowedStatus": if flags.bootstrap_escrowed { "ESCROWED" } else { "NOT_ESCROWED" },
            "attestationStatus": "SUCCESS",
            "activationLockBypassCode": format!("{PLANTED}bypass")}),
        // What the last inventory said: it goes on listing the profile after it is gone (§3.7).
        "CONFIGURATION_PROFILES" => json!([{"id": "1", "username": null, "lastInstalled": computer.last_enrolled,
            "removable": !flags.ade, "displayName": "MDM Profile",
            "profileIdentifier": "00000000-0000-0000-A000-4A414D460003", "uuid": null}]),
        "LOCAL_USER_ACCOUNTS" => computer
            .owner
            .iter()
            .map(|owner| json!({"uid": "501", "userGuid": null, "username": owner.username, "fullName": owner.name,
                "admin": owner.admin, "homeDirectory": format!("/Users/{}", owner.username)}))
            .collect(),
        "PURCHASING" | "CONTENT_CACHING" => json!({}),
        _ => json!([]),
    }
}

fn general(computer: &Computer, version: u8) -> Json {
    let flags = &computer.flags;
    let users: Vec<_> = computer.owner.iter().map(|o| &o.username).collect();
    let infos: Vec<_> = users
        .iter()
        .map(|user| json!({"capableUser": user, "managementId": computer.management_id}))
        .collect();
    let mut general = json!({"name": computer.name, "lastIpAddress": "203.0.113.7", "lastReportedIpV4": "10.0.0.5",
        "lastReportedIpV6": null, "jamfBinaryVersion": BINARY, "platform": "Mac", "barcode1": null, "barcode2": null,
        "assetTag": null, "remoteManagement": {"managed": flags.managed, "managementUsername": null},
        "supervised": true, "mdmCapable": {"capable": flags.capable, "capableUsers": users, "userManagementInfo": infos},
        "reportDate": computer.report_date, "lastCloudBackupDate": null, "lastEnrolledDate": computer.last_enrolled,
        "mdmProfileExpiration": computer.mdm_profile_expiration,
        "initialEntryDate": computer.last_enrolled.map(|at| at.to_string()[..10].to_owned()),
        "distributionPoint": null,
        "enrollmentMethod": {"id": "1", "objectName": "Default", "objectType": "PreStage enrollment"},
        "site": {"id": "-1", "name": "None"}, "itunesStoreAccountActive": false,
        "enrolledViaAutomatedDeviceEnrollment": flags.ade, "userApprovedMdm": true,
        "declarativeDeviceManagementEnabled": true,
        "extensionAttributes": [{"definitionId": "23", "name": "Local admin", "enabled": true, "dataType": "STRING",
            "inputType": "SCRIPT", "values": [format!("{PLANTED}attribute")]}],
        "managementId": computer.management_id});
    if version >= 4 {
        general["lastCheckIn"] = json!(computer.last_check_in);
        general["lastContact"] = json!(computer.last_contact);
    } else {
        general["lastReportedIp"] = json!("10.0.0.5");
        general["lastContactTime"] = json!(computer.last_contact);
    }
    general
}

fn hardware(computer: &Computer) -> Json {
    let silicon = is_silicon(computer);
    json!({"make": "Apple", "model": computer.model, "modelIdentifier": computer.model_identifier,
        "serialNumber": computer.serial, "processorType": computer.processor,
        "processorArchitecture": if silicon { "arm64" } else { "x86_64" }, "appleSilicon": silicon,
        "totalRamMegabytes": 16_384, "batteryCapacityPercent": 85, "batteryHealth": "NORMAL", "macAddress": null,
        "altMacAddress": null, "provisioningUdid": null, "bleCapable": true, "supportsIosAppInstalls": silicon})
}

pub(super) fn is_silicon(computer: &Computer) -> bool {
    computer.processor.starts_with("Apple")
}

pub(super) fn filevault(computer: &Computer) -> &'static str {
    if computer.flags.filevault {
        "ALL_ENCRYPTED"
    } else {
        "NOT_ENCRYPTED"
    }
}
