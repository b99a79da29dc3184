//! Reading a scenario file.

use super::faults::{Faults, Spell, SpellKind};
use super::handover::HandoverTable;
use super::operator::{self, OperatorEntry};
use super::trouble::{Mode, Trouble};
use crate::model::random::Random;
use crate::model::time::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A whole scenario: the company, its night, and its troubles.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    pub company: Company,
    pub night: Night,
    pub remedy: Remedy,
    /// A trouble that is not named never strikes.
    #[serde(default)]
    pub trouble: BTreeMap<Trouble, Mode>,
    /// Macs of one system or model whose scripts always end above 0.
    #[serde(default)]
    pub guilty: Option<Guilty>,
    /// The company moves to Fleet under its old server's own name: no Jamf, nobody clicks.
    #[serde(default)]
    pub handover: Option<HandoverTable>,
    #[serde(default)]
    pub fleet: Faults,
    #[serde(default)]
    pub jamf: Faults,
    #[serde(default)]
    pub slack: Faults,
    /// What the company's admins do, and when.
    #[serde(default)]
    pub operator: Vec<OperatorEntry>,
}

/// What the company's Macs and people are like.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Where working hours are counted, such as `Europe/Berlin`.
    pub timezone: String,
    /// Share of Macs that stay on and on the network around the clock; the rest sleeps outside working hours.
    pub stays_on: f64,
    pub filevault: f64,
    pub standard_users: f64,
}

/// When people act.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// The clicks on "Migrate to Fleet" are spread over this, denser at the start.
    pub clicks_over: Span,
    /// Share of people who click the next working morning instead.
    pub late: f64,
    /// How long people take to accept the enrollment window.
    pub answers: Vec<Answer>,
}

/// One part of the people and how long they take.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub share: f64,
    pub least: Span,
    pub most: Span,
}

/// How well the remedies work.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Chance that the remediation script on the Mac takes the old profile away.
    pub script: f64,
    /// Chance that a message makes its reader accept the window.
    pub nudge: f64,
}

/// A part of the fleet on which no script ends well, as when a new system breaks what worked on the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guilty {
    /// How the version begins, such as `15.`; empty: any.
    pub macos: String,
    /// What the model's name holds, such as `Studio`; empty: any.
    pub model: String,
}

impl Guilty {
    pub fn is(&self, macos: &str, model: &str) -> bool {
        macos.starts_with(&self.macos) && model.contains(&self.model)
    }
}

/// The services that have faults of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceName {
    Fleet,
    Jamf,
    Slack,
}

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScenario {
    #[error("the scenario cannot be read: {0}")]
    Unreadable(String),
    #[error("scenario {name}: {key} is {value}, but a share lies between 0 and 1")]
    Share {
        name: String,
        key: String,
        value: String,
    },
    #[error("scenario {name}: {key} has least {least} above most {most}; swap them")]
    Bounds {
        name: String,
        key: String,
        least: Span,
        most: Span,
    },
    #[error("scenario {name}: \"{zone}\" is not a time zone such as Europe/Berlin")]
    Zone { name: String, zone: String },
    #[error("scenario {name}: night.answers must not be empty and its shares must add up to 1")]
    Answers { name: String },
    #[error("scenario {name}: operator entry {entry}: {why}")]
    Operator {
        name: String,
        entry: String,
        why: String,
    },
    #[error("scenario {name}: handover.replicas is 0; the migration proxy runs at least once")]
    Replicas { name: String },
    #[error("there is no weather \"{0}\"; the shipped ones are calm, rough, storm and handover")]
    Weather(String),
}

impl Scenario {
    /// The shipped weathers of a night, calmest first.
    pub const WEATHERS: [&str; 3] = ["calm", "rough", "storm"];

    /// Reads a scenario and checks every number in it.
    pub fn parse(text: &str) -> Result<Self, BadScenario> {
        let scenario: Self = toml::from_str(text)
            .map_err(|error| BadScenario::Unreadable(error.to_string().trim().to_owned()))?;
        scenario.check_shares()?;
        scenario.check_bounds()?;
        if let Some((entry, why)) = operator::fault(&scenario.operator) {
            return Err(BadScenario::Operator {
                name: scenario.name,
                entry,
                why,
            });
        }
        let zone = &scenario.company.timezone;
        if zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(BadScenario::Zone {
                name: scenario.name.clone(),
                zone: zone.clone(),
            });
        }
        Ok(scenario)
    }

    /// One of the shipped scenarios: a weather, or `handover`.
    pub fn weather(name: &str) -> Result<Self, BadScenario> {
        let text = match name {
            "calm" => include_str!("../../../assets/scenarios/calm.toml"),
            "rough" => include_str!("../../../assets/scenarios/rough.toml"),
            "storm" => include_str!("../../../assets/scenarios/storm.toml"),
            "handover" => include_str!("../../../assets/scenarios/handover.toml"),
            _ => return Err(BadScenario::Weather(name.chars().take(40).collect())),
        };
        Self::parse(text)
    }

    /// The trouble's numbers; all zero when the file does not name it.
    pub fn mode(&self, trouble: Trouble) -> Mode {
        self.trouble.get(&trouble).copied().unwrap_or_default()
    }

    /// The zone working hours are counted in.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.company.timezone.parse().unwrap_or(chrono_tz::UTC)
    }

    /// A service's faults for this night: the file's table with the night's spells drawn from `seed`.
    pub fn faults(&self, service: ServiceName, seed: u64) -> Faults {
        let mut random = Random::named(seed, "weather");
        let jamf = self.spell(Trouble::JamfSpell, &mut random, |_| SpellKind::Slow {
            factor: 6.0,
            errors: 0.15,
        });
        let fleet = self.spell(Trouble::FleetRestart, &mut random, |_| SpellKind::Down);
        match service {
            ServiceName::Fleet => Faults {
                spells: fleet.into_iter().collect(),
                ..self.fleet.clone()
            },
            ServiceName::Jamf => {
                let tokens = self.mode(Trouble::TokenDies);
                Faults {
                    spells: jamf.into_iter().collect(),
                    token_life: tokens.draw(&mut random),
                    token_dies: tokens.rate,
                    ..self.jamf.clone()
                }
            }
            ServiceName::Slack => {
                let limit = self.mode(Trouble::SlackLimit);
                Faults {
                    throttled: limit.rate,
                    retry_after: limit.draw(&mut random),
                    ..self.slack.clone()
                }
            }
        }
    }

    /// Draws whether and when the night has this spell; draws the same number of times either way.
    fn spell(
        &self,
        trouble: Trouble,
        random: &mut Random,
        kind: impl Fn(&Mode) -> SpellKind,
    ) -> Option<Spell> {
        let mode = self.mode(trouble);
        let (strikes, after, lasts) = (
            random.chance(mode.rate),
            random.between(900.0, 7_200.0),
            mode.draw(random),
        );
        strikes.then(|| Spell {
            after: Span::from_secs(after as i64),
            lasts,
            kind: kind(&mode),
        })
    }

    fn check_shares(&self) -> Result<(), BadScenario> {
        let mut shares: Vec<(String, f64)> = vec![
            ("company.stays_on".into(), self.company.stays_on),
            ("company.filevault".into(), self.company.filevault),
            ("company.standard_users".into(), self.company.standard_users),
            ("night.late".into(), self.night.late),
            ("remedy.script".into(), self.remedy.script),
            ("remedy.nudge".into(), self.remedy.nudge),
        ];
        for (trouble, mode) in &self.trouble {
            shares.push((format!("trouble.{}.rate", trouble.key()), mode.rate));
        }
        for (key, share) in self.handover.iter().flat_map(HandoverTable::shares) {
            shares.push((format!("handover.{key}"), share));
        }
        for (name, faults) in [
            ("fleet", &self.fleet),
            ("jamf", &self.jamf),
            ("slack", &self.slack),
        ] {
            shares.extend(
                faults
                    .shares()
                    .map(|(key, share)| (format!("{name}.{key}"), share)),
            );
        }
        match shares
            .iter()
            .find(|(_, share)| !(0.0..=1.0).contains(share))
        {
            Some((key, value)) => Err(BadScenario::Share {
                name: self.name.clone(),
                key: key.clone(),
                value: value.to_string(),
            }),
            None => Ok(()),
        }
    }

    fn check_bounds(&self) -> Result<(), BadScenario> {
        let answers = &self.night.answers;
        let whole: f64 = answers.iter().map(|answer| answer.share).sum();
        if answers.is_empty() || (whole - 1.0).abs() > 0.001 {
            return Err(BadScenario::Answers {
                name: self.name.clone(),
            });
        }
        if self
            .handover
            .as_ref()
            .is_some_and(|table| table.replicas == 0)
        {
            return Err(BadScenario::Replicas {
                name: self.name.clone(),
            });
        }
        let moving = self.handover.iter().flat_map(HandoverTable::bounds);
        let moving = moving.map(|(key, least, most)| (format!("handover.{key}"), least, most));
        let troubles = self
            .trouble
            .iter()
            .map(|(trouble, mode)| (format!("trouble.{}", trouble.key()), mode.least, mode.most));
        let answers = answers
            .iter()
            .enumerate()
            .map(|(at, answer)| (format!("night.answers[{at}]"), answer.least, answer.most));
        match troubles
            .chain(answers)
            .chain(moving)
            .find(|(_, least, most)| least > most)
        {
            Some((key, least, most)) => Err(BadScenario::Bounds {
                name: self.name.clone(),
                key,
                least,
                most,
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weathers_are_read_and_grow_worse() {
        let rates: Vec<f64> = Scenario::WEATHERS
            .iter()
            .map(|name| {
                let scenario = Scenario::weather(name).unwrap();
                assert_eq!(scenario.name, *name);
                scenario.trouble.values().map(|mode| mode.rate).sum()
            })
            .collect();
        assert!(
            rates[0] * 2.0 < rates[1] && rates[1] * 1.5 < rates[2],
            "{rates:?}"
        );
        assert!(matches!(
            Scenario::weather("hail"),
            Err(BadScenario::Weather(_))
        ));
    }

    #[test]
    fn every_trouble_has_a_rate_in_the_rough_weather() {
        let rough = Scenario::weather("rough").unwrap();
        for trouble in Trouble::ALL {
            assert!(rough.mode(*trouble).rate > 0.0, "{}", trouble.key());
        }
    }

    #[test]
    fn a_wrong_number_is_refused_by_its_name() {
        let good = include_str!("../../../assets/scenarios/calm.toml");
        for (from, to, says) in [
            ("late        = 0.0", "late = 1.5", "night.late is 1.5"),
            ("Europe/Berlin", "Mars/Base", "Mars/Base"),
            ("[trouble.2]", "[trouble.99]", "99"),
            ("clicks_over", "clicks_under", "clicks_under"),
        ] {
            let start = good
                .find(from)
                .unwrap_or_else(|| panic!("{from} is not in calm.toml"));
            let line_end = good[start..].find('\n').map_or(good.len(), |at| start + at);
            let text = if from.starts_with("late") {
                format!("{}{to}{}", &good[..start], &good[line_end..])
            } else {
                good.replacen(from, to, 1)
            };
            let error = Scenario::parse(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_night_of_a_seed_is_always_the_same() {
        let storm = Scenario::weather("storm").unwrap();
        for seed in 0..20 {
            assert_eq!(
                storm.faults(ServiceName::Jamf, seed),
                storm.faults(ServiceName::Jamf, seed)
            );
        }
        let spells = (0..200)
            .filter(|seed| !storm.faults(ServiceName::Fleet, *seed).spells.is_empty())
            .count();
        assert!(spells > 20, "{spells}");
    }
}
