//! What is asked for rows, without the rows; and what it would come to for one of them.
//!
//! One judgement for all: the console's and the command line's previews say it, and the engine asks it again before it
//! acts. It reads the table and changes nothing.

use super::protocol::Request;
use crate::model::row::{Row, RowId};
use crate::model::value::Value;
use crate::store::{Hold, HoldKind, Met, QueueState, StoreError, View};

/// A verb with what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Retry {
        stage: Option<String>,
        from_start: bool,
    },
    Trigger {
        stage: String,
    },
    Hold {
        stage: Option<String>,
    },
    Release {
        stage: Option<String>,
    },
    Skip {
        stage: String,
    },
    Remedy {
        ladder: String,
    },
    Refresh,
    Set {
        column: String,
        value: serde_json::Value,
    },
    /// One of the pipeline's own.
    Act {
        act: String,
    },
}

/// `Ok`: it will, and what; `Err`: it will not, because.
pub type Verdict = Result<String, String>;

/// A stage's, a ladder's or a column's name as whoever reads is used to it.
pub type Titles<'a> = &'a dyn Fn(&str) -> String;

impl Deed {
    /// What a request asks for its rows; `None` when it is not about rows.
    pub fn of(request: &Request) -> Option<Self> {
        Some(match request {
            Request::Retry {
                stage, from_start, ..
            } => Self::Retry {
                stage: stage.clone(),
                from_start: *from_start,
            },
            Request::Trigger { stage, .. } => Self::Trigger {
                stage: stage.clone(),
            },
            Request::Hold { stage, .. } => Self::Hold {
                stage: stage.clone(),
            },
            Request::Release { stage, .. } => Self::Release {
                stage: stage.clone(),
            },
            Request::Skip { stage, .. } => Self::Skip {
                stage: stage.clone(),
            },
            Request::Remedy { ladder, .. } => Self::Remedy {
                ladder: ladder.clone(),
            },
            Request::Refresh { .. } => Self::Refresh,
            Request::Set { column, value, .. } => Self::Set {
                column: column.clone(),
                value: value.clone(),
            },
            Request::Act { act, .. } => Self::Act { act: act.clone() },
            _ => return None,
        })
    }

    pub fn into_request(self, rows: Vec<RowId>, reason: String) -> Request {
        match self {
            Self::Retry { stage, from_start } => Request::Retry {
                rows,
                stage,
                from_start,
                reason,
            },
            Self::Trigger { stage } => Request::Trigger {
                rows,
                stage,
                reason,
            },
            Self::Hold { stage } => Request::Hold {
                rows,
                stage,
                reason,
            },
            Self::Release { stage } => Request::Release {
                rows,
                stage,
                reason,
            },
            Self::Skip { stage } => Request::Skip {
                rows,
                stage,
                reason,
            },
            Self::Remedy { ladder } => Request::Remedy {
                rows,
                ladder,
                reason,
            },
            Self::Refresh => Request::Refresh { rows, reason },
            Self::Act { act } => Request::Act { rows, act, reason },
            Self::Set { column, value } => Request::Set {
                rows,
                column,
                value,
                reason,
            },
        }
    }

    /// As the request names it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::Trigger { .. } => "trigger",
            Self::Hold { .. } => "hold",
            Self::Release { .. } => "release",
            Self::Skip { .. } => "skip",
            Self::Remedy { .. } => "remedy",
            Self::Refresh => "refresh",
            Self::Set { .. } => "set",
            Self::Act { .. } => "act",
        }
    }

    /// The stage, ladder or column it is about; `None` when it is about the whole row.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Retry { stage, .. } | Self::Hold { stage } | Self::Release { stage } => {
                stage.as_deref()
            }
            Self::Trigger { stage } | Self::Skip { stage } => Some(stage),
            Self::Remedy { ladder } => Some(ladder),
            Self::Set { column, .. } => Some(column),
            Self::Act { act } => Some(act),
            Self::Refresh => None,
        }
    }

    /// What it is called before a count: "retry Host transfer".
    pub fn title(&self, titles: Titles<'_>) -> String {
        let of = match self.about() {
            Some(act) if matches!(self, Self::Act { .. }) => titles(act),
            Some(about) => format!("{} {}", self.verb(), titles(about)),
            None => self.verb().to_owned(),
        };
        match self {
            Self::Retry {
                from_start: true, ..
            } => format!("{of} from the start"),
            Self::Set { value, .. } => format!("{of} = {}", shown(value)),
            _ => of,
        }
    }

    /// Whether it may make the engine call the outside to change something there.
    pub fn sends(&self) -> bool {
        matches!(
            self,
            Self::Retry { .. } | Self::Trigger { .. } | Self::Remedy { .. } | Self::Release { .. }
        )
    }

    /// What it would come to for `row`, as the table is now.
    pub fn verdict(
        &self,
        view: &View<'_>,
        row: &Row,
        titles: Titles<'_>,
    ) -> Result<Verdict, StoreError> {
        let now = view.now();
        Ok(match self {
            Self::Retry { stage, .. } => {
                let rules = self.lifts(view, row.id)?;
                let over = self.concerned(&view.holds_of(row.id)?);
                match (rules.as_slice(), stage) {
                    ([_, ..], _) => {
                        let standing = standing(view, row.id)?;
                        let now = rules
                            .iter()
                            .any(|rule| rule == "*" || standing.contains(rule));
                        let when = if now { "" } else { " once its conditions hold" };
                        Ok(format!("tries again{when}: {}", list(&rules, titles)))
                    }
                    ([], _) if !over.is_empty() => Err(format!(
                        "what failed is over, its conditions hold no longer: {}",
                        list(&over, titles)
                    )),
                    ([], Some(stage)) => Err(format!(
                        "{} has neither failed nor backs off here",
                        titles(stage)
                    )),
                    ([], None) => Err("nothing has failed here that could be tried again".into()),
                }
            }
            Self::Release { .. } => {
                let holds = view.holds_of(row.id)?;
                match self.concerned(&holds).first() {
                    None => Err("nothing holds it".into()),
                    Some(first) => {
                        let was = holds.iter().find(|hold| hold.rule == *first);
                        let was = was.map_or(String::new(), |hold| hold.said(now));
                        Ok(format!("goes on; was {was}"))
                    }
                }
            }
            Self::Trigger { stage: rule } | Self::Remedy { ladder: rule } => {
                may_run(view, row, rule, titles)?
            }
            Self::Hold { stage } => {
                let rule = stage.as_deref().unwrap_or("*");
                match held(view, row, rule, HoldKind::Held)? {
                    Some(hold) => Err(format!("already {}", hold.said(now))),
                    None => Ok(match stage {
                        Some(stage) => format!("{} leaves it until it is released", titles(stage)),
                        None => "no stage takes it until it is released".into(),
                    }),
                }
            }
            Self::Skip { stage } => match held(view, row, stage, HoldKind::Skipped)? {
                Some(hold) => Err(format!("already {}", hold.said(now))),
                None => Ok(format!("{} leaves it alone", titles(stage))),
            },
            Self::Refresh => Ok("is read afresh".into()),
            Self::Set { column, value } => set(view, row, column, value, titles),
            Self::Act { act } => may_act(view, row, act, titles)?,
        })
    }

    /// The rules whose holds a retry or a release lifts from a row; `"*"` is all of them. A retry leaves a back-off be
    /// whose rule the row has left since: nothing would be tried again.
    pub fn lifts(&self, view: &View<'_>, row: RowId) -> Result<Vec<String>, StoreError> {
        let holds = view.holds_of(row)?;
        let mut rules = self.concerned(&holds);
        if matches!(self, Self::Retry { .. }) && !rules.is_empty() {
            let standing = standing(view, row)?;
            let parked = |rule: &str| {
                let mut holds = holds.iter();
                holds.any(|hold| hold.rule == rule && hold.kind == HoldKind::Parked)
            };
            rules.retain(|rule| standing.contains(rule) || parked(rule));
        }
        Ok(rules)
    }

    /// The rules of these holds that it is about.
    fn concerned(&self, holds: &[Hold]) -> Vec<String> {
        let (stage, retry) = match self {
            Self::Retry { stage, .. } => (stage, true),
            Self::Release { stage } => (stage, false),
            _ => return Vec::new(),
        };
        let failed = |kind| matches!(kind, HoldKind::Parked | HoldKind::BackingOff);
        holds
            .iter()
            .filter(|hold| !retry || failed(hold.kind))
            .filter(|hold| stage.as_ref().is_none_or(|stage| *stage == hold.rule))
            .map(|hold| hold.rule.clone())
            .collect()
    }
}

/// The rules in whose queue the row stands.
fn standing(view: &View<'_>, row: RowId) -> Result<Vec<String>, StoreError> {
    let queued = view.queued(row)?.into_iter();
    Ok(queued.map(|entry| entry.rule).collect())
}

fn list(rules: &[String], titles: Titles<'_>) -> String {
    let titles: Vec<String> = rules
        .iter()
        .map(|rule| match rule.as_str() {
            "*" => "everything".into(),
            rule => titles(rule),
        })
        .collect();
    titles.join(", ")
}

fn held(
    view: &View<'_>,
    row: &Row,
    rule: &str,
    kind: HoldKind,
) -> Result<Option<Hold>, StoreError> {
    let found = view.hold(row.id, rule)?;
    Ok(found.filter(|hold| hold.kind == kind))
}

/// A rule may be run for a row when every condition holds, no attempt is open, and no person said otherwise.
fn may_run(
    view: &View<'_>,
    row: &Row,
    rule: &str,
    titles: Titles<'_>,
) -> Result<Verdict, StoreError> {
    let now = view.now();
    let entry = view.queued(row.id)?;
    let entry = entry.into_iter().find(|entry| entry.rule == rule);
    let state = entry.map(|entry| entry.state);
    if matches!(state, Some(QueueState::Running | QueueState::Waiting)) {
        return Ok(Err(format!(
            "an attempt of {} is open already",
            titles(rule)
        )));
    }
    if !view.gate_holds(row.id, rule, now)? {
        let explained = view.explain(row.id, now)?;
        let unmet = explained.iter().find(|one| one.rule == rule);
        return Ok(Err(match unmet {
            Some(one) => format!("not met: {}", one.unmet(now)),
            None => format!("there is no stage or ladder {rule}"),
        }));
    }
    let mut rules = view.rules().rules.iter();
    if let Some(wave) = &row.wave
        && rules.any(|known| known.name == rule && known.waves)
        && !view.open_waves()?.contains(wave)
    {
        return Ok(Err(format!("its wave {wave} is closed")));
    }
    if let Some(check) = view.unmet_checks(rule, now)?.first() {
        return Ok(Err(check.keeps_back(now)));
    }
    for rule in [rule, "*"] {
        let persons = view
            .hold(row.id, rule)?
            .filter(|hold| hold.kind.is_a_persons());
        if let Some(hold) = persons {
            return Ok(Err(format!("{}; release it first", hold.said(now))));
        }
    }
    Ok(Ok(format!("{} takes it next", titles(rule))))
}

/// An act may be done to a row that meets every one of its conditions.
fn may_act(
    view: &View<'_>,
    row: &Row,
    act: &str,
    titles: Titles<'_>,
) -> Result<Verdict, StoreError> {
    let judged = view.judge_act(act, row.id)?;
    let unmet: Vec<String> = judged
        .into_iter()
        .filter(|one| one.met != Met::Yes)
        .map(|one| one.title)
        .collect();
    Ok(if unmet.is_empty() {
        Ok(titles(act))
    } else {
        Err(format!("not met: {}", unmet.join(", ")))
    })
}

fn set(
    view: &View<'_>,
    row: &Row,
    column: &str,
    value: &serde_json::Value,
    titles: Titles<'_>,
) -> Verdict {
    let shape = view.shape();
    if column == shape.key {
        return Err(format!("{column} names the row and cannot be changed"));
    }
    let declared = shape.columns.iter().find(|known| known.name == column);
    let old = match declared {
        Some(_) => row.get(column).clone(),
        None if column == "wave" => row.wave.clone().map_or(Value::Null, Value::Text),
        None => return Err(format!("there is no column {column}")),
    };
    let kind = declared.map_or(crate::model::value::ValueType::Text, |known| known.kind);
    let new = Value::fit(kind, value).map_err(|error| format!("{column}: {error}"))?;
    let title = titles(column);
    if old == new {
        Err(format!("{title} is {} already", shown(&new.to_json())))
    } else {
        let (old, new) = (shown(&old.to_json()), shown(&new.to_json()));
        Ok(format!("{title}: {old} → {new}"))
    }
}

fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "empty".into(),
        serde_json::Value::Bool(true) => "yes".into(),
        serde_json::Value::Bool(false) => "no".into(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
