//! When a mirror is told, and telling it.

use super::record::{Ended, keep, keep_owed};
use super::wanted::Wanted;
use crate::connectors::action::Call;
use crate::engine::call::check_input;
use crate::engine::leave::not_sent;
use crate::engine::pacing::rest;
use crate::engine::shared::Shared;
use crate::model::action::{ActionSpec, Nature};
use crate::model::clock::{Stopwatch, real_sleep};
use crate::model::fault::{Fault, FaultKind};
use crate::model::text::clean_short;
use crate::model::time::{Span, Time};
use crate::pipeline::definition::Mirror;
use crate::pipeline::template::Context;
use crate::store::{MirrorRecord, MirrorState, StoreError};
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::time::Duration;

/// After the first failure; then twice as long each time, up to the mirror's `every`.
const FIRST_REST: Span = Span::from_secs(2);
/// While nothing may be sent it is asked this often whether it may; the end of a stop is heard of at once.
const STAND_ASIDE: Span = Span::from_secs(30);
/// While nobody asks there it is looked at this often whether somebody does.
const LOOK_AGAIN: Span = Span::from_hours(1);
/// After the store would not take something, in real time.
const BREATH: Duration = Duration::from_secs(1);
/// The longest text of a result that is kept.
const LONGEST: usize = 200;

/// What is remembered of one mirror; all of it may be lost, as a start tells anyway.
pub(super) struct Memory {
    /// It is to be told whatever is on record: the engine has just started, or sending was stopped.
    fresh: bool,
    /// Tries that failed since it was last told.
    failures: u32,
    /// Not before this, after a failure.
    again_at: Option<Time>,
    /// Nothing could be sent at the last look.
    barred: bool,
    /// The alarm about the trouble under way was given.
    pub alarmed: bool,
}

impl Memory {
    fn new() -> Self {
        Self {
            fresh: true,
            failures: 0,
            again_at: None,
            barred: false,
            alarmed: false,
        }
    }

    fn told(&mut self) {
        *self = Self {
            fresh: false,
            ..Self::new()
        };
    }

    fn failed(&mut self, now: Time, every: Span, asked: Option<Span>) {
        let doublings = self.failures.min(30);
        self.failures += 1;
        let rest = Span::from_millis(FIRST_REST.millis().saturating_mul(1 << doublings));
        let rest = rest.max(asked.unwrap_or(Span::ZERO)).min(every);
        self.again_at = Some(now.plus(rest));
    }

    /// When it is to be told, if nothing changes; in the past when now.
    fn due(&self, wanted: &Wanted, every: Span, now: Time) -> Time {
        if let Some(at) = self.again_at {
            return at;
        }
        let known = wanted.known.as_ref().filter(|_| !self.fresh);
        match known {
            Some(MirrorRecord {
                state: MirrorState::Told,
                told,
                told_at: Some(at),
                ..
            }) if *told == wanted.hash => at.plus(every),
            _ => now,
        }
    }
}

/// Tells one mirror of the pipeline, the one at this place, as long as the engine runs.
pub(in crate::engine) async fn mirror(shared: Arc<Shared>, place: usize) {
    let mut changed = shared.store.revision();
    let mut leave = shared.leave.subscribe();
    let mut stop = shared.stop.subscribe();
    let mut memory = Memory::new();
    while !*stop.borrow_and_update() {
        let busy = shared.clock.busy();
        changed.borrow_and_update();
        leave.borrow_and_update();
        let looked_at = shared.clock.now();
        let (next, took) = match shared.mirror_once(place, &mut memory).await {
            Ok(found) => found,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::error!("telling a mirror: {error}");
                real_sleep(BREATH).await;
                (shared.clock.now().plus(STAND_ASIDE), Duration::ZERO)
            }
        };
        drop(busy);
        tokio::select! {
            it = changed.changed() => if it.is_err() { return },
            _ = leave.changed() => {}
            _ = stop.changed() => continue,
            () = shared.clock.sleep_until(next) => {}
        }
        rest(&shared, (looked_at, took), &mut stop).await;
    }
}

impl Shared {
    /// Looks, and tells if that is due. Answers when it will be, and what the look took in real time.
    async fn mirror_once(
        &self,
        place: usize,
        memory: &mut Memory,
    ) -> Result<(Time, Duration), StoreError> {
        let Some(mirror) = self.pipeline.mirrors.get(place) else {
            return Err(StoreError::Closed);
        };
        let (pipeline, watch) = (self.pipeline.clone(), Stopwatch::start());
        let look = self
            .store
            .read(move |view| Wanted::look(view, &pipeline, &pipeline.mirrors[place]));
        let wanted = look.await?;
        let took = watch.elapsed();
        let now = self.clock.now();
        let barred = match self.why_not() {
            Some(why) => Some(why),
            None => (wanted.stopped).then(|| "all sending is stopped".to_owned()),
        };
        if let Some(why) = barred {
            memory.barred = true;
            self.owe(mirror, wanted, why).await?;
            return Ok((now.plus(STAND_ASIDE), took));
        }
        if wanted.over {
            memory.fresh = true;
            return Ok((now.plus(LOOK_AGAIN), took));
        }
        if std::mem::take(&mut memory.barred) {
            (memory.fresh, memory.again_at) = (true, None);
        }
        let due = memory.due(&wanted, mirror.every, now);
        if due > now {
            return Ok((due, took));
        }
        let ended = self.tell(mirror, &wanted).await;
        let now = self.clock.now();
        let next = match &ended {
            Ok(_) => {
                memory.told();
                now.plus(mirror.every)
            }
            Err(fault) => {
                memory.failed(now, mirror.every, fault.retry_after);
                memory.again_at.unwrap_or(now)
            }
        };
        match ended {
            // Certainly not sent, and nothing was wrong before: it is owed, which is no trouble yet.
            Err(fault) if not_sent(&fault) && !is_failed(&wanted) => {
                self.owe(mirror, wanted, fault.message).await?;
            }
            ended => {
                let ended = Ended { wanted, ended, now };
                keep(self, mirror, ended, memory).await?;
            }
        }
        Ok((next, took))
    }

    /// Makes the call, and answers what is kept of its result.
    async fn tell(&self, mirror: &Mirror, wanted: &Wanted) -> Result<Json, Fault> {
        let (connector, spec) = self.registry.find(&mirror.call)?;
        let input = self.rendered(mirror, wanted)?;
        check_input(spec, &input)?;
        if connector.nature(spec, &input) != Nature::Repeatable {
            let text = format!(
                "{} is not repeatable, and a mirror tells again and again",
                mirror.call
            );
            return Err(Fault::new(FaultKind::Misconfigured, text));
        }
        let call = Call {
            input,
            op: self.op(),
            intent_at: self.clock.now(),
        };
        let reply = connector.call(spec, call).await;
        let reply = reply.map_err(|failure| failure.fault)?;
        Ok(kept(spec, &reply.result))
    }

    fn rendered(&self, mirror: &Mirror, wanted: &Wanted) -> Result<Map<String, Json>, Fault> {
        let context = Context {
            settings: self.pipeline.settings_json(),
            lists: Some(wanted.lists.clone()),
            waves: Some(wanted.waves.clone()),
            now: Some(self.clock.now()),
            ..Context::default()
        };
        let scope = context.scope();
        let mut input = Map::new();
        for (name, template) in &mirror.with {
            let value = template.render_in(&scope).map_err(|error| {
                let text = format!("mirror {}, with {name}: {error}", mirror.name);
                Fault::new(FaultKind::Template, text)
            })?;
            if !value.is_null() {
                input.insert(name.clone(), value);
            }
        }
        Ok(input)
    }

    /// What is wanted differs from what was told, and nothing may be sent.
    async fn owe(&self, mirror: &Mirror, wanted: Wanted, why: String) -> Result<(), StoreError> {
        let same = wanted
            .known
            .as_ref()
            .is_some_and(|known| known.state != MirrorState::Told || known.told == wanted.hash);
        if same {
            return Ok(());
        }
        keep_owed(self, mirror, wanted.known, why).await
    }
}

fn is_failed(wanted: &Wanted) -> bool {
    let known = wanted.known.as_ref();
    known.is_some_and(|known| known.state == MirrorState::Failed)
}

/// The single values the action declares, in its order: what people read. Lists and documents are not kept.
fn kept(spec: &ActionSpec, result: &Json) -> Json {
    let mut kept = Map::new();
    for field in spec.outputs {
        let value = match result.get(field.name) {
            Some(Json::String(text)) => clean_short(text, LONGEST).into(),
            Some(value @ (Json::Number(_) | Json::Bool(_))) => value.clone(),
            _ => continue,
        };
        kept.insert(field.name.to_owned(), value);
    }
    Json::Object(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_soon_and_then_as_often_as_it_is_told_anyway() {
        let every = Span::from_mins(1);
        let start = Time::from_millis(0);
        let mut memory = Memory::new();
        let mut rests = Vec::new();
        for _ in 0..8 {
            memory.failed(start, every, None);
            rests.push(memory.again_at.unwrap().since(start).millis() / 1_000);
        }
        assert_eq!(rests, [2, 4, 8, 16, 32, 60, 60, 60]);
        memory.told();
        memory.failed(start, every, Some(Span::from_secs(20)));
        assert_eq!(memory.again_at.unwrap(), start.plus(Span::from_secs(20)));
    }
}
