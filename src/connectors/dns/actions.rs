//! What can be asked, as data.

use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::time::Span;
use crate::model::value::ValueType::{Boolean, Integer, Json, Text};

/// The actions of the `dns` connector.
pub const ACTIONS: &[ActionSpec] = &[ActionSpec {
    name: "dns.lookup",
    about: "Asks every resolver of [connectors.dns] for a name's addresses, each by itself and past every cache of ours.",
    nature: Nature::Read,
    inputs: &[Field::required(
        "name",
        Text,
        "the name, such as mdm.example.com",
    )],
    outputs: &[
        Field::required(
            "addresses",
            Json,
            "every address that any resolver gave, as texts in order",
        ),
        Field::required(
            "names",
            Json,
            "every name that aliases led through, without the last dot",
        ),
        Field::optional(
            "ttl",
            Integer,
            "the longest time to live of an answer, in seconds: so long the old may still be believed",
        ),
        Field::required(
            "agree",
            Boolean,
            "all resolvers answered, and gave the same addresses",
        ),
        Field::required("answered", Integer, "how many resolvers answered"),
        Field::required("asked", Integer, "how many were asked"),
        Field::required(
            "answers",
            Json,
            "of each resolver: resolver, addresses, names, ttl, error",
        ),
    ],
    destructive: false,
    settle: Span::ZERO,
    probe: false,
}];
