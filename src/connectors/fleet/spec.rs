//! What can be called on Fleet, as data.

use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::time::Span;
use crate::model::value::ValueType::{Boolean, Integer, Json, Text, Time};

/// A flat host, as [`super::host::flat`] makes it. A list leaves out what only `GET /hosts/:id` tells
/// (`api/fleet.md` §3.1): there those are null.
const HOST: &[Field] = &[
    Field::required(
        "id",
        Integer,
        "Fleet's number; a re-created host gets a new one",
    ),
    Field::optional("uuid", Text, "hardware UUID; null until the Mac was seen"),
    Field::required("hardware_serial", Text, "may be empty, and is not unique"),
    Field::optional("hardware_model", Text, "MacBookPro17,1"),
    Field::optional("computer_name", Text, "the name its user gave it"),
    Field::optional("os_version", Text, "macOS 15.2"),
    Field::required(
        "online",
        Boolean,
        "seen within its own interval and a minute",
    ),
    Field::optional("seen_time", Time, "last contact of any kind"),
    Field::optional("detail_updated_at", Time, "last delivery of host details"),
    Field::optional("last_enrolled_at", Time, "last enrolment of the agent"),
    Field::optional(
        "last_mdm_enrolled_at",
        Time,
        "last enrolment in Fleet's MDM; not in lists",
    ),
    Field::optional(
        "last_mdm_checked_in_at",
        Time,
        "last MDM contact; not in lists",
    ),
    Field::optional("team_id", Integer, "null is no team"),
    Field::optional("team_name", Text, "null is no team"),
    Field::optional("orbit_version", Text, "null is no fleetd; not in lists"),
    Field::optional(
        "fleet_desktop_version",
        Text,
        "empty is fleetd without Desktop; not in lists",
    ),
    Field::optional(
        "scripts_enabled",
        Boolean,
        "null is not known; not in lists",
    ),
    Field::optional("disk_encryption_enabled", Boolean, "not in lists"),
    Field::optional(
        "filevault_status",
        Text,
        "verified, action_required, …; not in lists",
    ),
    Field::optional(
        "encryption_key_available",
        Boolean,
        "Fleet holds a usable FileVault key",
    ),
    Field::optional(
        "dep_profile_error",
        Boolean,
        "Apple's last answer to the profile assignment was FAILED",
    ),
    Field::optional(
        "mdm_enrollment_status",
        Text,
        "On (automatic), …; of whatever MDM the Mac is in",
    ),
    Field::optional("mdm_server_url", Text, "null when it is in none"),
    Field::optional("mdm_name", Text, "a guess from the URL; never decide by it"),
    Field::required(
        "connected_to_fleet",
        Boolean,
        "enrolled in this Fleet's MDM",
    ),
    Field::optional(
        "refetch_requested",
        Boolean,
        "new details were asked for and have not come",
    ),
    Field::optional(
        "refetch_critical_queries_until",
        Time,
        "end of the three minutes after the migration hook",
    ),
    Field::optional("user", Text, "who uses the Mac; not in lists"),
    Field::optional("email", Text, "where to write to them; not in lists"),
    Field::required("url", Text, "the host's page in Fleet"),
    Field::optional("platform", Text, "darwin for Macs"),
    Field::optional(
        "profiles",
        Json,
        "of each profile: profile_uuid, name, status, operation_type, detail; not in lists",
    ),
    Field::optional(
        "profiles_pending",
        Integer,
        "profiles not yet answered by the Mac; not in lists",
    ),
    Field::optional(
        "profiles_verifying",
        Integer,
        "profiles the Mac took, not yet seen on it; not in lists",
    ),
    Field::optional(
        "profiles_verified",
        Integer,
        "profiles seen on the Mac; not in lists",
    ),
    Field::optional(
        "profiles_failed",
        Integer,
        "profiles the Mac refused; not in lists",
    ),
];

const ID: Field = Field::required("id", Integer, "Fleet's host id");
const HOST_ID: Field = Field::required("host_id", Integer, "Fleet's host id");
const SERIAL: Field = Field::required("serial", Text, "hardware serial, compared exactly");
const UUID: Field = Field::optional("uuid", Text, "hardware UUID (Jamf's UDID)");
const CURSOR: Field = Field::optional("cursor", Json, "where the last page ended");
const PER_PAGE: Field = Field::optional("per_page", Integer, "items a page, 200 unless told");
const EXECUTION: Field = Field::required("execution_id", Text, "Fleet's id of one run");
const ITEMS: Field = Field::required("items", Json, "the list");
const NEXT: Field = Field::optional("cursor", Json, "give it back for the next page");
const MORE: Field = Field::required("more", Boolean, "false on the last page");
const SKIPPED: Field = Field::required("skipped", Integer, "items that could not be read");

const fn action(
    name: &'static str,
    nature: Nature,
    about: &'static str,
    inputs: &'static [Field],
    outputs: &'static [Field],
) -> ActionSpec {
    ActionSpec {
        name,
        about,
        nature,
        inputs,
        outputs,
        destructive: false,
        settle: Span::ZERO,
        probe: false,
    }
}

/// Every action of Fleet.
pub static ACTIONS: [ActionSpec; 15] = [
    action(
        "fleet.find_host",
        Nature::Read,
        "Finds the one host with exactly this serial and reads its details.",
        &[SERIAL, UUID],
        HOST,
    ),
    action(
        "fleet.get_host",
        Nature::Read,
        "Reads one host with its details.",
        &[ID],
        HOST,
    ),
    action(
        "fleet.list_hosts",
        Nature::Read,
        "Reads a page of the Macs, in the order of their ids.",
        &[CURSOR, PER_PAGE],
        &[ITEMS, NEXT, MORE, SKIPPED],
    ),
    action(
        "fleet.refetch_host",
        Nature::Repeatable,
        "Asks the Mac for new details; they come when it is online.",
        &[ID],
        &[],
    ),
    ActionSpec {
        destructive: true,
        ..action(
            "fleet.transfer_host",
            Nature::Repeatable,
            "Moves one host into a team, after making sure it is the Mac that is meant.",
            &[
                HOST_ID,
                Field::required("team", Text, "the team's name"),
                SERIAL,
                UUID,
            ],
            &[
                Field::required("team_id", Integer, "the team's number"),
                Field::required("team_name", Text, "the team's name"),
            ],
        )
    },
    ActionSpec {
        destructive: true,
        settle: Span::from_mins(2),
        probe: true,
        ..action(
            "fleet.run_script",
            Nature::Once,
            "Queues a script on one Mac, after making sure it is the Mac that is meant.",
            &[
                HOST_ID,
                SERIAL,
                UUID,
                Field::optional("script", Text, "name of a script saved in the host's team"),
                Field::optional(
                    "contents",
                    Text,
                    "the script's text, at most 10,000 characters",
                ),
            ],
            &[EXECUTION],
        )
    },
    action(
        "fleet.script_result",
        Nature::Read,
        "Reads how a script's run stands.",
        &[EXECUTION],
        &[
            Field::required(
                "state",
                Text,
                "pending, done, timed_out, disabled or cancelled",
            ),
            Field::optional("exit_code", Integer, "null while it has not run"),
            Field::optional("output", Text, "the last 10,000 characters"),
            Field::optional("message", Text, "Fleet's words on it"),
            Field::required("finished", Boolean, "no other state will follow"),
        ],
    ),
    action(
        "fleet.upcoming",
        Nature::Read,
        "Reads what waits to run on one host, the active one first.",
        &[HOST_ID],
        &[Field::required("count", Integer, "how many wait"), ITEMS],
    ),
    action(
        "fleet.cancel_upcoming",
        Nature::Repeatable,
        "Takes one run out of a host's queue; one that is running goes on, unheard.",
        &[HOST_ID, EXECUTION],
        &[Field::required(
            "cancelled",
            Boolean,
            "false: it was not in the queue any more",
        )],
    ),
    action(
        "fleet.list_activities",
        Nature::Read,
        "Reads the activity log onwards from the cursor, each entry once.",
        &[
            CURSOR,
            PER_PAGE,
            Field::optional("types", Json, "only these types, a list of text"),
            Field::optional("since", Time, "without a cursor: nothing older than this"),
        ],
        &[ITEMS, NEXT, MORE, SKIPPED],
    ),
    action(
        "fleet.list_teams",
        Nature::Read,
        "Lists the teams.",
        &[],
        &[ITEMS],
    ),
    action(
        "fleet.list_scripts",
        Nature::Read,
        "Lists the scripts saved in a team, or in no team.",
        &[Field::optional("team", Text, "the team's name")],
        &[ITEMS],
    ),
    action(
        "fleet.config",
        Nature::Read,
        "Reads what the migration depends on in Fleet's settings.",
        &[],
        &[
            Field::optional("license_tier", Text, "premium or free"),
            Field::optional("mdm_enabled", Boolean, "Apple MDM is set up"),
            Field::optional("scripts_disabled", Boolean, "scripts are off for everybody"),
            Field::optional("server_url", Text, "as Macs reach it"),
            Field::optional(
                "migration_enabled",
                Boolean,
                "the \"Migrate to Fleet\" button",
            ),
            Field::optional(
                "migration_webhook_url_set",
                Boolean,
                "it has somebody to call",
            ),
            Field::optional("version", Text, "4.82.1"),
        ],
    ),
    action(
        "fleet.apns",
        Nature::Read,
        "Reads the push certificate Fleet reaches the Macs with.",
        &[],
        &[
            Field::optional("common_name", Text, "APSP: and the topic's last part"),
            Field::optional(
                "topic",
                Text,
                "the APNs topic that follows from the common name; null when it does not",
            ),
            Field::optional("serial_number", Text, "of the certificate"),
            Field::optional("issuer", Text, "who signed it"),
            Field::optional("renew_date", Time, "when it ends"),
        ],
    ),
    action(
        "fleet.list_profiles",
        Nature::Read,
        "Lists the profiles of a team, or of no team.",
        &[Field::optional("team", Text, "the team's name")],
        &[ITEMS],
    ),
];

/// The action of this name, for tests.
#[cfg(test)]
pub(super) fn spec(name: &str) -> &'static ActionSpec {
    ACTIONS
        .iter()
        .find(|action| action.name == name)
        .unwrap_or_else(|| panic!("no action {name}"))
}
