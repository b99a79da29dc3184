//! The `http` connector: one door for each allowed origin.

use super::action::{ACTIONS, Wish, nature};
use super::allow::{Allow, FORBIDDEN_HEADERS, is_below, origin};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use crate::connectors::http::{Answer, Request, Service, ServiceSettings};
use crate::model::action::{ActionSpec, Nature};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::LARGEST_RESULT;
use crate::model::secret::{Rotating, SecretString};
use crate::model::text::clean_lines;
use reqwest::{Method, Url};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Statuses that refuse, when a JSON body says so in the service's own words.
const REFUSALS: [u16; 8] = [400, 401, 403, 404, 405, 409, 412, 422];

/// What `[connectors.http]` says.
#[derive(Clone, Debug)]
pub struct Settings {
    pub allow: Vec<Allow>,
    /// `host` or `host:port` of the other configured connectors, which are never called from here.
    pub forbidden_hosts: Vec<String>,
    /// Requests a second of engine time to each origin; none means no limit of ours.
    pub rate: Option<f64>,
    /// Requests in flight at once to each origin.
    pub parallel: usize,
    /// PEM certificates trusted beside the system's.
    pub extra_ca: Option<Vec<u8>>,
}

impl Settings {
    /// The usual: no rate of ours, 4 requests in flight to each origin.
    pub fn new(allow: Vec<Allow>, forbidden_hosts: Vec<String>) -> Self {
        Self {
            allow,
            forbidden_hosts,
            rate: None,
            parallel: 4,
            extra_ca: None,
        }
    }
}

struct Place {
    prefix: Url,
    allow: Allow,
}

/// A header and what it says now.
type Header = (String, SecretString);

impl Place {
    fn headers(&self) -> Vec<Header> {
        let now = |(name, value): &(String, Rotating)| (name.clone(), value.get());
        self.allow.headers.iter().map(now).collect()
    }

    /// Whether any of the headers that were refused says something else by now.
    async fn renewed(&self, used: &[Header]) -> bool {
        let mut any = false;
        for ((_, value), (_, used)) in self.allow.headers.iter().zip(used) {
            any |= value.renewed(used).await;
        }
        any
    }
}

/// The connector for services that have none of their own.
pub struct Generic {
    places: Vec<Place>,
    services: BTreeMap<String, Service>,
}

impl Generic {
    /// Prepares a door for each allowed origin. Fails with a sentence on a prefix that cannot work, or that belongs to
    /// another connector.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let mut places = Vec::new();
        let mut services = BTreeMap::new();
        for allow in &settings.allow {
            let prefix = Url::parse(allow.prefix.trim())
                .ok()
                .filter(|url| url.query().is_none() && url.fragment().is_none())
                .ok_or_else(|| {
                    wrong(format!(
                        "allow: \"{}\" is not a URL without ? and #",
                        allow.prefix
                    ))
                })?;
            if let Some((name, _)) = allow
                .headers
                .iter()
                .find(|(name, _)| is_forbidden_header(name))
            {
                return Err(wrong(format!(
                    "allow: the header \"{name}\" is drover's own to set"
                )));
            }
            let place = origin(&prefix);
            if let Entry::Vacant(free) = services.entry(place.clone()) {
                free.insert(Service::new(ServiceSettings {
                    rate: settings.rate,
                    parallel: settings.parallel,
                    extra_ca: settings.extra_ca.clone(),
                    forbidden_hosts: settings.forbidden_hosts.clone(),
                    ..ServiceSettings::new("http", place, clock.clone())
                })?);
            }
            places.push(Place {
                prefix,
                allow: allow.clone(),
            });
        }
        // The longest prefix that fits brings its headers.
        places.sort_by_key(|place| std::cmp::Reverse(place.prefix.path().len()));
        Ok(Self { places, services })
    }

    fn place(&self, url: &Url) -> Result<(&Place, &Service), Fault> {
        self.places
            .iter()
            .find(|place| is_below(url, &place.prefix))
            .and_then(|place| Some((place, self.services.get(&origin(url))?)))
            .ok_or_else(|| {
                let host = url.host_str().unwrap_or("it");
                wrong(format!(
                    "{host} with this path is not below a URL of allow; add one, or correct url"
                ))
            })
    }

    async fn send(&self, input: &Map<String, Json>) -> Result<Reply, Failure> {
        let wish = Wish::read(input)?;
        let (place, service) = self.place(&wish.url)?;
        let used = place.headers();
        let mut answer = service.send(request(&wish, &used)).await?;
        // A refused token may have been changed where it is kept. What must not be sent twice goes out once more only if the
        // service said no in its own words.
        let certain = wish.nature != Nature::Once || answer.content_type.ends_with("json");
        if answer.status == 401 && certain && place.renewed(&used).await {
            answer = service.send(request(&wish, &place.headers())).await?;
        }
        if !wish.is_success(answer.status) {
            return Err(refusal(&answer));
        }
        if wish.nature.mutates() && answer.is_page() {
            return Err(answer.unreadable("it is a page for people; something on the way answered"));
        }
        let result = json!({"status": answer.status, "body": body(&answer)?});
        let outcome = if answer.status == 202 && wish.nature.mutates() {
            Outcome::Accepted
        } else {
            Outcome::Done
        };
        Ok(Reply {
            result,
            outcome,
            exchanges: vec![answer.exchange],
        })
    }
}

fn is_forbidden_header(name: &str) -> bool {
    FORBIDDEN_HEADERS
        .iter()
        .any(|forbidden| forbidden.eq_ignore_ascii_case(name))
}

fn request(wish: &Wish, secrets: &[Header]) -> Request {
    let mut request = Request::new(wish.method.clone(), wish.url.path(), wish.nature);
    for (name, value) in wish.url.query_pairs() {
        request = request.query(&name, value);
    }
    request = match &wish.body {
        Some(Json::String(text)) => request.text(text),
        Some(json) => request.json(json),
        None if wish.nature.mutates() => request.empty_body(),
        None => request,
    };
    for (name, value) in &wish.headers {
        request = request.header(name, value);
    }
    for (name, value) in secrets {
        request = request.secret_header(name, value);
    }
    request
}

fn refusal(answer: &Answer) -> Failure {
    let plain = answer.content_type.ends_with("json") && answer.json().is_ok();
    let refusals: &[u16] = if plain { &REFUSALS } else { &[] };
    answer.fault(answer.head(), refusals)
}

/// The answer's JSON, or its text; null when there is none. What is too large for a result fails a read; what has
/// changed something already is not made to look failed, and its body is left to the history.
fn body(answer: &Answer) -> Result<Json, Failure> {
    if answer.body.is_empty() {
        return Ok(Json::Null);
    }
    if answer.body.len() > LARGEST_RESULT {
        if answer.mutates() {
            return Ok(Json::Null);
        }
        let what = format!(
            "the answer has {} bytes; a result holds at most {LARGEST_RESULT}",
            answer.body.len()
        );
        return Err(Failure {
            fault: Fault::new(FaultKind::TooLarge, what),
            exchanges: vec![answer.exchange.clone()],
        });
    }
    Ok(answer
        .json()
        .unwrap_or_else(|_| Json::String(clean_lines(&answer.text()))))
}

fn wrong(what: String) -> Fault {
    Fault::new(
        FaultKind::Misconfigured,
        format!("[connectors.http] {what}"),
    )
}

impl Connector for Generic {
    fn name(&self) -> &'static str {
        "http"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        ACTIONS
    }

    fn nature(&self, _action: &ActionSpec, input: &Map<String, Json>) -> Nature {
        nature(input)
    }

    fn call<'a>(
        &'a self,
        _action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move { self.send(&call.input).await })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        _call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        let why = format!(
            "{} cannot be looked up: nothing is known of that service",
            action.name
        );
        Box::pin(async move { Ok(Landing::Undecided(why)) })
    }

    /// Connects to each origin and asks for nothing but the head of the allowed URL.
    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move {
            let mut findings = Vec::new();
            for place in &self.places {
                let Some(service) = self.services.get(&origin(&place.prefix)) else {
                    continue;
                };
                let request = Request::new(Method::HEAD, place.prefix.path(), Nature::Read);
                let sent = service.send(request).await;
                findings.push(Finding {
                    subject: format!("address {}", place.prefix),
                    ok: sent.is_ok(),
                    detail: match sent {
                        Ok(answer) => format!("reached; it answers {}", answer.status),
                        Err(failure) => failure.fault.message,
                    },
                });
            }
            findings
        })
    }

    /// All origins together: sums, the worst latencies, the latest limit.
    fn health(&self) -> Health {
        self.services
            .values()
            .map(Service::health)
            .fold(Health::default(), Health::beside)
    }

    fn heed(&self, leave: &Leave) {
        for service in self.services.values() {
            service.heed(leave);
        }
    }
}
