//! A device of the list, without what is nobody's business.

use crate::model::text::clean_short;
use crate::model::time::Time;
use serde_json::{Value as Json, json};

/// The longest text of a device that is kept.
const LONGEST: usize = 200;

/// What the API leaves out when it is empty, is null here. None without a UDID: nothing could be done with it.
pub(super) fn flat(device: &Json) -> Option<Json> {
    let text = |name: &str| {
        let text = device.get(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| clean_short(text, LONGEST))
    };
    let there = |name: &str| {
        let text = device.get(name).and_then(Json::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    // Go's zero time stands for never.
    let last_seen = text("last_seen")
        .and_then(|text| Time::parse(&text).ok())
        .filter(|at| at.millis() > 0);
    Some(json!({
        "udid": text("udid")?,
        "serial": text("serial_number"),
        "model": text("model").or_else(|| text("product_name")),
        "name": text("device_name"),
        "os_version": text("os_version"),
        "enrolled": device.get("enrolled").and_then(Json::as_bool).unwrap_or(false),
        "pushable": there("push_magic") && there("token"),
        "last_seen": last_seen,
    }))
}
