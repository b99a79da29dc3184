use super::super::*;
use super::*;
use serde_json::json;

#[tokio::test]
async fn rows_are_found_ordered_and_counted() {
    let bench = Bench::new();
    let a = bench.set("C1", &[("fleet_id", Value::Integer(2))]).await;
    let b = bench
        .set("C2", &[("requested_at", Value::Time(noon()))])
        .await;
    let c = bench
        .set(
            "C3",
            &[
                ("fleet_id", Value::Integer(1)),
                ("extra", Value::Json(json!({"a": [1]}))),
            ],
        )
        .await;
    let ids = |query: Query| bench.store.read(move |v| v.ids(&query));
    let by = |column: &str, ascending| Query {
        order: vec![(column.to_owned(), ascending)],
        ..Query::all()
    };
    assert_eq!(ids(Query::all()).await.unwrap(), [a, b, c]);
    assert_eq!(ids(by("fleet_id", true)).await.unwrap(), [c, a, b]);
    assert_eq!(ids(by("fleet_id", false)).await.unwrap(), [a, c, b]);
    assert_eq!(ids(by("phase", true)).await.unwrap(), [b, a, c]);
    assert!(ids(by("nope", true)).await.is_err());
    let page = Query {
        offset: 1,
        limit: Some(1),
        ..Query::all()
    };
    assert_eq!(ids(page).await.unwrap(), [b]);
    assert_eq!(
        bench
            .ids("fleet_id IS NOT NULL AND phase IS NULL")
            .await
            .unwrap(),
        [a, c]
    );
    assert_eq!(
        bench
            .ids("requested_at < ago('0s') OR json_extract(extra, '$.a[0]') = 1")
            .await
            .unwrap(),
        [b, c]
    );
    assert_eq!(bench.ids("fleet_team = :staging_team").await.unwrap(), []);
    let query = Query {
        condition: Some("fleet_id > 0".into()),
        limit: Some(1),
        ..Query::all()
    };
    assert_eq!(bench.store.read(move |v| v.count(&query)).await.unwrap(), 2);
    let row = bench
        .store
        .read(|v| v.row_by_key("C3"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.get("extra"), &Value::Json(json!({"a": [1]})));
    assert_eq!(row.version, "v1");
    assert!(
        bench
            .store
            .read(|v| v.row_by_key("c3"))
            .await
            .unwrap()
            .is_none()
    );
}

/// A whole list is put in order here, a part of one by the database: both must come to the same.
#[tokio::test]
async fn a_whole_list_has_the_order_of_its_parts() {
    let bench = Bench::new();
    let asked = bench.store.write(|tx| {
        for n in 0..400_i64 {
            let (row, _) = tx.row_of(&format!("C{:03}", n * 191 % 400))?;
            let mut values = Values::new();
            if n % 5 > 0 {
                values.insert("fleet_id".into(), Value::Integer((n * 37 % 11) - 5));
            }
            if n % 3 > 0 {
                let team = ["", "a", "ab", "a longer name", "a longer nome", "ä", "b"];
                values.insert("fleet_team".into(), text(team[n as usize * 13 % 7]));
            }
            if n % 4 > 0 {
                let at = noon().plus(minutes(n * 29 % 17));
                values.insert("requested_at".into(), Value::Time(at));
            }
            tx.set(row, &values, &Cause::Schedule)?;
        }
        Ok(())
    });
    asked.await.unwrap();
    let columns = [
        "fleet_id",
        "fleet_team",
        "requested_at",
        "phase",
        "serial",
        "id",
        "wave",
    ];
    let pairs = columns
        .iter()
        .flat_map(|one| columns.map(|two| (*one, two)));
    for (n, (one, two)) in pairs.enumerate() {
        let query = Query {
            condition: (n % 2 > 0).then(|| "fleet_id IS NOT 3".to_owned()),
            order: vec![(one.to_owned(), n % 3 > 0), (two.to_owned(), n % 4 > 1)],
            ..Query::all()
        };
        let part = Query {
            limit: Some(1_000),
            ..query.clone()
        };
        let halved = query.clone();
        let whole = bench.store.read(move |v| v.ids(&query)).await.unwrap();
        let parts = bench.store.read(move |v| v.ids(&part)).await.unwrap();
        let halves = bench.store.read(move |v| {
            let half = |after| v.half(&halved, RowId(150), after);
            v.joined(&halved, half(false)?, half(true)?)
        });
        assert!(whole.len() > 300);
        assert_eq!(whole, parts, "by {one}, then {two}");
        assert_eq!(whole, halves.await.unwrap(), "by {one}, then {two}");
    }
}

#[tokio::test]
async fn a_list_changes_only_with_what_it_reads() {
    let bench = Bench::new();
    let row = bench.set("C1", &[("fleet_id", Value::Integer(2))]).await;
    let list = |condition: Option<&str>, order: Option<&str>| Query {
        condition: condition.map(str::to_owned),
        order: order.map(|o| (o.to_owned(), true)).into_iter().collect(),
        ..Query::all()
    };
    let lists = [
        list(None, None),
        list(Some("fleet_id = 2"), None),
        list(None, Some("fleet_team")),
        list(None, Some("phase_since")),
        list(None, Some("updated_at")),
        list(Some("requested_at < ago('1m')"), None),
    ];
    let changed = async |since: i64| {
        let lists = lists.clone();
        let found = bench.store.read(move |view| {
            lists
                .iter()
                .map(|list| view.list_changed(list, since))
                .collect::<Result<Vec<_>, _>>()
        });
        found.await.unwrap()
    };
    let newest = async || bench.store.read(|view| view.newest_change()).await.unwrap();
    let before = newest().await;
    assert_eq!(
        changed(before).await,
        [false, false, false, false, false, true]
    );
    bench.set("C1", &[("fleet_team", text("Staging"))]).await;
    assert_eq!(
        changed(before).await,
        [false, false, true, false, true, true]
    );
    let before = newest().await;
    bench
        .set("C1", &[("requested_at", Value::Time(noon()))])
        .await;
    assert_eq!(
        changed(before).await,
        [false, false, false, true, true, true]
    );
    let before = newest().await;
    bench.set("C2", &[]).await;
    assert!(changed(before).await.iter().all(|changed| *changed));
    assert!(row.0 > 0);
}

#[tokio::test]
async fn an_operators_condition_reads_the_row_and_does_nothing_else() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    for condition in [
        "1) OR (1",
        "1; DROP TABLE device",
        "EXISTS (SELECT 1 FROM attempt)",
        "serial IN (SELECT serial FROM device)",
        "serial IN event",
        "random() > 0",
        "load_extension('x')",
        "serial = :nope",
        "serial = ?1",
        "count(*) > 0",
        "nope",
        "requested_at < ago('soon')",
        "zeroblob(1000000000) IS NOT NULL",
    ] {
        let refused = bench.ids(condition).await;
        assert!(
            matches!(refused, Err(StoreError::Bad(_))),
            "{condition}: {refused:?}"
        );
    }
    assert_eq!(
        bench
            .ids("created_at IS NOT NULL AND id > 0")
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_condition_that_takes_too_long_is_interrupted() {
    let bench = Bench::new();
    bench
        .store
        .write(|tx| {
            for n in 0..2_000 {
                tx.row_of(&format!("C{n}"))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let found = bench
        .store
        .read(|view| {
            let _limited = view.context.limited(std::time::Duration::ZERO);
            view.one(
                "SELECT count(*) FROM device a, device b, device c WHERE a.serial > b.serial || c.serial",
                [],
                |row| row.get::<_, i64>(0),
            )
        })
        .await;
    assert!(found.unwrap_err().to_string().contains("too long"));
    assert_eq!(
        bench.ids("id = 1").await.unwrap().len(),
        1,
        "the connection is good again"
    );
}

#[tokio::test]
async fn a_column_changes_only_when_its_value_does_and_every_change_stays() {
    let bench = Bench::new();
    let row = bench.set("C1", &[("fleet_id", Value::Integer(7))]).await;
    bench.clock.turn(minutes(1));
    let set = |values: &[(&str, Value)]| {
        let values = values_of(values);
        bench
            .store
            .write(move |tx| tx.set(row, &values, &Cause::Event(EventId(5))))
    };
    assert!(
        set(&[("fleet_id", Value::Integer(7)), ("serial", text("C1"))])
            .await
            .unwrap()
            .is_empty()
    );
    let before = bench
        .store
        .read(move |v| v.row(row))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(before.updated_at, noon());
    assert_eq!(
        set(&[("fleet_id", Value::Integer(8))]).await.unwrap(),
        ["fleet_id"]
    );
    let changes = bench
        .store
        .read(move |v| v.changes_of(row, 9))
        .await
        .unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|c| (c.column.as_str(), &c.old, &c.new))
        .collect();
    assert_eq!(
        told,
        [
            ("fleet_id", &Value::Integer(7), &Value::Integer(8)),
            ("fleet_id", &Value::Null, &Value::Integer(7)),
            ("serial", &Value::Null, &text("C1")),
        ]
    );
    assert_eq!(changes[0].cause, Cause::Event(EventId(5)));
    let was = bench
        .store
        .read(|v| v.rows_at(&Query::all(), noon()))
        .await
        .unwrap();
    assert_eq!(was[0].get("fleet_id"), &Value::Integer(7));
    for bad in [
        ("nope", text("x")),
        ("fleet_id", text("x")),
        ("serial", text("C9")),
        ("serial", Value::Null),
    ] {
        assert!(matches!(set(&[bad]).await, Err(StoreError::Bad(_))));
    }
    assert!(bench.store.write(|tx| tx.row_of("  ")).await.is_err());
}
