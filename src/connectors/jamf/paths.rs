//! Every path that is ever asked for. A constant each: a path built from a word could become the wrong verb.

use crate::model::percent::percent;

pub(super) const VERSION: &str = "/api/v1/jamf-pro-version";
/// Whose token it is, and with which privileges (`api/jamf.md` §1.2).
pub(super) const OWN_RIGHTS: &str = "/api/v1/auth";
pub(super) const COMMANDS: &str = "/api/v2/mdm/commands";
pub(super) const BLANK_PUSH: &str = "/api/v2/mdm/blank-push";

/// Where a token is asked for: the current spelling, then the one of older servers (`api/jamf.md` §1.1).
pub(super) const TOKEN: [&str; 2] = ["/api/v1/oauth/token", "/api/oauth/token"];

/// A version of the inventory API, newest first. All are lists; an id behind a slash is one computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inventory {
    V4,
    V3,
    V2,
    V1,
}

impl Inventory {
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::V4 => "/api/v4/computers-inventory",
            Self::V3 => "/api/v3/computers-inventory",
            Self::V2 => "/api/v2/computers-inventory",
            Self::V1 => "/api/v1/computers-inventory",
        }
    }

    pub(super) fn one(self, id: &str) -> String {
        format!("{}/{}", self.list(), percent(id))
    }

    pub(super) fn detail(self, id: &str) -> String {
        let path = match self {
            Self::V4 => "/api/v4/computers-inventory-detail/",
            Self::V3 => "/api/v3/computers-inventory-detail/",
            Self::V2 => "/api/v2/computers-inventory-detail/",
            Self::V1 => "/api/v1/computers-inventory-detail/",
        };
        format!("{path}{}", percent(id))
    }

    pub(super) fn older(self) -> Option<Self> {
        match self {
            Self::V4 => Some(Self::V3),
            Self::V3 => Some(Self::V2),
            Self::V2 => Some(Self::V1),
            Self::V1 => None,
        }
    }
}

/// The two spellings of the one supported way to unenroll (`api/jamf.md` §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// From 11.30 on: computers, plural.
    V4,
    /// Before: computer, singular.
    V1,
}

impl Removal {
    pub(super) fn path(self, id: &str) -> String {
        let id = percent(id);
        match self {
            Self::V4 => format!("/api/v4/computers-inventory/{id}/remove-mdm-profile"),
            Self::V1 => format!("/api/v1/computer-inventory/{id}/remove-mdm-profile"),
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::V4 => Self::V1,
            Self::V1 => Self::V4,
        }
    }
}

/// `field=="value"`, quoted and escaped, so that no value can become syntax (`api/jamf.md` §1.6).
pub(super) fn equals(field: &str, value: &str) -> String {
    compare(field, "==", value)
}

/// `field=ge="value"`.
pub(super) fn at_least(field: &str, value: &str) -> String {
    compare(field, "=ge=", value)
}

fn compare(field: &str, operator: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{field}{operator}\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_value_stays_a_value_in_a_filter() {
        for (value, filter) in [
            ("C02ZC2QYLVDL", r#"udid=="C02ZC2QYLVDL""#),
            (r#"a",id=="1"#, r#"udid=="a\",id==\"1""#),
            (r"a\", r#"udid=="a\\""#),
        ] {
            assert_eq!(equals("udid", value), filter);
        }
    }

    #[test]
    fn a_hostile_id_stays_one_segment() {
        assert_eq!(
            Removal::V4.path("1/erase?"),
            "/api/v4/computers-inventory/1%2Ferase%3F/remove-mdm-profile"
        );
    }
}
