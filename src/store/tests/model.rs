use super::super::context::Context;
use super::super::*;
use super::*;
use proptest::prelude::*;

/// One thing that may happen to a row.
#[derive(Clone, Debug)]
enum Act {
    Set(usize, &'static str, Value),
    Wave(usize, Option<&'static str>),
    Open(&'static str, bool),
    Hold(usize, &'static str, HoldKind),
    Release(usize, &'static str),
    Begin(usize, &'static str),
    End(AttemptState),
    Turn(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let row = 0_usize..4;
    let value = prop_oneof![
        Just(("requested_at", Value::Time(noon()))),
        Just(("requested_at", Value::Null)),
        Just(("connected", Value::Boolean(true))),
        Just(("connected", Value::Boolean(false))),
        Just(("connected", Value::Null)),
        Just(("fleet_team", text("Staging"))),
        Just(("fleet_team", text("Workstations"))),
        Just(("unenrolled_at", Value::Time(noon()))),
        Just(("transferred_at", Value::Time(noon()))),
        Just(("transferred_at", Value::Null)),
        Just(("mdm_server_url", text("https://jamf.example.com/x"))),
    ];
    let rule = prop::sample::select(vec!["unenroll", "transfer", "stuck_in_jamf", "*"]);
    let kind = prop::sample::select(vec![
        HoldKind::BackingOff,
        HoldKind::Parked,
        HoldKind::Held,
        HoldKind::Skipped,
    ]);
    let wave = prop::sample::select(vec![None, Some("one"), Some("two")]);
    let state = prop::sample::select(vec![
        AttemptState::Done,
        AttemptState::Failed,
        AttemptState::Waiting,
    ]);
    prop_oneof![
        6 => (row.clone(), value).prop_map(|(row, (name, value))| Act::Set(row, name, value)),
        1 => (row.clone(), wave).prop_map(|(row, wave)| Act::Wave(row, wave)),
        1 => (prop::sample::select(vec!["one", "two"]), any::<bool>()).prop_map(|(w, on)| Act::Open(w, on)),
        2 => (row.clone(), rule.clone(), kind).prop_map(|(row, rule, kind)| Act::Hold(row, rule, kind)),
        1 => (row.clone(), rule).prop_map(|(row, rule)| Act::Release(row, rule)),
        2 => (row, prop::sample::select(vec!["unenroll", "transfer"])).prop_map(|(r, rule)| Act::Begin(r, rule)),
        2 => state.prop_map(Act::End),
        1 => (1_i64..20).prop_map(Act::Turn),
    ]
}

fn apply(tx: &mut Tx<'_>, rows: &[RowId], act: Act) -> Result<(), StoreError> {
    match act {
        Act::Set(row, name, value) => tx
            .set(rows[row], &values_of(&[(name, value)]), &Cause::Schedule)
            .map(drop),
        Act::Wave(row, wave) => tx.set_wave(rows[row], wave, &Cause::Schedule),
        Act::Open(wave, on) => tx.set_switch(SwitchKind::Wave, wave, on, "", &Actor::Engine),
        Act::Hold(row, rule, kind) => {
            let until = (kind == HoldKind::BackingOff).then(|| tx.now().plus(minutes(7)));
            tx.hold(hold(rows[row], rule, kind, until))
        }
        Act::Release(row, rule) => tx.release(rows[row], rule, true).map(drop),
        Act::Begin(row, rule) => match tx.begin(attempt(rows[row], rule)) {
            Err(StoreError::AlreadyOpen(_)) => Ok(()),
            other => other.map(drop),
        },
        Act::End(state) => match tx.open_attempts()?.first() {
            None => Ok(()),
            Some(open) if state.is_open() => {
                tx.wait(open.id, state, "s", "w", tx.now().plus(minutes(3)))
            }
            Some(open) => tx.end(open.id, state, None, None),
        },
        Act::Turn(_) => Ok(()),
    }
}

/// The queue and the counters as text, in a fixed order.
fn picture(context: &Context) -> Vec<String> {
    let mut lines = Vec::new();
    for sql in [
        "SELECT row || ' ' || rule || ' ' || state || ' ' || since || ' ' || coalesce(due, '-') || ' ' || at || ' ' ||
           tried || ' ' || shut FROM queue ORDER BY row, rule",
        "SELECT kind || ' ' || a || ' ' || b || ' ' || n FROM tally WHERE n <> 0 AND kind IN ('queue', 'phase')
           ORDER BY 1",
        "SELECT id || ' ' || coalesce(phase, '-') FROM device ORDER BY id",
    ] {
        let mut statement = context.conn.prepare(sql).unwrap();
        let found = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        lines.extend(found.map(Result::unwrap));
    }
    lines
}

/// Holds the queue against the gates, asked one by one, and the counts against the lists.
fn agrees(view: &View<'_>, rows: &[RowId], now: Time) {
    for row in rows {
        let queued = view.queued(*row).unwrap();
        for rule in ["unenroll", "transfer", "stuck_in_jamf"] {
            let holds = view.gate_holds(*row, rule, now).unwrap();
            let entry = queued.iter().find(|entry| entry.rule == rule);
            match entry {
                Some(entry) if entry.due.is_none_or(|due| due <= now) => {
                    assert!(holds, "{entry:?}");
                }
                Some(entry) => {
                    assert!(entry.state == QueueState::BackingOff || !holds, "{entry:?}");
                }
                None => assert!(!holds, "{row:?} {rule}"),
            }
        }
    }
    for count in view.counts(now).unwrap() {
        let ready = view.ready(&count.rule, now, 99).unwrap().len() as u64;
        assert_eq!(count.queued, ready, "{count:?}");
        let swept = view
            .ready_for_sweep(&count.rule, now.plus(minutes(1)), now, 99)
            .unwrap();
        assert_eq!(count.queued, swept.len() as u64, "{count:?}");
        let open = view
            .open_attempts()
            .unwrap()
            .into_iter()
            .filter(|a| a.rule == count.rule);
        assert_eq!(
            count.running + count.waiting,
            open.count() as u64,
            "{count:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_kept_row_by_row_is_the_queue_made_anew(acts in prop::collection::vec(act(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move {
            let bench = Bench::new();
            let mut rows = Vec::new();
            for n in 0..4 {
                rows.push(bench.set(&format!("C{n}"), &[]).await);
            }
            for act in acts {
                if let Act::Turn(by) = act {
                    bench.clock.turn(minutes(by));
                }
                let rows = rows.clone();
                bench.store.write(move |tx| apply(tx, &rows, act)).await.unwrap();
            }
            let now = bench.clock.now();
            let same = bench.store.write(move |tx| {
                agrees(tx, &rows, now);
                let kept = picture(tx.context);
                super::super::rebuild::rebuild(tx.context, now)?;
                Ok((kept, picture(tx.context)))
            }).await.unwrap();
            assert_eq!(same.0, same.1);
            bench.store.close().await;
        });
    }
}
