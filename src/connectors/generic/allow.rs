//! Which URLs may be called. Compared as parsed URLs, never as text.

use crate::model::secret::Rotating;
use reqwest::Url;

/// Headers that decide where a request goes or where it ends.
pub(super) const FORBIDDEN_HEADERS: [&str; 7] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
];

/// One entry of `[connectors.http] allow`.
#[derive(Clone, Debug)]
pub struct Allow {
    /// Everything at and below this URL may be called.
    pub prefix: String,
    /// Sent with every request below the prefix: a service's token.
    pub headers: Vec<(String, Rotating)>,
}

impl Allow {
    /// A prefix without headers of its own.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            headers: Vec::new(),
        }
    }
}

/// Scheme, host and port.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Whether `url` is at or below `prefix`. Dot segments are resolved by the parser already; a slash or dot in disguise
/// is refused, as the service may undress it.
pub(super) fn is_below(url: &Url, prefix: &Url) -> bool {
    let same_place =
        origin(url) == origin(prefix) && url.username().is_empty() && url.password().is_none();
    let lower = url.path().to_ascii_lowercase();
    let disguised = ["%2f", "%5c", "%2e", "%00", "\\"]
        .iter()
        .any(|part| lower.contains(part));
    let root = prefix.path().trim_end_matches('/');
    let below = url
        .path()
        .strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    same_place && below && !disguised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_really_below_a_prefix_is_allowed() {
        let prefix = Url::parse("https://tickets.example.com/api/v1").unwrap();
        for (url, allowed) in [
            ("https://tickets.example.com/api/v1", true),
            ("https://tickets.example.com/api/v1/issues?x=1", true),
            ("https://TICKETS.example.com:443/api/v1/issues", true),
            ("https://tickets.example.com/api/v10/issues", false),
            ("https://tickets.example.com/api/v1/../admin", false),
            ("https://tickets.example.com/api/v1/%2e%2e/admin", false),
            ("https://tickets.example.com/api/v1/..%2Fadmin", false),
            ("https://tickets.example.com/api/v1/..%5Cadmin", false),
            ("https://tickets.example.com.evil.example/api/v1", false),
            ("https://tickets.example.com@evil.example/api/v1", false),
            ("https://evil@tickets.example.com/api/v1", false),
            ("http://tickets.example.com/api/v1", false),
            ("https://tickets.example.com:8443/api/v1", false),
        ] {
            assert_eq!(
                is_below(&Url::parse(url).unwrap(), &prefix),
                allowed,
                "{url}"
            );
        }
    }
}
