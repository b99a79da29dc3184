//! Fleet's side towards Macs: its SCEP CA and its MDM path (`api/fleet.md` §12.2).

use crate::sim::certificates::Authority;
use crate::sim::micromdm::{plain, scep};
use crate::sim::plist;
use crate::sim::world::State;
use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;

/// The answer, when it is one of these paths. A company that does not move under its old server's name has no Macs here
/// that come by over the wire.
pub(in crate::sim) fn serve(
    state: &mut State,
    parts: &Parts,
    body: &[u8],
) -> Option<Response<Body>> {
    let query = parts.uri.query().unwrap_or_default();
    let same_ca = state.handover.as_ref()?.same_ca;
    match parts.uri.path() {
        "/mdm/apple/scep" if same_ca => Some(scep(query, Authority::Scep, state.seed())),
        "/mdm/apple/scep" => Some(scep(query, Authority::OwnScep, state.seed())),
        "/mdm/apple/mdm" if parts.method == "PUT" => Some(heard(state, body)),
        "/mdm/apple/mdm" => Some(plain(405, "")),
        _ => None,
    }
}

/// A Mac comes by: refused when its record or its identity certificate is not known.
fn heard(state: &mut State, body: &[u8]) -> Response<Body> {
    let Some(udid) = plist::udid(body) else {
        return plain(400, "");
    };
    let mac = state.mac_of_udid(&udid);
    if mac.is_some_and(|mac| state.heard_at_new(mac)) {
        plain(200, "")
    } else {
        plain(401, "Unauthorized\n")
    }
}
