use super::super::*;
use super::*;
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn a_second_engine_on_the_same_store_is_refused_and_told_who_holds_it() {
    let bench = Bench::new();
    let Err(StoreError::Locked(who)) = Store::open(&bench.path(), setup(&bench.clock)) else {
        panic!("it opened twice");
    };
    assert!(
        who.contains(&format!("pid {}", std::process::id())),
        "{who}"
    );
    bench.reopen(|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_store_of_a_newer_schema_or_of_another_program_is_refused() {
    let bench = Bench::new();
    let path = bench.path();
    bench.store.close().await;
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    conn.close().unwrap();
    let newer = Store::open(&path, setup(&bench.clock)).err().unwrap();
    assert!(newer.to_string().contains("newer drover"), "{newer}");
    let newer = Reader::open(&path).err().unwrap();
    assert!(newer.to_string().contains("newer drover"), "{newer}");
    let other = bench.dir.path().join("other.db");
    let conn = rusqlite::Connection::open(&other).unwrap();
    conn.execute_batch("CREATE TABLE x (a)").unwrap();
    conn.close().unwrap();
    let foreign = Store::open(&other, setup(&bench.clock)).err().unwrap();
    assert!(foreign.to_string().contains("another program"), "{foreign}");
    let missing = Reader::open(&bench.dir.path().join("none.db"))
        .err()
        .unwrap();
    assert!(missing.to_string().contains("is not there"), "{missing}");
}

#[tokio::test]
async fn the_file_is_private_even_if_it_was_not() {
    let bench = Bench::new();
    let path = bench.path();
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let bench = bench.reopen(|_| {}).await.unwrap();
    assert_eq!(
        std::fs::metadata(bench.path())
            .unwrap()
            .permissions()
            .mode()
            & 0o037,
        0
    );
    let link = bench.dir.path().join("link.db");
    std::os::unix::fs::symlink(bench.path(), &link).unwrap();
    let refused = Store::open(&link, setup(&bench.clock)).err().unwrap();
    assert!(refused.to_string().contains("plain file"), "{refused}");
}

#[tokio::test]
async fn a_pipeline_may_gain_columns_but_not_change_their_type() {
    let bench = Bench::new();
    let row = bench.set("C1", &[("fleet_id", Value::Integer(7))]).await;
    let bench = bench
        .reopen(|setup| {
            setup.shape.columns.push(ColumnShape {
                name: "email".into(),
                kind: ValueType::Text,
            });
            setup.shape.columns.retain(|c| c.name != "extra");
        })
        .await
        .unwrap();
    bench.set("C1", &[("email", text("a@example.com"))]).await;
    let bench = bench.reopen(|_| {}).await.unwrap();
    let found = bench
        .store
        .read(move |v| v.row(row))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.get("fleet_id"), &Value::Integer(7));
    assert!(!found.values.contains_key("email"), "no longer declared");
    let refused = bench
        .reopen(|setup| {
            setup.shape.columns.push(ColumnShape {
                name: "email".into(),
                kind: ValueType::Integer,
            });
        })
        .await;
    let sentence = refused.err().unwrap().to_string();
    assert!(sentence.contains("\"email\" is of type text"), "{sentence}");
}

#[tokio::test]
async fn shapes_and_rules_that_cannot_work_are_refused_by_name() {
    type Change = fn(&mut Setup);
    let cases: [(Change, &str); 7] = [
        (|s| s.shape.subject = "event".into(), "event"),
        (|s| s.shape.key = "none".into(), "\"none\" is not declared"),
        (
            |s| s.shape.columns[1].name = "wave".into(),
            "\"wave\" is the store's own",
        ),
        (
            |s| s.rules.rules[1].conditions[0] = Condition::new("odd", "nope = 1"),
            "no such column: nope",
        ),
        (
            |s| s.rules.rules[1].conditions[0] = Condition::new("odd", "fleet_id = :nope"),
            "no setting \"nope\"",
        ),
        (
            |s| s.rules.phases[0].when = "phase IS NULL".into(),
            "cannot depend on the phase",
        ),
        (
            |s| {
                s.rules.params.insert("stuck_after".into(), text("soon"));
            },
            "no span",
        ),
    ];
    for (change, wanted) in cases {
        let dir = tempfile::tempdir().unwrap();
        let mut setup = setup(&Clock::manual(noon()));
        change(&mut setup);
        let refused = Store::open(&dir.path().join("drover.db"), setup)
            .err()
            .unwrap();
        assert!(refused.to_string().contains(wanted), "{refused}");
    }
}

#[tokio::test]
async fn new_rules_make_the_queue_anew_and_entries_that_stay_keep_their_since() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    bench.clock.turn(minutes(5));
    let bench = bench
        .reopen(|setup| {
            setup.rules.version = "v2".into();
            setup.rules.rules[0].conditions = vec![Condition::new("connected", "connected")];
            setup.rules.phases[1].when = "connected".into();
        })
        .await
        .unwrap();
    let queued = bench.store.read(move |v| v.queued(row)).await.unwrap();
    let told: Vec<_> = queued.iter().map(|q| (q.rule.as_str(), q.since)).collect();
    assert_eq!(
        told,
        [("unenroll", noon().plus(minutes(5))), ("transfer", noon())]
    );
    let found = bench
        .store
        .read(move |v| v.row(row))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.phase.as_deref(), Some("Leaving"));
}

#[tokio::test]
async fn a_reader_sees_what_was_committed_with_an_engine_and_without() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let reader = Reader::open(&bench.path()).unwrap();
    assert_eq!(reader.shape(), &shape());
    let before = reader.revision().unwrap();
    let explained = reader.look(|v| v.explain(row, noon())).unwrap();
    assert!(explained[1].queued.is_some());
    bench.set("C2", &movable()).await;
    assert_ne!(reader.revision().unwrap(), before);
    assert_eq!(reader.look(|v| v.count(&Query::all())).unwrap(), 2);
    let path = bench.path();
    bench.store.close().await;
    assert_eq!(reader.look(|v| v.count(&Query::all())).unwrap(), 2);
    drop(reader);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        reader
            .look(|v| v.ready("transfer", noon(), 9))
            .unwrap()
            .len(),
        2
    );
    let written = reader.look(|v| Ok(v.context.conn.execute("DELETE FROM queue", [])?));
    assert!(written.is_err(), "a reader cannot write");
}
