//! `/metrics`: how the table and the services stand, in Prometheus' text format.

use crate::connectors::action::Registry;
use crate::intake::webhook::Metrics;
use crate::model::clock::Clock;
use crate::store::{CheckStanding, RuleCount, Store};
use std::fmt::Write;
use std::sync::Arc;

/// Answers one scrape from one look at the store.
pub fn metrics(store: Store, registry: Registry, clock: Clock) -> Metrics {
    Arc::new(move || {
        let (store, registry, clock) = (store.clone(), registry.clone(), clock.clone());
        Box::pin(async move {
            let now = clock.now();
            let seen = store
                .read(move |view| {
                    let checks = view.check_standings(now)?;
                    Ok((view.phases()?, view.counts(now)?, checks))
                })
                .await;
            let mut text = String::new();
            match seen {
                Ok((phases, counts, checks)) => {
                    phase_lines(&mut text, &phases);
                    rule_lines(&mut text, &counts);
                    check_lines(&mut text, &checks);
                }
                Err(error) => {
                    let _ = writeln!(text, "# the store could not be read: {error}");
                }
            }
            service_lines(&mut text, &registry);
            text
        })
    })
}

fn phase_lines(text: &mut String, phases: &[(Option<String>, u64)]) {
    text.push_str("# HELP drover_rows Rows in each phase.\n# TYPE drover_rows gauge\n");
    for (phase, count) in phases {
        let phase = label(phase.as_deref().unwrap_or("none"));
        let _ = writeln!(text, "drover_rows{{phase=\"{phase}\"}} {count}");
    }
}

fn rule_lines(text: &mut String, counts: &[RuleCount]) {
    text.push_str(
        "# HELP drover_queue Rows of each stage and ladder by state.\n# TYPE drover_queue gauge\n",
    );
    for count in counts {
        let rule = label(&count.rule);
        for (state, n) in [
            ("queued", count.queued),
            ("later", count.later),
            ("running", count.running),
            ("waiting", count.waiting),
            ("backing_off", count.backing_off),
            ("held", count.held),
        ] {
            let _ = writeln!(
                text,
                "drover_queue{{rule=\"{rule}\",state=\"{state}\"}} {n}"
            );
        }
    }
}

fn check_lines(text: &mut String, checks: &[CheckStanding]) {
    if checks.is_empty() {
        return;
    }
    text.push_str(
        "# HELP drover_check_ok Whether each check is ok now.\n# TYPE drover_check_ok gauge\n",
    );
    for check in checks {
        let (name, ok) = (label(&check.name), u8::from(check.is_met()));
        let _ = writeln!(text, "drover_check_ok{{check=\"{name}\"}} {ok}");
    }
}

fn service_lines(text: &mut String, registry: &Registry) {
    text.push_str(
        "# HELP drover_calls_total Calls to each service.\n# TYPE drover_calls_total counter\n",
    );
    for connector in registry.iter() {
        let (name, health) = (connector.name(), connector.health());
        let _ = writeln!(
            text,
            "drover_calls_total{{service=\"{name}\"}} {}",
            health.calls
        );
        let _ = writeln!(
            text,
            "drover_call_failures_total{{service=\"{name}\"}} {}",
            health.failures
        );
        let _ = writeln!(
            text,
            "drover_calls_in_flight{{service=\"{name}\"}} {}",
            health.in_flight
        );
    }
}

/// A label's value, escaped as the format asks.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', " ")
}
