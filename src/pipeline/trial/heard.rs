//! A trial of an intake: an event goes through the mapping.

use super::run::{Bench, yes_no};
use crate::model::row::Values;
use crate::pipeline::mapping::{Mapping, map_event};
use serde_json::Value as Json;

pub(super) fn run(bench: &Bench<'_>, name: &str, row: &Values, problems: &mut Vec<String>) {
    let Some(intake) = bench.pipeline.intake(name) else {
        problems.push(format!("there is no intake {name}"));
        return;
    };
    let trial = bench.trial;
    let event = trial.event.clone().unwrap_or(Json::Null);
    let mapping = map_event(bench.pipeline, intake, &event, trial.now);
    let wanted = matches!(mapping, Ok(Mapping::Wanted { .. }));
    if let Err(error) = &mapping
        && trial.expect.taken != Some(false)
    {
        problems.push(format!("the event cannot be mapped: {error}"));
        return;
    }
    Bench::same(
        "event wanted",
        trial.expect.taken,
        wanted,
        |yes| yes_no(*yes),
        problems,
    );
    let mut after = row.clone();
    if let Ok(Mapping::Wanted {
        key,
        values,
        problems: lost,
    }) = mapping
    {
        Bench::same(
            "key",
            trial.expect.key.clone(),
            key,
            String::clone,
            problems,
        );
        problems.extend(lost.into_iter().map(|why| format!("not written, {why}")));
        let kept = |column: &String| {
            intake.keep.contains(column) && row.get(column).is_some_and(|value| !value.is_null())
        };
        after.extend(values.into_iter().filter(|(column, _)| !kept(column)));
    }
    bench.compare(&after, trial.now, problems);
}
