//! From a configuration to connectors: each section becomes its layer's settings, each secret is read once.

use super::error::CliError;
use crate::config::{Config, Env, Limits, Secret, SlackDoor};
use crate::connectors::action::{Connector, Registry};
use crate::connectors::dns::{self, Dns};
use crate::connectors::endpoint::{self, Endpoint};
use crate::connectors::fleet::{self, Fleet};
use crate::connectors::generic::{self, Allow, Generic};
use crate::connectors::jamf::{self, Jamf};
use crate::connectors::mdmproxy::{self, Proxy};
use crate::connectors::micromdm::{self, MicroMdm};
use crate::connectors::slack::{self, Slack};
use crate::model::clock::Clock;
use crate::model::fault::Fault;
use crate::model::secret::{ExposeSecret, Rotating, SecretString};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

/// The connectors that are configured.
pub fn registry(config: &Config, env: &Env, clock: &Clock) -> Result<Registry, CliError> {
    connected(config, env, clock).map(|(registry, _)| registry)
}

/// The same, and the secrets they hold, each by its slot, to be read again at a hang-up.
pub fn connected(
    config: &Config,
    env: &Env,
    clock: &Clock,
) -> Result<(Registry, Secrets), CliError> {
    let held = RefCell::new(Vec::new());
    let rotating = |secret: &Secret, shape: fn(SecretString) -> SecretString| {
        let kept = rotating(secret, env, shape)?;
        held.borrow_mut().push((secret.slot.clone(), kept.clone()));
        Ok(kept)
    };
    let secret = |secret: &Secret| rotating(secret, |plain| plain);
    let mut connectors: Vec<Arc<dyn Connector>> = Vec::new();
    if let Some(section) = &config.fleet {
        let settings = fleet::Settings {
            rate: rate(&section.limits),
            parallel: section.limits.parallel,
            extra_ca: extra_ca(&section.limits)?,
            ..fleet::Settings::new(&section.url, secret(&section.token)?)
        };
        connectors.push(Arc::new(
            Fleet::new(settings, clock.clone()).map_err(refused)?,
        ));
    }
    if let Some(section) = &config.jamf {
        let settings = jamf::Settings {
            rate: rate(&section.limits),
            parallel: section.limits.parallel,
            extra_ca: extra_ca(&section.limits)?,
            ..jamf::Settings::new(
                &section.url,
                &section.client_id,
                secret(&section.client_secret)?,
            )
        };
        connectors.push(Arc::new(
            Jamf::new(settings, clock.clone()).map_err(refused)?,
        ));
    }
    if let Some(section) = &config.slack {
        let mode = match &section.door {
            SlackDoor::Token(token) => slack::Mode::Bot {
                token: secret(token)?,
                channel: section.channel.clone().unwrap_or_default(),
                url: section.url.clone(),
            },
            SlackDoor::Webhook(url) => slack::Mode::Webhook {
                url: secret(url)?.get(),
            },
        };
        let settings = slack::Settings {
            rate: rate(&section.limits),
            parallel: section.limits.parallel,
            extra_ca: extra_ca(&section.limits)?,
            ..slack::Settings::new(mode)
        };
        connectors.push(Arc::new(
            Slack::new(settings, clock.clone()).map_err(refused)?,
        ));
    }
    connectors.extend(where_the_name_moves(config, clock, &secret)?);
    if let Some(generic) = generic(config, &rotating)? {
        connectors.push(Arc::new(
            Generic::new(generic, clock.clone()).map_err(refused)?,
        ));
    }
    Ok((Registry::new(connectors), held.into_inner()))
}

/// Those of a migration in which only the name moves.
fn where_the_name_moves(
    config: &Config,
    clock: &Clock,
    secret: &impl Fn(&Secret) -> Result<Rotating, CliError>,
) -> Result<Vec<Arc<dyn Connector>>, CliError> {
    let mut connectors: Vec<Arc<dyn Connector>> = Vec::new();
    if let Some(section) = &config.mdmproxy {
        let settings = mdmproxy::Settings {
            urls: section.urls.clone(),
            token: secret(&section.token)?,
            extra_ca: section.ca.as_deref().map(read_ca).transpose()?,
        };
        connectors.push(Arc::new(Proxy::new(settings, clock).map_err(refused)?));
    }
    if let Some(section) = &config.micromdm {
        let settings = micromdm::Settings {
            url: section.url.clone(),
            api_key: secret(&section.api_key)?,
            rate: rate(&section.limits),
            parallel: section.limits.parallel,
            extra_ca: extra_ca(&section.limits)?,
        };
        connectors.push(Arc::new(MicroMdm::new(settings, clock).map_err(refused)?));
    }
    if let Some(section) = &config.dns {
        let settings = dns::Settings {
            resolvers: section.resolvers.clone(),
        };
        connectors.push(Arc::new(
            Dns::new(settings, clock.clone()).map_err(refused)?,
        ));
    }
    if let Some(section) = &config.endpoint {
        let settings = endpoint::Settings {
            extra_ca: section.ca.as_deref().map(read_ca).transpose()?,
            ..endpoint::Settings::new(&section.hosts)
        };
        let endpoint = Endpoint::new(settings, clock.clone()).map_err(refused)?;
        connectors.push(Arc::new(endpoint));
    }
    Ok(connectors)
}

/// Slots and what stands in them.
pub type Secrets = Vec<(String, Rotating)>;

/// Reads a secret, and remembers where to read it again.
fn rotating(
    secret: &Secret,
    env: &Env,
    shape: fn(SecretString) -> SecretString,
) -> Result<Rotating, CliError> {
    let now = secret
        .resolve(env)
        .map_err(|e| CliError::usage(e.to_string()))?;
    let (secret, env) = (secret.clone(), env.clone());
    Ok(Rotating::new(shape(now), move || {
        let again = secret.resolve(&env).map_err(|error| error.to_string())?;
        Ok(shape(again))
    }))
}

fn generic(
    config: &Config,
    secret: &impl Fn(&Secret, fn(SecretString) -> SecretString) -> Result<Rotating, CliError>,
) -> Result<Option<generic::Settings>, CliError> {
    let Some(section) = &config.http else {
        return Ok(None);
    };
    let mut allow: Vec<Allow> = section.allow.iter().map(Allow::new).collect();
    for endpoint in section.endpoints.values() {
        let headers = match &endpoint.token {
            // In a header of its own the token stands alone.
            Some(token) => vec![match &endpoint.header {
                Some(header) => (header.clone(), secret(token, |plain| plain)?),
                None => ("Authorization".to_owned(), secret(token, bearer)?),
            }],
            None => Vec::new(),
        };
        allow.push(Allow {
            prefix: endpoint.url.clone(),
            headers,
        });
    }
    let mut settings = generic::Settings::new(allow, other_hosts(config));
    settings.rate = rate(&section.limits);
    settings.parallel = section.limits.parallel;
    settings.extra_ca = extra_ca(&section.limits)?;
    Ok(Some(settings))
}

fn bearer(token: SecretString) -> SecretString {
    format!("Bearer {}", token.expose_secret()).into()
}

/// `host:port` of the other connectors, which the generic one must never reach.
fn other_hosts(config: &Config) -> Vec<String> {
    let urls = [
        config.fleet.as_ref().map(|section| &section.url),
        config.jamf.as_ref().map(|section| &section.url),
        config.slack.as_ref().map(|section| &section.url),
        config.micromdm.as_ref().map(|section| &section.url),
    ];
    let proxies = config.mdmproxy.iter().flat_map(|section| &section.urls);
    let authority = |url: &String| {
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        rest.split(['/', '?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let all = urls.into_iter().flatten().chain(proxies);
    all.map(authority).collect()
}

fn rate(limits: &Limits) -> Option<f64> {
    limits.rate.map(|rate| rate.per_second)
}

fn extra_ca(limits: &Limits) -> Result<Option<Vec<u8>>, CliError> {
    limits.ca.as_deref().map(read_ca).transpose()
}

fn read_ca(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| {
        CliError::usage(format!(
            "the certificate authority {} cannot be read: {error}",
            path.display()
        ))
    })
}

fn refused(fault: Fault) -> CliError {
    CliError::usage(fault.message)
}
