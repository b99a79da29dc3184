//! The old server's list of devices.

use crate::model::hash::sha256_hex;
use crate::sim::PLANTED;
use crate::sim::world::{Mac, PushInformation, State, Tenant};
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// Go's zero time, which stands for never: `omitempty` does not leave it out.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// What is asked for; everything may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    page: usize,
    /// 0: all of them.
    per_page: usize,
    filter_serial: Option<Vec<String>>,
    filter_udid: Option<Vec<String>>,
}

/// The answer's body.
pub(super) fn list(state: &State, asked: &Asked) -> Json {
    let Some(handover) = &state.handover else {
        return json!({ "devices": null });
    };
    let among = |filter: &Option<Vec<String>>, word: &String| {
        let filter = filter.as_ref().filter(|filter| !filter.is_empty());
        filter.is_none_or(|filter| filter.contains(word))
    };
    let found = (state.macs.iter().zip(&handover.tenants))
        .filter(|(mac, _)| among(&asked.filter_serial, &mac.serial))
        .filter(|(mac, _)| among(&asked.filter_udid, &mac.uuid));
    let (skipped, most) = match asked.per_page {
        0 => (0, usize::MAX),
        most => (asked.page.saturating_mul(most), most),
    };
    let part: Vec<Json> = (found.skip(skipped).take(most))
        .map(|(mac, tenant)| device(mac, tenant, state.push_information(mac.index)))
        .collect();
    // A Go slice that nothing was put into.
    let list = if part.is_empty() {
        Json::Null
    } else {
        Json::Array(part)
    };
    json!({ "devices": list })
}

/// A record, without what is empty.
fn device(mac: &Mac, tenant: &Tenant, push: Option<PushInformation>) -> Json {
    let hash = sha256_hex(mac.uuid.as_bytes());
    let mut device = json!({
        "uuid": format!("{}-{}-4{}-a{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32]),
        "udid": mac.uuid,
        "serial_number": mac.serial,
        "os_version": mac.macos,
        "build_version": mac.build,
        "product_name": mac.model.identifier,
        "model": mac.model.identifier,
        "model_name": mac.model.title,
        "device_name": mac.name,
        "last_seen": tenant.old_seen.map_or_else(|| json!(NEVER), |at| json!(at)),
    });
    if let Some(push) = push {
        device["push_magic"] = json!(push.magic);
        device["token"] = json!(push.token);
        device["unlock_token"] = json!(format!("{PLANTED}unlock-{}", &hash[..8]));
        device["enrolled"] = json!(true);
    }
    if mac.ade {
        device["dep_profile_status"] = json!("pushed");
    }
    device
}
