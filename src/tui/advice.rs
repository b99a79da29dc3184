//! Kinds of faults in plain words, and what to do about each.

use crate::model::fault::FaultKind;

/// The kind in two or three words.
pub fn kind(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::RateLimited => "too many calls",
        FaultKind::Timeout => "no answer",
        FaultKind::Unreachable => "unreachable",
        FaultKind::ServerError => "server error",
        FaultKind::BadReply => "bad reply",
        FaultKind::Refused => "refused",
        FaultKind::Unauthorized => "not signed in",
        FaultKind::Forbidden => "not allowed",
        FaultKind::NotFound => "not found",
        FaultKind::Ambiguous => "more than one",
        FaultKind::WrongIdentity => "wrong identity",
        FaultKind::FailIf => "check failed",
        FaultKind::NotConfirmed => "not confirmed",
        FaultKind::Template => "pipeline fault",
        FaultKind::TooLarge => "too large",
        FaultKind::Unknown => "outcome unknown",
        FaultKind::Misconfigured => "misconfigured",
        FaultKind::Cancelled => "cancelled",
    }
}

/// What to do about it, in one sentence.
pub fn advice(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::RateLimited => {
            "Nothing: drover waits as long as the service asks and goes on by itself; if it lasts, lower the connector's rate."
        }
        FaultKind::Timeout => {
            "Look whether the service is slow; nothing was changed, and drover tries again by itself while attempts are left."
        }
        FaultKind::Unreachable => {
            "Look at the network, the proxy and the service's address; drover tries again by itself while attempts are left."
        }
        FaultKind::ServerError => {
            "Wait for the service to recover, or tell its owner; drover tries again by itself while attempts are left."
        }
        FaultKind::BadReply => {
            "Open an attempt and read the reply: a proxy or a login page often answers in the service's place."
        }
        FaultKind::Refused => {
            "Read the service's reason, mend what it names, then retry: it refuses the same request again."
        }
        FaultKind::Unauthorized => {
            "Renew the connector's token or secret, run `drover check`, then retry: every call of this connector fails until then."
        }
        FaultKind::Forbidden => {
            "Give the connector's account the right that is missing, run `drover check`, then retry."
        }
        FaultKind::NotFound => {
            "Look whether the service knows it under this serial; mend the record there and retry, or skip the stage."
        }
        FaultKind::Ambiguous => {
            "Remove the surplus records in the service, then retry: drover never acts on the first of several."
        }
        FaultKind::WrongIdentity => {
            "Compare serial and UDID in both services before anything else: nothing was sent, so that no wrong device is touched."
        }
        FaultKind::FailIf => {
            "Read the cause: the answer came, and the pipeline takes it for a failure; mend that, then retry."
        }
        FaultKind::NotConfirmed => {
            "It was sent, and reading back never showed it: look in the service, then retry."
        }
        FaultKind::Template => {
            "Mend the pipeline file (`drover pipeline check`), restart the engine, then retry."
        }
        FaultKind::TooLarge => {
            "Make the call ask for less, or the script's output shorter, then retry."
        }
        FaultKind::Unknown => {
            "Look in the service whether it took effect before you retry: it went out, and nobody knows what became of it."
        }
        FaultKind::Misconfigured => {
            "Mend the configuration (`drover check`), restart the engine, then retry."
        }
        FaultKind::Cancelled => "Nothing: a person stopped it; retry when it should go on.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_short_words_of_its_own_and_one_sentence() {
        let mut words: Vec<&str> = FaultKind::ALL.map(kind).to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), FaultKind::ALL.len());
        for fault in FaultKind::ALL {
            assert!(kind(fault).len() <= 15, "{fault}");
            let advice = advice(fault);
            assert!(advice.ends_with('.') && advice.len() < 130, "{advice}");
            assert!(!advice.trim_end_matches('.').contains(". "), "{advice}");
        }
    }
}
