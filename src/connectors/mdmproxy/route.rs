//! What the proxy is to be told, and `mdmproxy.route` as data.

use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::hash::fnv1a32;
use crate::model::time::Span;
use crate::model::value::ValueType::{Integer, Json as JsonType};
use std::collections::BTreeSet;

/// The actions of the `mdmproxy` connector.
pub const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        name: "mdmproxy.route",
        about: "Tells the migration proxy which Macs go to the new server: all of them, each time.",
        nature: Nature::Repeatable,
        inputs: &[
            Field::required(
                "new",
                JsonType,
                "the UDIDs of every Mac that is to be at the new server, as a list",
            ),
            Field::required(
                "old",
                JsonType,
                "the UDIDs of every other Mac that is known; none of these may be under the percentage",
            ),
            Field::required(
                "proven",
                JsonType,
                "the percentages of the waves that are proven; the highest that holds back no Mac is sent",
            ),
        ],
        outputs: &[
            Field::required("percentage", Integer, "the percentage the proxy was told"),
            Field::required(
                "listed",
                Integer,
                "how many UDIDs are in the list beside it",
            ),
            Field::required(
                "replicas",
                Integer,
                "how many replicas of the proxy took both",
            ),
        ],
        destructive: false,
        settle: Span::from_secs(30),
        probe: false,
    },
    ActionSpec {
        name: "mdmproxy.health",
        about: "Asks every replica of the migration proxy whether it is up.",
        nature: Nature::Read,
        inputs: &[],
        outputs: &[Field::required(
            "replicas",
            Integer,
            "how many replicas answered",
        )],
        destructive: false,
        settle: Span::ZERO,
        probe: false,
    },
];

/// What the proxy is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    pub percentage: u32,
    /// UDIDs the percentage does not carry.
    pub list: BTreeSet<String>,
}

/// Whether the proxy sends this UDID to the new server by the percentage alone: `fnv1a32(udid) % 100 < percentage`, the
/// UDID byte for byte.
pub fn is_under(udid: &str, percentage: u32) -> bool {
    fnv1a32(udid.as_bytes()) % 100 < percentage
}

/// The highest proven percentage under which no Mac lies that is to stay at the old server, and a list of the rest.
pub fn route(new: &BTreeSet<String>, old: &BTreeSet<String>, proven: &[u32]) -> Route {
    let holds = |percentage: &u32| !old.iter().any(|udid| is_under(udid, *percentage));
    let percentage = (proven.iter().copied())
        .filter(|percentage| *percentage <= 100)
        .filter(holds)
        .max()
        .unwrap_or(0);
    let list = (new.iter())
        .filter(|udid| !is_under(udid, percentage))
        .cloned()
        .collect();
    Route { percentage, list }
}
