use super::super::*;
use super::*;

#[tokio::test]
async fn a_stage_that_minds_waves_takes_rows_of_open_ones_and_of_none() {
    let bench = Bench::new();
    let asked = [("requested_at", Value::Time(noon()))];
    let free = bench.set("C1", &asked).await;
    let waved = bench.set("C2", &asked).await;
    bench
        .store
        .write(move |tx| tx.set_wave(waved, Some("pilot"), &Cause::Schedule))
        .await
        .unwrap();
    assert_eq!(bench.ready("unenroll").await, [free]);
    let counts = || bench.store.read(|v| Ok(v.counts(noon())?.swap_remove(0)));
    let count = counts().await.unwrap();
    assert_eq!((count.queued, count.later), (1, 1));
    let switch = |on| {
        bench
            .store
            .write(move |tx| tx.set_switch(SwitchKind::Wave, "pilot", on, "monday", &Actor::Engine))
    };
    switch(true).await.unwrap();
    assert_eq!(bench.ready("unenroll").await, [free, waved]);
    let count = counts().await.unwrap();
    assert_eq!((count.queued, count.later), (2, 0));
    switch(false).await.unwrap();
    assert_eq!(bench.ready("unenroll").await, [free]);
    bench
        .store
        .write(move |tx| tx.set_wave(waved, None, &Cause::Schedule))
        .await
        .unwrap();
    assert_eq!(bench.ready("unenroll").await, [free, waved]);
    let changes = bench
        .store
        .read(move |v| v.changes_of(waved, 1))
        .await
        .unwrap();
    assert_eq!(
        (changes[0].column.as_str(), &changes[0].old),
        ("wave", &text("pilot"))
    );
}

#[tokio::test]
async fn a_wave_opened_before_its_rows_came_counts_for_them() {
    let bench = Bench::new();
    bench
        .store
        .write(|tx| tx.set_switch(SwitchKind::Wave, "pilot", true, "monday", &Actor::Engine))
        .await
        .unwrap();
    let row = bench
        .set("C1", &[("requested_at", Value::Time(noon()))])
        .await;
    bench
        .store
        .write(move |tx| tx.set_wave(row, Some("pilot"), &Cause::Schedule))
        .await
        .unwrap();
    assert_eq!(bench.ready("unenroll").await, [row]);
}
