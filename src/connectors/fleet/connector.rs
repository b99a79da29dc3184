//! The connector itself: what it is made of, and which file does which action.

use super::memory::Memory;
use super::scripts::{self, Script};
use super::session::{Done, Session};
use super::teams::{self, Team};
use super::{ACTIONS, activities, check, hosts, probe, profiles, push, queue, run, server};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use crate::connectors::http::{Request, Service, ServiceSettings};
use crate::connectors::input::Input;
use crate::model::action::ActionSpec;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::secret::Rotating;
use std::sync::atomic::AtomicBool;

/// `[connectors.fleet]`.
#[derive(Clone)]
pub struct Settings {
    /// `https://fleet.example.com`, as people open it.
    pub url: String,
    /// Of an API-only user with the global role maintainer.
    pub token: Rotating,
    /// Requests a second of engine time; none is no limit of ours.
    pub rate: Option<f64>,
    /// Calls at once.
    pub parallel: usize,
    /// A CA to trust besides the system's, as PEM.
    pub extra_ca: Option<Vec<u8>>,
}

impl Settings {
    /// With the defaults: 8 calls at once, no rate of ours.
    pub fn new(url: impl Into<String>, token: impl Into<Rotating>) -> Self {
        Self {
            url: url.into(),
            token: token.into(),
            rate: None,
            parallel: 8,
            extra_ca: None,
        }
    }
}

/// Fleet.
pub struct Fleet {
    pub(super) service: Service,
    pub(super) token: Rotating,
    pub(super) clock: Clock,
    pub(super) teams: Memory<(), Vec<Team>>,
    /// By the team's id; none is no team.
    pub(super) scripts: Memory<Option<i64>, Vec<Script>>,
    /// Whether this server orders hosts by `id` rather than `h.id`.
    pub(super) plain_order_key: AtomicBool,
}

impl Fleet {
    /// # Errors
    /// `Misconfigured`, when the URL or the CA cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let service = Service::new(ServiceSettings {
            rate: settings.rate,
            parallel: settings.parallel,
            extra_ca: settings.extra_ca,
            ..ServiceSettings::new("fleet", settings.url, clock.clone())
        })?;
        Ok(Self {
            service,
            token: settings.token,
            clock,
            teams: Memory::default(),
            scripts: Memory::default(),
            plain_order_key: AtomicBool::new(false),
        })
    }

    async fn act(session: &mut Session<'_>, action: &ActionSpec, call: &Call) -> Done {
        let input = Input(call);
        match action.name {
            "fleet.find_host" => hosts::find(session, input).await,
            "fleet.get_host" => hosts::get(session, input).await,
            "fleet.list_hosts" => hosts::list(session, input).await,
            "fleet.refetch_host" => hosts::refetch(session, input).await,
            "fleet.transfer_host" => teams::transfer(session, input).await,
            "fleet.run_script" => run::run(session, call).await,
            "fleet.script_result" => scripts::result(session, input).await,
            "fleet.upcoming" => queue::upcoming(session, input).await,
            "fleet.cancel_upcoming" => queue::cancel(session, input).await,
            "fleet.list_activities" => activities::list(session, input).await,
            "fleet.list_teams" => teams::list(session).await,
            "fleet.list_scripts" => scripts::list(session, input).await,
            "fleet.config" => server::config(session).await,
            "fleet.apns" => push::apns(session).await,
            "fleet.list_profiles" => profiles::list(session, input).await,
            other => Err(Fault::new(
                FaultKind::Misconfigured,
                format!("the fleet connector has no action {other}"),
            )),
        }
    }
}

impl Connector for Fleet {
    fn name(&self) -> &'static str {
        "fleet"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        &ACTIONS
    }

    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            let mut session = Session::new(self);
            match Self::act(&mut session, action, &call).await {
                Ok(done) => Ok(session.reply(done)),
                Err(fault) => Err(session.failure(fault)),
            }
        })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async move {
            if !action.probe {
                let why = format!("{} has no probe", action.name);
                return Ok(Landing::Undecided(why));
            }
            let mut session = Session::new(self);
            let landing = probe::run_script(&mut session, &call).await;
            landing.map_err(|fault| session.failure(fault))
        })
    }

    fn check<'a>(&'a self, wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move { check::check(&mut Session::new(self), wanted).await })
    }

    fn health(&self) -> Health {
        self.service.health()
    }

    fn tells_time(&self) -> bool {
        true
    }

    fn tell_time(&self) -> Pending<'_, ()> {
        // Whatever is answered, and with whatever status, has a date.
        Box::pin(async { drop(self.service.send(Request::get("/healthz")).await) })
    }

    fn heed(&self, leave: &Leave) {
        self.service.heed(leave);
    }
}
