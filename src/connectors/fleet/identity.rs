//! Makes sure that a host id still is the Mac that is meant, right before something is done to it.

use super::hosts::detail;
use super::session::Session;
use crate::connectors::input::Input;
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::text_at;
use serde_json::Value as Json;

/// Reads the host of the inputs `host_id`, `serial` and `uuid` and compares them.
///
/// # Errors
/// `NotFound` when the host is gone, `WrongIdentity` when serial or UUID differ. A host without a UUID (one that was
/// never seen) contradicts no UUID.
pub(super) async fn confirm(session: &mut Session<'_>, input: Input<'_>) -> Result<Json, Fault> {
    let (id, serial) = (input.id("host_id")?, input.text("serial")?);
    let host = detail(session, id).await?;
    match differs(&host, serial, input.text_or_none("uuid")) {
        None => Ok(host),
        Some(what) => Err(Fault::new(
            FaultKind::WrongIdentity,
            format!(
                "Fleet's host {id} is another Mac: {what}; nothing was sent, find the host anew"
            ),
        )),
    }
}

fn differs(host: &Json, serial: &str, uuid: Option<&str>) -> Option<String> {
    let found = text_at(host, "hardware_serial").unwrap_or("");
    if found != serial {
        return Some(format!("its serial is \"{found}\", not \"{serial}\""));
    }
    let (found, wanted) = (text_at(host, "uuid")?, uuid?);
    (!found.eq_ignore_ascii_case(wanted))
        .then(|| format!("its UUID is \"{found}\", not \"{wanted}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn serial_and_uuid_must_both_agree() {
        let host = json!({"hardware_serial": "C02A", "uuid": "AB-1"});
        assert_eq!(differs(&host, "C02A", Some("ab-1")), None);
        assert_eq!(differs(&host, "C02A", None), None);
        assert!(
            differs(&host, "C02B", Some("AB-1"))
                .unwrap()
                .contains("C02B")
        );
        assert!(
            differs(&host, "C02A", Some("AB-2"))
                .unwrap()
                .contains("AB-2")
        );
        let unseen = json!({"hardware_serial": "C02A", "uuid": null});
        assert_eq!(differs(&unseen, "C02A", Some("AB-1")), None);
    }
}
