//! Reads one row afresh through the intake that can.

use super::shared::Shared;
use crate::connectors::action::Call;
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::{Row, Values};
use crate::pipeline::definition::{Intake, Refresh};
use crate::pipeline::{Mapping, map_event};
use crate::store::Cause;

impl Shared {
    /// The columns of `row` as the outside has them now, written; `Ok(None)` when no intake can refresh this row.
    pub async fn refresh(&self, row: &Row, cause: Cause) -> Result<Option<Vec<String>>, Fault> {
        let Some((intake, refresh)) = self.refresher() else {
            return Ok(None);
        };
        let mut context = self.context(row.to_json());
        let mut input = serde_json::Map::new();
        for (name, template) in &refresh.with {
            let value = template.render(&context).map_err(|e| {
                Fault::new(
                    FaultKind::Template,
                    format!("intake {}, refresh: {e}", intake.name),
                )
            })?;
            if value.is_null() {
                return Ok(None);
            }
            input.insert(name.clone(), value);
        }
        let (connector, spec) = self.registry.find(&refresh.call)?;
        let call = Call {
            input,
            op: self.op(),
            intent_at: self.clock.now(),
        };
        let reply = connector
            .call(spec, call)
            .await
            .map_err(|failure| failure.fault)?;
        context.event = Some(reply.result);
        let event = context.event.unwrap_or_default();
        let mapped = map_event(&self.pipeline, intake, &event, self.clock.now())
            .map_err(|e| Fault::new(FaultKind::Template, format!("intake {}: {e}", intake.name)))?;
        let Mapping::Wanted {
            key, mut values, ..
        } = mapped
        else {
            return Ok(Some(Vec::new()));
        };
        if key != row.key {
            let text = format!("{} answered for {key}, not for {}", refresh.call, row.key);
            return Err(Fault::new(FaultKind::WrongIdentity, text));
        }
        keep_what_is_set(intake, row, &mut values);
        let id = row.id;
        self.store
            .write(move |tx| tx.set(id, &values, &cause))
            .await
            .map(Some)
            .map_err(|e| Fault::new(FaultKind::Misconfigured, e.to_string()))
    }

    fn refresher(&self) -> Option<(&Intake, &Refresh)> {
        self.pipeline
            .intakes
            .iter()
            .find_map(|intake| Some((intake, intake.refresh.as_ref()?)))
    }
}

fn keep_what_is_set(intake: &Intake, row: &Row, values: &mut Values) {
    values.retain(|column, _| !intake.keep.contains(column) || row.get(column).is_null());
}
