//! `[connectors.*]`.

use super::section::Section;
use super::settings::{
    Config, Dns, Endpoint, Endpoints, Fleet, Http, Jamf, Limits, MdmProxy, MicroMdm, Rate, Slack,
    SlackDoor,
};
use crate::connectors::dns;

const HTTP_KEYS: [&str; 4] = ["allow", "rate", "parallel", "ca"];
/// Jamf Pro Cloud serves five calls at a time (`api/jamf.md`).
const JAMF_AT_ONCE: u64 = 5;
const MOST_AT_ONCE: u64 = 64;
/// Where Slack's Web API lives (`api/slack.md`).
pub(super) const SLACK_URL: &str = "https://slack.com/api";

impl Limits {
    /// What a service gets when its section says nothing else.
    pub fn with(rate: Option<f64>, parallel: usize) -> Self {
        Self {
            rate: rate.map(|per_second| Rate { per_second }),
            parallel,
            ca: None,
        }
    }

    pub fn fleet() -> Self {
        Self::with(Some(20.0), 8)
    }

    pub fn jamf() -> Self {
        Self::with(None, 4)
    }

    pub fn slack() -> Self {
        Self::with(None, 4)
    }

    pub fn http() -> Self {
        Self::with(None, 4)
    }
}

pub(super) fn read(section: &Section<'_>, config: &mut Config) {
    config.fleet = fleet(&section.section("fleet"));
    config.jamf = jamf(&section.section("jamf"));
    config.slack = slack(&section.section("slack"));
    config.http = http(&section.section("http"));
    config.mdmproxy = mdmproxy(&section.section("mdmproxy"));
    config.micromdm = micromdm(&section.section("micromdm"));
    config.dns = dns(&section.section("dns"));
    config.endpoint = endpoints(&section.section("endpoint"));
    section.finish(&[]);
}

fn fleet(section: &Section<'_>) -> Option<Fleet> {
    let url = section.require("url", section.parsed("url", url), "\"https://…\"");
    let token = section.require(
        "token",
        section.secret("token"),
        "{ env = \"FLEET_TOKEN\" }",
    );
    let limits = limits(section, Limits::fleet(), MOST_AT_ONCE);
    section.finish(&[]);
    Some(Fleet {
        url: url?,
        token: token?,
        limits,
    })
}

fn jamf(section: &Section<'_>) -> Option<Jamf> {
    let url = section.require("url", section.parsed("url", url), "\"https://…\"");
    let client_id = section.require("client_id", section.text("client_id"), "\"…\"");
    let client_secret = section.require(
        "client_secret",
        section.secret("client_secret"),
        "{ env = \"JAMF_CLIENT_SECRET\" }",
    );
    let limits = limits(section, Limits::jamf(), JAMF_AT_ONCE);
    section.finish(&[]);
    Some(Jamf {
        url: url?,
        client_id: client_id?,
        client_secret: client_secret?,
        limits,
    })
}

fn slack(section: &Section<'_>) -> Option<Slack> {
    let token = section.secret("token");
    let webhook = section.secret("webhook_url");
    let channel = section.text("channel");
    let base = section.parsed("url", url);
    let limits = limits(section, Limits::slack(), MOST_AT_ONCE);
    section.finish(&[]);
    let door = match (token, webhook) {
        (Some(_), Some(_)) => {
            section.report("webhook_url", "give token or webhook_url, not both");
            None
        }
        (Some(token), None) => {
            section.require("channel", channel.as_ref(), "\"#mac-migration\"");
            Some(SlackDoor::Token(token))
        }
        (None, Some(webhook)) => Some(SlackDoor::Webhook(webhook)),
        (None, None) => {
            if section.span_of("webhook_url").is_none() {
                section.require("token", None::<()>, "{ env = \"SLACK_TOKEN\" }");
            }
            None
        }
    };
    Some(Slack {
        door: door?,
        channel,
        url: base.unwrap_or_else(|| SLACK_URL.into()),
        limits,
    })
}

fn http(section: &Section<'_>) -> Option<Http> {
    let allow = section.texts("allow").unwrap_or_default();
    let allow = allow
        .iter()
        .filter_map(|text| url(text).map_err(|why| section.report("allow", why)).ok())
        .collect();
    let limits = limits(section, Limits::http(), MOST_AT_ONCE);
    let named = section.named_sections(&HTTP_KEYS);
    let names: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
    section.finish(&names);
    let endpoints = named
        .into_iter()
        .filter_map(|(name, section)| Some((name, endpoint(&section)?)))
        .collect();
    section.is_there().then_some(Http {
        allow,
        endpoints,
        limits,
    })
}

fn mdmproxy(section: &Section<'_>) -> Option<MdmProxy> {
    let urls = section.texts("urls").map(|urls| {
        let each = urls.iter();
        each.filter_map(|text| url(text).map_err(|why| section.report("urls", why)).ok())
            .collect::<Vec<_>>()
    });
    let urls = section.require("urls", urls, "[\"https://10.0.0.5:8080\"]");
    let token = section.require(
        "token",
        section.secret("token"),
        "{ env = \"MDMPROXY_TOKEN\" }",
    );
    let ca = section.path("ca");
    section.finish(&[]);
    Some(MdmProxy {
        urls: urls?,
        token: token?,
        ca,
    })
}

fn micromdm(section: &Section<'_>) -> Option<MicroMdm> {
    let url = section.require("url", section.parsed("url", url), "\"https://…\"");
    let api_key = section.require(
        "api_key",
        section.secret("api_key"),
        "{ env = \"MICROMDM_API_KEY\" }",
    );
    let limits = limits(section, Limits::with(None, 4), MOST_AT_ONCE);
    section.finish(&[]);
    Some(MicroMdm {
        url: url?,
        api_key: api_key?,
        limits,
    })
}

fn dns(section: &Section<'_>) -> Option<Dns> {
    let named = section.texts("resolvers").map(|list| {
        let each = list.iter().map(|text| dns::Settings::resolver(text));
        each.filter_map(|read| read.map_err(|why| section.report("resolvers", why)).ok())
            .collect::<Vec<_>>()
    });
    let resolvers = section.require("resolvers", named, "[\"192.0.2.1\", \"9.9.9.9\"]");
    section.finish(&[]);
    Some(Dns {
        resolvers: resolvers?,
    })
}

fn endpoints(section: &Section<'_>) -> Option<Endpoints> {
    let named = section.texts("hosts").map(|hosts| {
        let each = hosts.iter();
        each.filter_map(|text| host(text).map_err(|why| section.report("hosts", why)).ok())
            .collect::<Vec<_>>()
    });
    let hosts = section.require("hosts", named, "[\"mdm.example.com\"]");
    let ca = section.path("ca");
    section.finish(&[]);
    Some(Endpoints { hosts: hosts?, ca })
}

/// A name alone: no scheme, port or path.
fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    let alone = reqwest::Url::parse(&format!("https://{text}/")).ok();
    let is_host = alone.is_some_and(|url| url.host_str() == Some(&text.to_ascii_lowercase()));
    if is_host {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "\"{text}\" is not a name alone, such as mdm.example.com"
        ))
    }
}

fn endpoint(section: &Section<'_>) -> Option<Endpoint> {
    let url = section.require("url", section.parsed("url", url), "\"https://…\"");
    let token = section.secret("token");
    let header = section.text("header");
    if header.is_some() && token.is_none() && section.span_of("token").is_none() {
        section.report("header", "says where the token goes, and there is no token");
    }
    section.finish(&[]);
    Some(Endpoint {
        url: url?,
        token,
        header,
    })
}

fn limits(section: &Section<'_>, default: Limits, most: u64) -> Limits {
    Limits {
        rate: section.parsed("rate", rate).or(default.rate),
        parallel: section
            .whole("parallel", 1, most)
            .map_or(default.parallel, |count| count as usize),
        ca: section.path("ca"),
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    let bad = || format!("\"{text}\" is not a rate such as 20/s, 300/m or 1000/h");
    let (count, unit) = text.split_once('/').ok_or_else(bad)?;
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(bad()),
    };
    let count: f64 = count.trim().parse().map_err(|_| bad())?;
    if count.is_finite() && count > 0.0 {
        Ok(Rate {
            per_second: count / seconds,
        })
    } else {
        Err(format!("must be more than nothing, got {count}/{unit}"))
    }
}

/// A service's address: https, or http on this machine only. Never repeats what might hold a password.
pub(super) fn url(text: &str) -> Result<String, String> {
    let parsed = reqwest::Url::parse(text)
        .map_err(|error| format!("is not a URL such as https://fleet.example.com: {error}"))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err("must end before any ? or #".into());
    }
    let host = parsed.host_str().unwrap_or_default();
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        "https" if !host.is_empty() => {}
        "http" if here => {}
        "http" => {
            return Err(format!(
                "must begin with https://, as http://{host} would show the secret to the network"
            ));
        }
        other => return Err(format!("must begin with https://, not {other}:")),
    }
    Ok(text.trim_end_matches('/').to_owned())
}
