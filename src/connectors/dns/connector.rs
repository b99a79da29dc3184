//! The connector itself.

use super::actions::ACTIONS;
use super::ask::{Said, ask};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Mishap, Pending, Reply, Wanted,
};
use crate::connectors::input::Input;
use crate::model::action::ActionSpec;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

/// `[connectors.dns]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Resolvers as people use them, in the company and outside.
    pub resolvers: Vec<SocketAddr>,
}

/// DNS, as several resolvers see it.
pub struct Dns {
    resolvers: Vec<SocketAddr>,
    clock: Clock,
    health: Mutex<Health>,
}

impl Settings {
    /// `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`. The error is a sentence.
    pub fn resolver(text: &str) -> Result<SocketAddr, String> {
        let text = text.trim();
        text.parse()
            .or_else(|_| text.parse().map(|ip: IpAddr| SocketAddr::new(ip, 53)))
            .map_err(|_| {
                format!(
                    "\"{text}\" is no address of a resolver such as 192.0.2.1 or 192.0.2.1:5353"
                )
            })
    }
}

impl Dns {
    /// # Errors
    /// `Misconfigured`, when there is nobody to ask.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        if settings.resolvers.is_empty() {
            return Err(Fault::new(
                FaultKind::Misconfigured,
                "[connectors.dns] names no resolver; put at least two into resolvers, one of them outside the company",
            ));
        }
        Ok(Self {
            resolvers: settings.resolvers,
            clock,
            health: Mutex::default(),
        })
    }

    async fn all(&self, name: &str) -> Vec<Said> {
        join_all(self.resolvers.iter().map(|resolver| ask(*resolver, name))).await
    }

    async fn lookup(&self, name: &str) -> Result<Reply, Failure> {
        let answers = self.all(name).await;
        let answered = answers.iter().filter(|said| said.error.is_none()).count();
        self.note(&answers, answered);
        let heard = |said: &&Said| said.error.is_none();
        let addresses: BTreeSet<IpAddr> = (answers.iter())
            .flat_map(|said| said.addresses.iter().copied())
            .collect();
        let names: BTreeSet<&String> = answers.iter().flat_map(|said| &said.names).collect();
        let agree =
            answered == answers.len() && answers.iter().all(|said| said.addresses == addresses);
        Ok(Reply {
            result: json!({
                "addresses": addresses,
                "names": names,
                "ttl": answers.iter().filter(heard).filter_map(|said| said.ttl).max(),
                "agree": agree,
                "answered": answered,
                "asked": answers.len(),
                "answers": answers,
            }),
            outcome: Outcome::Done,
            exchanges: Vec::new(),
        })
    }

    fn note(&self, answers: &[Said], answered: usize) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        health.calls += answers.len() as u64;
        health.failures += (answers.len() - answered) as u64;
        if answered > 0 {
            health.last_success_at = Some(now);
            health.failures_in_a_row = 0;
            health.failing_since = None;
            return;
        }
        health.failures_in_a_row += 1;
        health.failing_since.get_or_insert(now);
        let said = answers.iter().find_map(|said| said.error.clone());
        health.last_failure = said.map(|text| Mishap { at: now, text });
    }
}

impl Connector for Dns {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        ACTIONS
    }

    fn call<'a>(
        &'a self,
        _action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move { self.lookup(Input(&call).text("name")?).await })
    }

    fn probe<'a>(
        &'a self,
        _action: &'static ActionSpec,
        _call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async { Ok(Landing::Absent) })
    }

    /// The root's name servers have an address everywhere.
    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move {
            let said = self.all("a.root-servers.net").await;
            let finding = |said: Said| Finding {
                subject: format!("resolver {}", said.resolver),
                ok: said.error.is_none(),
                detail: said.error.unwrap_or_else(|| "it answers".into()),
            };
            said.into_iter().map(finding).collect()
        })
    }

    fn health(&self) -> Health {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.clone()
    }
}
