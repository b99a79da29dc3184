//! What Fleet means when it says no.
//!
//! `message` alone never tells (`api/fleet.md` §1.3): the status, the first error's name and its reason together do. A
//! status without Fleet's own error body is somebody else's word (a proxy, a firewall), and proves nothing about a
//! call that changes something.

use crate::connectors::http::Answer;
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::text_at;
use serde_json::Value as Json;

/// What was being done, for the sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doing {
    /// After "Fleet refused to": "read the host".
    pub what: &'static str,
    /// Whose right it takes: "the observer role, global or for the host's team".
    pub needs: &'static str,
    pub mutates: bool,
}

impl Doing {
    pub const fn reading(what: &'static str, needs: &'static str) -> Self {
        Self {
            what,
            needs,
            mutates: false,
        }
    }

    pub const fn changing(what: &'static str, needs: &'static str) -> Self {
        Self {
            what,
            needs,
            mutates: true,
        }
    }
}

/// Fleet's error body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub message: String,
    /// Field of the first error, `base` when it concerns none.
    pub name: String,
    pub reason: String,
    /// Names the entry in Fleet's own log.
    pub uuid: Option<String>,
}

impl Said {
    /// The error body of an answer; none when it is not Fleet speaking.
    pub fn of(answer: &Answer) -> Option<Self> {
        Self::read(&answer.json().ok()?)
    }

    fn read(json: &Json) -> Option<Self> {
        let message = text_at(json, "message")?.to_owned();
        Some(Self {
            name: text_at(json, "errors.0.name").unwrap_or("").to_owned(),
            reason: text_at(json, "errors.0.reason")
                .unwrap_or(&message)
                .to_owned(),
            uuid: text_at(json, "uuid").map(str::to_owned),
            message,
        })
    }

    /// Whether a 409 says that this saved script already waits on this host (`api/fleet.md` §5.1 step 12).
    pub fn is_already_queued(&self) -> bool {
        self.name == "script_id" && self.reason.contains("already queued")
    }

    /// Whether the saved script is of another team than the host is in now (`api/fleet.md` §5.1 step 11).
    pub fn is_of_another_team(&self) -> bool {
        self.name == "script_id" && self.reason.contains("does not belong to the same team")
    }

    fn sentence(&self) -> String {
        let mut said = crate::model::text::clean_short(&self.reason, 240);
        while said.ends_with(['.', ' ']) {
            said.pop();
        }
        said
    }
}

/// A refusal that is known: status, name of the field (empty is any), a part of the reason, what it is, what to do.
type Known = (u16, &'static str, &'static str, FaultKind, &'static str);

use FaultKind::{BadReply, Forbidden, NotFound, Refused, TooLarge, Unauthorized};

const KNOWN: &[Known] = &[
    (
        403,
        "",
        "Running scripts is disabled",
        Forbidden,
        "switch scripts on in Fleet's organization settings (advanced options)",
    ),
    (
        422,
        "",
        "deploy the fleetd agent",
        Refused,
        "install fleetd with scripts enabled on this Mac",
    ),
    (
        422,
        "script_id",
        "does not belong to the same team",
        Refused,
        "the Mac changed teams meanwhile; save the script in every team it passes through",
    ),
    (
        404,
        "script_id",
        "No script exists",
        NotFound,
        "the saved script was deleted or replaced; the next try looks it up again",
    ),
    (
        409,
        "script_id",
        "cannot queue more than",
        Refused,
        "cancel what is stuck in the host's queue",
    ),
    (
        422,
        "script_contents",
        "too large",
        TooLarge,
        "shorten it or save it in Fleet",
    ),
    (
        422,
        "",
        "foreign key",
        Refused,
        "the team is gone; correct the team's name in the settings",
    ),
    (
        422,
        "",
        "child row",
        Refused,
        "the team is gone; correct the team's name in the settings",
    ),
];

/// The fault of an answer that is not a success.
pub(super) fn fault(answer: &Answer, doing: Doing) -> Fault {
    let (kind, sentence) = judge(answer.status, Said::of(answer).as_ref(), doing);
    match kind {
        Some(kind) => Fault::new(kind, sentence).status(answer.status),
        None => answer.fault(sentence, &[]).fault,
    }
}

/// The kind when this answer is a refusal, and the sentence. No kind leaves it to the shared client: a rate limit,
/// trouble of the server, or, for a call that changes something, unknown.
fn judge(status: u16, said: Option<&Said>, doing: Doing) -> (Option<FaultKind>, String) {
    let Doing { what, needs, .. } = doing;
    let Some(said) = said else {
        return without_fleets_word(status, doing);
    };
    let reason = said.sentence();
    let trace = said
        .uuid
        .as_deref()
        .map(|uuid| {
            format!(
                " (Fleet's log: {})",
                crate::model::text::clean_short(uuid, 64)
            )
        })
        .unwrap_or_default();
    let known = KNOWN.iter().find(|(at, name, part, ..)| {
        *at == status && (name.is_empty() || *name == said.name) && said.reason.contains(part)
    });
    if let Some((.., kind, advice)) = known {
        return (
            Some(*kind),
            format!("Fleet refused to {what}: {reason}; {advice}{trace}"),
        );
    }
    let field = match said.name.as_str() {
        "" | "base" => String::new(),
        name => format!(" [{}]", crate::model::text::clean_short(name, 40)),
    };
    let (kind, advice) = match status {
        401 => (
            Some(Unauthorized),
            "; put a valid token of an API-only user into [connectors.fleet]".to_owned(),
        ),
        402 => (
            Some(Refused),
            "; this needs a Fleet Premium licence, as teams and the migration do".to_owned(),
        ),
        403 if said.message == "Permission Denied" => (
            Some(Forbidden),
            format!(
                "; grant the token's user {needs}, and this endpoint if its user is limited to some"
            ),
        ),
        403 => (Some(Forbidden), format!("; grant the token's user {needs}")),
        404 => (Some(NotFound), String::new()),
        400 | 409 | 412 | 413 | 415 | 422 => (Some(Refused), String::new()),
        _ => (None, String::new()),
    };
    let sentence = match kind {
        Some(_) => format!("Fleet refused to {what}: {reason}{field}{advice}{trace}"),
        None => format!("asked to {what}, it said: {reason}{trace}"),
    };
    (kind, sentence)
}

fn without_fleets_word(status: u16, doing: Doing) -> (Option<FaultKind>, String) {
    let what = doing.what;
    let kind = match status {
        _ if doing.mutates => None,
        401 => Some(Unauthorized),
        403 => Some(Forbidden),
        300..=499 if !matches!(status, 408 | 425 | 429) => Some(BadReply),
        _ => None,
    };
    let advice = match status {
        300..=399 => "; the address redirects, so correct url in [connectors.fleet]",
        400..=499 => {
            "; something between here and Fleet answered, so check url in [connectors.fleet] and any proxy"
        }
        _ => "",
    };
    let sentence = match kind {
        Some(_) => {
            format!("the answer to \"{what}\" is {status} without Fleet's error body{advice}")
        }
        None => format!("asked to {what}, and the body is not Fleet's{advice}"),
    };
    (kind, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RUN: Doing = Doing::changing("run the script", "the maintainer role");
    const READ: Doing = Doing::reading("read the activities", "a global role");

    fn said(message: &str, name: &str, reason: &str) -> Said {
        let body = json!({"message": message, "errors": [{"name": name, "reason": reason}], "uuid": "b7e0"});
        Said::read(&body).unwrap()
    }

    const REFUSALS: &[(u16, &str, &str, FaultKind, &str)] = &[
        (
            401,
            "base",
            "Authentication required",
            Unauthorized,
            "token",
        ),
        (
            402,
            "base",
            "Requires Fleet Premium license",
            Refused,
            "Premium",
        ),
        (403, "base", "forbidden", Forbidden, "maintainer role"),
        (
            403,
            "base",
            "Running scripts is disabled in organization settings.",
            Forbidden,
            "organization settings",
        ),
        (
            422,
            "base",
            "Scripts are disabled for this host. To run scripts, deploy the fleetd agent with scripts enabled.",
            Refused,
            "install fleetd",
        ),
        (
            422,
            "base",
            "Couldn't run script. To run a script, deploy the fleetd agent with --enable-scripts.",
            Refused,
            "install fleetd",
        ),
        (
            422,
            "script_id",
            "The script does not belong to the same team (or no team) as the host.",
            Refused,
            "every team",
        ),
        (
            404,
            "script_id",
            "No script exists for the provided \"script_id\".",
            NotFound,
            "looks it up again",
        ),
        (
            409,
            "script_id",
            "cannot queue more than 1000 scripts per host",
            Refused,
            "cancel",
        ),
        (
            404,
            "base",
            "Host with id=1 was not found in the datastore",
            NotFound,
            "id=1",
        ),
        (
            422,
            "script_name",
            "Script 'x.sh' doesn’t exist.",
            Refused,
            "[script_name]",
        ),
    ];

    #[test]
    fn refusals_are_told_apart_by_status_name_and_reason() {
        for (status, name, reason, kind, word) in REFUSALS {
            let (found, sentence) =
                judge(*status, Some(&said("Validation Failed", name, reason)), RUN);
            assert_eq!(found, Some(*kind), "{status} {reason}");
            assert!(sentence.contains(*word), "{sentence}");
            assert!(sentence.contains("b7e0"), "{sentence}");
        }
    }

    #[test]
    fn a_grant_by_endpoint_is_named_as_the_thing_to_change() {
        let said = Said::read(&json!({"message": "Permission Denied", "uuid": "u-1"})).unwrap();
        let (kind, sentence) = judge(403, Some(&said), READ);
        assert_eq!(kind, Some(Forbidden));
        assert!(sentence.contains("this endpoint") && sentence.contains("a global role"));
    }

    #[test]
    fn nothing_but_fleets_own_body_proves_that_nothing_happened() {
        for status in [302, 400, 403, 404, 408, 409, 422, 500, 502, 504] {
            assert_eq!(judge(status, None, RUN).0, None, "{status}");
        }
        assert_eq!(judge(500, Some(&said("boom", "base", "boom")), RUN).0, None);
        assert_eq!(judge(408, Some(&said("slow", "base", "slow")), RUN).0, None);
        assert_eq!(judge(404, None, READ).0, Some(BadReply));
        assert_eq!(judge(502, None, READ).0, None);
    }

    #[test]
    fn only_the_same_saved_script_counts_as_already_queued() {
        let reason = "The script is already queued on the given host.";
        assert!(said("Validation Failed", "script_id", reason).is_already_queued());
        let full = "cannot queue more than 1000 scripts per host";
        assert!(!said("Validation Failed", "script_id", full).is_already_queued());
    }
}
