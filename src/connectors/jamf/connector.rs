//! Jamf Pro as a connector: which action is which function.

use super::act::{self, Target};
use super::actions::ACTIONS;
use super::operation::Operation;
use super::settings::Settings;
use super::token::Tokens;
use super::version::{self, Paths};
use super::{check, command, inventory, probe};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use crate::connectors::http::{Request, Service};
use crate::model::action::ActionSpec;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use serde_json::{Map, Value as Json, json};

/// The connector to one Jamf Pro server.
pub struct Jamf {
    pub(super) service: Service,
    pub(super) tokens: Tokens,
    pub(super) paths: Paths,
}

impl Jamf {
    /// Prepares everything and connects to nothing. Fails with a sentence on settings that cannot work.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        Ok(Self {
            service: settings.service(clock)?,
            tokens: Tokens::new(settings.client_id, settings.client_secret),
            paths: Paths::default(),
        })
    }

    async fn act(
        &self,
        op: &mut Operation<'_>,
        action: &str,
        call: &Call,
    ) -> Result<(Json, Outcome), Fault> {
        let input = Input(&call.input);
        let read = |json: Json| (json, Outcome::Done);
        match action {
            "jamf.find_computer" => {
                let found =
                    inventory::find(op, input.text("serial")?, input.optional("udid")).await?;
                Ok(read(found.json()))
            }
            "jamf.get_computer" => Ok(read(inventory::get(op, &input.id()?).await?.json())),
            "jamf.list_computers" => {
                let cursor = call.input.get("cursor").cloned().unwrap_or_default();
                let per_page = call.input.get("per_page").and_then(Json::as_u64);
                Ok(read(inventory::page(op, &cursor, per_page).await?))
            }
            "jamf.mark_unmanaged" => {
                let id = input.id()?;
                Ok((
                    act::mark_unmanaged(op, &input.target(&id)?).await?,
                    Outcome::Done,
                ))
            }
            "jamf.remove_mdm_profile" => {
                let id = input.id()?;
                let result = act::remove_mdm_profile(op, &input.target(&id)?).await?;
                Ok((result, Outcome::Accepted))
            }
            "jamf.command_status" => Ok(read(
                command::status(op, input.text("command_uuid")?).await?,
            )),
            "jamf.blank_push" => {
                let result = act::blank_push(op, input.text("management_id")?).await?;
                Ok((result, Outcome::Accepted))
            }
            "jamf.version" => {
                let (_, text) = version::ask(op).await?;
                Ok(read(json!({"version": text})))
            }
            other => Err(no_such(other)),
        }
    }
}

fn no_such(action: &str) -> Fault {
    Fault::new(
        FaultKind::Misconfigured,
        format!("the jamf connector has no action {action}"),
    )
}

impl Connector for Jamf {
    fn name(&self) -> &'static str {
        "jamf"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        ACTIONS
    }

    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            let mut op = Operation::new(self);
            match self.act(&mut op, action.name, &call).await {
                Ok((result, outcome)) => Ok(Reply {
                    result,
                    outcome,
                    exchanges: op.exchanges,
                }),
                Err(fault) => Err(op.failed(fault)),
            }
        })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async move {
            if action.name != "jamf.remove_mdm_profile" {
                return Ok(Landing::Undecided(format!(
                    "{} cannot be looked up",
                    action.name
                )));
            }
            let mut op = Operation::new(self);
            let input = Input(&call.input);
            let id = input.id()?;
            let found = probe::removal(&mut op, &input.target(&id)?, call.intent_at).await;
            found.map_err(|fault| op.failed(fault))
        })
    }

    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move { check::all(&mut Operation::new(self)).await })
    }

    fn health(&self) -> Health {
        self.service.health()
    }

    fn tells_time(&self) -> bool {
        true
    }

    fn tell_time(&self) -> Pending<'_, ()> {
        // Whatever is answered, and with whatever status, has a date.
        Box::pin(async { drop(self.service.send(Request::get("/healthCheck.html")).await) })
    }

    fn heed(&self, leave: &Leave) {
        self.service.heed(leave);
    }
}

/// The inputs of a call. Types were checked before; what is empty was not.
struct Input<'a>(&'a Map<String, Json>);

impl<'a> Input<'a> {
    fn optional(&self, name: &str) -> Option<&'a str> {
        self.0
            .get(name)?
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    fn text(&self, name: &str) -> Result<&'a str, Fault> {
        self.optional(name).ok_or_else(|| {
            Fault::new(
                FaultKind::Refused,
                format!("{name} is empty; drover asks Jamf for nothing without it"),
            )
        })
    }

    /// The record's id; a number is taken as well.
    fn id(&self) -> Result<String, Fault> {
        match self.0.get("id") {
            Some(Json::Number(number)) => Ok(number.to_string()),
            _ => self.text("id").map(str::to_owned),
        }
    }

    fn target<'b>(&self, id: &'b str) -> Result<Target<'b>, Fault>
    where
        'a: 'b,
    {
        Ok(Target {
            id,
            serial: self.text("serial")?,
            udid: self.optional("udid"),
        })
    }
}
