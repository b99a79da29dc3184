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

#[tokio::test]
async fn messages_that_go_out_together_share_their_fate() {
    let bench = Bench::new();
    let post = |kind| {
        bench.store.write(move |tx| {
            tx.post(NewMessage {
                kind,
                row: None,
                rule: None,
                text: "moved".into(),
            })
        })
    };
    let (a, b) = (
        post(MessageKind::Chat).await.unwrap(),
        post(MessageKind::Chat).await.unwrap(),
    );
    let pending = bench
        .store
        .read(|v| v.pending_messages(noon(), 9))
        .await
        .unwrap();
    assert_eq!(pending.iter().map(|m| m.id).collect::<Vec<_>>(), [a, b]);
    assert_ne!(pending[0].op, pending[1].op);
    bench
        .store
        .write(move |tx| tx.sending(&[a, b]))
        .await
        .unwrap();
    assert_eq!(
        bench
            .store
            .read(|v| v.messages_in_flight())
            .await
            .unwrap()
            .len(),
        2
    );
    let later = noon().plus(minutes(1));
    bench
        .store
        .write(move |tx| tx.settle_message(a, MessageState::Pending, "429", Some(later)))
        .await
        .unwrap();
    assert!(
        bench
            .store
            .read(|v| v.pending_messages(noon(), 9))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        bench
            .store
            .read(move |v| v.pending_messages(later, 9))
            .await
            .unwrap()
            .len(),
        2
    );
    bench
        .store
        .write(move |tx| tx.sending(&[a, b]))
        .await
        .unwrap();
    bench
        .store
        .write(move |tx| tx.settle_message(a, MessageState::Delivered, "", None))
        .await
        .unwrap();
    let mut counts = bench.store.read(|v| v.message_counts()).await.unwrap();
    counts.sort_by_key(|count| count.1 != MessageState::Delivered);
    assert_eq!(
        counts,
        [
            (MessageKind::Chat, MessageState::Delivered, 1),
            (MessageKind::Chat, MessageState::Coalesced, 1)
        ]
    );
    assert!(bench.store.write(move |tx| tx.sending(&[a])).await.is_err());
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
