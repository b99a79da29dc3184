//! Asks a service for a call that may have been forgotten.

use crate::connectors::action::{Call, Connector, Landing};
use crate::engine::shared::Shared;
use crate::model::action::ActionSpec;
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::RowId;
use crate::model::time::Time;
use crate::store::StoreError;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Actions whose absence proves nothing.
pub(super) type Blind = BTreeSet<String>;

/// What one look for a call tells.
#[derive(Clone, Debug)]
pub(super) enum Sight {
    /// It landed, and the table does not have it.
    Landed(Json),
    /// The newest there is stands in the table.
    Known,
    Absent,
    Unclear(String),
    /// Its inputs make no call: it cannot have been made so.
    NoCall,
    /// The service could not be asked; it may be asked again.
    Trouble(Fault),
}

/// Calls that are known to have landed, by which a service shows that it would show others.
const WITNESSES: usize = 3;

impl Shared {
    /// Actions whose service shows none of the latest calls that certainly landed: what it does not show may be there.
    pub(super) async fn blind(&self, actions: &BTreeSet<String>) -> Result<Blind, StoreError> {
        let mut blind = Blind::new();
        for action in actions {
            let Ok((connector, spec)) = self.registry.find(action) else {
                continue;
            };
            if !spec.probe {
                continue;
            }
            let name = spec.name;
            let known = self
                .store
                .read(move |view| view.landed(name, WITNESSES))
                .await?;
            let (mut seen, mut unseen) = (false, false);
            for call in known {
                let call = Call {
                    input: call.input.as_object().cloned().unwrap_or_default(),
                    op: String::new(),
                    intent_at: call.started_at,
                };
                match connector.probe(spec, call).await {
                    Ok(Landing::Landed(_)) => seen = true,
                    Ok(Landing::Absent) => unseen = true,
                    Ok(Landing::Undecided(_)) | Err(_) => {}
                }
                if seen {
                    break;
                }
            }
            if unseen && !seen {
                blind.insert(action.clone());
            }
        }
        Ok(blind)
    }

    /// Looks for a call of any operation with these inputs since that moment.
    pub(super) async fn sight(
        &self,
        row: RowId,
        (connector, spec): (&dyn Connector, &'static ActionSpec),
        input: &Map<String, Json>,
        since: Time,
    ) -> Result<Sight, StoreError> {
        if !spec.probe {
            let why = format!("{} cannot be looked up afterwards", spec.name);
            return Ok(Sight::Unclear(why));
        }
        let call = Call {
            input: input.clone(),
            op: String::new(),
            intent_at: since,
        };
        let result = match connector.probe(spec, call).await {
            Ok(Landing::Landed(result)) => result,
            Ok(Landing::Absent) => return Ok(Sight::Absent),
            Ok(Landing::Undecided(why)) => return Ok(Sight::Unclear(why)),
            Err(failure) => {
                return Ok(match failure.fault.kind {
                    FaultKind::Misconfigured | FaultKind::Template => Sight::NoCall,
                    kind if kind.worth_repeating() => Sight::Trouble(failure.fault),
                    _ => Sight::Unclear(failure.fault.to_string()),
                });
            }
        };
        let action = spec.name;
        let known = self
            .store
            .read(move |view| view.results_of(row, action))
            .await?;
        let is_known = known.iter().any(|(_, known)| *known == result);
        Ok(if is_known {
            Sight::Known
        } else {
            Sight::Landed(result)
        })
    }
}
