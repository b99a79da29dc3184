//! The certificate Fleet's push messages are signed with.

use super::error::Doing;
use super::session::{API, Done, Session};
use crate::connectors::http::Request;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::text_at;
use crate::model::text::clean_short;
use crate::model::time::Time;
use serde_json::{Value as Json, json};

const APNS: Doing = Doing::reading("read its push certificate", "a global role");
/// How the common name of a push certificate begins; its topic ends alike.
const COMMON: &str = "APSP:";
const TOPIC: &str = "com.apple.mgmt.External.";

/// `GET /apns` (`api/fleet.md` §10.7).
pub(super) async fn apns(session: &mut Session<'_>) -> Done {
    let said = session.ask(Request::get(format!("{API}/apns")), APNS).await;
    let none = said
        .as_ref()
        .is_err_and(|fault| fault.kind == FaultKind::NotFound);
    if none {
        let none = "Fleet has no APNs certificate, so it can reach no Mac; upload the one of the old server, with its key";
        return Err(Fault::new(FaultKind::NotFound, none).status(404));
    }
    Ok((told(&said?), Outcome::Done))
}

fn told(said: &Json) -> Json {
    let text = |name: &str| text_at(said, name).map(|text| clean_short(text, 200));
    let common_name = text("common_name");
    let topic = (common_name.as_deref())
        .and_then(|name| name.strip_prefix(COMMON))
        .map(|last| format!("{TOPIC}{last}"));
    json!({
        "common_name": common_name,
        "topic": topic,
        "serial_number": text("serial_number"),
        "issuer": text("issuer"),
        "renew_date": text_at(said, "renew_date").and_then(|at| Time::parse(at).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topic_is_told_where_the_common_name_has_it() {
        let said = json!({"common_name": "APSP:04u52i98aewuh", "serial_number": "1",
            "issuer": "Apple Application Integration 2", "renew_date": "2026-09-30T00:00:00Z"});
        let found = told(&said);
        assert_eq!(found["topic"], "com.apple.mgmt.External.04u52i98aewuh");
        assert_eq!(found["renew_date"], "2026-09-30T00:00:00.000Z");
        let other = told(&json!({"common_name": "push.example.com", "renew_date": "soon"}));
        assert_eq!(
            (&other["topic"], &other["renew_date"]),
            (&Json::Null, &Json::Null)
        );
    }
}
