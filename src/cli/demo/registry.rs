//! Connectors to what a simulated company offers.

use super::scenario::hosts;
use crate::connectors::action::{Connector, Registry};
use crate::connectors::{dns, endpoint, fleet, jamf, mdmproxy, micromdm, slack};
use crate::model::clock::Clock;
use crate::model::fault::Fault;
use crate::sim::{Credentials, HandoverAddresses, Sim};
use std::sync::Arc;

/// Calls at once to the old server, as its configuration has it.
const PARALLEL: usize = 4;

pub fn registry(sim: &Sim, clock: &Clock) -> Result<Registry, Fault> {
    let (at, with) = (sim.addresses(), sim.credentials());
    let fleet = fleet::Settings::new(&at.fleet, with.fleet_token.clone());
    let fleet = fleet::Fleet::new(fleet, clock.clone())?;
    let mode = slack::Mode::Bot {
        token: with.slack_token.clone().into(),
        channel: "#mac-migration".into(),
        url: at.slack.clone(),
    };
    let slack = slack::Slack::new(slack::Settings::new(mode), clock.clone())?;
    let mut connectors: Vec<Arc<dyn Connector>> = vec![Arc::new(fleet), Arc::new(slack)];
    // A company that moves under its old server's name has no Jamf.
    if at.handover.is_none() {
        let secret = with.jamf_client_secret.clone();
        let settings = jamf::Settings::new(&at.jamf, &with.jamf_client_id, secret);
        connectors.push(Arc::new(jamf::Jamf::new(settings, clock.clone())?));
    }
    if let Some(at) = &at.handover {
        connectors.extend(where_the_name_moves(at, with, clock)?);
    }
    Ok(Registry::new(connectors))
}

fn where_the_name_moves(
    at: &HandoverAddresses,
    with: &Credentials,
    clock: &Clock,
) -> Result<Vec<Arc<dyn Connector>>, Fault> {
    let proxy = mdmproxy::Settings {
        urls: at.proxies.clone(),
        token: with.proxy_token.clone().into(),
        extra_ca: None,
    };
    let old = micromdm::Settings {
        url: at.micromdm.clone(),
        api_key: with.micromdm_key.clone().into(),
        rate: None,
        parallel: PARALLEL,
        extra_ca: None,
    };
    let resolvers = dns::Settings {
        resolvers: at.resolvers.clone(),
    };
    let names = endpoint::Settings {
        extra_ca: Some(at.ca.clone()),
        ..endpoint::Settings::new(hosts(at))
    };
    Ok(vec![
        Arc::new(endpoint::Endpoint::new(names, clock.clone())?),
        Arc::new(mdmproxy::Proxy::new(proxy, clock)?),
        Arc::new(micromdm::MicroMdm::new(old, clock)?),
        Arc::new(dns::Dns::new(resolvers, clock.clone())?),
    ])
}
