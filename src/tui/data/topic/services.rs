//! The services, as the engine last found them, and what is heard of them.

use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Rhythm, Source, Step, Target};
use crate::store::{EventState, FaultGroup, StoreError, View};
use crate::tui::data::Names;
use crate::tui::data::night::ServiceHealth;
use serde::Deserialize;

/// The services, as the engine last found them, and the intakes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServicesTopic {
    /// `None` when the engine never noted them.
    pub services: Option<Vec<Service>>,
    pub intakes: Vec<Hearing>,
}

/// One service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    pub name: String,
    pub health: ServiceHealth,
    /// What fails there now, most rows first.
    pub faults: Vec<FaultGroup>,
    /// Stages and ladders that call it.
    pub rules: Vec<String>,
}

/// One intake.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    pub name: String,
    pub title: String,
    pub way: Way,
    /// Events by what became of them.
    pub events: Vec<(EventState, u64)>,
}

/// How it hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    Hook {
        path: String,
        /// The newest event.
        last_at: Option<Time>,
    },
    Poll {
        call: String,
        /// When the last whole round began.
        last_at: Option<Time>,
        next_at: Option<Time>,
        tally: Tally,
    },
}

/// Counts of the last round, or of the one under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub read: u64,
    pub changed: u64,
    pub made: u64,
    pub unmatched: u64,
    pub malformed: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Memory {
    last_at: Option<Time>,
    tally: Tally,
}

impl ServicesTopic {
    pub fn read(view: &View<'_>, names: &Names) -> Result<Self, StoreError> {
        let mut faults = view.faults()?;
        let services = ServiceHealth::read_all(view)?.map(|known| {
            let of = |(name, health): (String, ServiceHealth)| {
                let (ours, others) = std::mem::take(&mut faults)
                    .into_iter()
                    .partition(|fault| fault.connector == name);
                faults = others;
                let rules = names.pipeline().map(|pipeline| callers(pipeline, &name));
                Service {
                    health,
                    faults: ours,
                    rules: rules.unwrap_or_default(),
                    name,
                }
            };
            known.into_iter().map(of).collect()
        });
        Ok(Self {
            services,
            intakes: hearings(view, names)?,
        })
    }

    pub fn ids(&self) -> Vec<String> {
        let services = self.services.iter().flatten();
        let services = services.map(|service| format!("service {}", service.name));
        let intakes = self.intakes.iter();
        services
            .chain(intakes.map(|intake| format!("intake {}", intake.name)))
            .collect()
    }
}

fn hearings(view: &View<'_>, names: &Names) -> Result<Vec<Hearing>, StoreError> {
    let Some(pipeline) = names.pipeline() else {
        return Ok(Vec::new());
    };
    let counts = view.event_counts()?;
    let mut found = Vec::new();
    for intake in &pipeline.intakes {
        let way = match &intake.source {
            Source::Webhook { path, .. } => Way::Hook {
                path: path.clone(),
                last_at: view.last_heard(&intake.name)?,
            },
            Source::Poll { call, rhythm, .. } => {
                let note = view.note(&format!("poll/{}", intake.name))?;
                let memory: Memory = note
                    .and_then(|note| serde_json::from_value(note).ok())
                    .unwrap_or_default();
                Way::Poll {
                    call: call.clone(),
                    last_at: memory.last_at,
                    next_at: memory.last_at.and_then(|last| match rhythm {
                        Rhythm::Every(span) => Some(last.plus(*span)),
                        Rhythm::At(cron) => cron.next_after(last),
                    }),
                    tally: memory.tally,
                }
            }
        };
        let ours = counts.iter().filter(|(name, ..)| *name == intake.name);
        found.push(Hearing {
            name: intake.name.clone(),
            title: intake.title.clone(),
            way,
            events: ours.map(|(_, state, count)| (*state, *count)).collect(),
        });
    }
    Ok(found)
}

/// Stages and ladders that call the service, by themselves or through a helper.
fn callers(pipeline: &Pipeline, service: &str) -> Vec<String> {
    let stages = pipeline
        .stages
        .iter()
        .filter(|stage| {
            stage
                .steps
                .iter()
                .any(|step| calls(pipeline, step, service))
        })
        .map(|stage| stage.name.clone());
    let ladders = pipeline
        .ladders
        .iter()
        .filter(|ladder| {
            let mut rungs = ladder.rungs.iter();
            rungs.any(|rung| calls(pipeline, &rung.step, service))
        })
        .map(|ladder| ladder.name.clone());
    stages.chain(ladders).collect()
}

/// `pipeline check` refuses helpers that call themselves.
fn calls(pipeline: &Pipeline, step: &Step, service: &str) -> bool {
    match &step.call {
        Target::Action(action) => action.split('.').next() == Some(service),
        Target::Helper(name) => pipeline.helper(name).is_some_and(|helper| {
            let mut steps = helper.steps.iter();
            steps.any(|step| calls(pipeline, step, service))
        }),
    }
}
