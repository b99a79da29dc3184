//! What must never be called (`api/fleet.md` §3.10, §5.5, §10, §11). These routes answer 403, and the night counts as failed.

/// Why a request must never be made, if so. `path` is what follows the API's prefix, for every route that nothing serves.
pub(super) fn trips(method: &str, path: &[&str]) -> Option<&'static str> {
    let reads = match path {
        // Reading is noted for good and shows the key.
        ["hosts", _, "encryption_key" | "recovery_lock_password"]
        | ["mdm", "hosts", _, "encryption_key"] => Some("reads a recovery key"),
        ["spec", "enroll_secret"] | ["teams" | "fleets", _, "secrets"] => {
            Some("reads enrol secrets")
        }
        _ => None,
    };
    if reads.is_some() || method == "GET" {
        return reads;
    }
    match path {
        [.., "wipe"] => Some("wipes a Mac"),
        [.., "lock"] => Some("locks a Mac"),
        [.., "unlock"] => Some("unlocks a Mac"),
        [.., "unenroll"] | ["hosts", _, "mdm"] => Some("turns off Fleet's own MDM"),
        ["hosts", "delete"] => Some("deletes many hosts"),
        ["hosts", "transfer", "filter"] => Some("moves every host that matches a filter"),
        ["commands", "run"] | ["mdm", "commands", "run"] | ["mdm", "apple", "enqueue"] => {
            Some("sends an MDM command of any kind")
        }
        ["scripts", "run", "sync" | "batch"] => {
            Some("runs a script without a record or on many hosts")
        }
        [
            "mdm" | "config" | "users" | "spec" | "abm_tokens" | "vpp_tokens",
            ..,
        ] => Some("changes how Fleet itself is set up"),
        [
            "hosts" | "teams" | "fleets" | "scripts" | "labels" | "software" | "packs",
            ..,
        ] if matches!(method, "DELETE" | "PATCH") => {
            Some("deletes or changes what is not drover's")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destroying_routes_trip_and_their_neighbours_do_not() {
        for (method, path, trip) in [
            ("POST", "hosts/7/wipe", true),
            ("POST", "hosts/7/lock", true),
            ("POST", "hosts/7/unlock", true),
            ("POST", "mdm/hosts/7/wipe", true),
            ("DELETE", "hosts/7", true),
            ("DELETE", "hosts/7/mdm", true),
            ("POST", "hosts/delete", true),
            ("PATCH", "mdm/hosts/7/unenroll", true),
            ("DELETE", "mdm/hosts/7/unenroll", true),
            ("POST", "commands/run", true),
            ("POST", "mdm/apple/enqueue", true),
            ("POST", "hosts/transfer/filter", true),
            ("POST", "scripts/run/batch", true),
            ("POST", "scripts/run/sync", true),
            ("DELETE", "scripts/3", true),
            ("DELETE", "teams/3", true),
            ("PATCH", "config", true),
            ("PATCH", "teams/3", true),
            ("DELETE", "users/3", true),
            ("GET", "hosts/7/encryption_key", true),
            ("GET", "spec/enroll_secret", true),
            ("GET", "teams/3/secrets", true),
            ("GET", "hosts/7/lock", false),
            ("GET", "config", false),
            ("POST", "hosts/7/labels", false),
            ("GET", "scripts/batch", false),
        ] {
            let parts: Vec<&str> = path.split('/').collect();
            assert_eq!(trips(method, &parts).is_some(), trip, "{method} {path}");
        }
    }
}
