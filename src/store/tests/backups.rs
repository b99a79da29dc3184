use super::super::*;
use super::*;

#[tokio::test]
async fn a_backup_of_a_running_store_is_whole_and_a_store_made_of_it_says_so() {
    let bench = Bench::new();
    let row = bench.set("C1", &movable()).await;
    let to = bench.dir.path().join("copy.db");
    backup(&bench.path(), &to).unwrap();
    assert!(
        backup(&bench.path(), &to).is_err(),
        "a backup never overwrites"
    );
    bench.set("C2", &movable()).await;
    let copy = Reader::open(&to).unwrap();
    assert_eq!(
        copy.look(|v| v.ready("transfer", noon(), 9)).unwrap(),
        [row]
    );
    drop(copy);
    let held = restore(&to, &bench.path());
    assert!(matches!(held, Err(StoreError::Locked(_))), "{held:?}");
    let Bench { dir, clock, store } = bench;
    store.close().await;
    let path = dir.path().join("drover.db");
    let aside = restore(&to, &path).unwrap().unwrap();
    let store = Store::open(&path, setup(&clock)).unwrap();
    assert_eq!(store.read(|v| v.count(&Query::all())).await.unwrap(), 1);
    assert!(store.read(|v| v.note("restored")).await.unwrap().is_some());
    store.close().await;
    let before = Reader::open(&aside).unwrap();
    assert_eq!(before.look(|v| v.count(&Query::all())).unwrap(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_not_restored_and_nothing_is_lost() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let Bench { dir, clock, store } = bench;
    store.close().await;
    let path = dir.path().join("drover.db");
    let junk = dir.path().join("junk.db");
    std::fs::write(
        &junk,
        "this is no database, whatever its name says".repeat(200),
    )
    .unwrap();
    assert!(restore(&junk, &path).is_err());
    let store = Store::open(&path, setup(&clock)).unwrap();
    assert_eq!(store.read(|v| v.count(&Query::all())).await.unwrap(), 1);
    store.close().await;
}

#[tokio::test]
async fn a_store_of_a_newer_build_is_refused_and_its_file_not_touched() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let Bench { dir, clock, store } = bench;
    let path = dir.path().join("drover.db");
    let to = dir.path().join("newer.db");
    backup(&path, &to).unwrap();
    store.close().await;
    let conn = rusqlite::Connection::open(&to).unwrap();
    conn.pragma_update(None, "user_version", super::super::migrate::newest() + 1)
        .unwrap();
    conn.close().unwrap();
    let bytes = || std::fs::read(&to).unwrap();
    let before = bytes();
    let mine = std::fs::read(&path).unwrap();
    let refused = [
        Store::open(&to, setup(&clock)).err(),
        Reader::open(&to).err(),
        backup(&to, &dir.path().join("third.db")).err(),
        restore(&to, &path).err(),
    ];
    for refused in refused {
        let said = refused.unwrap().to_string();
        assert!(said.contains("newer drover"), "{said}");
    }
    assert!(bytes() == before, "the newer file is as it was");
    assert!(std::fs::read(&path).unwrap() == mine, "and so is the store");
    assert!(!dir.path().join("third.db").exists());
}

#[tokio::test]
async fn a_log_left_behind_by_a_store_that_is_gone_is_not_read_into_the_restored_one() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let to = bench.dir.path().join("copy.db");
    backup(&bench.path(), &to).unwrap();
    for n in 0..50 {
        bench.set(&format!("D{n}"), &movable()).await;
    }
    let wal = bench.dir.path().join("drover.db-wal");
    let log = std::fs::read(&wal).unwrap();
    let Bench { dir, clock, store } = bench;
    store.close().await;
    let path = dir.path().join("drover.db");
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&wal, log).unwrap();
    assert_eq!(restore(&to, &path).unwrap(), None);
    let store = Store::open(&path, setup(&clock)).unwrap();
    assert_eq!(store.read(|v| v.count(&Query::all())).await.unwrap(), 1);
    store.close().await;
}

#[tokio::test]
async fn a_restored_store_says_since_when_it_has_forgotten_and_gives_out_other_operations() {
    let bench = Bench::new();
    bench.set("C1", &movable()).await;
    let say = |store: &Store| {
        let store = store.clone();
        async move {
            let entry = NewEntry {
                level: Level::Info,
                source: "test".into(),
                row: None,
                text: "said".into(),
            };
            store.write(|tx| tx.say(entry)).await.unwrap();
        }
    };
    bench.clock.turn(minutes(7));
    say(&bench.store).await;
    let to = bench.dir.path().join("copy.db");
    backup(&bench.path(), &to).unwrap();
    bench.clock.turn(minutes(7));
    say(&bench.store).await;
    let post = |tx: &mut Tx<'_>| {
        let id = tx.post(NewMessage {
            kind: MessageKind::Chat,
            row: None,
            rule: None,
            text: "hello".into(),
        })?;
        let mut all = tx.pending_messages(tx.now(), 9)?;
        all.retain(|message| message.id == id);
        Ok(all.remove(0).op)
    };
    let forgotten = bench.store.write(post).await.unwrap();
    let Bench { dir, clock, store } = bench;
    store.close().await;
    let path = dir.path().join("drover.db");
    restore(&to, &path).unwrap();
    let store = Store::open(&path, setup(&clock)).unwrap();
    let note = store.read(|v| v.note("restored")).await.unwrap().unwrap();
    assert_eq!(note["since"], noon().plus(minutes(7)).to_string());
    store.write(|tx| tx.becomes_another()).await.unwrap();
    let given = store.write(post).await.unwrap();
    assert_ne!(given, forgotten, "the same number, another operation");
    store.close().await;
}
