//! The connector itself.

use super::route::{ACTIONS, Route, route};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use crate::connectors::http::{Answer, Request, Service, ServiceSettings};
use crate::connectors::input::Input;
use crate::model::action::{ActionSpec, Nature};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::secret::Rotating;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// `[connectors.mdmproxy]`.
#[derive(Clone)]
pub struct Settings {
    /// Each replica's own address: a balancer before them would tell one and leave the others as they were.
    pub urls: Vec<String>,
    /// What the proxy was started with as `-auth-token`.
    pub token: Rotating,
    /// A CA to trust besides the system's, as PEM.
    pub extra_ca: Option<Vec<u8>>,
}

/// The migration proxy, all its replicas.
pub struct Proxy {
    replicas: Vec<Service>,
    token: Rotating,
}

impl Proxy {
    /// # Errors
    /// `Misconfigured`, when there is no replica or a URL or the CA cannot be used.
    pub fn new(settings: Settings, clock: &Clock) -> Result<Self, Fault> {
        let replica = |url: &String| {
            Service::new(ServiceSettings {
                extra_ca: settings.extra_ca.clone(),
                ..ServiceSettings::new("mdmproxy", url, clock.clone())
            })
        };
        let replicas = settings.urls.iter().map(replica);
        let replicas = replicas.collect::<Result<Vec<_>, _>>()?;
        if replicas.is_empty() {
            return Err(Fault::new(
                FaultKind::Misconfigured,
                "[connectors.mdmproxy] names no replica; put the proxy's address into urls",
            ));
        }
        Ok(Self {
            replicas,
            token: settings.token,
        })
    }

    /// Says everything to every replica, one after the other. One that fails fails the call; it is said again soon.
    async fn tell(&self, input: Input<'_>) -> Result<Reply, Failure> {
        let (new, old) = (udids(input, "new")?, udids(input, "old")?);
        let wanted = route(&new, &old, &percentages(input)?);
        let mut exchanges = Vec::new();
        for replica in &self.replicas {
            // First everybody by name, then the percentage, then whom it does not carry: at no point is a Mac that
            // stays at the new server without it, whatever the proxy had before.
            let everybody = Route {
                list: new.clone(),
                ..wanted.clone()
            };
            for request in [
                list(&everybody),
                Request::post("/admin/percentage", Nature::Repeatable)
                    .text(&wanted.percentage.to_string()),
                list(&wanted),
            ] {
                match self.say(replica, request).await {
                    Ok(answer) => exchanges.push(answer.exchange),
                    Err(mut failure) => {
                        exchanges.append(&mut failure.exchanges);
                        failure.exchanges = exchanges;
                        return Err(failure);
                    }
                }
            }
        }
        Ok(Reply {
            result: json!({
                "percentage": wanted.percentage,
                "listed": wanted.list.len(),
                "replicas": self.replicas.len(),
            }),
            outcome: Outcome::Done,
            exchanges,
        })
    }

    async fn say(&self, replica: &Service, request: Request) -> Result<Answer, Failure> {
        let used = self.token.get();
        let mut answer = replica.send(request.clone().bearer(&used)).await?;
        if answer.status == 401 && self.token.renewed(&used).await {
            answer = replica.send(request.bearer(&self.token.get())).await?;
        }
        if answer.status == 200 {
            return Ok(answer);
        }
        let said = match answer.status {
            401 => format!(
                "{}; compare token in [connectors.mdmproxy] with the proxy's -auth-token",
                answer.head()
            ),
            403 => "this address proxies, and its admin paths are not there; name the proxy itself in urls".to_owned(),
            _ => answer.head(),
        };
        Err(answer.fault(said, &[400, 401, 403, 422]))
    }

    async fn ask(&self) -> Result<Reply, Failure> {
        let mut exchanges = Vec::new();
        for replica in &self.replicas {
            let answer = replica.send(Request::get("/healthz")).await?;
            if !answer.is_success() {
                return Err(answer.fault(answer.head(), &[]));
            }
            exchanges.push(answer.exchange);
        }
        Ok(Reply {
            result: json!({ "replicas": self.replicas.len() }),
            outcome: Outcome::Done,
            exchanges,
        })
    }
}

/// Replaces the proxy's whole list.
fn list(route: &Route) -> Request {
    let udids: Vec<&str> = route.list.iter().map(String::as_str).collect();
    Request::post("/admin/udids", Nature::Repeatable).text(&udids.join("\n"))
}

fn udids(input: Input<'_>, name: &str) -> Result<BTreeSet<String>, Fault> {
    let wrong = || {
        Fault::new(
            FaultKind::Misconfigured,
            format!(
                "mdmproxy.route: {name} is not a list of UDIDs; a UDID is a word without blanks"
            ),
        )
    };
    let list = input
        .json(name)
        .and_then(Json::as_array)
        .ok_or_else(wrong)?;
    let udid = |json: &Json| {
        let text = json.as_str()?;
        let is_word = !text.is_empty() && !text.contains(char::is_whitespace);
        is_word.then(|| text.to_owned())
    };
    list.iter()
        .map(|json| udid(json).ok_or_else(wrong))
        .collect()
}

fn percentages(input: Input<'_>) -> Result<Vec<u32>, Fault> {
    let list = input.json("proven").and_then(Json::as_array);
    let percentage = |json: &Json| json.as_u64().and_then(|number| u32::try_from(number).ok());
    list.and_then(|list| list.iter().map(percentage).collect())
        .ok_or_else(|| {
            Fault::new(
                FaultKind::Misconfigured,
                "mdmproxy.route: proven is not a list of percentages from 0 to 100",
            )
        })
}

impl Connector for Proxy {
    fn name(&self) -> &'static str {
        "mdmproxy"
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
            match action.name {
                "mdmproxy.route" => self.tell(Input(&call)).await,
                _ => self.ask().await,
            }
        })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        _call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        let why = format!("{} is simply said again", action.name);
        Box::pin(async move { Ok(Landing::Undecided(why)) })
    }

    /// A number the proxy refuses proves the token without changing anything: it is looked at first.
    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move {
            let mut findings = Vec::new();
            for (number, replica) in self.replicas.iter().enumerate() {
                let request = Request::post("/admin/percentage", Nature::Read).text("?");
                let answer = replica.send(request.bearer(&self.token.get())).await;
                let (ok, detail) = match answer {
                    Ok(answer) if answer.status == 422 => {
                        (true, "up, and the token is the right one".to_owned())
                    }
                    Ok(answer) if answer.status == 401 => (
                        false,
                        format!(
                            "{}; compare token in [connectors.mdmproxy] with its -auth-token",
                            answer.head()
                        ),
                    ),
                    Ok(answer) => (false, answer.fault(answer.head(), &[]).fault.message),
                    Err(failure) => (false, failure.fault.message),
                };
                findings.push(Finding {
                    subject: format!("migration proxy, replica {}", number + 1),
                    ok,
                    detail,
                });
            }
            findings
        })
    }

    fn heed(&self, leave: &Leave) {
        self.replicas.iter().for_each(|replica| replica.heed(leave));
    }

    fn health(&self) -> Health {
        let all = self.replicas.iter().map(Service::health);
        all.fold(Health::default(), Health::beside)
    }
}
