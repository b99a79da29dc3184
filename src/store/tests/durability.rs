use super::super::*;
use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test]
async fn an_error_rolls_back_its_own_closure_and_no_other() {
    let bench = Bench::new();
    let writes = (0..50).map(|n| {
        bench.store.write(move |tx| {
            tx.row_of(&format!("C{n:02}"))?;
            if n % 5 == 0 {
                return Err(StoreError::Bad("on purpose".into()));
            }
            assert!(n % 7 != 0, "on purpose");
            Ok(n)
        })
    });
    let answers = futures_util::future::join_all(writes).await;
    for (n, answer) in (0..50).zip(answers) {
        match answer {
            Ok(m) => assert_eq!(m, n),
            Err(StoreError::Bad(why)) => assert!(why.contains("on purpose"), "{why}"),
            Err(other) => panic!("{other}"),
        }
    }
    let kept = (0..50).filter(|n| n % 5 != 0 && n % 7 != 0).count() as u64;
    assert_eq!(
        bench.store.read(|v| v.count(&Query::all())).await.unwrap(),
        kept
    );
    let phases = bench.store.read(|v| v.phases()).await.unwrap();
    assert_eq!(
        phases[2],
        (None, kept),
        "the counters rolled back with the rows"
    );
}

#[tokio::test]
async fn an_answer_comes_only_after_the_commit_is_there_for_everybody() {
    let bench = Bench::new();
    let reader = Reader::open(&bench.path()).unwrap();
    let mut revision = bench.store.revision();
    for n in 1..=20 {
        let before = *revision.borrow_and_update();
        bench.set(&format!("C{n}"), &movable()).await;
        assert_eq!(reader.look(|v| v.count(&Query::all())).unwrap(), n);
        assert!(*revision.borrow() > before);
    }
}

#[tokio::test]
async fn closures_that_wait_share_a_commit() {
    let bench = Bench::new();
    let go = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&go);
    let before = *bench.store.revision().borrow();
    let slow = bench.store.write(move |_| {
        while !gate.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        Ok(())
    });
    let rest = futures_util::future::join_all((0..100).map(|n| {
        let store = bench.store.clone();
        let go = Arc::clone(&go);
        async move {
            if n == 99 {
                go.store(true, Ordering::SeqCst);
            }
            store.write(move |tx| tx.row_of(&format!("C{n}"))).await
        }
    }));
    let (slow, rest) = futures_util::future::join(slow, rest).await;
    slow.unwrap();
    assert!(rest.iter().all(Result::is_ok));
    let commits = *bench.store.revision().borrow() - before;
    assert!(commits <= 3, "{commits} commits for 101 closures");
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_that_leaves_only_the_files() {
    let bench = Bench::new();
    for n in 0..30 {
        bench.set(&format!("C{n:02}"), &movable()).await;
    }
    let cut = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let mut name = bench.path().into_os_string();
        name.push(suffix);
        let copied = std::process::Command::new("cp")
            .arg(name)
            .arg(cut.path())
            .status();
        assert!(copied.unwrap().success());
    }
    let path = cut.path().join("drover.db");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        reader
            .look(|v| v.ready("transfer", noon(), 99))
            .unwrap()
            .len(),
        30
    );
    drop(reader);
    let store = Store::open(&path, setup(&bench.clock)).unwrap();
    assert_eq!(store.read(|v| v.count(&Query::all())).await.unwrap(), 30);
    store.close().await;
}

#[tokio::test]
async fn a_full_disk_fails_the_commit_and_the_store_goes_on_once_there_is_room() {
    let bench = Bench::new();
    bench.set("C0", &movable()).await;
    let cap = |pages: u32| {
        bench.store.write(move |tx| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            tx.one(&sql, [], |row| row.get::<_, i64>(0))
        })
    };
    cap(1).await.unwrap();
    let big = "x".repeat(900_000);
    let raw = big.clone();
    let event = move |dedupe: &str| NewEvent {
        intake: "migrate".into(),
        raw: raw.clone(),
        dedupe: dedupe.into(),
        sent_at: None,
    };
    let first = event("a");
    assert_eq!(
        bench.store.write(move |tx| tx.hear(first)).await,
        Err(StoreError::Full)
    );
    assert!(
        bench
            .store
            .read(|v| v.events(None, None, 9))
            .await
            .unwrap()
            .is_empty()
    );
    cap(1_000_000).await.unwrap();
    let mut room = bench.store.room();
    while room.borrow().is_some() {
        bench.store.look_for_room();
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), room.changed()).await;
    }
    let again = event("a");
    bench
        .store
        .write(move |tx| tx.hear(again))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let bench = Bench::new();
    let other = bench.store.clone();
    bench.store.close().await;
    assert_eq!(
        other.write(|tx| tx.row_of("C1")).await,
        Err(StoreError::Closed)
    );
    assert_eq!(
        other.read(|v| v.count(&Query::all())).await,
        Err(StoreError::Closed)
    );
}

#[tokio::test]
async fn after_a_failure_of_the_disk_nothing_is_written_any_more() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let failed = || StoreError::Broken("the disk answered with an error".into());
    let (before, broke, after) = tokio::join!(
        bench.store.write(|tx| tx.row_of("C2")),
        bench.store.write(move |_| Err::<(), _>(failed())),
        bench.store.write(|tx| tx.row_of("C3")),
    );
    assert_eq!(broke, Err(failed()));
    assert!(before.is_ok() || before == Err(failed()));
    assert_eq!(after, Err(failed()));
    let count = bench.store.read(|v| v.count(&Query::all())).await.unwrap();
    assert_eq!(
        count,
        1 + u64::from(before.is_ok()),
        "what was answered is there, and no more"
    );
}

#[tokio::test]
async fn a_look_that_nobody_waits_for_any_more_gives_its_connection_back() {
    let bench = Bench::new();
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = bench.store.read(|v| v.count(&Query::all())) => {}
            () = std::future::ready(()) => {}
        }
    }
    assert_eq!(bench.store.read(|v| v.count(&Query::all())).await, Ok(0));
}
