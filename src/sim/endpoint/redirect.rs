//! The new endpoint's answers: redirects on the old server's paths, and Fleet itself on Fleet's.

use crate::sim::FLEET_MDM_URL;
use crate::sim::fleet::apple;
use crate::sim::micromdm::plain;
use crate::sim::wire::MOST_BODY;
use crate::sim::world::{Redirect, World};
use axum::Router;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::header::{HeaderValue, LOCATION};
use axum::http::{Request, Response};

/// Where nobody answers.
const ASTRAY: &str = "/mdm/apple/elsewhere";

pub(super) fn router(world: World) -> Router {
    Router::new().fallback(handle).with_state(world)
}

async fn handle(Shared(world): Shared<World>, request: Request<Body>) -> Response<Body> {
    let _busy = world.clock().busy();
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY).await else {
        return plain(413, "");
    };
    if let Some(answer) = world.with(|state| apple::serve(state, &parts, &body)) {
        return answer;
    }
    let uri = &parts.uri;
    let endpoint = world.with(|state| state.handover.as_ref().map(|handover| handover.endpoint));
    let Some(endpoint) = endpoint else {
        return plain(404, "404 page not found\n");
    };
    let (redirect, to) = match uri.path() {
        "/mdm/checkin" => (endpoint.checkin, "/mdm/apple/mdm"),
        "/mdm/connect" => (endpoint.connect, "/mdm/apple/mdm"),
        "/scep" => (endpoint.scep, "/mdm/apple/scep"),
        _ => return plain(404, "404 page not found\n"),
    };
    let (status, to) = match redirect {
        Redirect::Kept => (307, to),
        Redirect::Turned => (302, to),
        Redirect::Astray => (308, ASTRAY),
        Redirect::Missing => return plain(404, "404 page not found\n"),
    };
    let base = FLEET_MDM_URL.trim_end_matches("/mdm/apple/mdm");
    let query = uri.query().map(|query| format!("?{query}"));
    let location = format!("{base}{to}{}", query.unwrap_or_default());
    let mut answer = plain(status, "");
    if let Ok(location) = HeaderValue::from_str(&location) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}
