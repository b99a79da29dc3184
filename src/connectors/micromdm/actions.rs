//! What can be called on MicroMDM, as data.

use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::time::Span;
use crate::model::value::ValueType::{Boolean, Integer, Json, Text, Time};

/// A device, as [`super::device::flat`] makes it.
const DEVICE: &[Field] = &[
    Field::required(
        "udid",
        Text,
        "the Mac's hardware UUID, as its MDM profile has it",
    ),
    Field::optional("serial", Text, "null when the Mac never told it"),
    Field::optional("model", Text, "Mac14,2"),
    Field::optional("name", Text, "the name its user gave it"),
    Field::optional("os_version", Text, "15.2"),
    Field::required("enrolled", Boolean, "the server takes it for enrolled"),
    Field::required("pushable", Boolean, "push magic and token are there"),
    Field::optional(
        "last_seen",
        Time,
        "its last contact of any kind with this server",
    ),
];

const RECORD: &[Field] = &[
    Field::required(
        "items",
        Json,
        "udid, serial, topic, has_push_magic, has_token, enabled, certificate_until (a time) and broken of each",
    ),
    Field::required("more", Boolean, "always false: a file is read at once"),
    Field::required("skipped", Integer, "statements that could not be read"),
];

const UDID: Field = Field::required("udid", Text, "the Mac's UDID");

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

/// The actions of the `micromdm` connector.
pub const ACTIONS: &[ActionSpec] = &[
    read(
        "micromdm.list_devices",
        "Lists every device the old server knows, page by page.",
        &[
            Field::optional("cursor", Json, "where the last page ended"),
            Field::optional("per_page", Integer, "items a page, 200 unless told"),
        ],
        &[
            Field::required(
                "items",
                Json,
                "the devices, as micromdm.find_device gives one",
            ),
            Field::optional("cursor", Json, "give it back for the next page"),
            Field::required("more", Boolean, "false on the last page"),
            Field::required("skipped", Integer, "items that could not be read"),
        ],
    ),
    read(
        "micromdm.find_device",
        "Looks one device up at the old server.",
        &[UDID],
        DEVICE,
    ),
    read(
        "micromdm.read_records",
        "Reads the export that was made for the new server (dump.sql): which Macs it was given, and with what.",
        &[Field::required(
            "file",
            Text,
            "the path of dump.sql on this machine",
        )],
        RECORD,
    ),
    read(
        "micromdm.backup",
        "Looks at the saved database of the old server, a file on this machine.",
        &[Field::required("path", Text, "the file")],
        &[
            Field::required("path", Text, "the file"),
            Field::required("bytes", Integer, "its size"),
            Field::required("sha256", Text, "of its contents, in hex"),
            Field::required("modified_at", Time, "when it was written last"),
        ],
    ),
    ActionSpec {
        nature: Nature::Repeatable,
        settle: Span::from_secs(30),
        ..read(
            "micromdm.push",
            "Lets Apple wake the Mac: it comes by at whatever server its address leads to.",
            &[UDID],
            &[],
        )
    },
];
