//! Every action of the catalogue that changes something, as one small stage each.

use super::office::Office;
use drover::sim::ledger::{Effect, verb};
use drover::sim::wire::Arranged;
use serde_json::{Value as Json, json};

/// One thing that is done to the outside, on a Mac of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Transfer,
    SavedScript,
    InlineScript,
    Refetch,
    Cancel,
    Unmanage,
    RemoveProfile,
    Push,
    Post,
    Update,
    /// A stage's own message, from the outbox.
    Notify,
    /// The night's live message, which no row asks for.
    Board,
    /// `http.request` of unknown meaning.
    Request,
    /// `http.request` whose author vouches for it.
    RepeatableRequest,
}

pub(super) const ALL: [Deed; 14] = [
    Deed::Transfer,
    Deed::SavedScript,
    Deed::InlineScript,
    Deed::Refetch,
    Deed::Cancel,
    Deed::Unmanage,
    Deed::RemoveProfile,
    Deed::Push,
    Deed::Post,
    Deed::Update,
    Deed::Notify,
    Deed::Board,
    Deed::Request,
    Deed::RepeatableRequest,
];

const HEAD: &str = r#"
name    = "landings"
title   = "Landings"
subject = "mac"
key     = "serial"
[columns]
serial     = "text"
deed       = "text"
host_id    = "integer"
jamf_id    = "text"
management = "text"
url        = "text"
done_at    = "time"

[[phase]]
name = "All"
when = "serial IS NOT NULL"

[[intake]]
name    = "want"
title   = "Wants"
webhook = { path = "want" }
key     = "{{ event.serial }}"
create  = true
set     = { deed = "{{ event.deed }}", host_id = "{{ event.host_id }}", jamf_id = "{{ event.jamf_id }}", management = "{{ event.management }}", url = "{{ event.url }}" }
"#;

/// The pipeline with a stage for each deed.
pub(super) fn pipeline() -> String {
    let stages = ALL.iter().filter_map(|deed| {
        let (steps, name) = (deed.steps()?, deed.name());
        let notify = match deed {
            Deed::Notify => "[stage.notify]\ntext = \"notify {{ row.serial }}\"\n",
            _ => "",
        };
        Some(format!(
            r#"
[[stage]]
name  = "{name}"
title = "{name}"
retry = {{ attempts = 8, wait = "10s", factor = 2.0, most = "2m" }}
then  = "hold"
parallel = 8
[stage.gate]
"wanted"   = "deed = '{name}'"
"not done" = "done_at IS NULL"
{steps}
[stage.set]
done_at = "{{{{ now }}}}"
{notify}"#
        ))
    });
    format!("{HEAD}{}", stages.collect::<String>())
}

const INLINE: &str = "[[stage.step]]\nname = \"first\"\ncall = \"fleet.run_script\"\n\
    with = { host_id = \"{{ row.host_id }}\", serial = \"{{ row.serial }}\", contents = \"#!/bin/sh\\necho hello\" }\n";

impl Deed {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::SavedScript => "saved_script",
            Self::InlineScript => "inline_script",
            Self::Refetch => "refetch",
            Self::Cancel => "cancel",
            Self::Unmanage => "unmanage",
            Self::RemoveProfile => "remove_profile",
            Self::Push => "push",
            Self::Post => "post",
            Self::Update => "update",
            Self::Notify => "notify",
            Self::Board => "board",
            Self::Request => "request",
            Self::RepeatableRequest => "repeatable_request",
        }
    }

    /// The action, as the catalogue has it.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Transfer => "fleet.transfer_host",
            Self::SavedScript | Self::InlineScript => "fleet.run_script",
            Self::Refetch => "fleet.refetch_host",
            Self::Cancel => "fleet.cancel_upcoming",
            Self::Unmanage => "jamf.mark_unmanaged",
            Self::RemoveProfile => "jamf.remove_mdm_profile",
            Self::Push => "jamf.blank_push",
            Self::Post | Self::Notify | Self::Board => "slack.post",
            Self::Update => "slack.update",
            Self::Request | Self::RepeatableRequest => "http.request",
        }
    }

    pub(super) fn service(self) -> &'static str {
        self.action().split('.').next().unwrap()
    }

    /// Landing twice leaves the outside as landing once.
    pub(super) fn is_repeatable(self) -> bool {
        matches!(
            self,
            Self::Transfer
                | Self::Refetch
                | Self::Cancel
                | Self::Unmanage
                | Self::Push
                | Self::Update
                | Self::RepeatableRequest
        )
    }

    fn steps(self) -> Option<String> {
        let step = |with: &str| {
            format!(
                "[[stage.step]]\nname = \"act\"\ncall = \"{}\"\nwith = {{ {with} }}",
                self.action()
            )
        };
        let host = "host_id = \"{{ row.host_id }}\", serial = \"{{ row.serial }}\"";
        let record = "id = \"{{ row.jamf_id }}\", serial = \"{{ row.serial }}\"";
        Some(match self {
            Self::Transfer => step(&format!("{host}, team = \"Kiosks\"")),
            Self::SavedScript => step(&format!("{host}, script = \"remove-jamf.sh\"")),
            Self::InlineScript => {
                step(&format!("{host}, contents = \"#!/bin/sh\\necho hello\""))
            }
            Self::Refetch => step("id = \"{{ row.host_id }}\""),
            Self::Cancel => format!(
                "{INLINE}{}",
                step("host_id = \"{{ row.host_id }}\", execution_id = \"{{ steps.first.execution_id }}\"")
            ),
            Self::Unmanage | Self::RemoveProfile => step(record),
            Self::Push => step("management_id = \"{{ row.management }}\""),
            Self::Post => step("text = \"post {{ row.serial }}\""),
            Self::Update => format!(
                "[[stage.step]]\nname = \"first\"\ncall = \"slack.post\"\nwith = {{ text = \"first {{{{ row.serial }}}}\" }}\n{}",
                step("channel = \"{{ steps.first.channel }}\", ts = \"{{ steps.first.ts }}\", text = \"update {{ row.serial }}\"")
            ),
            Self::Notify => "[[stage.step]]\nname = \"act\"\ncall = \"fleet.get_host\"\nwith = { id = \"{{ row.host_id }}\" }".into(),
            Self::Board => return None,
            Self::Request => step("method = \"POST\", url = \"{{ row.url }}\", body = { n = 1 }"),
            Self::RepeatableRequest => {
                step("method = \"PUT\", url = \"{{ row.url }}\", body = { n = 1 }, repeatable = true")
            }
        })
    }

    /// The row that wants it.
    pub(super) fn row(self, office: &Office, serial: &str) -> Option<Json> {
        if self == Self::Board {
            return None;
        }
        let host = office.sim.truth(serial)?.host_id?;
        let computer = office
            .sim
            .world()
            .with(|state| state.find_by_serial(serial))
            .remove(0);
        Some(json!({
            "serial": serial, "deed": self.name(), "host_id": host, "jamf_id": computer.id.to_string(),
            "management": computer.management_id, "url": format!("{}/desk/{serial}", office.desk.url()),
        }))
    }

    /// An arrangement for exactly the call that does it on this Mac.
    pub(super) fn call(self, row: &Json) -> Arranged {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (serial, host, record) = (text("serial"), &row["host_id"], text("jamf_id"));
        match self {
            Self::Transfer => {
                Arranged::fair("POST", "/hosts/transfer").saying(format!("\"hosts\":[{host}]"))
            }
            Self::SavedScript | Self::InlineScript => {
                Arranged::fair("POST", "/scripts/run").saying(format!("\"host_id\":{host},"))
            }
            Self::Refetch => Arranged::fair("POST", format!("/hosts/{host}/refetch$")),
            Self::Cancel => Arranged::fair("DELETE", format!("/hosts/{host}/activities/upcoming/")),
            Self::Unmanage => {
                Arranged::fair("PATCH", format!("/computers-inventory-detail/{record}$"))
            }
            Self::RemoveProfile => Arranged::fair("POST", format!("/{record}/remove-mdm-profile$")),
            Self::Push => Arranged::fair("POST", "/mdm/blank-push").saying(text("management")),
            Self::Post => Arranged::fair("POST", "").saying(format!("post {serial}")),
            Self::Update => {
                Arranged::fair("POST", "/chat.update").saying(format!("update {serial}"))
            }
            Self::Notify => Arranged::fair("POST", "").saying(format!("notify {serial}")),
            Self::Board => Arranged::fair("POST", "/chat.postMessage").saying("Landings: "),
            Self::Request => Arranged::fair("POST", format!("/desk/{serial}")),
            Self::RepeatableRequest => Arranged::fair("PUT", format!("/desk/{serial}")),
        }
    }

    /// The read with which a destructive call begins, once its intent is on record.
    pub(super) fn first_read(self, row: &Json) -> Option<Arranged> {
        match self {
            Self::Transfer | Self::SavedScript | Self::InlineScript => {
                Some(Arranged::fair("GET", format!("/hosts/{}$", row["host_id"])))
            }
            Self::Unmanage | Self::RemoveProfile => {
                let record = row["jamf_id"].as_str()?;
                Some(Arranged::fair(
                    "GET",
                    format!("/computers-inventory/{record}$"),
                ))
            }
            _ => None,
        }
    }

    /// The look whether it landed, at which an engine can be killed; messages are looked for in one place.
    pub(super) fn look(self, row: &Json) -> Option<Arranged> {
        match self {
            Self::SavedScript | Self::InlineScript => {
                let path = format!("/hosts/{}/activities/upcoming$", row["host_id"]);
                Some(Arranged::fair("GET", path))
            }
            Self::RemoveProfile => Some(Arranged::fair("GET", "/mdm/commands$")),
            Self::Post => Some(Arranged::fair("GET", "/conversations.history")),
            _ => None,
        }
    }

    /// How often it landed on this Mac.
    pub(super) fn landed(self, office: &Office, effects: &[Effect], row: &Json) -> usize {
        let serial = row["serial"].as_str().unwrap_or_default();
        let count = |verb: &str, subject: &str| {
            let is_it = |effect: &&Effect| effect.verb == verb && effect.subject == subject;
            effects.iter().filter(is_it).count()
        };
        let messages = || office.sim.board().messages();
        let said = |text: String| {
            let all = messages();
            all.iter().filter(|message| message.text == text).count()
        };
        match self {
            Self::Transfer => count(verb::TRANSFER, serial),
            Self::SavedScript | Self::InlineScript => count(verb::SCRIPT, serial),
            Self::Refetch => count(verb::REFETCH, serial),
            Self::Cancel => count("cancel", serial),
            Self::Unmanage => count(verb::MARK, serial),
            Self::RemoveProfile => count(verb::UNENROLL, serial),
            Self::Push => count(verb::PUSH, row["management"].as_str().unwrap_or_default()),
            Self::Post => said(format!("post {serial}")),
            Self::Update => said(format!("update {serial}")),
            Self::Notify => said(format!("notify {serial}")),
            Self::Board => {
                let all = messages();
                all.iter()
                    .filter(|message| message.text.starts_with("Landings: "))
                    .count()
            }
            Self::Request | Self::RepeatableRequest => count("note", serial),
        }
    }
}
