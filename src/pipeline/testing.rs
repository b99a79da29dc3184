//! For this layer's tests: an action catalogue of its own, and an SQL judge just good enough to compile and weigh.

use crate::model::action::{ActionSpec, Catalogue, Field, Nature};
use crate::model::judge::{Reads, SqlJudge};
use crate::model::row::Values;
use crate::model::rule::Shape;
use crate::model::time::{Span, Time};
use crate::model::value::{Value, ValueType};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, functions::FunctionFlags};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use ValueType::{Boolean, Integer, Json, Text, Time as Moment};

const fn must(name: &'static str, kind: ValueType) -> Field {
    Field::required(name, kind, "For tests.")
}

const fn may(name: &'static str, kind: ValueType) -> Field {
    Field::optional(name, kind, "For tests.")
}

const fn action(
    name: &'static str,
    nature: Nature,
    inputs: &'static [Field],
    outputs: &'static [Field],
) -> ActionSpec {
    ActionSpec {
        name,
        about: "For tests.",
        nature,
        inputs,
        outputs,
        destructive: matches!(nature, Nature::Once),
        settle: Span::ZERO,
        probe: matches!(nature, Nature::Once),
    }
}

const HOST: &[Field] = &[
    must("id", Integer),
    may("uuid", Text),
    must("hardware_serial", Text),
    may("hardware_model", Text),
    may("computer_name", Text),
    may("os_version", Text),
    must("online", Boolean),
    may("detail_updated_at", Moment),
    may("last_mdm_enrolled_at", Moment),
    may("team_id", Integer),
    may("team_name", Text),
    may("filevault_status", Text),
    may("mdm_enrollment_status", Text),
    may("mdm_server_url", Text),
    must("connected_to_fleet", Boolean),
    may("user", Text),
    may("email", Text),
    must("url", Text),
];
const PAGE: &[Field] = &[
    must("items", Json),
    may("cursor", Json),
    must("more", Boolean),
];
const COMPUTER: &[Field] = &[
    must("id", Text),
    may("udid", Text),
    must("serial", Text),
    may("managed", Boolean),
    may("management_id", Text),
];
const MATCH: &[Field] = &[must("serial", Text), may("udid", Text)];

static ACTIONS: &[ActionSpec] = &[
    action(
        "fleet.find_host",
        Nature::Read,
        &[must("serial", Text), may("uuid", Text)],
        HOST,
    ),
    action("fleet.get_host", Nature::Read, &[must("id", Integer)], HOST),
    action(
        "fleet.list_hosts",
        Nature::Read,
        &[may("cursor", Json), may("per_page", Integer)],
        PAGE,
    ),
    action(
        "fleet.list_activities",
        Nature::Read,
        &[may("cursor", Json), may("types", Json)],
        PAGE,
    ),
    action(
        "fleet.refetch_host",
        Nature::Repeatable,
        &[must("id", Integer)],
        &[],
    ),
    action(
        "fleet.transfer_host",
        Nature::Repeatable,
        &[
            must("host_id", Integer),
            must("team", Text),
            must("serial", Text),
            may("uuid", Text),
        ],
        &[must("team_id", Integer), must("team_name", Text)],
    ),
    action(
        "fleet.run_script",
        Nature::Once,
        &[
            must("host_id", Integer),
            must("serial", Text),
            may("uuid", Text),
            may("script", Text),
            may("contents", Text),
        ],
        &[must("execution_id", Text)],
    ),
    action(
        "fleet.script_result",
        Nature::Read,
        &[must("execution_id", Text)],
        &[
            must("state", Text),
            may("exit_code", Integer),
            may("output", Text),
            may("message", Text),
            must("finished", Boolean),
        ],
    ),
    action("jamf.find_computer", Nature::Read, MATCH, COMPUTER),
    action(
        "jamf.mark_unmanaged",
        Nature::Repeatable,
        &[must("id", Text), must("serial", Text), may("udid", Text)],
        &[],
    ),
    action(
        "jamf.remove_mdm_profile",
        Nature::Once,
        &[must("id", Text), must("serial", Text), may("udid", Text)],
        &[must("command_uuid", Text), may("management_id", Text)],
    ),
    action(
        "jamf.command_status",
        Nature::Read,
        &[must("command_uuid", Text)],
        &[
            must("found", Boolean),
            may("state", Text),
            must("finished", Boolean),
            must("failed", Boolean),
        ],
    ),
    action(
        "jamf.blank_push",
        Nature::Repeatable,
        &[must("management_id", Text)],
        &[must("accepted", Boolean)],
    ),
    action(
        "slack.post",
        Nature::Once,
        &[must("text", Text), may("channel", Text)],
        &[may("ts", Text), may("channel", Text)],
    ),
];

pub(super) fn catalogue() -> Catalogue {
    Catalogue::new(ACTIONS)
}

/// Compiles and weighs with SQLite, in memory, one question at a time.
pub(super) struct Judge;

/// The table of a shape, and the columns the next statement is seen to read.
fn table(shape: &Shape, now: Time) -> (Connection, Arc<Mutex<BTreeSet<String>>>) {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)
        .unwrap();
    let columns: Vec<_> = shape
        .columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let own = "wave, phase, created_at, updated_at";
    conn.execute_batch(&format!("CREATE TABLE t ({}, {own})", columns.join(", ")))
        .unwrap();
    let flags = FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("ago", 1, flags, move |context| {
        let span = Span::parse(&context.get::<String>(0)?)
            .map_err(|e| rusqlite::Error::UserFunctionError(e.into()))?;
        Ok(now.minus(span).to_string())
    })
    .unwrap();
    let read = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&read);
    let watch = move |context: AuthContext<'_>| {
        if let AuthAction::Read { column_name, .. } = context.action {
            seen.lock().unwrap().insert(column_name.to_owned());
        }
        Authorization::Allow
    };
    conn.authorizer(Some(watch)).unwrap();
    (conn, read)
}

impl SqlJudge for Judge {
    fn judge(&self, shape: &Shape, sql: &str) -> Result<Reads, String> {
        let (conn, read) = table(shape, Time::from_millis(0));
        let statement = conn
            .prepare(&format!("SELECT 1 FROM t WHERE ({sql})"))
            .map_err(|error| {
                let text = error.to_string();
                text.split(" in SELECT")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })?;
        let names = (1..=statement.parameter_count()).filter_map(|n| statement.parameter_name(n));
        let settings = names
            .map(|name| name.trim_start_matches(':').to_owned())
            .collect();
        let columns = read
            .lock()
            .unwrap()
            .iter()
            .filter(|name| !name.is_empty())
            .cloned()
            .collect();
        Ok(Reads { columns, settings })
    }

    fn weigh(
        &self,
        shape: &Shape,
        params: &Values,
        row: &Values,
        now: Time,
        sql: &str,
    ) -> Result<Option<bool>, String> {
        let (conn, _) = table(shape, now);
        let told = |error: rusqlite::Error| error.to_string();
        let names: Vec<_> = row.keys().map(|name| format!("\"{name}\"")).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let insert = format!("INSERT INTO t ({}) VALUES ({marks})", names.join(", "));
        conn.execute(&insert, rusqlite::params_from_iter(row.values().map(bound)))
            .map_err(told)?;
        let mut statement = conn
            .prepare(&format!("SELECT NOT ({sql}) FROM t"))
            .map_err(told)?;
        for n in 1..=statement.parameter_count() {
            let name = statement
                .parameter_name(n)
                .unwrap_or_default()
                .trim_start_matches(':')
                .to_owned();
            let value = params
                .get(&name)
                .map_or(rusqlite::types::Value::Null, bound);
            statement.raw_bind_parameter(n, value).map_err(told)?;
        }
        let mut rows = statement.raw_query();
        let not: Option<bool> = rows.next().map_err(told)?.unwrap().get(0).map_err(told)?;
        Ok(not.map(|not| !not))
    }
}

fn bound(value: &Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Sql;
    match value {
        Value::Null => Sql::Null,
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Integer(number) => Sql::Integer(*number),
        Value::Boolean(yes) => Sql::Integer(i64::from(*yes)),
        Value::Time(at) => Sql::Text(at.to_string()),
        Value::Json(json) => Sql::Text(json.to_string()),
    }
}
