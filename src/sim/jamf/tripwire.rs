//! What must never be called. These routes answer 403, and the night counts as failed.

use axum::http::Method;

/// Commands that erase, lock, turn off or delete.
const HARMFUL_COMMANDS: [&str; 11] = [
    "ERASE_DEVICE",
    "DEVICE_LOCK",
    "DELETE_USER",
    "CLEAR_PASSCODE",
    "SHUT_DOWN_DEVICE",
    "RESTART_DEVICE",
    "ENABLE_LOST_MODE",
    "UNLOCK_USER_ACCOUNT",
    "SET_AUTO_ADMIN_PASSWORD",
    "APPLY_REDEMPTION_CODE",
    "LOG_OUT_USER",
];

/// Commands that only ask, or that a migration may need: clearing a Recovery Lock.
pub(super) const HARMLESS_COMMANDS: [&str; 7] = [
    "DEVICE_INFORMATION",
    "SECURITY_INFO",
    "PROFILE_LIST",
    "CERTIFICATE_LIST",
    "INSTALLED_APPLICATION_LIST",
    "VERIFY_RECOVERY_LOCK",
    "SET_RECOVERY_LOCK",
];

pub(super) fn is_harmful_command(kind: &str) -> bool {
    HARMFUL_COMMANDS.contains(&kind)
}

/// Why a request must never be made, if so.
pub(super) fn trips(method: &Method, path: &str) -> Option<&'static str> {
    if method == Method::GET {
        return None;
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let last = parts.last().copied().unwrap_or_default();
    let is = |name: &str| parts.contains(&name);
    match last {
        "erase" => return Some("erases a device"),
        "disown" => return Some("releases devices from the organisation"),
        "wipe" | "EraseDevice" | "DeviceWipe" => return Some("wipes a device"),
        "lock" | "DeviceLock" => return Some("locks a device"),
        "delete-all" => return Some("deletes records"),
        _ => {}
    }
    if path.contains("/command/EraseDevice") || path.contains("/command/DeviceLock") {
        return Some("erases or locks a device");
    }
    if method == Method::PUT && is("computer-prestages") && last == "scope" {
        return Some("replaces the assignment of every Mac in a prestage");
    }
    let record = parts
        .iter()
        .any(|part| part.starts_with("computers-inventory") || *part == "computers");
    if method == Method::DELETE && record && !is("commandflush") {
        return Some("deletes a computer's record");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destroying_routes_trip_and_their_neighbours_do_not() {
        for (method, path, trip) in [
            (Method::POST, "/api/v4/computers-inventory/1/erase", true),
            (Method::POST, "/api/v1/computer-inventory/1/erase", true),
            (Method::DELETE, "/api/v4/computers-inventory/1", true),
            (Method::DELETE, "/JSSResource/computers/id/1", true),
            (Method::POST, "/api/v1/device-enrollments/1/disown", true),
            (Method::PUT, "/api/v2/computer-prestages/1/scope", true),
            (
                Method::POST,
                "/JSSResource/computercommands/command/EraseDevice/passcode/1/id/1",
                true,
            ),
            (
                Method::POST,
                "/api/v4/computers-inventory/1/remove-mdm-profile",
                false,
            ),
            (Method::GET, "/api/v2/computer-prestages/1/scope", false),
            (Method::PATCH, "/api/v4/computers-inventory-detail/1", false),
            (
                Method::DELETE,
                "/JSSResource/commandflush/computers/id/1/status/Pending",
                false,
            ),
        ] {
            assert_eq!(trips(&method, path).is_some(), trip, "{method} {path}");
        }
    }
}
