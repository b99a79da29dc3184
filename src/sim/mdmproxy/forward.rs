//! Where a request goes that is not for the proxy itself, and the going.

use crate::sim::plist;
use crate::sim::world::Side;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};

/// Headers of one connection, and what the client writes for itself.
const OWN: [axum::http::HeaderName; 7] = [
    CONNECTION,
    CONTENT_LENGTH,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    Existing,
    /// By the UDID.
    Mac(String),
    NoUdid,
    Forbidden,
}

pub(super) fn way(method: &str, path: &str, body: &[u8]) -> Way {
    let existing = path.contains("scep")
        || ["/v1", "/push", "/repo"]
            .iter()
            .any(|prefix| path.starts_with(prefix))
        || (method == "GET" && path == "/");
    if existing {
        return Way::Existing;
    }
    if !path.starts_with("/mdm") {
        return Way::Forbidden;
    }
    if body.is_empty() {
        return Way::Existing;
    }
    plist::udid(body).map_or(Way::NoUdid, Way::Mac)
}

/// Both sides' base URLs. Fleet's is its MDM path in full: the path of the request ends there.
#[derive(Clone)]
pub(super) struct Ahead {
    pub(super) client: reqwest::Client,
    pub(super) existing: String,
    pub(super) fleet: String,
}

impl Ahead {
    /// The other server's answer as it is; 502 with nothing in it when there is none.
    pub(super) async fn send(&self, side: Side, parts: &Parts, body: Bytes) -> Response<Body> {
        let url = match side {
            Side::Old => {
                let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                format!("{}{path}", self.existing)
            }
            Side::New => self.fleet.clone(),
        };
        let mut headers: HeaderMap = parts.headers.clone();
        strip(&mut headers);
        headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
        let request = self
            .client
            .request(parts.method.clone(), url)
            .headers(headers)
            .body(body);
        match request.send().await {
            Ok(answer) => received(answer).await,
            Err(_) => empty(StatusCode::BAD_GATEWAY),
        }
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in &OWN {
        headers.remove(name);
    }
}

async fn received(answer: reqwest::Response) -> Response<Body> {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else {
        return empty(StatusCode::BAD_GATEWAY);
    };
    strip(&mut headers);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_by_its_path_and_by_its_udid_on_the_mdm_paths_only() {
        let mac = plist::request("A-1");
        for (method, path, body, expected) in [
            ("GET", "/scep?operation=GetCACert", "", Way::Existing),
            ("POST", "/mdm/scep", mac.as_str(), Way::Existing),
            ("POST", "/v1/devices", "{}", Way::Existing),
            ("GET", "/push/A-1", "", Way::Existing),
            ("GET", "/repo/app.pkg", "", Way::Existing),
            ("GET", "/", "", Way::Existing),
            ("POST", "/", "", Way::Forbidden),
            ("GET", "/version", "", Way::Forbidden),
            ("PUT", "/mdm/connect", "", Way::Existing),
            ("PUT", "/mdm/connect", "<plist/>", Way::NoUdid),
            (
                "PUT",
                "/mdm/checkin",
                mac.as_str(),
                Way::Mac("A-1".to_owned()),
            ),
        ] {
            let found = way(method, path, body.as_bytes());
            assert_eq!(found, expected, "{method} {path}");
        }
    }
}
