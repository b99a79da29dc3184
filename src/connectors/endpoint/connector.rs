//! The connector itself.

use super::actions::ACTIONS;
use crate::connectors::action::{
    CAREFUL, Call, Connector, Exchange, Failure, Finding, Health, Landing, Mishap, Pending, Reply,
    Wanted,
};
use crate::connectors::http::{Judge, Service, ServiceSettings};
use crate::connectors::input::Input;
use crate::model::action::ActionSpec;
use crate::model::clock::{Clock, Stopwatch};
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// No answer of an endpoint has to be longer.
const LARGEST: usize = 64 * 1024;

/// What an action found, and how people read it.
pub(super) type Said = (Json, Exchange);

/// `[connectors.endpoint]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names that may be asked about.
    pub hosts: Vec<String>,
    /// A CA to trust besides the system's, as PEM.
    pub extra_ca: Option<Vec<u8>>,
    /// Real time for each connection, handshake and request.
    pub timeout: Duration,
}

impl Settings {
    /// With the defaults: the system's authorities, 10 s.
    pub fn new(hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            hosts: hosts.into_iter().map(Into::into).collect(),
            extra_ca: None,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Endpoints, as Macs meet them.
pub struct Endpoint {
    pub(super) hosts: Vec<String>,
    pub(super) timeout: Duration,
    pub(super) clock: Clock,
    pub(super) judge: Judge,
    extra_ca: Option<Vec<u8>>,
    health: Mutex<Health>,
}

impl Endpoint {
    /// # Errors
    /// `Misconfigured`, when no host is listed or the CA cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let wrong = |what: String| {
            let what = format!("[connectors.endpoint] {what}");
            Fault::new(FaultKind::Misconfigured, what)
        };
        if settings.hosts.is_empty() {
            return Err(wrong(
                "names no host; put the name that Macs use into hosts".into(),
            ));
        }
        Ok(Self {
            judge: Judge::new(settings.extra_ca.as_deref()).map_err(wrong)?,
            hosts: settings.hosts,
            timeout: settings.timeout,
            extra_ca: settings.extra_ca,
            clock,
            health: Mutex::default(),
        })
    }

    /// A door for one request: what was found out on an older connection would say nothing of now.
    pub(super) fn service(
        &self,
        name: &str,
        scheme: &str,
        address: SocketAddr,
    ) -> Result<Service, Fault> {
        let url = format!("{scheme}://{name}:{}", address.port());
        Service::new(ServiceSettings {
            timeout: self.timeout,
            extra_ca: self.extra_ca.clone(),
            connect_to: Some(address.ip()),
            largest: LARGEST,
            ..ServiceSettings::new("endpoint", url, self.clock.clone())
        })
    }

    async fn tls(&self, input: Input<'_>) -> Result<Said, Failure> {
        let place = self.place(input.text("name")?, input).await?;
        let watch = Stopwatch::start();
        // Waiting for an answer is not work.
        let away = self.clock.away();
        let seen = self.seen(&place).await;
        drop(away);
        let mut exchange = Exchange {
            method: "TLS".into(),
            path: format!("{} at {}", place.name, place.addresses[0]),
            request: String::new(),
            status: None,
            reply: String::new(),
            took_ms: watch.elapsed().as_millis() as u64,
        };
        match seen {
            Ok(seen) => {
                exchange.path = format!("{} at {}", place.name, seen.address);
                exchange.reply = seen.sentence();
                Ok((seen.told(self.clock.now()), exchange))
            }
            Err(fault) => {
                exchange.reply.clone_from(&fault.message);
                Err(Failure {
                    fault,
                    exchanges: vec![exchange],
                })
            }
        }
    }

    async fn act(&self, action: &ActionSpec, input: Input<'_>) -> Result<Said, Failure> {
        match action.name {
            "endpoint.tls" => self.tls(input).await,
            "endpoint.redirect" => self.redirect(input).await,
            _ => self.scep_ca(input).await,
        }
    }

    /// Counts a call. What is found of a place is an answer, however bad; no answer is trouble.
    fn note(&self, failure: Option<&Failure>) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        health.calls += 1;
        let Some(failure) = failure else {
            health.last_success_at = Some(now);
            health.failures_in_a_row = 0;
            health.failing_since = None;
            return;
        };
        health.failures += 1;
        health.failures_in_a_row += 1;
        health.failing_since.get_or_insert(now);
        health.last_failure = Some(Mishap {
            at: now,
            text: failure.fault.message.clone(),
        });
    }

    /// A name that does not resolve may be one that only `address` is used with.
    async fn found(&self, host: &str) -> (bool, String) {
        let place = match self.place_at(host, None, 443).await {
            Ok(place) => place,
            Err(fault) if fault.kind == FaultKind::Unreachable => {
                return (true, format!("{CAREFUL}{}", fault.message));
            }
            Err(fault) => return (false, fault.message),
        };
        match self.seen(&place).await {
            Ok(seen) => (seen.why.is_none(), seen.sentence()),
            Err(fault) => (false, fault.message),
        }
    }
}

impl Connector for Endpoint {
    fn name(&self) -> &'static str {
        "endpoint"
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
            let said = self.act(action, Input(&call)).await;
            self.note(said.as_ref().err());
            let (result, exchange) = said?;
            Ok(Reply {
                result,
                outcome: Outcome::Done,
                exchanges: vec![exchange],
            })
        })
    }

    fn probe<'a>(
        &'a self,
        _action: &'static ActionSpec,
        _call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async { Ok(Landing::Absent) })
    }

    /// Looks at the certificate each name shows where it leads now.
    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move {
            let mut findings = Vec::new();
            for host in &self.hosts {
                let (ok, detail) = self.found(host).await;
                findings.push(Finding {
                    subject: format!("certificate of {host}"),
                    ok,
                    detail,
                });
            }
            findings
        })
    }

    fn health(&self) -> Health {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.clone()
    }
}
