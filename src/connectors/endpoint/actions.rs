//! What can be asked of an endpoint, as data.

use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::time::Span;
use crate::model::value::ValueType::{Boolean, Integer, Json, Text, Time};

const NAME: Field = Field::required(
    "name",
    Text,
    "the name that Macs use, such as mdm.example.com; one of [connectors.endpoint] hosts",
);
const ADDRESS: Field = Field::optional(
    "address",
    Text,
    "where to connect, such as 192.0.2.7 or 192.0.2.7:8443; without it where the name leads now",
);
const PORT: Field = Field::optional("port", Integer, "443 unless told");
const CONNECTED: Field = Field::required("address", Text, "address and port that answered");

const fn read(
    name: &'static str,
    about: &'static str,
    inputs: &'static [Field],
    outputs: &'static [Field],
) -> ActionSpec {
    ActionSpec {
        name,
        about,
        nature: Nature::Read,
        inputs,
        outputs,
        destructive: false,
        settle: Span::ZERO,
        probe: false,
    }
}

/// The actions of the `endpoint` connector.
pub const ACTIONS: &[ActionSpec] = &[
    read(
        "endpoint.tls",
        "Looks at the certificate an address shows for a name, and judges it as a Mac would. A bad one is an answer, no fault.",
        &[NAME, ADDRESS, PORT],
        &[
            Field::required(
                "valid",
                Boolean,
                "for this name, in its time, and signed by a CA this machine trusts",
            ),
            Field::optional("why", Text, "why it is not valid, as a sentence"),
            Field::optional("not_after", Time, "when it ends"),
            Field::optional(
                "days_left",
                Integer,
                "whole days until then; negative once it has ended",
            ),
            Field::optional("issuer", Text, "who signed it"),
            Field::required("names", Json, "the names and addresses it is for"),
            Field::optional("fingerprint", Text, "SHA-256 of the certificate, in hex"),
            CONNECTED,
        ],
    ),
    read(
        "endpoint.redirect",
        "Sends an empty request to a path of a name and says where it is led, without going there.",
        &[
            NAME,
            Field::required("path", Text, "such as /mdm/checkin"),
            ADDRESS,
            PORT,
            Field::optional(
                "method",
                Text,
                "PUT (unless told), POST, GET or HEAD; Macs check in by PUT",
            ),
        ],
        &[
            Field::required("status", Integer, "the answer's status"),
            Field::optional("location", Text, "where it leads, as it was answered"),
            Field::optional("target", Text, "the path in it"),
            Field::optional("target_host", Text, "the host in it; null is the same host"),
            Field::required(
                "keeps_method",
                Boolean,
                "307 or 308: a PUT stays a PUT; others may turn it into a GET",
            ),
            Field::required(
                "keeps_tls",
                Boolean,
                "it leads nowhere that is spoken to without TLS",
            ),
            CONNECTED,
        ],
    ),
    read(
        "endpoint.scep_ca",
        "Reads the certificate of a SCEP server's CA, which must be the same on the old server and the new.",
        &[
            Field::required(
                "url",
                Text,
                "the SCEP address, such as https://mdm.example.com/scep; its host is one of [connectors.endpoint] hosts",
            ),
            ADDRESS,
        ],
        &[
            Field::required("fingerprint", Text, "SHA-256 of the certificate, in hex"),
            Field::required("subject", Text, "whose certificate it is"),
            Field::required("not_after", Time, "when it ends"),
            Field::required(
                "years_left",
                Json,
                "years until then, a number with one decimal; a move wants five",
            ),
            CONNECTED,
        ],
    ),
];
