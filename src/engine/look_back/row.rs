//! One row: read afresh, and each of its calls that may be made only once looked up.

use super::ask::{Blind, Sight};
use super::era::Era;
use super::found::{Looked, Place, Site, Verdict, hash};
use super::sites::Sites;
use crate::connectors::action::Call;
use crate::engine::attempt::records_of;
use crate::engine::finish::put_hold;
use crate::engine::shared::Shared;
use crate::model::action::{ActionSpec, Nature};
use crate::model::actor::Actor;
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::{Row, RowId};
use crate::model::time::{Span, Time};
use crate::pipeline::definition::Retry;
use crate::pipeline::walk::{Next, NextCall, Record, Unit, keep_for_retry, next};
use crate::store::{Cause, Hold, HoldKind, Level, NewEntry, StoreError, Tx, View};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks at a service that cannot be reached, each pause twice as long, before its calls are left to be looked up when
/// they are to be made.
const MOST_TROUBLES: u32 = 6;
const TROUBLE: Span = Span::from_secs(30);
/// A walk that takes no decision ends sooner.
const LONGEST_WALK: usize = 500;

/// Whatever fails is not tried again: it is only looked.
const ONE_TRY: Retry = Retry {
    attempts: 1,
    wait: TROUBLE,
    factor: 1.0,
    most: TROUBLE,
    on: None,
};

/// What several calls of one row would ask alike is asked once.
type Seen = BTreeMap<(String, String), Sight>;

/// One look at one row.
pub(super) struct Look<'l> {
    pub shared: &'l Shared,
    pub era: &'l Era,
    pub sites: &'l Sites,
    pub blind: &'l Blind,
}

/// A call come to, and what was seen of it.
struct Come {
    place: Place,
    title: String,
    settle: Span,
    sight: Sight,
}

impl Look<'_> {
    /// Looks, keeps what was found, and answers how the row stands.
    pub async fn at(&self, id: RowId, mut looked: Looked) -> Result<Looked, StoreError> {
        let now = self.shared.clock.now();
        let mut trouble = self.refresh(id).await?;
        let Some(row) = self.shared.store.read(move |view| view.row(id)).await? else {
            looked.done = true;
            return Ok(looked);
        };
        let (mut come, mut seen) = (Vec::new(), Seen::new());
        for site in &self.sites.all {
            if let Err(fault) = self.walk(site, &row, &mut seen, &mut come).await? {
                trouble = Some(fault);
            }
        }
        looked.again = None;
        let mut said = Vec::new();
        for one in come {
            let verdict = self.weigh(&one, &mut looked, now);
            if let Verdict::Landed { .. } = &verdict
                && looked.find(&one.place).is_none_or(|f| f.verdict != verdict)
            {
                said.push(format!(
                    "{}: {}, {}: landed after the backup; it is not sent again",
                    row.key, one.title, one.place.action
                ));
            }
            looked.keep(one.place, verdict, now);
        }
        if let Some(fault) = trouble {
            looked.troubles += 1;
            if looked.troubles < MOST_TROUBLES {
                let pause = TROUBLE.times(f64::from(1 << (looked.troubles - 1)));
                looked.again = looked.again.max(Some(now.plus(pause)));
            } else {
                looked.trouble = Some(fault.to_string());
            }
        }
        looked.done = looked.again.is_none();
        self.shared
            .store
            .write(move |tx| {
                for text in said {
                    tx.say(NewEntry {
                        level: Level::Info,
                        source: "engine".into(),
                        row: Some(id),
                        text,
                    })?;
                }
                if looked.done {
                    give_to_a_person(tx, &row, &mut looked)?;
                }
                looked.write(tx, id)?;
                Ok(looked)
            })
            .await
    }

    /// The row as the outside has it; trouble that may pass is answered, a refusal leaves the columns as they are.
    async fn refresh(&self, id: RowId) -> Result<Option<Fault>, StoreError> {
        let Some(row) = self.shared.store.read(move |view| view.row(id)).await? else {
            return Ok(None);
        };
        let refreshed = self.shared.refresh(&row, Cause::Schedule).await;
        Ok(refreshed.err().filter(|fault| fault.kind.worth_repeating()))
    }

    /// Walks the steps of a site as if nothing kept the row from it, reading what they read and changing nothing, up to
    /// the first such call that did not land. A service that cannot be reached ends the walk with its fault.
    async fn walk(
        &self,
        site: &Site,
        row: &Row,
        seen: &mut Seen,
        come: &mut Vec<Come>,
    ) -> Result<Result<(), Fault>, StoreError> {
        let mut records = self.records(site, row.id).await?;
        let json = row.to_json();
        let unit = Unit {
            pipeline: &self.sites.pipeline,
            steps: self.sites.steps(site),
            set: &[],
            notify: None,
            retry: &ONE_TRY,
            number: 1,
        };
        for _ in 0..LONGEST_WALK {
            let now = self.shared.clock.now();
            let Next::Call(call) = next(unit, &json, &records, now) else {
                break;
            };
            let end = match self.shared.registry.find(&call.action) {
                Err(fault) => Err(fault),
                Ok((connector, spec)) => match connector.nature(spec, &call.input) {
                    Nature::Read => {
                        let asked = Call {
                            input: call.input.clone(),
                            op: self.shared.op(),
                            intent_at: now,
                        };
                        match connector.call(spec, asked).await {
                            Ok(reply) => Ok(reply.result),
                            Err(failure) if failure.fault.kind.worth_repeating() => {
                                return Ok(Err(failure.fault));
                            }
                            Err(failure) => Err(failure.fault),
                        }
                    }
                    Nature::Repeatable => Ok(nothing(spec)),
                    Nature::Once => match self.come_to(site, row.id, &call, seen, come).await? {
                        Sight::Landed(result) => Ok(result),
                        Sight::Trouble(fault) => return Ok(Err(fault)),
                        _ => break,
                    },
                },
            };
            records.push(Record {
                path: call.path,
                item: call.item,
                end,
                started_at: now,
            });
        }
        Ok(Ok(()))
    }

    async fn come_to(
        &self,
        site: &Site,
        row: RowId,
        call: &NextCall,
        seen: &mut Seen,
        come: &mut Vec<Come>,
    ) -> Result<Sight, StoreError> {
        let Ok((connector, spec)) = self.shared.registry.find(&call.action) else {
            return Ok(Sight::NoCall);
        };
        let key = (call.action.clone(), hash(&call.input));
        let sight = if let Some(sight) = seen.get(&key) {
            sight.clone()
        } else {
            let asked = (connector.as_ref(), spec);
            let since = self.era.since;
            let sight = self.shared.sight(row, asked, &call.input, since).await?;
            seen.insert(key, sight.clone());
            sight
        };
        if !matches!(sight, Sight::NoCall | Sight::Trouble(_)) {
            come.push(Come {
                place: Place::of(&site.rule, site.rung, call),
                title: site.title.clone(),
                settle: spec.settle,
                sight: sight.clone(),
            });
        }
        Ok(sight)
    }

    /// What the next attempt of this rule would go on from.
    async fn records(&self, site: &Site, row: RowId) -> Result<Vec<Record>, StoreError> {
        let (pipeline, site) = (Arc::clone(&self.shared.pipeline), site.clone());
        let read = move |view: &View<'_>| {
            let last = view.attempts_of(row, 200)?.into_iter();
            let mut last = last.filter(|attempt| attempt.rule == site.rule);
            let Some(last) = last.next().filter(|last| last.rung == site.rung) else {
                return Ok(Vec::new());
            };
            if last.state.is_open() {
                return records_of(view, &pipeline, &last);
            }
            let Some(stage) = pipeline.stage(&site.rule) else {
                return Ok(Vec::new());
            };
            if last.state == crate::store::AttemptState::Done {
                return Ok(Vec::new());
            }
            let kept = records_of(view, &pipeline, &last)?;
            let at = last.at_step.as_deref();
            Ok(keep_for_retry(kept, &stage.steps, at, None))
        };
        self.shared.store.read(read).await
    }

    /// What this look makes of a call, with what earlier ones found.
    fn weigh(&self, come: &Come, looked: &mut Looked, now: Time) -> Verdict {
        let before = looked.find(&come.place);
        match (&come.sight, before.map(|found| &found.verdict)) {
            (_, Some(verdict @ (Verdict::Taken | Verdict::Free | Verdict::Persons))) => {
                verdict.clone()
            }
            (Sight::Landed(result), _) => Verdict::Landed {
                result: result.clone(),
            },
            (Sight::Unclear(why), _) => Verdict::Unclear { why: why.clone() },
            (Sight::Known, _) => Verdict::Free,
            (Sight::Absent, _) if self.blind.contains(&come.place.action) => Verdict::Unclear {
                why: "its service shows no trace of it, but of none that certainly landed either"
                    .into(),
            },
            (Sight::Absent | Sight::NoCall | Sight::Trouble(_), before) => {
                let first = looked.find(&come.place).map_or(now, |found| found.at);
                let settled = self.era.begun.plus(come.settle);
                let apart = first.plus(come.settle.times(0.5));
                let believed = settled.max(apart);
                if before == Some(&Verdict::NotSeen) && now >= believed {
                    return Verdict::Free;
                }
                looked.again = looked.again.max(Some(believed));
                Verdict::NotSeen
            }
        }
    }
}

/// What a call that changes something and may be repeated would have as its result: nothing is known of it.
fn nothing(spec: &ActionSpec) -> Json {
    let fields = spec.outputs.iter();
    let nulls: Map<String, Json> = fields.map(|f| (f.name.to_owned(), Json::Null)).collect();
    Json::Object(nulls)
}

/// Where a call cannot be told and would be made next, a person gets the row before anything moves.
fn give_to_a_person(tx: &mut Tx<'_>, row: &Row, looked: &mut Looked) -> Result<(), StoreError> {
    let now = tx.now();
    for found in &mut looked.calls {
        let Verdict::Unclear { why } = &found.verdict else {
            continue;
        };
        let rule = &found.place.rule;
        let attempts = tx.attempts_of(row.id, 200)?;
        let open = attempts
            .iter()
            .any(|a| a.rule == *rule && a.state.is_open());
        let holds = tx.holds_of(row.id)?;
        let held = holds.iter().find(|hold| hold.rule == *rule);
        if open || held.is_some() || !tx.gate_holds(row.id, rule, now)? {
            continue;
        }
        let reason = format!(
            "outcome unknown: {} may have landed after the backup this store was restored from: {why}",
            found.place.action
        );
        tx.say(NewEntry {
            level: Level::Alarm,
            source: rule.clone(),
            row: Some(row.id),
            text: format!("{}: parked for operator: {reason}", row.key),
        })?;
        let hold = Hold {
            row: row.id,
            rule: rule.clone(),
            kind: HoldKind::Parked,
            reason,
            until: None,
            owner: Some("operator".into()),
            by: Actor::Engine,
            attempt: None,
            fault: Some(FaultKind::Unknown),
            at: now,
        };
        put_hold(tx, hold)?;
        found.verdict = Verdict::Persons;
    }
    Ok(())
}
