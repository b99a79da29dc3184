//! The MDM command queue and blank push (`api/jamf.md` §3.3, §3.4).

use super::answers::{Answer, Refusal, bad_query, made_up_uuid, server_error};
use super::filter::Scalar;
use super::listing::Listing;
use super::rsql::Operator;
use super::tenant::Jamf;
use super::tripwire::{HARMLESS_COMMANDS, is_harmful_command};
use crate::model::time::{Span, Time};
use crate::sim::ledger::{Effect, verb};
use crate::sim::wire::json;
use crate::sim::world::{Command, CommandState, Computer};
use axum::http::Uri;
use serde_json::{Value as Json, json};

const FIELDS: [&str; 11] = [
    "uuid",
    "clientManagementId",
    "command",
    "status",
    "clientType",
    "dateSent",
    "validAfter",
    "dateCompleted",
    "profileId",
    "profileIdentifier",
    "active",
];

impl Jamf {
    pub(super) fn commands(&self, uri: &Uri) -> Answer {
        self.try_commands(uri).unwrap_or_else(Refusal::into_answer)
    }

    fn try_commands(&self, uri: &Uri) -> Result<Answer, Refusal> {
        let listing = Listing::read(uri)?;
        let Some(filter) = &listing.filter else {
            return Err(bad_query("At least one filter field is required"));
        };
        if let Some(refusal) = listing.unknown_field(|name| FIELDS.contains(&name)) {
            return Err(refusal);
        }
        let ordered = [
            Operator::Less,
            Operator::LessOrIs,
            Operator::More,
            Operator::MoreOrIs,
        ];
        let misused = filter.comparisons().into_iter().find(|one| {
            ["dateSent", "dateCompleted", "validAfter"].contains(&one.field.as_str())
                && !ordered.contains(&one.operator)
        });
        if let Some(one) = misused {
            return Err(bad_query(format!(
                "{} can only be compared with gt, lt, ge, le",
                one.field
            )));
        }
        if listing
            .values("sort")
            .iter()
            .any(|one| one.starts_with("clientType"))
        {
            return Err(server_error("Internal server error"));
        }
        let (lag, odd) = self.with(|s| (s.commands_visible_after, s.odd_command_type));
        let mut found: Vec<Command> = self.world().with(|state| {
            let now = state.now();
            let shows = |command: &&Command| {
                now >= command.sent_at.plus(lag)
                    && filter.holds(&|one| value(command, &one.field, odd).meets(one))
            };
            if let Some([uuid]) = filter.only("uuid").as_deref() {
                let one = state.command(uuid).into_iter();
                return one.filter(shows).cloned().collect();
            }
            let old: Vec<Command> = state.computers().iter().map(profile).collect();
            let all = old.iter().chain(state.commands());
            all.filter(shows).cloned().collect()
        });
        listing.sort(
            &mut found,
            "dateSent:asc",
            |name| FIELDS.contains(&name),
            |command, name| value(command, name, odd),
        )?;
        Ok(json(
            200,
            &listing.page(&found, |command| show(command, odd)),
        ))
    }

    pub(super) fn send_command(&self, body: &[u8]) -> Answer {
        let asked: Json = serde_json::from_slice(body).unwrap_or_default();
        let Some(kind) = asked["commandData"]["commandType"].as_str() else {
            return bad_query("commandData.commandType is required").into_answer();
        };
        let locks = asked["commandData"]["newPassword"]
            .as_str()
            .is_some_and(|password| !password.is_empty());
        if is_harmful_command(kind) || locks {
            self.ledger()
                .violation(format!("jamf: the command {kind} was sent"));
            return super::answers::forbidden();
        }
        if !HARMLESS_COMMANDS.contains(&kind) {
            return server_error("Unable to queue command").into_answer();
        }
        let clients: Vec<&str> = asked["clientData"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|client| client["managementId"].as_str())
            .collect();
        if clients.is_empty() {
            return bad_query("clientData must name at least one managementId").into_answer();
        }
        let made: Vec<Json> = clients
            .iter()
            .map(|client| {
                let effect = Effect::new(self.now(), "jamf", "mdm_command", *client, body);
                self.ledger().record(effect.detail(kind));
                let id = made_up_uuid(&format!("{client} {kind} {}", self.now()));
                json!({"id": id, "href": format!("/v2/mdm/commands/{id}")})
            })
            .collect();
        json(201, &made.into())
    }

    pub(super) fn blank_push(&self, body: &[u8]) -> Answer {
        let asked: Json = serde_json::from_slice(body).unwrap_or_default();
        let ids: Option<Vec<String>> = asked["clientManagementIds"].as_array().and_then(|ids| {
            ids.iter()
                .map(|id| id.as_str().map(str::to_owned))
                .collect()
        });
        let Some(ids) = ids.filter(|ids| !ids.is_empty()) else {
            return bad_query("clientManagementIds is required").into_answer();
        };
        let (errors, now) = self
            .world()
            .with(|state| (state.blank_push(&ids), state.now()));
        for id in ids.iter().filter(|id| !errors.contains(id)) {
            self.ledger()
                .record(Effect::new(now, "jamf", verb::PUSH, id, body));
        }
        json(200, &json!({ "errorUuids": errors }))
    }
}

/// What every enrolled Mac was sent once, and answered: Jamf shows old commands along with new ones.
fn profile(computer: &Computer) -> Command {
    let at = computer.last_enrolled.unwrap_or(Time::from_millis(0));
    Command {
        uuid: made_up_uuid(&format!("profile {}", computer.id)),
        computer_id: computer.id,
        management_id: computer.management_id.clone(),
        kind: "INSTALL_PROFILE",
        state: CommandState::Acknowledged,
        sent_at: at,
        completed_at: Some(at.plus(Span::from_secs(9))),
    }
}

fn value(command: &Command, field: &str, odd: bool) -> Scalar {
    match field {
        "uuid" => Scalar::text(&command.uuid),
        "clientManagementId" => Scalar::text(&command.management_id),
        "command" => Scalar::text(kind(command, odd)),
        // The filter's words are written Pending, NotNow, …
        "status" => Scalar::text(command.state.word().replace('_', "")),
        "clientType" => Scalar::text("COMPUTER"),
        "dateSent" | "validAfter" => Scalar::Time(command.sent_at),
        "dateCompleted" => command.completed_at.into(),
        "profileId" => Scalar::Number(-1),
        "active" => Scalar::Boolean(command.completed_at.is_none()),
        _ => Scalar::Nothing,
    }
}

fn kind(command: &Command, odd: bool) -> &'static str {
    match command.kind {
        "REMOVE_PROFILE" if odd => "UNMANAGE_DEVICE",
        kind => kind,
    }
}

fn show(command: &Command, odd: bool) -> Json {
    let error = (command.state == CommandState::Error).then(|| {
        json!({"errorCode": 12_003, "errorDomain": "MCMDMErrorDomain",
            "errorLocalizedDescription": "The profile could not be removed",
            "errorEnglishDescription": "The profile could not be removed"})
    });
    json!({"uuid": command.uuid, "dateSent": command.sent_at, "dateCompleted": command.completed_at,
        "client": {"managementId": command.management_id, "clientType": "COMPUTER"},
        "commandState": command.state.word(), "commandType": kind(command, odd), "commandError": error,
        "profileId": -1})
}
