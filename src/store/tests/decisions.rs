use super::super::*;
use super::*;
use serde_json::json;

#[tokio::test]
async fn a_row_enters_a_queue_when_its_last_condition_comes_true_and_leaves_when_one_does_not() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()[..2]).await;
    assert!(bench.ready("transfer").await.is_empty());
    bench.set("C1", &movable()).await;
    assert_eq!(bench.ready("transfer").await, [row]);
    bench.set("C1", &[("fleet_team", text("No team"))]).await;
    assert!(bench.ready("transfer").await.is_empty());
}

#[tokio::test]
async fn an_ago_condition_puts_the_row_in_the_queue_with_its_moment() {
    let bench = Bench::new();
    let row = bench
        .set(
            "C1",
            &[
                ("requested_at", Value::Time(noon())),
                ("mdm_server_url", text("https://jamf.example.com/mdm")),
            ],
        )
        .await;
    let due = noon().plus(minutes(10));
    assert!(bench.ready("stuck_in_jamf").await.is_empty());
    let next = bench
        .store
        .read(|view| view.next_due(noon()))
        .await
        .unwrap();
    assert_eq!(next, Some(due));
    bench.clock.turn(Span::from_millis(10 * 60_000 - 1));
    assert!(bench.ready("stuck_in_jamf").await.is_empty());
    let early = bench.clock.now();
    assert!(
        !bench
            .store
            .read(move |v| v.gate_holds(row, "stuck_in_jamf", early))
            .await
            .unwrap()
    );
    bench.clock.turn(Span::from_millis(1));
    assert_eq!(bench.ready("stuck_in_jamf").await, [row]);
    assert!(
        bench
            .store
            .read(move |v| v.gate_holds(row, "stuck_in_jamf", due))
            .await
            .unwrap()
    );
    bench.set("C1", &[("requested_at", Value::Time(due))]).await;
    assert!(
        bench.ready("stuck_in_jamf").await.is_empty(),
        "asked again, so it waits again"
    );
}

#[tokio::test]
async fn a_column_never_read_keeps_an_ago_condition_out_of_the_queue() {
    let bench = Bench::new();
    let row = bench
        .set(
            "C1",
            &[("mdm_server_url", text("https://jamf.example.com/mdm"))],
        )
        .await;
    assert_eq!(bench.state(row, "stuck_in_jamf").await, None);
    let explained = bench
        .store
        .read(move |v| v.explain(row, noon()))
        .await
        .unwrap();
    let first = &explained[2].conditions[0];
    assert_eq!((first.met, first.due), (Met::Unknown, None));
    assert_eq!(first.reads, [("requested_at".to_owned(), json!(null))]);
}

#[tokio::test]
async fn an_explanation_shows_each_condition_with_what_it_reads_and_since_when() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    bench.clock.turn(minutes(14));
    bench.set("C1", &[("fleet_team", text("No team"))]).await;
    let now = bench.clock.now();
    let explained = bench
        .store
        .read(move |v| v.explain(row, now))
        .await
        .unwrap();
    let transfer = &explained[1];
    assert_eq!(transfer.rule, "transfer");
    assert_eq!(transfer.queued, None);
    let met: Vec<_> = transfer.conditions.iter().map(|c| c.met).collect();
    assert_eq!(met, [Met::Yes, Met::No, Met::Yes, Met::Yes]);
    let team = &transfer.conditions[1];
    assert_eq!(team.title, "in the staging team");
    assert_eq!(team.reads, [("fleet_team".to_owned(), json!("No team"))]);
    assert_eq!(team.since, Some(now));
    assert_eq!(transfer.conditions[0].since, Some(noon()));
    assert_eq!(transfer.conditions[2].since, None, "it was never written");
}

#[tokio::test]
async fn phases_follow_the_columns_and_are_counted_in_the_pipelines_order() {
    let bench = Bench::new();
    let row = bench
        .set("C1", &[("requested_at", Value::Time(noon()))])
        .await;
    bench.set("C2", &[]).await;
    bench.clock.turn(minutes(3));
    bench
        .set("C1", &[("transferred_at", Value::Time(noon()))])
        .await;
    let (found, phases, changes) = bench
        .store
        .read(move |v| Ok((v.row(row)?.unwrap(), v.phases()?, v.changes_of(row, 9)?)))
        .await
        .unwrap();
    assert_eq!(found.phase.as_deref(), Some("Moved"));
    assert_eq!(found.phase_since, noon().plus(minutes(3)));
    assert_eq!(
        phases,
        [
            (Some("Moved".to_owned()), 1),
            (Some("Leaving".to_owned()), 0),
            (None, 1)
        ]
    );
    assert_eq!(changes[0].column, "phase");
    assert_eq!(
        (&changes[0].old, &changes[0].new),
        (&text("Leaving"), &text("Moved"))
    );
}

#[tokio::test]
async fn a_back_off_moves_the_due_moment_and_a_hold_on_everything_covers_every_rule() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let until = noon().plus(minutes(5));
    bench
        .store
        .write(move |tx| tx.hold(hold(row, "transfer", HoldKind::BackingOff, Some(until))))
        .await
        .unwrap();
    assert_eq!(
        bench.state(row, "transfer").await,
        Some(QueueState::BackingOff)
    );
    assert!(bench.ready("transfer").await.is_empty());
    let counts = bench.store.read(|v| v.counts(noon())).await.unwrap();
    assert_eq!((counts[1].queued, counts[1].backing_off), (0, 1));
    bench.clock.turn_to(until);
    assert_eq!(bench.ready("transfer").await, [row], "the back-off is over");
    let counts = bench.store.read(move |v| v.counts(until)).await.unwrap();
    assert_eq!((counts[1].queued, counts[1].backing_off), (1, 0));
    bench
        .store
        .write(move |tx| tx.hold(hold(row, "*", HoldKind::Held, None)))
        .await
        .unwrap();
    assert_eq!(bench.state(row, "transfer").await, Some(QueueState::Held));
    let counts = bench.store.read(move |v| v.counts(until)).await.unwrap();
    assert_eq!((counts[1].queued, counts[1].held), (0, 1));
    bench
        .set("C1", &[("connected", Value::Boolean(false))])
        .await;
    let counts = bench.store.read(move |v| v.counts(until)).await.unwrap();
    assert_eq!(counts[1].held, 0, "a hold counts only while the gate holds");
    bench
        .set("C1", &[("connected", Value::Boolean(true))])
        .await;
    assert!(
        bench
            .store
            .write(move |tx| tx.release(row, "*", false))
            .await
            .unwrap()
    );
    assert!(
        !bench
            .store
            .write(move |tx| tx.release(row, "*", false))
            .await
            .unwrap()
    );
    assert_eq!(bench.ready("transfer").await, [row]);
}

#[tokio::test]
async fn an_entry_keeps_its_since_while_it_stays_and_the_longest_waiting_comes_first() {
    let bench = Bench::new();
    let first = bench.set("C2", &movable()).await;
    bench.clock.turn(minutes(1));
    let second = bench.set("C1", &movable()).await;
    bench.clock.turn(minutes(1));
    bench.set("C2", &[("fleet_id", Value::Integer(4))]).await;
    assert_eq!(bench.ready("transfer").await, [first, second]);
    let since = bench
        .store
        .read(move |v| Ok(v.queued(first)?[0].since))
        .await
        .unwrap();
    assert_eq!(since, noon());
}

#[tokio::test]
async fn a_value_a_condition_cannot_digest_holds_up_that_condition_only() {
    let bench = Bench::new()
        .reopen(|setup| {
            setup.rules.version = "v2".into();
            setup.rules.rules[0].conditions[0] =
                Condition::new("odd", "json_extract(fleet_team, '$.x') = 1");
        })
        .await
        .unwrap();
    let row = bench.set("C1", &movable()).await;
    assert_eq!(bench.ready("transfer").await, [row]);
    let explained = bench
        .store
        .read(move |v| v.explain(row, noon()))
        .await
        .unwrap();
    assert_eq!(explained[0].conditions[0].met, Met::Unknown);
    let bench = bench
        .reopen(|setup| setup.rules.version = "v3".into())
        .await
        .unwrap();
    assert_eq!(
        bench.ready("transfer").await,
        [row],
        "and a rebuild gets past it"
    );
}

#[tokio::test]
async fn counts_are_right_whichever_side_of_now_is_the_long_one() {
    let bench = Bench::new();
    bench
        .store
        .write(|tx| {
            for n in 0..2_400 {
                let (row, _) = tx.row_of(&format!("C{n}"))?;
                let asked = noon().plus(minutes(n / 600));
                let values = [
                    ("requested_at", Value::Time(asked)),
                    ("mdm_server_url", text("https://jamf.example.com/mdm")),
                ];
                tx.set(row, &values_of(&values), &Cause::Schedule)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    for (after, due) in [(9, 0), (10, 600), (11, 1_200), (12, 1_800), (13, 2_400)] {
        let now = noon().plus(minutes(after));
        let counts = bench.store.read(move |v| v.counts(now)).await.unwrap();
        assert_eq!((counts[2].queued, counts[2].later), (due, 2_400 - due));
    }
}
