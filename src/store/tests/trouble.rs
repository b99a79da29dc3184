//! What the disk, other programs and other engines do to a store.

use super::super::*;
use super::*;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn event(dedupe: &str, bytes: usize) -> NewEvent {
    NewEvent {
        intake: "migrate".into(),
        raw: "x".repeat(bytes),
        dedupe: dedupe.into(),
        sent_at: None,
    }
}

fn line(text: &str) -> NewEntry {
    NewEntry {
        level: Level::Info,
        source: "test".into(),
        row: None,
        text: text.into(),
    }
}

impl Bench {
    async fn alarms(&self) -> Vec<String> {
        let alarms = self.store.read(|v| v.alarms_after(0)).await.unwrap().0;
        alarms.into_iter().map(|(_, text)| text).collect()
    }

    /// A program that is not drover.
    fn stranger(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

#[tokio::test]
async fn without_room_nothing_is_begun_and_what_is_under_way_is_recorded() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let (attempt, sent) = bench
        .store
        .write(move |tx| {
            let attempt = tx.begin(attempt(row, "transfer"))?;
            Ok((attempt, tx.intend(step(attempt, "fleet.transfer_host"))?))
        })
        .await
        .unwrap();
    bench.store.room.hit();
    assert!(bench.store.room().borrow().is_some());
    let (heard, begun, intended, ended) = tokio::join!(
        bench.store.write(|tx| tx.hear(event("a", 10))),
        bench
            .store
            .write(move |tx| tx.begin(super::attempt(row, "unenroll"))),
        bench
            .store
            .write(move |tx| tx.intend(step(attempt, "fleet.run_script"))),
        bench.store.keep(move |tx| {
            tx.finish_step(sent, ended(Some(Outcome::Done)))?;
            tx.end(attempt, AttemptState::Done, None, None)
        }),
    );
    assert_eq!(heard, Err(StoreError::Full));
    assert_eq!(begun, Err(StoreError::Full));
    assert_eq!(intended, Err(StoreError::Full));
    assert_eq!(ended, Ok(()), "beside those that were refused");
    let mut room = bench.store.room();
    while room.borrow().is_some() {
        bench.store.look_for_room();
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), room.changed()).await;
    }
    assert!(
        bench
            .store
            .write(|tx| tx.hear(event("a", 10)))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn what_must_be_kept_is_tried_until_it_is() {
    let bench = Bench::new();
    let tries = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let kept = bench.store.keep(move |tx| {
        if count.fetch_add(1, Ordering::SeqCst) < 2 {
            return Err(StoreError::Full);
        }
        tx.say(line("kept"))
    });
    assert_eq!(kept.await, Ok(()));
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    bench.store.leave();
    let given_up = bench.store.keep(|_| Err::<(), _>(StoreError::Full));
    assert_eq!(given_up.await, Err(StoreError::Full));
}

#[tokio::test]
async fn an_engine_that_stood_still_while_another_took_over_writes_no_more() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let (tell, heard) = std::sync::mpsc::channel();
    bench
        .store
        .when_broken(move |error| tell.send(error.clone()).unwrap());
    std::fs::remove_file(bench.dir.path().join("drover.db.lock")).unwrap();
    let second = Store::open(&bench.path(), setup(&bench.clock)).unwrap();
    second.write(|tx| tx.row_of("C2")).await.unwrap();
    let Err(StoreError::Broken(why)) = bench.store.write(|tx| tx.row_of("C3")).await else {
        panic!("it wrote");
    };
    assert!(why.contains("start 2") && why.contains("start 1"), "{why}");
    assert_eq!(heard.recv().unwrap(), StoreError::Broken(why));
    second.write(|tx| tx.row_of("C4")).await.unwrap();
    bench.store.mark().await;
    assert_eq!(second.read(|v| v.count(&Query::all())).await, Ok(3));
}

#[tokio::test]
async fn an_older_copy_in_its_place_is_noticed_and_the_same_store_is_not() {
    let bench = Bench::new();
    let note = |bench: &Bench| {
        let store = bench.store.clone();
        async move { store.read(|v| v.note("restored")).await.unwrap() }
    };
    bench.store.write(|tx| tx.say(line("one"))).await.unwrap();
    let bench = bench.reopen(|_| {}).await.unwrap();
    assert_eq!(note(&bench).await, None, "the same store");
    let (path, copy) = (bench.path(), bench.dir.path().join("copy.db"));
    let bench = bench
        .reopen(|_| std::fs::copy(&path, &copy).map(drop).unwrap())
        .await
        .unwrap();
    bench.store.write(|tx| tx.say(line("two"))).await.unwrap();
    assert_eq!(note(&bench).await, None);
    let older = || {
        std::fs::remove_file(bench.dir.path().join("drover.db-wal")).unwrap();
        std::fs::remove_file(bench.dir.path().join("drover.db-shm")).unwrap();
        std::fs::copy(bench.dir.path().join("copy.db"), bench.path()).unwrap();
    };
    bench.store.clone().close().await;
    older();
    let store = Store::open(&bench.path(), setup(&bench.clock)).unwrap();
    let told = store.read(|v| v.note("restored")).await.unwrap().unwrap();
    assert!(
        told["from"].as_str().unwrap().contains("older copy"),
        "{told}"
    );
    store.close().await;
}

#[tokio::test]
async fn another_program_that_holds_the_lock_is_waited_for_named_and_outlived() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let stranger = bench.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let kept_out = bench.store.write(|tx| tx.row_of("C2")).await;
    assert!(
        matches!(&kept_out, Err(StoreError::Busy(why)) if why.contains("holds the store's lock")),
        "{kept_out:?}"
    );
    stranger.execute_batch("ROLLBACK").unwrap();
    bench.store.write(|tx| tx.row_of("C2")).await.unwrap();
    let mut revision = bench.store.revision();
    while bench.alarms().await.is_empty() {
        revision.changed().await.unwrap();
    }
    assert!(bench.alarms().await[0].contains("held the store's lock for 5 s"));
}

#[tokio::test]
async fn a_log_that_grows_behind_a_reader_is_told_and_cut_back_afterwards() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let stranger = bench.stranger();
    stranger.execute_batch("BEGIN").unwrap();
    let reading: i64 = stranger
        .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
        .unwrap();
    assert_eq!(reading, 0);
    let log = bench.dir.path().join("drover.db-wal");
    let size = || std::fs::metadata(&log).unwrap().len();
    let mut n = 0;
    while bench.alarms().await.is_empty() {
        assert!(n < 120, "{} bytes, and nobody says a word", size());
        n += 1;
        bench
            .store
            .write(move |tx| tx.hear(event(&n.to_string(), 900_000)))
            .await
            .unwrap();
    }
    let told = bench.alarms().await.remove(0);
    assert!(told.contains("log has grown to 6"), "{told}");
    assert!(size() > 64 * 1024 * 1024);
    drop(stranger);
    let mut tries = 0;
    while size() > 4 * 1024 * 1024 {
        tries += 1;
        assert!(tries < 50, "{} bytes", size());
        bench.store.write(|tx| tx.row_of("C2")).await.unwrap();
    }
    assert_eq!(bench.alarms().await.len(), 1);
}

#[tokio::test]
async fn a_damaged_log_is_refused_and_a_torn_one_is_not() {
    let bench = Bench::new();
    for n in 0..20 {
        bench.set(&format!("C{n:02}"), &movable()).await;
    }
    // What a kill leaves behind: the files, and nothing else.
    let copied = |change: &dyn Fn(&std::path::Path)| {
        let cut = tempfile::tempdir().unwrap();
        for suffix in ["", "-wal", "-shm"] {
            let mut name = bench.path().into_os_string();
            name.push(suffix);
            let copied = std::process::Command::new("cp")
                .arg(name)
                .arg(cut.path())
                .status();
            assert!(copied.unwrap().success());
        }
        change(&cut.path().join("drover.db-wal"));
        let opened = Store::open(&cut.path().join("drover.db"), setup(&bench.clock));
        (cut, opened.map(drop))
    };
    assert!(copied(&|_| {}).1.is_ok());
    let flip = |at: u64| {
        move |log: &std::path::Path| {
            // Another byte than was there, whatever that was.
            let mut bytes = std::fs::read(log).unwrap();
            bytes[usize::try_from(at).unwrap()] ^= 0xA5;
            std::fs::write(log, bytes).unwrap();
        }
    };
    let size = std::fs::metadata(bench.dir.path().join("drover.db-wal"))
        .unwrap()
        .len();
    let spread = (0..24).map(|n| n * 7_919 % size);
    for at in [0, 18, 32, 40, 60, size - 100].into_iter().chain(spread) {
        let refused = copied(&flip(at)).1.err().map(|error| error.to_string());
        assert!(
            refused
                .as_ref()
                .is_some_and(|why| why.contains("drover restore")),
            "byte {at} of {size}: {refused:?}"
        );
    }
    let torn = copied(&|log| {
        let mut file = std::fs::OpenOptions::new().append(true).open(log).unwrap();
        file.write_all(&[7; 3_000]).unwrap();
    });
    assert!(
        torn.1.is_ok(),
        "half a frame after the last commit is a crash"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("drover.db");
    std::fs::write(&path, [b'x'; 8_192]).unwrap();
    let refused = Store::open(&path, setup(&bench.clock))
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("drover restore"), "{refused}");
}

#[tokio::test]
async fn a_file_that_was_only_begun_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("drover.db");
    std::fs::write(&path, "").unwrap();
    let store = Store::open(&path, setup(&Clock::manual(noon()))).unwrap();
    store.write(|tx| tx.row_of("C1")).await.unwrap();
    assert!(store.told().contains("synchronous 2"), "{}", store.told());
    store.close().await;
}
