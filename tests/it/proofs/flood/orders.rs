//! Whatever the order in which what happened to a Mac is told, the row ends the same; and what was heard forty days ago is
//! known still.

use super::events::{click, enrolled};
use crate::proofs::{alone, figure};
use drover::intake::apply::{Did, Manner, apply};
use drover::intake::heard::Heard;
use drover::model::clock::Clock;
use drover::model::random::Random;
use drover::model::row::{Row, Values};
use drover::model::time::{Span, Time};
use drover::pipeline::{Pipeline, parse};
use drover::store::{Setup, Store};
use std::collections::BTreeSet;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

struct Desk {
    store: Store,
    pipeline: Arc<Pipeline>,
    clock: Clock,
    runtime: Runtime,
    _folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let text = include_str!("../../../../assets/pipelines/jamf-to-fleet.toml");
        let pipeline = Arc::new(parse("jamf-to-fleet.toml", text).unwrap());
        let clock = Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            shape: pipeline.shape(),
            rules: pipeline.rules(),
            clock: clock.clone(),
        };
        Self {
            store: Store::open(&folder.path().join("drover.db"), setup).unwrap(),
            pipeline,
            clock,
            runtime: Runtime::new().unwrap(),
            _folder: folder,
        }
    }

    /// Tells all of it in this order, each in a transaction of its own; what each did.
    fn tell(&self, told: Vec<(&'static str, String)>) -> Vec<Did> {
        let now = self.clock.now();
        let heard: Vec<_> = told
            .into_iter()
            .map(|(hook, body)| {
                let intake = self.pipeline.intake(hook).unwrap().clone();
                let heard = Heard::body(&self.pipeline, &intake, body.as_bytes(), now);
                (intake, heard)
            })
            .collect();
        let mut did = Vec::new();
        self.runtime.block_on(async {
            let writes: Vec<_> = heard
                .into_iter()
                .map(|(intake, heard)| {
                    self.store
                        .write(move |tx| apply(tx, &intake, &heard, Manner::Hook))
                })
                .collect();
            // One after the other into the queue, so in this order; a group of them is one commit.
            for done in futures_util::future::join_all(writes).await {
                did.push(done.unwrap());
            }
        });
        did
    }

    fn row(&self, serial: &str) -> Row {
        let serial = serial.to_owned();
        let row = self.store.read(move |view| view.row_by_key(&serial));
        self.runtime.block_on(row).unwrap().unwrap()
    }
}

/// Six things that happen to one Mac: two clicks, a host made anew, enrollments, and one nobody wants.
fn life(serial: &str) -> Vec<(&'static str, String)> {
    vec![
        ("migrate", click(serial, 121, "2026-03-02T09:00:00Z")),
        ("migrate", click(serial, 121, "2026-03-02T09:20:00Z")),
        ("migrate", click(serial, 340, "2026-03-02T10:40:00Z")),
        ("activity", enrolled(serial, "2026-03-02T09:05:00Z")),
        ("activity", enrolled(serial, "2026-03-02T10:45:00Z")),
        (
            "activity",
            enrolled(serial, "2026-03-02T10:45:30Z").replace("mdm_enrolled", "mdm_unenrolled"),
        ),
    ]
}

/// The row without its name.
fn facts(row: Row) -> Values {
    let mut values = row.values;
    values.remove("serial");
    values
}

fn all_orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let place = |order: Vec<usize>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, of - 1);
            order
        })
    };
    all_orders(of - 1).into_iter().flat_map(place).collect()
}

fn tell_in(desk: &Desk, serial: &str, order: &[usize]) -> String {
    let life = life(serial);
    desk.tell(order.iter().map(|nth| life[*nth].clone()).collect());
    format!("{:?}", facts(desk.row(serial)))
}

#[test]
fn all_720_orders_of_six_events_end_in_one_state() {
    let desk = Desk::new();
    let orders = all_orders(6);
    let ends: BTreeSet<String> = (orders.iter().enumerate())
        .map(|(nth, order)| tell_in(&desk, &format!("ORDER{nth:04}"), order))
        .collect();
    figure(
        "flood.orders",
        &[("orders", &orders.len()), ("ends", &ends.len())],
    );
    assert_eq!(ends.len(), 1, "{ends:#?}");
    let end = desk.row("ORDER0000");
    assert_eq!(
        end.get("requested_at").to_string(),
        "2026-03-02T09:00:00.000Z"
    );
    assert_eq!(end.get("fleet_id").as_integer(), Some(340));
    assert_eq!(
        end.get("enrolled_heard_at").to_string(),
        "2026-03-02T10:45:00.000Z"
    );
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_random_orders_with_repeats_end_in_one_state() {
    let _alone = alone();
    let (desk, mut random) = (Desk::new(), Random::named(9, "orders"));
    let mut ends = BTreeSet::new();
    for nth in 0..10_000 {
        let mut order: Vec<usize> = (0..6).chain((0..6).map(|_| random.below(6))).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        ends.insert(tell_in(&desk, &format!("ORDER{nth:05}"), &order));
    }
    figure(
        "flood.random_orders",
        &[("orders", &10_000), ("ends", &ends.len()), ("seed", &9)],
    );
    assert_eq!(ends.len(), 1, "{ends:#?}");
}

#[test]
fn what_was_heard_forty_days_ago_is_known_still() {
    let desk = Desk::new();
    let all = || {
        (0..200)
            .flat_map(|nth| life(&format!("OLD{nth:03}")))
            .collect()
    };
    desk.tell(all());
    let before: Vec<_> = (0..200)
        .map(|nth| desk.row(&format!("OLD{nth:03}")))
        .collect();
    let mut repeats = 0;
    for span in [
        Span::from_mins(1),
        Span::from_hours(1),
        Span::from_hours(40 * 24),
    ] {
        desk.clock.turn(span);
        let did = desk.tell(all());
        repeats += did.iter().filter(|did| **did == Did::Repeat).count();
    }
    let after: Vec<_> = (0..200)
        .map(|nth| desk.row(&format!("OLD{nth:03}")))
        .collect();
    figure(
        "flood.forty_days",
        &[("replayed", &3_600), ("counted", &repeats)],
    );
    assert_eq!(repeats, 3_600);
    assert!(before == after, "a replay changed a row");
}
