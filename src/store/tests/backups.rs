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
