use super::super::*;
use super::*;
use serde_json::json;

fn heard(dedupe: &str) -> NewEvent {
    NewEvent {
        intake: "migrate".into(),
        raw: "{}".into(),
        dedupe: dedupe.into(),
        sent_at: None,
    }
}

#[tokio::test]
async fn the_same_event_is_kept_once_and_counted() {
    let bench = Bench::new();
    let hear = |dedupe: &str| {
        let event = heard(dedupe);
        bench.store.write(move |tx| tx.hear(event))
    };
    let id = hear("a").await.unwrap().unwrap();
    assert_eq!(hear("a").await.unwrap(), None);
    hear("b").await.unwrap().unwrap();
    let row = bench.set("C1", &[]).await;
    bench
        .store
        .write(move |tx| tx.settle_event(id, EventState::Applied, Some(row), "asked"))
        .await
        .unwrap();
    let events = bench
        .store
        .read(move |v| v.events_of(row, 9))
        .await
        .unwrap();
    assert_eq!(
        (events[0].repeats, events[0].state),
        (1, EventState::Applied)
    );
    let mut counts = bench.store.read(|v| v.event_counts()).await.unwrap();
    counts.sort_by_key(|count| count.2);
    assert_eq!(counts.len(), 2);
    assert_eq!(
        bench
            .store
            .read(|v| v.events_to_settle(9))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bench
            .store
            .read(|v| v.events(None, None, 9))
            .await
            .unwrap()
            .len(),
        2
    );
    let mut huge = heard("c");
    huge.raw = "x".repeat(1024 * 1024 + 1);
    assert!(bench.store.write(move |tx| tx.hear(huge)).await.is_err());
}

#[tokio::test]
async fn the_journal_is_a_chain_that_shows_where_it_was_altered() {
    let bench = Bench::new();
    let row = bench.set("C1", &[]).await;
    bench
        .store
        .write(move |tx| {
            for n in 0..20 {
                tx.say(NewEntry {
                    level: Level::Info,
                    source: "engine".into(),
                    row: (n % 2 == 0).then_some(row),
                    text: format!("line {n}"),
                })?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(
        bench.store.read(|v| v.verify_journal()).await.unwrap(),
        (20, None)
    );
    let page = bench
        .store
        .read(move |v| v.journal_before(Some(11), Some(row), 2))
        .await
        .unwrap();
    assert_eq!(page.iter().map(|e| e.id).collect::<Vec<_>>(), [9, 7]);
    assert_eq!(page[0].key.as_deref(), Some("C1"));
    for (damage, at) in [
        ("UPDATE journal SET text = 'line x' WHERE id = 7", 7),
        (
            "UPDATE journal SET at = '2026-03-02T12:00:00.001Z' WHERE id = 5",
            5,
        ),
        ("DELETE FROM journal WHERE id = 3", 4),
    ] {
        bench
            .store
            .write(move |tx| tx.run(damage, []))
            .await
            .unwrap();
        let verdict = bench.store.read(|v| v.verify_journal()).await.unwrap();
        assert_eq!(verdict.1, Some(at), "{damage}");
    }
}

fn posted(bench: &Bench) -> impl Future<Output = Result<MessageId, StoreError>> {
    bench.store.write(|tx| {
        tx.post(NewMessage {
            kind: MessageKind::Chat,
            row: None,
            rule: None,
            text: "moved".into(),
        })
    })
}

async fn pending(bench: &Bench, now: Time) -> Vec<MessageId> {
    let found = bench.store.read(move |v| v.pending_messages(now, 9)).await;
    found.unwrap().iter().map(|message| message.id).collect()
}

#[tokio::test]
async fn messages_that_go_out_together_share_their_fate() {
    let bench = Bench::new();
    let (a, b) = (posted(&bench).await.unwrap(), posted(&bench).await.unwrap());
    assert_eq!(pending(&bench, noon()).await, [a, b]);
    let sending = || bench.store.write(move |tx| tx.sending(&[a, b]));
    sending().await.unwrap();
    let away = bench.store.read(|v| v.messages_in_flight()).await.unwrap();
    assert_eq!(away.len(), 2);
    assert_ne!(away[0].op, away[1].op);
    let later = noon().plus(minutes(1));
    let settle = |state, not_before| {
        bench
            .store
            .write(move |tx| tx.settle_message(a, state, "", not_before))
    };
    settle(MessageState::Pending, Some(later)).await.unwrap();
    assert!(pending(&bench, noon()).await.is_empty());
    assert_eq!(pending(&bench, later).await, [a, b]);
    sending().await.unwrap();
    settle(MessageState::Delivered, None).await.unwrap();
    let counts = bench.store.read(|v| v.message_counts()).await.unwrap();
    assert_eq!(counts.len(), 2);
    for state in [MessageState::Delivered, MessageState::Coalesced] {
        assert!(counts.contains(&(MessageKind::Chat, state, 1)));
    }
    assert!(sending().await.is_err(), "they went out already");
}

#[tokio::test]
async fn a_command_keeps_its_frozen_rows_and_each_ones_result() {
    let bench = Bench::new();
    let row = bench.set("C1", &[]).await;
    let ask = move |rows: Vec<RowId>| NewCommand {
        actor: Actor::Person("anna".into()),
        verb: "retry".into(),
        request: json!({"verb": "retry"}),
        reason: "night shift".into(),
        rows,
    };
    let id = bench
        .store
        .write(move |tx| tx.ask(ask(vec![row])))
        .await
        .unwrap();
    let open = bench
        .store
        .read(move |v| v.command(id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (open.state, open.results[0].done),
        (CommandState::Open, false)
    );
    let result = CommandResult {
        row,
        key: "C1".into(),
        done: true,
        note: "retried".into(),
    };
    let given = result.clone();
    bench
        .store
        .write(move |tx| tx.answer(id, CommandState::Done, vec![given]))
        .await
        .unwrap();
    let done = bench.store.read(|v| v.commands(9)).await.unwrap();
    assert_eq!(done[0].results, [result]);
    assert!(done[0].finished_at.is_some());
    let nobody = bench
        .store
        .write(move |tx| tx.ask(ask(vec![RowId(99)])))
        .await;
    assert!(nobody.is_err());
    assert_eq!(bench.store.read(|v| v.commands(9)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn switches_and_notes_are_kept_over_a_restart() {
    let bench = Bench::new();
    bench
        .store
        .write(|tx| {
            tx.set_switch(
                SwitchKind::Stop,
                "*",
                true,
                "fire",
                &Actor::Person("anna".into()),
            )?;
            tx.set_note("cursor", &json!({"page": 3}))
        })
        .await
        .unwrap();
    let bench = bench.reopen(|_| {}).await.unwrap();
    let stop = bench
        .store
        .read(|v| v.switch(SwitchKind::Stop, "*"))
        .await
        .unwrap()
        .unwrap();
    assert!(stop.on);
    assert_eq!(stop.by, Actor::Person("anna".into()));
    assert_eq!(
        bench.store.read(|v| v.note("cursor")).await.unwrap(),
        Some(json!({"page": 3}))
    );
    assert_eq!(bench.store.read(|v| v.switches()).await.unwrap().len(), 1);
}
