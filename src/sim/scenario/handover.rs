//! What a company is like that moves to Fleet under its old server's own name: the `[handover]` table.

use crate::model::time::Span;
use serde::Deserialize;

/// The move, and what is wrong with it. A share that is not named is 0.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverTable {
    /// The old server's name, which stays.
    pub name: String,
    /// How long resolvers go on with what they know after the name's address was changed.
    pub ttl: Span,
    /// How often an awake Mac's MDM client comes by.
    pub come_by: Bounds,
    /// How many copies of the migration proxy there are.
    pub replicas: usize,
    /// For how long the Macs' identity certificates are still good.
    pub identity: Bounds,
    #[serde(default)]
    pub silent: Silent,
    /// Share of Macs with a profile that the new server does not have.
    #[serde(default)]
    pub leftovers: f64,
    /// Share of Macs whose record the export lacks.
    #[serde(default)]
    pub missing: f64,
    /// Share of Macs whose serial is another one in the export.
    #[serde(default)]
    pub mismatched: f64,
    /// Share of Macs that the old server lists and that have left it: no push information, nobody comes by.
    #[serde(default)]
    pub unenrolled: f64,
    /// Share of Macs whose fleetd is installed only hours later.
    #[serde(default)]
    pub late_agent: f64,
}

/// A least and a most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    pub least: Span,
    pub most: Span,
}

/// Macs whose identity certificate the new server does not know, so that it refuses them. They are all of one part of
/// the company, by the hash the proxy goes by: a wave before it shows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silent {
    /// The part is what lies from here ...
    pub from: u32,
    /// ... up to but not including here, of a hundred.
    pub to: u32,
    /// Of that part, rounded up.
    pub share: f64,
}

impl HandoverTable {
    /// The names of the shares, for checking them.
    pub(super) fn shares(&self) -> [(&'static str, f64); 6] {
        [
            ("silent.share", self.silent.share),
            ("leftovers", self.leftovers),
            ("missing", self.missing),
            ("mismatched", self.mismatched),
            ("unenrolled", self.unenrolled),
            ("late_agent", self.late_agent),
        ]
    }

    /// The names of the bounds, for checking them.
    pub(super) fn bounds(&self) -> [(&'static str, Span, Span); 2] {
        [
            ("come_by", self.come_by.least, self.come_by.most),
            ("identity", self.identity.least, self.identity.most),
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::sim::scenario::{BadScenario, Scenario};

    const SHIPPED: &str = include_str!("../../../assets/scenarios/handover.toml");

    #[test]
    fn the_shipped_handover_is_silent_in_its_third_wave_only() {
        let scenario = Scenario::weather("handover").unwrap();
        let table = scenario.handover.unwrap();
        assert_eq!(table.name, "mdm.acme.example");
        assert_eq!((table.silent.from, table.silent.to), (10, 50));
        assert!(table.silent.share > 0.029 && table.silent.share < 0.031);
        assert!(!Scenario::WEATHERS.contains(&"handover"));
        assert!(Scenario::weather("calm").unwrap().handover.is_none());
    }

    #[test]
    fn a_wrong_number_of_the_move_is_refused_by_its_name() {
        for (from, to, says) in [
            ("leftovers  = 0.04", "leftovers = 4", "handover.leftovers"),
            ("share = 0.03", "share = 3", "handover.silent.share"),
            ("least = \"10m\"", "least = \"10h\"", "handover.come_by"),
            ("replicas   = 2", "replicas = 0", "handover.replicas"),
        ] {
            assert!(SHIPPED.contains(from), "{from}");
            let error = Scenario::parse(&SHIPPED.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        let unknown = SHIPPED.replacen("leftovers ", "leftover_s ", 1);
        assert!(matches!(
            Scenario::parse(&unknown),
            Err(BadScenario::Unreadable(_))
        ));
    }
}
