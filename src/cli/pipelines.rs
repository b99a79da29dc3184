//! The pipeline file: the shipped ones, the configured one, and what a configuration lays over it.

use super::context::Context;
use super::error::CliError;
use crate::config::{
    Config, PipelineChoice, SampleSetting, WindowOverride, anybody_may_change, nearest,
};
use crate::model::action::Catalogue;
use crate::model::rule::Shape;
use crate::model::value::Value;
use crate::pipeline::definition::{Setting, Window};
use crate::pipeline::{Finding, Pipeline, SHIPPED, check, parse};
use crate::store::Judge;
use std::path::Path;

/// A shipped pipeline's text.
pub fn shipped(name: &str) -> Result<&'static str, CliError> {
    let names = SHIPPED.map(|(name, _)| name);
    SHIPPED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
        .ok_or_else(|| {
            let hint = match nearest(name, names) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("shipped: {}; a file is named by its path", names.join(", ")),
            };
            CliError::usage(format!("no pipeline is called \"{name}\"; {hint}"))
        })
}

/// The name to report faults under, and the text.
pub fn text_of(choice: &PipelineChoice) -> Result<(String, String), CliError> {
    match choice {
        PipelineChoice::Shipped(name) => Ok((format!("{name}.toml"), shipped(name)?.to_owned())),
        PipelineChoice::File(path) => Ok((path.display().to_string(), read(path)?)),
    }
}

fn read(path: &Path) -> Result<String, CliError> {
    if let Some(why) = anybody_may_change(path) {
        return Err(CliError::usage(format!(
            "the pipeline {} is not read: {why}",
            path.display()
        )));
    }
    std::fs::read_to_string(path).map_err(|error| {
        CliError::usage(format!(
            "the pipeline {} cannot be read: {error}",
            path.display()
        ))
    })
}

/// The configured pipeline with the configuration's settings and windows laid over it.
pub fn load(config: &Config) -> Result<Pipeline, CliError> {
    let (name, text) = text_of(&config.pipeline)?;
    let pipeline = parse(&name, &text).map_err(|faults| refused(&name, &faults))?;
    let windows = config
        .windows
        .iter()
        .map(|(name, over)| laid_over(&pipeline, name, over))
        .collect();
    pipeline
        .apply(&config.settings, windows)
        .map_err(|faults| refused("the configuration", &faults))
}

/// The configured pipeline, for titles and groups only: nothing when it is not at hand, or when the store was made by
/// another. A store can be read without it.
pub fn of(context: &Context, shape: &Shape) -> Option<Pipeline> {
    let pipeline = load(&context.config().ok()?).ok()?;
    (pipeline.subject == shape.subject && pipeline.key == shape.key).then_some(pipeline)
}

pub fn refused(file: &str, faults: &[Finding]) -> CliError {
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    let things = if faults.len() == 1 { "fault" } else { "faults" };
    CliError::usage(format!(
        "{file} has {} {things}:{}",
        faults.len(),
        lines.concat()
    ))
}

fn laid_over(pipeline: &Pipeline, name: &str, over: &WindowOverride) -> Window {
    let midnight = chrono::NaiveTime::default();
    let base = pipeline.windows.get(name).cloned().unwrap_or(Window {
        name: name.to_owned(),
        days: [true; 7],
        from: midnight,
        to: midnight,
        timezone: pipeline.timezone,
    });
    Window {
        name: base.name,
        days: over.days.unwrap_or(base.days),
        from: over.from.unwrap_or(base.from),
        to: over.to.unwrap_or(base.to),
        timezone: over.timezone.unwrap_or(base.timezone),
    }
}

/// The settings of a shipped pipeline, as the sample configuration shows them.
pub fn sample_settings(pipeline: &Pipeline) -> Vec<SampleSetting> {
    pipeline.settings.iter().map(sample_setting).collect()
}

/// Whether a pipeline calls this connector.
pub fn uses(pipeline: &Pipeline, connector: &str) -> bool {
    let mut actions = pipeline.actions().into_iter();
    actions.any(|action| action.split('.').next() == Some(connector))
}

fn sample_setting(setting: &Setting) -> SampleSetting {
    let value = match &setting.value {
        Value::Integer(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Json(json) => json.to_string(),
        Value::Null => "\"\"".into(),
        value => toml::Value::String(value.to_string()).to_string(),
    };
    SampleSetting {
        name: setting.name.clone(),
        value,
        about: setting.about.clone(),
    }
}

/// Every action this build knows, configured or not.
pub fn catalogue() -> Catalogue {
    use crate::connectors::{dns, endpoint, fleet, generic, jamf, mdmproxy, micromdm, slack};
    let actions = fleet::ACTIONS
        .iter()
        .chain(jamf::ACTIONS)
        .chain(&slack::ACTIONS)
        .chain(generic::ACTIONS)
        .chain(mdmproxy::ACTIONS)
        .chain(micromdm::ACTIONS)
        .chain(dns::ACTIONS)
        .chain(endpoint::ACTIONS);
    Catalogue::new(actions)
}

/// Whoever says whether a condition is sound, with a database of its own in memory.
pub fn judge() -> Result<Judge, CliError> {
    Ok(Judge::new()?)
}

/// Every fault of a file.
pub fn examine(name: &str, text: &str) -> Result<Vec<Finding>, CliError> {
    Ok(crate::pipeline::examine(name, text, &catalogue(), &judge()?).findings)
}

/// Refuses a file that has faults as it stands.
pub fn must_be_sound(name: &str, text: &str) -> Result<(), CliError> {
    let mut faults = examine(name, text)?;
    faults.retain(Finding::is_error);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(refused(name, &faults))
    }
}

/// Refuses a pipeline that has faults, with the configuration's settings and windows laid over it.
pub fn sound(config: &Config, pipeline: &Pipeline) -> Result<(), CliError> {
    let (name, text) = text_of(&config.pipeline)?;
    let places = crate::pipeline::read(&name, &text).places;
    let mut faults = check(pipeline, &catalogue(), &judge()?, &places);
    faults.retain(Finding::is_error);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(refused(&name, &faults))
    }
}
