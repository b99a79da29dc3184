//! Which call goes where.

use super::devices::{Asked, list};
use super::tripwire::trips;
use crate::model::hash::sha256_hex;
use crate::model::secret::{ExposeSecret, SecretString};
use crate::model::time::Span;
use crate::sim::certificates::Authority;
use crate::sim::ledger::{Effect, verb};
use crate::sim::plist;
use crate::sim::wire::{Habits, MOST_BODY, json};
use crate::sim::world::{State, World};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::Arc;

/// The only user name there is.
const USER: &str = "micromdm";
/// A Mac that is awake answers a push within this.
const PUSHED: Span = Span::from_secs(10);

/// The old server. Cheap to clone; clones are the same server.
#[derive(Clone)]
pub struct MicroMdm(Arc<Inner>);

struct Inner {
    world: World,
    key: SecretString,
}

/// What the wire before the old server needs to know.
pub fn habits() -> Habits {
    Habits {
        error: |status| json(status, &json!({ "error": "upstream connect error" })),
        ..Habits::plain("micromdm")
    }
}

impl MicroMdm {
    /// `key` is what it was started with as `-api-key`.
    pub fn new(world: World, key: SecretString) -> Self {
        Self(Arc::new(Inner { world, key }))
    }

    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    fn serve(&self, parts: &Parts, body: &Bytes) -> Response<Body> {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        match path {
            "/mdm/checkin" | "/mdm/connect" => return self.heard(method, body),
            "/scep" => return self.scep(parts.uri.query().unwrap_or_default()),
            "/version" => {
                let version =
                    json!({ "version": "v1.12.1", "branch": "main", "go_version": "go1.21.5" });
                return json(200, &version);
            }
            _ => {}
        }
        let is_api = path.starts_with("/v1/") || path.starts_with("/push/");
        if !is_api {
            return plain(404, "404 page not found\n");
        }
        if !self.knows(parts) {
            return unauthorised();
        }
        if let Some(why) = trips(method, path) {
            let text = format!("micromdm: {method} {path} {why}");
            self.0.world.with(|state| state.ledger.violation(text));
            return json(403, &json!({ "error": "forbidden" }));
        }
        match (method, path, path.strip_prefix("/push/")) {
            ("POST", "/v1/devices", _) => self.devices(body),
            ("GET", _, Some(udid)) => self.0.world.with(|state| push(state, udid)),
            _ => plain(404, "404 page not found\n"),
        }
    }

    fn knows(&self, parts: &Parts) -> bool {
        let header = parts.headers.get(AUTHORIZATION);
        let given = header
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|text| STANDARD.decode(text).ok());
        let expected = format!("{USER}:{}", self.0.key.expose_secret());
        given.is_some_and(|given| given == expected.as_bytes())
    }

    fn devices(&self, body: &Bytes) -> Response<Body> {
        let asked = match body.len() {
            0 => Ok(Asked::default()),
            _ => serde_json::from_slice(body),
        };
        match asked {
            Ok(asked) => json(200, &self.0.world.with(|state| list(state, &asked))),
            Err(error) => json(400, &json!({ "error": error.to_string() })),
        }
    }

    /// A Mac comes by.
    fn heard(&self, method: &str, body: &Bytes) -> Response<Body> {
        if method != "PUT" {
            return plain(405, "");
        }
        let Some(udid) = plist::udid(body) else {
            return plain(400, "request body does not contain UDID\n");
        };
        let taken = self.0.world.with(|state| {
            let mac = state.mac_of_udid(&udid);
            mac.is_some_and(|mac| state.heard_at_old(mac))
        });
        plain(if taken { 200 } else { 401 }, "")
    }

    fn scep(&self, query: &str) -> Response<Body> {
        let seed = self.0.world.with(|state| state.seed());
        scep(query, Authority::Scep, seed)
    }
}

/// What a SCEP server says of its CA (RFC 8894 §4.2, §3.5.2); shared with the new server.
pub(in crate::sim) fn scep(query: &str, authority: Authority, seed: u64) -> Response<Body> {
    let asks = |name: &str| {
        query
            .split('&')
            .any(|pair| pair == format!("operation={name}"))
    };
    if asks("GetCACaps") {
        return plain(
            200,
            "Renewal\nSHA-1\nSHA-256\nAES\nDES3\nSCEPStandard\nPOSTPKIOperation",
        );
    }
    if !asks("GetCACert") {
        return plain(400, "unknown operation\n");
    }
    match authority.der(seed) {
        Ok(der) => typed(200, "application/x-x509-ca-cert", der),
        Err(error) => plain(500, &format!("{error}\n")),
    }
}

fn push(state: &mut State, udid: &str) -> Response<Body> {
    let found = state.mac_of_udid(udid);
    let mac = found.filter(|mac| state.push_information(*mac).is_some());
    let Some(mac) = mac else {
        let said = format!("retrieving PushInfo by UDID: PushInfo for udid {udid} not found");
        return json(404, &json!({ "error": said }));
    };
    let serial = state.macs[mac].serial.clone();
    let now = state.now();
    let effect = Effect::new(now, "micromdm", verb::PUSH, serial, b"");
    state.ledger.record(effect);
    state.come_by(mac, PUSHED);
    let id = sha256_hex(format!("{udid} {now}").as_bytes());
    json(
        200,
        &json!({ "status": "success", "push_notification_id": &id[..32] }),
    )
}

fn unauthorised() -> Response<Body> {
    let mut answer = json(401, &json!({ "error": "Not Authorized" }));
    let realm = HeaderValue::from_static("Basic realm=\"micromdm\"");
    answer.headers_mut().insert(WWW_AUTHENTICATE, realm);
    answer
}

pub(in crate::sim) fn plain(status: u16, text: &str) -> Response<Body> {
    typed(
        status,
        "text/plain; charset=utf-8",
        text.as_bytes().to_vec(),
    )
}

fn typed(status: u16, kind: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn handle(Shared(server): Shared<MicroMdm>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return plain(413, "");
    };
    let _busy = server.0.world.clock().busy();
    server.serve(&parts, &body)
}
