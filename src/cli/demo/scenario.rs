//! Which company a demo is about, and what its pipeline must know of it.

use crate::cli::args::WorldArgs;
use crate::cli::error::CliError;
use crate::pipeline::Pipeline;
use crate::sim::scenario::Scenario;
use crate::sim::{Addresses, HandoverAddresses};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Pipelines whose company is none of the weathers'.
const COMPANIES: [(&str, &str); 1] = [("seamless", "handover")];

/// In a demo a Mac that nobody clicks on is called dormant after this, not after weeks.
const DORMANT_AFTER: &str = "12h";

/// The scenario that was asked for, or the one the pipeline is made for.
pub fn scenario(args: &WorldArgs, pipeline: &str) -> Result<Scenario, CliError> {
    let own = COMPANIES.iter().find(|(name, _)| *name == pipeline);
    let scenario = match (&args.scenario, args.weather, own) {
        (Some(file), ..) => {
            let text = std::fs::read_to_string(file).map_err(|error| {
                CliError::usage(format!("{} cannot be read: {error}", file.display()))
            })?;
            Scenario::parse(&text)
        }
        (None, Some(_), Some((pipeline, own))) => {
            return Err(CliError::usage(format!(
                "--weather is of the company of jamf-to-fleet; {pipeline} has the scenario {own}: change it with --scenario FILE"
            )));
        }
        (None, None, Some((_, own))) => Scenario::weather(own),
        (None, weather, None) => Scenario::weather(weather.unwrap_or_default().word()),
    };
    scenario.map_err(|error| CliError::usage(error.to_string()))
}

/// How the console's header calls it.
pub fn title(scenario: &Scenario) -> String {
    if Scenario::WEATHERS.contains(&scenario.name.as_str()) {
        format!("{} weather", scenario.name)
    } else {
        format!("scenario {}", scenario.name)
    }
}

/// What the pipeline asks to be told and the company knows.
pub fn settings(pipeline: &Pipeline, at: &Addresses) -> BTreeMap<String, Json> {
    let mut known = vec![("dormant_after", json!(DORMANT_AFTER))];
    if let Some(handover) = &at.handover {
        known.extend(of_handover(handover, &at.fleet));
    }
    known
        .into_iter()
        .filter(|(name, _)| {
            pipeline
                .settings
                .iter()
                .any(|setting| setting.name == *name)
        })
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// By name, as pipelines call them.
pub fn of_handover(at: &HandoverAddresses, fleet: &str) -> Vec<(&'static str, Json)> {
    vec![
        ("old_name", json!(at.name)),
        ("https_port", json!(at.new_endpoint.port())),
        ("new_address", json!(at.new_endpoint.ip().to_string())),
        ("push_topic", json!(at.topic)),
        ("renewal_profile_set", json!(true)),
        ("records_file", json!(at.records)),
        ("backup_file", json!(at.backup)),
        ("old_scep_url", json!(format!("{}/scep", at.micromdm))),
        ("new_scep_url", json!(format!("{fleet}/mdm/apple/scep"))),
    ]
}

/// Names that may be asked about: the old one, and where the SCEP addresses of a simulated company are.
pub fn hosts(at: &HandoverAddresses) -> Vec<String> {
    vec![at.name.clone(), "127.0.0.1".to_owned()]
}
