//! What a Mac's MDM requests say, read as far as anybody here needs it.

/// The UDID in the property list a Mac sends; none when there is no such key.
pub(in crate::sim) fn udid(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<key>UDID</key>")?;
    let rest = rest.trim_start().strip_prefix("<string>")?;
    let (udid, _) = rest.split_once("</string>")?;
    let udid = udid.trim();
    (!udid.is_empty()).then(|| udid.to_owned())
}

#[cfg(test)]
pub(in crate::sim) fn request(udid: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>\n\t<key>Status</key>\n\t<string>Idle</string>\n\t<key>UDID</key>\n\t<string>{udid}</string>\n</dict></plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_udid_is_found_and_nothing_else_is_taken_for_it() {
        assert_eq!(udid(request("A-1").as_bytes()).as_deref(), Some("A-1"));
        for other in ["", "<plist/>", "<key>UDID</key><integer>1</integer>"] {
            assert_eq!(udid(other.as_bytes()), None, "{other}");
        }
        assert_eq!(udid(request("").as_bytes()), None);
    }
}
