//! A failing slice stops before its fourth failure and the rest goes on; stop means that nothing is sent; what goes
//! round is stopped at its ceiling; an engine that stands still says so.

mod ceilings;
mod slices;
mod standstill;
mod stops;

use crate::support::Company;
use serde_json::Value as Json;

/// Everything that landed at the services, as they wrote it down themselves.
fn effects(company: &Company) -> Vec<Json> {
    let text = std::fs::read_to_string(company.path("ledger.jsonl")).unwrap_or_default();
    // The last line may be under way.
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|line: &Json| line["entry"] == "effect")
        .collect()
}

fn is(effect: &Json, verb: &str) -> bool {
    effect["verb"] == verb
}

/// A company in which nothing goes wrong but what a test says.
const CLEAR: &str = r#"
name  = "clear"
about = "Everybody is awake, and everything works."
[company]
timezone       = "Europe/Berlin"
stays_on       = 1.0
filevault      = 1.0
standard_users = 0.0
[night]
clicks_over = "30m"
late        = 0.0
answers     = [ { share = 1.0, least = "45s", most = "90s" } ]
[remedy]
script = 1.0
nudge  = 1.0
"#;
