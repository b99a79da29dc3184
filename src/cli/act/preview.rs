//! Whether an act will do anything to a row, and why not.

use super::select::Member;
use crate::cli::waiting::{hold_said, unmet};
use crate::control::protocol::Request;
use crate::model::row::RowId;
use crate::model::time::Time;
use crate::model::value::Value;
use crate::store::{Explained, Hold, HoldKind, Met, QueueState};

/// What is asked, without the rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
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
        value: Value,
    },
}

impl Deed {
    pub(super) fn into_request(self, rows: Vec<RowId>, reason: String) -> Request {
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
            Self::Set { column, value } => Request::Set {
                rows,
                column,
                value: value.to_json(),
                reason,
            },
        }
    }

    /// What it is called before a count: "retry transfer".
    pub(super) fn title(&self) -> String {
        let on = |verb: &str, rule: &Option<String>| match rule {
            Some(rule) => format!("{verb} {rule}"),
            None => verb.to_owned(),
        };
        match self {
            Self::Retry { stage, .. } => on("retry", stage),
            Self::Trigger { stage } => format!("trigger {stage}"),
            Self::Hold { stage } => on("hold", stage),
            Self::Release { stage } => on("release", stage),
            Self::Skip { stage } => format!("skip {stage}"),
            Self::Remedy { ladder } => format!("remedy {ladder}"),
            Self::Refresh => "refresh".into(),
            Self::Set { column, value } => format!("set {column} = {value}"),
        }
    }

    /// Whether it makes the engine call the outside in a way nobody can take back.
    pub(super) fn cannot_be_undone(&self) -> bool {
        matches!(
            self,
            Self::Retry { .. } | Self::Trigger { .. } | Self::Remedy { .. }
        )
    }

    /// `Ok`: it will, and what; `Err`: it will not, because.
    pub(super) fn verdict(&self, member: &Member, now: Time) -> Result<String, String> {
        match self {
            Self::Retry { stage, .. } => {
                let failed = |hold: &&Hold| {
                    matches!(hold.kind, HoldKind::Parked | HoldKind::BackingOff)
                        && concerns(hold, stage.as_deref())
                };
                match member.holds.iter().find(failed) {
                    Some(hold) => Ok(format!("tries {} again", hold.rule)),
                    None => Err(match stage {
                        Some(stage) => format!("{stage} has neither failed nor backs off here"),
                        None => "nothing has failed here".into(),
                    }),
                }
            }
            Self::Trigger { stage } => may_run(rule(member, stage)?, now),
            Self::Remedy { ladder } => may_run(rule(member, ladder)?, now),
            Self::Hold { stage } => {
                let wanted = stage.as_deref().unwrap_or("*");
                match held(member, wanted, HoldKind::Held) {
                    Some(hold) => Err(hold_said(hold, now)),
                    None => Ok("is held".into()),
                }
            }
            Self::Release { stage } => {
                let found = member.holds.iter().find(|h| concerns(h, stage.as_deref()));
                found
                    .map(|hold| format!("goes on; was {}", hold_said(hold, now)))
                    .ok_or_else(|| "nothing holds it".into())
            }
            Self::Skip { stage } => {
                rule(member, stage)?;
                match held(member, stage, HoldKind::Skipped) {
                    Some(hold) => Err(hold_said(hold, now)),
                    None => Ok(format!("{stage} leaves it alone")),
                }
            }
            Self::Refresh => Ok("is read afresh".into()),
            Self::Set { column, value } => {
                let wave = || member.row.wave.clone().map_or(Value::Null, Value::Text);
                let old = match column.as_str() {
                    "wave" => wave(),
                    _ => member.row.get(column).clone(),
                };
                if old == *value {
                    Err(format!("{column} is {value} already"))
                } else {
                    Ok(format!("{column}: {old} → {value}"))
                }
            }
        }
    }
}

fn concerns(hold: &Hold, rule: Option<&str>) -> bool {
    rule.is_none_or(|rule| hold.rule == rule || hold.rule == "*")
}

fn held<'a>(member: &'a Member, rule: &str, kind: HoldKind) -> Option<&'a Hold> {
    let same = |hold: &&Hold| hold.kind == kind && hold.rule == rule;
    member.holds.iter().find(same)
}

fn rule<'a>(member: &'a Member, name: &str) -> Result<&'a Explained, String> {
    let found = member.explained.iter().find(|e| e.rule == name);
    found.ok_or_else(|| format!("{name} is no rule of this row's pipeline"))
}

/// A row may be run now when every condition holds, no attempt is open, and no person said otherwise.
fn may_run(explained: &Explained, now: Time) -> Result<String, String> {
    let open = explained
        .queued
        .as_ref()
        .is_some_and(|q| matches!(q.state, QueueState::Running | QueueState::Waiting));
    if open {
        return Err("an attempt is open already".into());
    }
    if let Some(hold) = &explained.hold
        && matches!(hold.kind, HoldKind::Held | HoldKind::Skipped)
    {
        return Err(hold_said(hold, now));
    }
    if explained.conditions.iter().all(|c| c.met == Met::Yes) {
        Ok(format!("runs {} now", explained.rule))
    } else {
        Err(format!("not met: {}", unmet(explained, now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::waiting::tests::{explained, noon};
    use crate::model::actor::Actor;
    use crate::model::row::Row;

    fn member(met: Met, holds: Vec<Hold>) -> Member {
        Member {
            row: Row {
                id: RowId(1),
                key: "C02A".into(),
                values: [("fleet_team".to_owned(), Value::Text("No team".into()))].into(),
                wave: None,
                phase: None,
                phase_since: noon(),
                version: String::new(),
                created_at: noon(),
                updated_at: noon(),
            },
            explained: vec![explained("transfer", met)],
            holds,
        }
    }

    fn hold(kind: HoldKind) -> Hold {
        Hold {
            row: RowId(1),
            rule: "transfer".into(),
            kind,
            reason: "refused".into(),
            until: None,
            owner: None,
            by: Actor::Engine,
            attempt: None,
            fault: None,
            at: noon(),
        }
    }

    #[test]
    fn each_member_says_will_or_will_not_and_why() {
        let transfer = || "transfer".to_owned();
        let retry = || Deed::Retry {
            stage: Some(transfer()),
            from_start: false,
        };
        let team = |text: &str| Deed::Set {
            column: "fleet_team".into(),
            value: Value::Text(text.into()),
        };
        let release = Deed::Release { stage: None };
        let skip = Deed::Skip { stage: transfer() };
        let parked = || vec![hold(HoldKind::Parked)];
        for (deed, met, holds, will, part) in [
            (retry(), Met::Yes, parked(), true, "tries transfer again"),
            (retry(), Met::Yes, vec![], false, "neither failed nor"),
            (
                Deed::Trigger { stage: transfer() },
                Met::Yes,
                vec![],
                true,
                "runs transfer now",
            ),
            (
                Deed::Trigger { stage: transfer() },
                Met::No,
                vec![],
                false,
                "in the staging team",
            ),
            (
                Deed::Trigger { stage: "x".into() },
                Met::Yes,
                vec![],
                false,
                "no rule",
            ),
            (release.clone(), Met::Yes, parked(), true, "goes on"),
            (release, Met::Yes, vec![], false, "nothing holds it"),
            (
                skip.clone(),
                Met::Yes,
                vec![hold(HoldKind::Skipped)],
                false,
                "skipped by",
            ),
            (skip, Met::Yes, vec![], true, "leaves it alone"),
            (team("No team"), Met::Yes, vec![], false, "already"),
            (team("Staging"), Met::Yes, vec![], true, "No team → Staging"),
        ] {
            let verdict = deed.verdict(&member(met, holds), noon());
            assert_eq!(verdict.is_ok(), will, "{deed:?}: {verdict:?}");
            let said = verdict.unwrap_or_else(|why| why);
            assert!(said.contains(part), "{deed:?}: {said}");
        }
    }

    #[test]
    fn what_a_person_holds_is_not_run() {
        let mut member = member(Met::Yes, Vec::new());
        member.explained[0].hold = Some(hold(HoldKind::Held));
        let deed = Deed::Trigger {
            stage: "transfer".into(),
        };
        let why = deed.verdict(&member, noon()).unwrap_err();
        assert!(why.contains("held by drover"), "{why}");
    }
}
