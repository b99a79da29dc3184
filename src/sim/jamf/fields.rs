//! Which inventory fields can be filtered and sorted by (`api/jamf.md` §2.1).

use super::filter::Scalar;
use crate::sim::world::Computer;

/// The value of a field; none when this version of the inventory cannot be filtered by it.
pub(super) fn field(computer: &Computer, name: &str, version: u8) -> Option<Scalar> {
    let flags = &computer.flags;
    let owner = |read: fn(&crate::sim::world::Owner) -> &str| match &computer.owner {
        Some(owner) => Scalar::text(read(owner)),
        None => Scalar::Nothing,
    };
    Some(match name {
        "id" => Scalar::Number(computer.id as i64),
        "udid" => Scalar::text(&computer.udid),
        "general.name" => Scalar::text(&computer.name),
        "general.managementId" => Scalar::text(&computer.management_id),
        "general.platform" => Scalar::text("Mac"),
        "general.remoteManagement.managed" => Scalar::Boolean(flags.managed),
        "general.mdmCapable.capable" => Scalar::Boolean(flags.capable),
        "general.supervised"
        | "general.userApprovedMdm"
        | "general.declarativeDeviceManagementEnabled" => Scalar::Boolean(true),
        "general.enrolledViaAutomatedDeviceEnrollment" => Scalar::Boolean(flags.ade),
        "general.lastCheckIn" if version >= 4 => computer.last_check_in.into(),
        "general.lastContact" if version >= 4 => computer.last_contact.into(),
        "general.lastContactTime" if version < 4 => computer.last_contact.into(),
        "general.reportDate" => computer.report_date.into(),
        "general.lastEnrolledDate" => computer.last_enrolled.into(),
        "general.jamfBinaryVersion" => Scalar::text(super::record::BINARY),
        "hardware.serialNumber" => Scalar::text(&computer.serial),
        "hardware.make" => Scalar::text("Apple"),
        "hardware.model" => Scalar::text(computer.model),
        "hardware.modelIdentifier" => Scalar::text(computer.model_identifier),
        "hardware.appleSilicon" => Scalar::Boolean(super::record::is_silicon(computer)),
        "operatingSystem.version" => Scalar::text(computer.os_version),
        "operatingSystem.build" => Scalar::text(computer.os_build),
        "operatingSystem.fileVault2Status" => Scalar::text(super::record::filevault(computer)),
        "diskEncryption.fileVault2Enabled" => Scalar::Boolean(flags.filevault),
        "userAndLocation.email" => owner(|owner| &owner.email),
        "userAndLocation.username" => owner(|owner| &owner.username),
        "userAndLocation.realname" => owner(|owner| &owner.name),
        "security.activationLockEnabled" => Scalar::Boolean(flags.activation_lock),
        "security.recoveryLockEnabled" => Scalar::Boolean(flags.recovery_lock),
        _ => return None,
    })
}

/// Far fewer fields sort; the serial number is not among them.
pub(super) fn sorts(name: &str, version: u8) -> bool {
    match name {
        "general.lastCheckIn" | "general.lastContact" => version >= 4,
        "general.lastContactTime" => version < 4,
        "general.name"
        | "udid"
        | "id"
        | "general.reportDate"
        | "general.lastEnrolledDate"
        | "general.platform"
        | "general.jamfBinaryVersion"
        | "hardware.make"
        | "hardware.model"
        | "operatingSystem.version"
        | "operatingSystem.build"
        | "userAndLocation.realname" => true,
        _ => false,
    }
}
