use super::super::*;
use super::*;
use crate::model::fault::{Fault, FaultKind};

async fn among(bench: &Bench, among: Among) -> Vec<RowId> {
    let ask = |not| Query {
        parts: vec![Part {
            among: among.clone(),
            not,
        }],
        ..Query::all()
    };
    let (these, others, all) = (ask(false), ask(true), Query::all());
    let (these, others, counted, all) = bench
        .store
        .read(move |v| {
            Ok((
                v.ids(&these)?,
                v.ids(&others)?,
                v.count(&these)?,
                v.ids(&all)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(these.len() as u64, counted);
    // Whatever is asked, a row is either among them or not.
    let mut both = [these.clone(), others].concat();
    both.sort_unstable();
    assert_eq!(both, all);
    these
}

fn of(rule: &str, standing: Option<Standing>) -> Among {
    Among::Rule {
        rule: Some(rule.into()),
        standing,
    }
}

async fn ended_with(bench: &Bench, row: RowId, state: AttemptState, kind: FaultKind, said: &str) {
    let fault = Fault::new(kind, said);
    bench
        .store
        .write(move |tx| {
            let id = tx.begin(attempt(row, "transfer"))?;
            tx.record_step(step(id, "fleet.find"), ended(None))?;
            tx.end(id, state, Some("move"), Some(&fault))
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn rows_are_found_by_how_they_stand_with_a_rule() {
    let bench = Bench::new();
    let (ready, running, waiting, held, later) = (
        bench.set("A", &movable()).await,
        bench.set("B", &movable()).await,
        bench.set("C", &movable()).await,
        bench.set("D", &movable()).await,
        bench.set("E", &movable()).await,
    );
    let none = bench.set("F", &[]).await;
    bench
        .store
        .write(move |tx| {
            tx.begin(attempt(running, "transfer"))?;
            let id = tx.begin(attempt(waiting, "transfer"))?;
            let wake = tx.now().plus(minutes(5));
            tx.wait(id, AttemptState::Waiting, "read_back", "the team", wake)?;
            tx.hold(hold(held, "transfer", HoldKind::Parked, None))?;
            let until = Some(tx.now().plus(minutes(9)));
            tx.hold(hold(later, "transfer", HoldKind::BackingOff, until))
        })
        .await
        .unwrap();
    for (standing, rows) in [
        (None, vec![ready, running, waiting, held, later]),
        (Some(Standing::Queued), vec![ready]),
        (Some(Standing::Running), vec![running]),
        (Some(Standing::Waiting), vec![waiting]),
        (Some(Standing::Held), vec![held]),
        (Some(Standing::BackingOff), vec![later]),
        (Some(Standing::Later), vec![]),
    ] {
        let found = among(&bench, of("transfer", standing)).await;
        assert_eq!(found, rows, "{standing:?}");
        assert!(!found.contains(&none));
    }
    let any = Among::Rule {
        rule: None,
        standing: Some(Standing::Running),
    };
    assert_eq!(among(&bench, any).await, [running]);
    assert_eq!(among(&bench, Among::Held).await, [held]);
    assert_eq!(among(&bench, of("unenroll", None)).await, []);
    // The counts say the same.
    let now = bench.clock.now();
    let counts = bench.store.read(move |v| v.counts(now)).await.unwrap();
    let count = counts.iter().find(|c| c.rule == "transfer").unwrap();
    assert_eq!(
        (count.queued, count.running, count.waiting, count.held),
        (1, 1, 1, 1)
    );
    assert_eq!((count.backing_off, count.later), (1, 0));
    let unknown = Query {
        parts: vec![Part {
            among: of("x' OR 1", None),
            not: false,
        }],
        ..Query::all()
    };
    let refused = bench.store.read(move |v| v.ids(&unknown)).await;
    assert!(matches!(refused, Err(StoreError::Bad(_))), "{refused:?}");
}

#[tokio::test]
async fn rows_are_found_by_their_latest_fault_and_words_are_only_words() {
    let bench = Bench::new();
    let a = bench.set("A", &movable()).await;
    let b = bench.set("B", &movable()).await;
    let c = bench.set("C", &movable()).await;
    let d = bench.set("D", &movable()).await;
    let failed = AttemptState::Failed;
    ended_with(&bench, a, failed, FaultKind::NotFound, "no host 100% it's").await;
    ended_with(
        &bench,
        b,
        failed,
        FaultKind::Forbidden,
        "the role is missing",
    )
    .await;
    ended_with(
        &bench,
        c,
        failed,
        FaultKind::Forbidden,
        "the role is missing",
    )
    .await;
    ended_with(&bench, d, AttemptState::Unknown, FaultKind::Unknown, "sent").await;
    let done = |tx: &mut Tx<'_>| {
        let id = tx.begin(attempt(RowId(3), "transfer"))?;
        tx.end(id, AttemptState::Done, None, None)
    };
    assert_eq!(c, RowId(3));
    bench.store.write(done).await.unwrap();
    let groups = bench.store.read(|v| v.faults()).await.unwrap();
    let group = groups.iter().find(|g| g.kind == FaultKind::Forbidden);
    let group = group.unwrap().id.clone();
    for (said, rows) in [
        ("", vec![a, b, d]),
        (group.as_str(), vec![b]),
        ("role", vec![b]),
        ("missing ROLE", vec![b]),
        ("missing host", vec![]),
        ("forbidden", vec![b]),
        ("not_found", vec![a]),
        ("fleet", vec![a, b, d]),
        ("100%", vec![a]),
        ("it's", vec![a]),
        ("1__%", vec![]),
        ("' OR 1 OR '", vec![]),
        ("%' OR 1) --", vec![]),
        ("@p0", vec![]),
    ] {
        let found = among(&bench, Among::Fault(said.into())).await;
        assert_eq!(found, rows, "{said}");
    }
    assert_eq!(among(&bench, Among::Unknown).await, [d]);
}

#[tokio::test]
async fn a_row_is_stuck_from_the_moment_its_ladder_says_so() {
    let bench = Bench::new();
    let asked = [
        ("requested_at", Value::Time(noon())),
        ("mdm_server_url", text("https://jamf.example.com/mdm")),
    ];
    let row = bench.set("A", &asked).await;
    bench.set("B", &movable()).await;
    assert_eq!(among(&bench, Among::Stuck).await, []);
    bench.clock.turn(minutes(11));
    assert_eq!(among(&bench, Among::Stuck).await, [row]);
}

#[tokio::test]
async fn parts_and_a_typed_condition_hold_together_and_cannot_meet() {
    let bench = Bench::new();
    bench.set("A", &movable()).await;
    let b = bench.set("B", &movable()).await;
    let ask = |condition: &str| Query {
        condition: Some(condition.into()),
        parts: vec![Part {
            among: of("transfer", None),
            not: false,
        }],
        ..Query::all()
    };
    let (good, bad) = (ask("serial = 'B' OR 0"), ask("serial = @p0"));
    assert_eq!(bench.store.read(move |v| v.ids(&good)).await.unwrap(), [b]);
    assert!(bench.store.read(move |v| v.ids(&bad)).await.is_err());
    // What is typed still reads nothing but the row.
    for typed in ["id IN (SELECT row FROM hold)", "queue.row = 1", "1) OR (1"] {
        let query = ask(typed);
        assert!(bench.store.read(move |v| v.ids(&query)).await.is_err());
    }
}
