//! What must never be called on the old server: it is to be left as it is until the last Mac has gone.

/// Why a request must never be made, if so.
pub(super) fn trips(method: &str, path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        ("DELETE", ["v1", "devices", ..]) => Some("deletes devices"),
        ("DELETE", ["v1", ..]) => Some("deletes what is not drover's"),
        (_, ["v1", "devices", _, "block"]) => Some("blocks a device"),
        ("GET", _) => None,
        (_, ["v1", "commands", ..]) => Some("sends an MDM command of any kind"),
        ("PUT" | "PATCH", ["v1", ..]) => Some("changes how the old server is set up"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destroying_routes_trip_and_their_neighbours_do_not() {
        for (method, path, trip) in [
            ("DELETE", "/v1/devices", true),
            ("DELETE", "/v1/devices/", true),
            ("DELETE", "/v1/profiles", true),
            ("POST", "/v1/commands", true),
            ("POST", "/v1/commands/UDID", true),
            ("POST", "/v1/devices/UDID/block", true),
            ("PUT", "/v1/dep-tokens", true),
            ("POST", "/v1/devices", false),
            ("GET", "/v1/commands/UDID", false),
            ("GET", "/push/UDID", false),
            ("PUT", "/mdm/connect", false),
        ] {
            assert_eq!(trips(method, path).is_some(), trip, "{method} {path}");
        }
    }
}
