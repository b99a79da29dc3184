//! What can be asked of Jamf, as data.

use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::time::Span;
use crate::model::value::ValueType::{Boolean, Integer, Json, Text, Time};

const ID: Field = Field::required("id", Text, "Jamf's id of the computer, a number as text");
const SERIAL: Field = Field::required("serial", Text, "the serial the record must show");
const UDID: Field = Field::optional("udid", Text, "the hardware UUID the record must show");

const COMPUTER: &[Field] = &[
    Field::required("id", Text, "Jamf's id of the computer"),
    Field::optional("udid", Text, "the hardware UUID"),
    Field::required("serial", Text, "the serial number"),
    Field::optional("name", Text, "the computer's name"),
    Field::optional(
        "managed",
        Boolean,
        "the record's own flag; says nothing about the Mac",
    ),
    Field::optional(
        "mdm_capable",
        Boolean,
        "whether Jamf thinks it can send commands",
    ),
    Field::optional("management_id", Text, "the id that commands and pushes use"),
    Field::optional("last_contact", Time, "last contact of any kind"),
    Field::optional("last_check_in", Time, "last check-in of the jamf binary"),
    Field::optional(
        "enrolled_by_ade",
        Boolean,
        "enrolled by Automated Device Enrollment",
    ),
    Field::optional("user", Text, "the user's name, short or else full"),
    Field::optional("email", Text, "the user's e-mail address"),
    Field::optional("os_version", Text, "the version of macOS"),
    Field::optional(
        "mdm_profile_expiration",
        Time,
        "when the MDM profile expires",
    ),
    Field::optional(
        "filevault_key_valid",
        Boolean,
        "whether Jamf holds a working recovery key",
    ),
    Field::optional("activation_lock", Boolean, "whether Activation Lock is on"),
    Field::optional(
        "recovery_lock",
        Boolean,
        "whether Recovery Lock is on; clear it before leaving Jamf",
    ),
];

/// A read, which most of these are; the others say what differs.
const READ: ActionSpec = ActionSpec {
    name: "",
    about: "",
    nature: Nature::Read,
    inputs: &[],
    outputs: &[],
    destructive: false,
    settle: Span::ZERO,
    probe: false,
};

/// The actions of the `jamf` connector.
pub const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        name: "jamf.find_computer",
        about: "Finds the one computer of a serial; two with the same serial are told apart by the UDID, or refused.",
        inputs: &[
            Field::required("serial", Text, "the exact serial"),
            Field::optional("udid", Text, "tells two records of one serial apart"),
        ],
        outputs: COMPUTER,
        ..READ
    },
    ActionSpec {
        name: "jamf.get_computer",
        about: "Reads a computer by its id.",
        inputs: &[ID],
        outputs: COMPUTER,
        ..READ
    },
    ActionSpec {
        name: "jamf.list_computers",
        about: "Reads the inventory, a page at a time.",
        inputs: &[
            Field::optional("cursor", Json, "what the page before gave"),
            Field::optional(
                "per_page",
                Integer,
                "computers in a page; 200 unless told, at most 2000",
            ),
        ],
        outputs: &[
            Field::required("items", Json, "computers"),
            Field::optional("cursor", Json, "for the next page; null after the last"),
            Field::required("more", Boolean, "whether another page follows"),
        ],
        ..READ
    },
    ActionSpec {
        name: "jamf.mark_unmanaged",
        about: "Marks the record unmanaged, so that the jamf binary does not manage the Mac again; the profile stays.",
        nature: Nature::Repeatable,
        inputs: &[ID, SERIAL, UDID],
        settle: Span::from_mins(5),
        ..READ
    },
    ActionSpec {
        name: "jamf.remove_mdm_profile",
        about: "Has Jamf queue the command that takes its MDM profile, and all it delivered, off the Mac.",
        nature: Nature::Once,
        inputs: &[ID, SERIAL, UDID],
        outputs: &[
            Field::required(
                "command_uuid",
                Text,
                "the queued command, for jamf.command_status",
            ),
            Field::optional("management_id", Text, "for jamf.blank_push"),
        ],
        destructive: true,
        settle: Span::from_mins(5),
        probe: true,
    },
    ActionSpec {
        name: "jamf.command_status",
        about: "Reads how a queued command stands; one that is not found proves nothing.",
        inputs: &[Field::required("command_uuid", Text, "the command")],
        outputs: &[
            Field::required("found", Boolean, "whether Jamf shows the command"),
            Field::optional(
                "state",
                Text,
                "PENDING, ACKNOWLEDGED, NOT_NOW, ERROR or COMMAND_FORMAT_ERROR",
            ),
            Field::required("finished", Boolean, "acknowledged or failed"),
            Field::required("failed", Boolean, "the Mac refused it"),
            Field::optional("error", Text, "why it failed"),
            Field::optional("sent_at", Time, "when Jamf queued it"),
            Field::optional("completed_at", Time, "when the Mac answered"),
        ],
        ..READ
    },
    ActionSpec {
        name: "jamf.blank_push",
        about: "Wakes a Mac so that it fetches its queued commands.",
        nature: Nature::Repeatable,
        inputs: &[Field::required(
            "management_id",
            Text,
            "as jamf.get_computer gives it",
        )],
        outputs: &[Field::required(
            "accepted",
            Boolean,
            "whether Jamf could send the push",
        )],
        settle: Span::from_mins(5),
        ..READ
    },
    ActionSpec {
        name: "jamf.version",
        about: "Reads the version of Jamf Pro.",
        outputs: &[Field::required(
            "version",
            Text,
            "as Jamf writes it: 11.30.1-t1784555528405",
        )],
        ..READ
    },
];
