//! What the store remembers of itself.

use super::handle::StoreError;
use super::sql::Result;
use crate::model::rule::{ActRule, CheckRule, Condition, PhaseRule, Rule, RuleKind, Rules};
use crate::model::time::Time;
use crate::model::value::Value;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub(super) fn get(conn: &Connection, name: &str) -> Result<Option<String>> {
    Ok(conn
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

pub(super) fn set(conn: &Connection, name: &str, value: &str) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}

/// The rules as text, so that a reader in another process explains gates without the pipeline.
#[derive(Serialize, Deserialize)]
struct KeptRules {
    version: String,
    params: Vec<(String, KeptValue)>,
    rules: Vec<KeptRule>,
    phases: Vec<(String, String)>,
    #[serde(default)]
    wave: Option<String>,
    proof: Vec<(String, String)>,
    acts: Vec<KeptAct>,
    #[serde(default)]
    checks: Vec<CheckRule>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptValue {
    Null,
    Text(String),
    Integer(i64),
    Boolean(bool),
    Time(Time),
    Json(Json),
}

#[derive(Serialize, Deserialize)]
struct KeptRule {
    name: String,
    kind: RuleKind,
    waves: bool,
    checks: Vec<String>,
    conditions: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct KeptAct {
    name: String,
    title: String,
    conditions: Vec<(String, String)>,
}

pub(super) fn write_rules(conn: &Connection, rules: &Rules) -> Result<()> {
    let kept = KeptRules {
        version: rules.version.clone(),
        params: rules
            .params
            .iter()
            .map(|(name, value)| (name.clone(), keep(value)))
            .collect(),
        rules: rules.rules.iter().map(keep_rule).collect(),
        phases: rules
            .phases
            .iter()
            .map(|phase| (phase.name.clone(), phase.when.clone()))
            .collect(),
        wave: rules.wave.clone(),
        proof: keep_conditions(&rules.proof),
        acts: rules.acts.iter().map(keep_act).collect(),
        checks: rules.checks.clone(),
    };
    let text = serde_json::to_string(&kept).map_err(|error| StoreError::Bad(error.to_string()))?;
    set(conn, "rules", &text)?;
    set(conn, "rules_version", &rules.version)
}

pub(super) fn read_rules(conn: &Connection) -> Result<Rules> {
    let text = get(conn, "rules")?.ok_or_else(|| {
        StoreError::Bad("the store has no rules yet; start the engine once".into())
    })?;
    let kept: KeptRules = serde_json::from_str(&text)
        .map_err(|error| StoreError::Broken(format!("the remembered rules: {error}")))?;
    Ok(Rules {
        version: kept.version,
        params: kept
            .params
            .into_iter()
            .map(|(name, value)| (name, unkeep(value)))
            .collect(),
        rules: kept.rules.into_iter().map(unkeep_rule).collect(),
        phases: kept
            .phases
            .into_iter()
            .map(|(name, when)| PhaseRule { name, when })
            .collect(),
        wave: kept.wave,
        proof: unkeep_conditions(kept.proof),
        acts: kept.acts.into_iter().map(unkeep_act).collect(),
        checks: kept.checks,
    })
}

fn keep_rule(rule: &Rule) -> KeptRule {
    KeptRule {
        name: rule.name.clone(),
        kind: rule.kind,
        waves: rule.waves,
        checks: rule.checks.clone(),
        conditions: keep_conditions(&rule.conditions),
    }
}

fn keep_act(act: &ActRule) -> KeptAct {
    KeptAct {
        name: act.name.clone(),
        title: act.title.clone(),
        conditions: keep_conditions(&act.conditions),
    }
}

fn unkeep_act(kept: KeptAct) -> ActRule {
    ActRule {
        name: kept.name,
        title: kept.title,
        conditions: unkeep_conditions(kept.conditions),
    }
}

fn keep_conditions(conditions: &[Condition]) -> Vec<(String, String)> {
    let keep = |one: &Condition| (one.title.clone(), one.sql.clone());
    conditions.iter().map(keep).collect()
}

fn unkeep_conditions(kept: Vec<(String, String)>) -> Vec<Condition> {
    let unkeep = |(title, sql)| Condition::new(title, sql);
    kept.into_iter().map(unkeep).collect()
}

fn unkeep_rule(kept: KeptRule) -> Rule {
    Rule {
        name: kept.name,
        kind: kept.kind,
        waves: kept.waves,
        checks: kept.checks,
        conditions: unkeep_conditions(kept.conditions),
    }
}

fn keep(value: &Value) -> KeptValue {
    match value {
        Value::Null => KeptValue::Null,
        Value::Text(text) => KeptValue::Text(text.clone()),
        Value::Integer(number) => KeptValue::Integer(*number),
        Value::Boolean(yes) => KeptValue::Boolean(*yes),
        Value::Time(at) => KeptValue::Time(*at),
        Value::Json(json) => KeptValue::Json(json.clone()),
    }
}

fn unkeep(kept: KeptValue) -> Value {
    match kept {
        KeptValue::Null => Value::Null,
        KeptValue::Text(text) => Value::Text(text),
        KeptValue::Integer(number) => Value::Integer(number),
        KeptValue::Boolean(yes) => Value::Boolean(yes),
        KeptValue::Time(at) => Value::Time(at),
        KeptValue::Json(json) => Value::Json(json),
    }
}

/// The store's own id, made once: operations are told apart by it across stores.
pub(super) fn store_id(conn: &Connection) -> Result<String> {
    Ok(get(conn, "id")?.unwrap_or_default())
}

pub(super) fn name_store(conn: &Connection) -> Result<()> {
    if get(conn, "id")?.is_none() {
        set(conn, "id", &crate::model::random::Random::system().uuid())?;
    }
    Ok(())
}
