//! What an act will cost outside: calls per service, how long they take at the allowed rate, and what of it stays.

use super::names::Names;
use crate::pipeline::PlannedCall;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};

/// Calls, and what cannot be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlay {
    pub services: Vec<Service>,
    /// Steps that cannot be called back, each with how often it may be taken.
    pub lasting: Vec<(String, u64)>,
}

/// Calls of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// As people write it: `Fleet`.
    pub title: String,
    pub calls: u64,
    /// Some may be left out.
    pub at_most: bool,
    /// Calls a second that are allowed now, in thousandths; 0 when it is not known or not limited.
    pub millirate: u64,
}

impl Service {
    /// Seconds of engine time the calls take at least.
    pub fn seconds(&self) -> Option<u64> {
        (self.millirate > 0).then(|| (self.calls * 1000).div_ceil(self.millirate))
    }
}

/// Adds up.
#[derive(Default)]
pub struct Tally {
    rates: BTreeMap<String, u64>,
    services: BTreeMap<String, (u64, bool)>,
    lasting: BTreeMap<String, u64>,
    /// What each stage and rung calls, found once.
    known: HashMap<(String, Option<usize>), Vec<PlannedCall>>,
}

impl Tally {
    /// With the rates the engine last wrote down.
    pub fn new(services: Option<&Json>) -> Self {
        let services = services.and_then(Json::as_object);
        let rates = services.into_iter().flatten().filter_map(|(name, health)| {
            let rate = health.get("rate_per_second")?.as_f64()?;
            (rate > 0.0).then(|| (name.clone(), (rate * 1000.0).round() as u64))
        });
        Self {
            rates: rates.collect(),
            ..Self::default()
        }
    }

    /// One more row for a stage, or for a rung of a ladder.
    pub fn add(&mut self, names: &Names, rule: &str, rung: Option<usize>) {
        let key = (rule.to_owned(), rung);
        let calls = match self.known.remove(&key) {
            Some(calls) => calls,
            None => names.calls(rule, rung),
        };
        self.count(names, &calls);
        self.known.insert(key, calls);
    }

    pub fn add_refresh(&mut self, names: &Names) {
        let calls = names
            .pipeline()
            .map(|pipeline| pipeline.calls_of_refresh())
            .unwrap_or_default();
        self.count(names, &calls);
    }

    fn count(&mut self, names: &Names, calls: &[PlannedCall]) {
        for call in calls {
            let service = call.action.split('.').next().unwrap_or_default();
            let (count, maybe) = self.services.entry(service.to_owned()).or_default();
            *count += 1;
            *maybe |= call.maybe;
            if names.is_lasting(&call.action) {
                *self.lasting.entry(call.title.clone()).or_default() += 1;
            }
        }
    }

    pub fn outlay(&self) -> Outlay {
        let services = self.services.iter();
        Outlay {
            services: services
                .map(|(name, (calls, maybe))| Service {
                    title: title(name),
                    calls: *calls,
                    at_most: *maybe,
                    millirate: self.rates.get(name).copied().unwrap_or(0),
                })
                .collect(),
            lasting: self
                .lasting
                .iter()
                .map(|(title, count)| (title.clone(), *count))
                .collect(),
        }
    }
}

fn title(name: &str) -> String {
    let mut rest = name.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn seconds_follow_from_calls_and_the_allowed_rate() {
        let service = |calls, millirate| Service {
            title: "Fleet".into(),
            calls,
            at_most: false,
            millirate,
        };
        assert_eq!(service(28, 8_000).seconds(), Some(4));
        assert_eq!(service(28, 0).seconds(), None);
        let tally = Tally::new(Some(
            &json!({"fleet": {"rate_per_second": 7.5}, "slack": {"rate_per_second": 0.0}}),
        ));
        assert_eq!(tally.rates, BTreeMap::from([("fleet".to_owned(), 7_500)]));
        assert_eq!(title("jamf"), "Jamf");
    }
}
