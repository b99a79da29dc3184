use super::super::*;
use super::*;
use crate::model::fault::{Fault, FaultKind};

#[tokio::test]
async fn a_row_has_one_open_attempt_for_a_rule() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let id = bench
        .store
        .write(move |tx| tx.begin(attempt(row, "transfer")))
        .await
        .unwrap();
    let again = bench
        .store
        .write(move |tx| tx.begin(attempt(row, "transfer")))
        .await;
    assert_eq!(again, Err(StoreError::AlreadyOpen(id)));
    assert_eq!(
        bench.state(row, "transfer").await,
        Some(QueueState::Running)
    );
    assert!(bench.ready("transfer").await.is_empty());
    bench
        .store
        .write(move |tx| tx.begin(attempt(row, "unenroll")))
        .await
        .unwrap();
    let wake = noon().plus(minutes(2));
    bench
        .store
        .write(move |tx| tx.wait(id, AttemptState::Waiting, "read_back", "the team", wake))
        .await
        .unwrap();
    assert_eq!(
        bench.state(row, "transfer").await,
        Some(QueueState::Waiting)
    );
    assert_eq!(
        bench.store.read(|v| v.running("transfer")).await.unwrap(),
        0
    );
    assert_eq!(
        bench.store.read(|v| v.next_due(noon())).await.unwrap(),
        Some(wake)
    );
    let woken = bench
        .store
        .read(move |v| v.attempts_to_wake(wake, 9))
        .await
        .unwrap();
    assert_eq!(woken.iter().map(|a| a.id).collect::<Vec<_>>(), [id]);
    assert_eq!(woken[0].key, "C1");
    bench.store.write(move |tx| tx.wake(id)).await.unwrap();
    bench
        .store
        .write(move |tx| tx.end(id, AttemptState::Done, None, None))
        .await
        .unwrap();
    assert_eq!(bench.ready("transfer").await, [row], "its gate still holds");
    let twice = bench
        .store
        .write(move |tx| tx.end(id, AttemptState::Done, None, None))
        .await;
    assert!(matches!(twice, Err(StoreError::Bad(_))));
}

#[tokio::test]
async fn the_database_itself_refuses_a_second_open_attempt_and_a_second_call_in_flight() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let doubled = bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(row, "transfer"))?;
            tx.run(
                "INSERT INTO attempt (row, rule, kind, number, state, cause, actor, latest, started_at)
                 SELECT row, rule, kind, number, state, cause, actor, 0, started_at FROM attempt WHERE id = ?1",
                [id],
            )
        })
        .await;
    assert!(doubled.unwrap_err().to_string().contains("UNIQUE"));
    let doubled = bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(row, "transfer"))?;
            tx.intend(step(id, "fleet.transfer_host"))?;
            tx.run(
                "INSERT INTO step (attempt, row, name, action, service, mutates, op, input, exchanges, started_at)
                 SELECT attempt, row, name, action, service, mutates, op, input, exchanges, started_at FROM step",
                [],
            )
        })
        .await;
    assert!(doubled.unwrap_err().to_string().contains("UNIQUE"));
}

#[tokio::test]
async fn one_mutating_call_is_in_flight_per_row_and_action_whatever_the_rule() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let (one, two) = bench
        .store
        .write(move |tx| {
            Ok((
                tx.begin(attempt(row, "transfer"))?,
                tx.begin(attempt(row, "unenroll"))?,
            ))
        })
        .await
        .unwrap();
    let first = bench
        .store
        .write(move |tx| tx.intend(step(one, "fleet.run")))
        .await
        .unwrap();
    let other = |action: &'static str| bench.store.write(move |tx| tx.intend(step(two, action)));
    assert_eq!(other("fleet.run").await, Err(StoreError::InFlight));
    other("jamf.run").await.unwrap();
    let end = ended(Some(Outcome::Unknown));
    bench
        .store
        .write(move |tx| tx.finish_step(first, end))
        .await
        .unwrap();
    assert_eq!(
        other("fleet.run").await,
        Err(StoreError::InFlight),
        "unknown, and still probed"
    );
    let end = ended(Some(Outcome::Confirmed));
    bench
        .store
        .write(move |tx| tx.finish_step(first, end))
        .await
        .unwrap();
    other("fleet.run").await.unwrap();
    let end = ended(Some(Outcome::Done));
    let twice = bench
        .store
        .write(move |tx| tx.finish_step(first, end))
        .await;
    assert!(matches!(twice, Err(StoreError::Bad(_))));
    let steps = bench.store.read(move |v| v.steps(one)).await.unwrap();
    assert_eq!(steps[0].outcome, Some(Outcome::Confirmed));
    assert_eq!(
        steps[0].exchanges.as_array().map(Vec::len),
        Some(2),
        "both replies stay"
    );
}

#[tokio::test]
async fn an_attempt_that_ends_with_a_call_unaccounted_for_leaves_it_unknown() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let id = bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(row, "transfer"))?;
            tx.intend(step(id, "fleet.run"))?;
            Ok(id)
        })
        .await
        .unwrap();
    bench
        .store
        .write(move |tx| tx.end(id, AttemptState::Unknown, None, None))
        .await
        .unwrap();
    let steps = bench.store.read(move |v| v.steps(id)).await.unwrap();
    assert_eq!(steps[0].outcome, Some(Outcome::Unknown));
    assert!(steps[0].finished_at.is_some());
}

async fn fail(bench: &Bench, row: RowId, message: &str) -> AttemptId {
    let fault = Fault::new(FaultKind::NotFound, message);
    bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(row, "transfer"))?;
            tx.record_step(step(id, "jamf.find"), ended(None))?;
            tx.end(id, AttemptState::Failed, Some("move"), Some(&fault))?;
            Ok(id)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn failures_of_one_cause_are_one_group_until_their_rows_do_better() {
    let bench = Bench::new();
    let a = bench.set("C1", &movable()).await;
    let b = bench.set("C2", &movable()).await;
    fail(&bench, a, "no computer \"C1\" in Jamf").await;
    fail(&bench, a, "no computer \"C1\" in Jamf").await;
    let last = fail(&bench, b, "no computer \"C2\" in Jamf").await;
    let groups = bench.store.read(|v| v.faults()).await.unwrap();
    assert_eq!(groups.len(), 1);
    let group = groups[0].clone();
    assert_eq!((group.rows, group.attempts, group.example), (2, 3, last));
    assert_eq!(
        (group.connector.as_str(), group.rule.as_str()),
        ("jamf", "transfer")
    );
    assert_eq!(group.id.len(), 8);
    let id = group.id.clone();
    let rows = bench
        .store
        .read(move |v| v.rows_of_fault(&id))
        .await
        .unwrap();
    assert_eq!(rows, [a, b]);
    assert_eq!(
        bench
            .store
            .read(|v| v.failures_since("transfer", noon()))
            .await
            .unwrap()
            .len(),
        3
    );
    bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(a, "transfer"))?;
            tx.end(id, AttemptState::Done, None, None)
        })
        .await
        .unwrap();
    let id = group.id.clone();
    assert_eq!(
        bench
            .store
            .read(move |v| v.rows_of_fault(&id))
            .await
            .unwrap(),
        [b]
    );
    let groups = bench.store.read(|v| v.faults()).await.unwrap();
    assert_eq!(
        (groups[0].id.as_str(), groups[0].rows),
        (group.id.as_str(), 1)
    );
}

#[tokio::test]
async fn how_the_rows_of_a_cause_stand_and_what_they_share_is_counted() {
    let bench = Bench::new();
    let mut rows = Vec::new();
    for at in 0..8 {
        let mut values = movable();
        if at < 4 {
            values.push(("fleet_team", Value::Text("Odd".into())));
        }
        rows.push(bench.set(&format!("C{at}"), &values).await);
    }
    for row in rows.iter().take(5) {
        fail(&bench, *row, "no route").await;
    }
    let until = Some(noon().plus(minutes(5)));
    let held = [
        hold(rows[0], "transfer", HoldKind::Parked, None),
        hold(rows[1], "transfer", HoldKind::BackingOff, until),
        hold(rows[2], "*", HoldKind::Held, None),
        hold(rows[2], "transfer", HoldKind::Parked, None),
    ];
    bench
        .store
        .write(move |tx| held.into_iter().try_for_each(|hold| tx.hold(hold)))
        .await
        .unwrap();
    let group = bench.store.read(|v| v.faults()).await.unwrap()[0]
        .id
        .clone();
    let id = group.clone();
    let standing = bench.store.read(move |v| v.fault_standing(&id)).await;
    assert_eq!(
        standing.unwrap(),
        FaultStanding {
            parked: 1,
            held: 1,
            backing_off: 1,
            next: until,
            ready: 1,
            passed: 1,
            ..FaultStanding::default()
        }
    );
    let id = group.clone();
    let columns = ["fleet_team".to_owned(), "wave".to_owned()];
    let shares = bench.store.read(move |v| {
        let mut shares = v.fault_shares(&id, &columns)?;
        while !v.count_shares(&mut shares, 3)? {}
        Ok(shares)
    });
    let share = FaultShare {
        column: "fleet_team".into(),
        value: Value::Text("Odd".into()),
        here: 4,
        overall: 4,
    };
    assert_eq!(
        shares.await.unwrap(),
        FaultShares {
            rows: 5,
            total: 8,
            values: vec![share],
            to: 9
        }
    );
    let columns = ["nope\" FROM device --".to_owned()];
    let wrong = bench.store.read(move |v| v.fault_shares(&group, &columns));
    assert!(wrong.await.is_err());
}

#[tokio::test]
async fn a_fresh_release_starts_the_count_of_tries_from_zero() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    fail(&bench, row, "no").await;
    fail(&bench, row, "no").await;
    let tries = || {
        bench
            .store
            .read(move |v| Ok(v.attempts_since_release(row, "transfer")?.len()))
    };
    assert_eq!(tries().await.unwrap(), 2);
    bench
        .store
        .write(move |tx| tx.release(row, "transfer", false))
        .await
        .unwrap();
    assert_eq!(tries().await.unwrap(), 2);
    bench
        .store
        .write(move |tx| tx.release(row, "transfer", true))
        .await
        .unwrap();
    assert_eq!(tries().await.unwrap(), 0);
    fail(&bench, row, "no").await;
    assert_eq!(tries().await.unwrap(), 1);
    bench
        .store
        .write(move |tx| tx.release(row, "*", true))
        .await
        .unwrap();
    assert_eq!(
        tries().await.unwrap(),
        0,
        "a release of everything covers every rule"
    );
    assert_eq!(
        bench
            .store
            .read(move |v| v.attempts_of(row, 9))
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn an_attempt_that_is_done_ends_its_back_off_and_no_other_hold() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let until = Some(noon().plus(minutes(5)));
    let id = bench
        .store
        .write(move |tx| {
            tx.hold(hold(row, "transfer", HoldKind::BackingOff, until))?;
            tx.hold(hold(row, "unenroll", HoldKind::Held, None))?;
            tx.begin(attempt(row, "transfer"))
        })
        .await
        .unwrap();
    bench
        .store
        .write(move |tx| tx.end(id, AttemptState::Done, None, None))
        .await
        .unwrap();
    let holds = bench.store.read(move |v| v.holds_of(row)).await.unwrap();
    assert_eq!(
        holds.iter().map(|h| h.rule.as_str()).collect::<Vec<_>>(),
        ["unenroll"]
    );
}

#[tokio::test]
async fn a_sweep_takes_each_row_once_per_firing() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let firing = bench.clock.now().plus(minutes(1));
    bench.clock.turn(minutes(2));
    let sweep = |since: Time| {
        let now = bench.clock.now();
        bench
            .store
            .read(move |v| v.ready_for_sweep("transfer", since, now, 9))
    };
    assert_eq!(sweep(firing).await.unwrap(), [row]);
    bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(row, "transfer"))?;
            tx.end(id, AttemptState::Done, None, None)
        })
        .await
        .unwrap();
    assert!(sweep(firing).await.unwrap().is_empty());
    bench.clock.turn(minutes(60));
    assert_eq!(sweep(firing.plus(minutes(30))).await.unwrap(), [row]);
    let since = firing;
    let done = bench
        .store
        .read(move |v| v.throughput("transfer", since, minutes(10)))
        .await
        .unwrap();
    assert_eq!(done.iter().sum::<u64>(), 1);
    assert_eq!(done[0], 1);
}
