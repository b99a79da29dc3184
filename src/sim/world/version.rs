//! What a version of Fleet does differently.

/// Fleet's version, as `GET /version` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub text: String,
    parts: (u64, u64),
}

impl Version {
    pub fn new(text: &str) -> Self {
        let mut numbers = text.split('.').map(|part| part.parse().unwrap_or(0));
        let parts = (
            numbers.next().unwrap_or_default(),
            numbers.next().unwrap_or_default(),
        );
        Self {
            text: text.to_owned(),
            parts,
        }
    }

    /// From 4.82 on every answer carries `fleet_id` beside `team_id` (`api/fleet.md` §2).
    pub fn has_both_names(&self) -> bool {
        self.parts >= (4, 82)
    }

    /// From 4.82 on order keys are checked against a list (`api/fleet.md` §1.5).
    pub fn checks_order_keys(&self) -> bool {
        self.parts >= (4, 82)
    }

    /// From 4.91 on `mdm_enrolled` has `host_id` (`api/fleet.md` §7.2).
    pub fn names_host_in_enrolled(&self) -> bool {
        self.parts >= (4, 91)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(!Version::new("4.76.1").has_both_names());
        assert!(Version::new("4.92.0").has_both_names());
        assert!(Version::new("4.100.0").names_host_in_enrolled());
        assert!(!Version::new("4.9.0").has_both_names());
    }
}
