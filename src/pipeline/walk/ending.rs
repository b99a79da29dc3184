//! The end of a walk: the columns to write and what to say.

use super::{Next, Unit};
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::Values;
use crate::model::value::Value;
use crate::pipeline::definition::Pipeline;
use crate::pipeline::template::{Context, Template};

pub(super) fn done(unit: Unit<'_>, context: &Context) -> Next {
    let ended = render_set(unit.pipeline, unit.set, context)
        .and_then(|set| Ok((set, notify(unit, context)?)));
    match ended {
        Ok((set, notify)) => Next::Done { set, notify },
        Err(fault) => Next::Fail {
            at: "set".into(),
            fault,
            retry_from: None,
        },
    }
}

/// The columns a `set` table writes, each fitted to its column's type.
pub fn render_set(
    pipeline: &Pipeline,
    set: &[(String, Template)],
    context: &Context,
) -> Result<Values, Fault> {
    let wrong =
        |column: &str, why: String| Fault::new(FaultKind::Template, format!("set {column}: {why}"));
    set.iter()
        .map(|(name, template)| {
            let column = pipeline
                .column(name)
                .ok_or_else(|| wrong(name, "there is no such column".into()))?;
            let json = template
                .render(context)
                .map_err(|e| wrong(name, e.to_string()))?;
            let value = Value::fit(column.kind, &json).map_err(|e| wrong(name, e.to_string()))?;
            Ok((name.clone(), value))
        })
        .collect()
}

fn notify(unit: Unit<'_>, context: &Context) -> Result<Option<String>, Fault> {
    let wrong = |e: crate::pipeline::template::TemplateError| {
        Fault::new(FaultKind::Template, format!("notify: {e}"))
    };
    let Some(notify) = unit.notify else {
        return Ok(None);
    };
    let wanted = notify
        .when
        .as_ref()
        .map_or(Ok(true), |when| when.holds(context))
        .map_err(wrong)?;
    if !wanted {
        return Ok(None);
    }
    notify.text.render_text(context).map(Some).map_err(wrong)
}
