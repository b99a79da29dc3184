use super::*;
use crate::model::rule::ColumnShape;
use crate::model::value::ValueType;

fn shape() -> Shape {
    let column = |name: &str, kind| ColumnShape {
        name: name.into(),
        kind,
    };
    Shape {
        subject: "device".into(),
        key: "serial".into(),
        columns: vec![
            column("serial", ValueType::Text),
            column("fleet_id", ValueType::Integer),
            column("connected", ValueType::Boolean),
            column("asked_at", ValueType::Time),
        ],
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_sound_condition_tells_the_columns_and_settings_it_reads() {
    let judge = Judge::new().unwrap();
    for (sql, columns, settings) in [
        ("connected", &["connected"][..], &[][..]),
        (
            "serial LIKE :prefix AND fleet_id > 3",
            &["fleet_id", "serial"],
            &["prefix"],
        ),
        (
            "asked_at < ago(:stuck_after)",
            &["asked_at"],
            &["stuck_after"],
        ),
        ("asked_at < ago('10m')", &["asked_at"], &[]),
        ("wave IS NULL OR phase = 'Moved'", &["phase", "wave"], &[]),
        ("device.serial IN ('a', 'b')", &["serial"], &[]),
        (
            "CASE WHEN connected THEN 1 ELSE fleet_id BETWEEN 1 AND 2 END",
            &["connected", "fleet_id"],
            &[],
        ),
        ("max(fleet_id, 2) = 2", &["fleet_id"], &[]),
        ("1", &[], &[]),
    ] {
        let reads = judge.judge(&shape(), sql).unwrap();
        assert_eq!(reads.columns, names(columns), "{sql}");
        assert_eq!(reads.settings, names(settings), "{sql}");
    }
}

#[test]
fn a_condition_that_is_more_than_a_question_about_the_row_is_refused() {
    let judge = Judge::new().unwrap();
    for (sql, why) in [
        ("fleet_idd = 1", "no such column: fleet_idd"),
        ("\"nope\" = 1", "no such column"),
        ("created_at IS NULL", "no such column: created_at"),
        ("rowid = 1", "no such column"),
        ("1) OR (1", "parenthesis"),
        ("1; DELETE FROM device", "semicolon"),
        ("1 -- x", "comments"),
        ("(SELECT 1)", "subquery"),
        ("EXISTS (SELECT 1 FROM device)", "subquery"),
        ("serial IN (SELECT serial FROM sqlite_schema)", "subquery"),
        ("random() = 1", "function random"),
        ("asked_at < datetime('now')", "function datetime"),
        ("asked_at < CURRENT_TIMESTAMP", "function current_timestamp"),
        ("strftime('%s', asked_at) > 1", "function strftime"),
        ("load_extension('x')", "function load_extension"),
        ("printf('%100000000d', 1) = ''", "function printf"),
        ("count(*) > 1", "count"),
        ("max(fleet_id) = 1", "misuse of aggregate"),
        ("row_number() OVER () = 1", "row_number"),
        ("serial MATCH 'x'", "match"),
        ("fleet_id = ?", "no meaning"),
        ("fleet_id = :Upper", "no setting's name"),
        ("fleet_id =", "syntax error"),
        ("fleet_id, serial", "row value"),
        ("DELETE FROM device", "syntax error"),
        ("", "empty"),
    ] {
        let refused = judge.judge(&shape(), sql);
        let Err(sentence) = refused else {
            panic!("{sql} was taken: {refused:?}");
        };
        assert!(
            sentence.to_lowercase().contains(&why.to_lowercase()),
            "{sql}: {sentence}"
        );
    }
}

#[test]
fn a_condition_is_weighed_for_a_row_that_exists_nowhere() {
    let judge = Judge::new().unwrap();
    let now = Time::parse("2026-03-02T12:00:00Z").unwrap();
    let row: Values = [
        ("serial".to_owned(), Value::Text("C1".into())),
        ("asked_at".to_owned(), Value::Time(now)),
        ("phase".to_owned(), Value::Text("Moved".into())),
    ]
    .into();
    let params: Values = [("stuck_after".to_owned(), Value::Text("10m".into()))].into();
    let weigh = |sql: &str, at: Time| judge.weigh(&shape(), &params, &row, at, sql);
    assert_eq!(weigh("serial = 'C1'", now), Ok(Some(true)));
    assert_eq!(weigh("serial", now), Ok(Some(false)), "text is no number");
    assert_eq!(weigh("connected", now), Ok(None));
    assert_eq!(weigh("phase = 'Moved'", now), Ok(Some(true)));
    let late = now.plus(crate::model::time::Span::from_mins(10));
    assert_eq!(weigh("asked_at < ago(:stuck_after)", now), Ok(Some(false)));
    assert_eq!(weigh("asked_at < ago(:stuck_after)", late), Ok(Some(true)));
    assert!(weigh("nope", now).is_err());
    assert_eq!(
        judge.weigh(&shape(), &params, &Values::new(), now, "serial IS NULL"),
        Ok(Some(true))
    );
}
