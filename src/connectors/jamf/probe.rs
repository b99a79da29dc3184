//! Did an earlier remove-mdm-profile land? (`reliability.md` §3.4)

use super::act::{Target, mismatch};
use super::command;
use super::computer::{Computer, word};
use super::inventory;
use super::operation::Operation;
use super::paths::{at_least, equals};
use crate::connectors::action::Landing;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use serde_json::{Value as Json, json};

/// How far Jamf's clock may be behind ours.
const SKEW: Span = Span::from_mins(5);

/// Commands that Jamf sends on its own all the time, and that removing a profile is certainly not called. Every other
/// name counts, as names stray from what is documented (`api/jamf.md` §3.3).
const ROUTINE: [&str; 24] = [
    "AVAILABLE_OS_UPDATES",
    "CERTIFICATE_LIST",
    "DECLARATIVE_MANAGEMENT",
    "DEVICE_CONFIGURED",
    "DEVICE_INFORMATION",
    "DEVICE_LOCATION",
    "DISABLE_REMOTE_DESKTOP",
    "ENABLE_REMOTE_DESKTOP",
    "INSTALLED_APPLICATION_LIST",
    "INSTALL_APPLICATION",
    "INSTALL_ENTERPRISE_APPLICATION",
    "INSTALL_PROFILE",
    "MANAGED_APPLICATION_LIST",
    "MANAGED_MEDIA_LIST",
    "OS_UPDATE_STATUS",
    "PROFILE_LIST",
    "PROVISIONING_PROFILE_LIST",
    "SCHEDULE_OS_UPDATE",
    "SECURITY_INFO",
    "SETTINGS",
    "SET_AUTO_ADMIN_PASSWORD",
    "SET_RECOVERY_LOCK",
    "USER_LIST",
    "VERIFY_RECOVERY_LOCK",
];

/// Looks for the command in Jamf's queue, then at the record. Absent only when the queue could be read, shows older
/// commands of this Mac but not this one, and the record still says the Mac can be commanded.
pub(super) async fn removal(
    op: &mut Operation<'_>,
    target: &Target<'_>,
    intent_at: Time,
) -> Result<Landing, Fault> {
    let computer = match inventory::get(op, target.id).await {
        Ok(computer) => computer,
        Err(fault) if fault.kind == FaultKind::NotFound => {
            return Ok(Landing::Undecided("Jamf no longer has the record".into()));
        }
        Err(fault) => return Err(fault),
    };
    if let Some(what) = mismatch(&computer, target) {
        return Ok(Landing::Undecided(what));
    }
    let unseen = match &computer.management_id {
        None => {
            Some("the record has no management id, so its commands cannot be looked up".to_owned())
        }
        Some(management_id) => match queued(op, management_id, intent_at).await {
            Ok(Queued::It(uuid)) => return Ok(landed(&computer, Some(uuid))),
            Ok(Queued::Others) => None,
            Ok(Queued::Nothing) => Some(
                "Jamf shows no command at all for this Mac, not even an old one, so that one is missing proves nothing"
                    .to_owned(),
            ),
            Err(fault) if fault.kind == FaultKind::Forbidden => Some(fault.message),
            Err(fault) => return Err(fault),
        },
    };
    Ok(match (computer.mdm_capable, unseen) {
        (Some(false), _) => landed(&computer, None),
        (_, Some(why)) => Landing::Undecided(why),
        (Some(true), None) => Landing::Absent,
        (None, None) => {
            Landing::Undecided("the record does not say whether the Mac can be commanded".into())
        }
    })
}

fn landed(computer: &Computer, uuid: Option<String>) -> Landing {
    Landing::Landed(json!({"command_uuid": uuid, "management_id": computer.management_id}))
}

/// What Jamf's queue shows of a Mac.
enum Queued {
    It(String),
    /// Not what is looked for, though what is older can be seen.
    Others,
    /// A look that finds nothing of anything proves nothing (`reliability.md` §3.3).
    Nothing,
}

async fn queued(
    op: &mut Operation<'_>,
    management_id: &str,
    intent_at: Time,
) -> Result<Queued, Fault> {
    let since = intent_at.minus(SKEW);
    let filter = format!(
        "{};{}",
        equals("clientManagementId", management_id),
        at_least("dateSent", &since.to_string())
    );
    let found = command::search(op, &filter).await?;
    if let Some(uuid) = adopted(&found, management_id, since) {
        return Ok(Queued::It(uuid));
    }
    let known = command::search(op, &equals("clientManagementId", management_id)).await?;
    Ok(if known.is_empty() {
        Queued::Nothing
    } else {
        Queued::Others
    })
}

/// The uuid of the command that can be the one sent: a removal by name first, else any that is not routine.
fn adopted(found: &[Json], management_id: &str, since: Time) -> Option<String> {
    let mut candidates: Vec<(bool, String)> = found
        .iter()
        .filter(|command| {
            let of = word(command, "client.managementId");
            of.is_none_or(|of| of.eq_ignore_ascii_case(management_id))
        })
        .filter(|command| {
            // The filter says so already; a server that ignores it must not make us adopt last year's command.
            let sent = word(command, "dateSent").and_then(|at| Time::parse(&at).ok());
            sent.is_none_or(|sent| sent >= since)
        })
        .filter_map(|command| {
            let kind = word(command, "commandType")
                .unwrap_or_default()
                .to_ascii_uppercase();
            let removes = kind.contains("REMOVE_PROFILE")
                || kind.contains("UNMANAGE")
                || kind.contains("REMOVE_MDM");
            (!ROUTINE.contains(&kind.as_str())).then_some(())?;
            Some((!removes, word(command, "uuid")?))
        })
        .collect();
    candidates.sort_by_key(|(other, _)| *other);
    candidates.into_iter().next().map(|(_, uuid)| uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(uuid: &str, kind: &str, state: &str, sent: &str) -> Json {
        json!({"uuid": uuid, "dateSent": sent, "client": {"managementId": "M", "clientType": "COMPUTER"},
               "commandState": state, "commandType": kind})
    }

    #[test]
    fn a_removal_of_any_name_and_state_is_adopted_and_routine_is_not() {
        let since = Time::parse("2026-07-16T20:00:00Z").unwrap();
        let now = "2026-07-16T20:01:00Z";
        for (found, adopts) in [
            (vec![], None),
            (
                vec![command("a", "REMOVE_PROFILE", "PENDING", now)],
                Some("a"),
            ),
            (
                vec![command("a", "REMOVE_PROFILE", "ERROR", now)],
                Some("a"),
            ),
            (vec![command("a", "A_NEW_NAME", "NOT_NOW", now)], Some("a")),
            (
                vec![command("a", "DEVICE_INFORMATION", "PENDING", now)],
                None,
            ),
            (
                vec![
                    command("a", "A_NEW_NAME", "PENDING", now),
                    command("b", "UNMANAGE_DEVICE", "ACKNOWLEDGED", now),
                ],
                Some("b"),
            ),
            (
                vec![command(
                    "a",
                    "REMOVE_PROFILE",
                    "ACKNOWLEDGED",
                    "2025-01-01T00:00:00Z",
                )],
                None,
            ),
        ] {
            assert_eq!(adopted(&found, "m", since).as_deref(), adopts, "{found:?}");
        }
        assert_eq!(
            adopted(
                &[command("a", "REMOVE_PROFILE", "PENDING", now)],
                "other",
                since
            ),
            None
        );
    }
}
