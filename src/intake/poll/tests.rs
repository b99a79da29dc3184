//! Polls against a service that answers from a script, on a clock turned by hand.

use super::{Memory, Parts, run};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Pending, Registry, Reply, Wanted,
};
use crate::intake::Suspects;
use crate::intake::kit::{Kit, until};
use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::time::Span;
use crate::model::value::{Value, ValueType};
use crate::store::EventState;
use serde_json::{Map, Value as Json, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio::task::JoinHandle;

static ACTIONS: [ActionSpec; 1] = [ActionSpec {
    name: "world.list",
    about: "Lists.",
    nature: Nature::Read,
    inputs: &[Field::optional("cursor", ValueType::Json, "where to go on")],
    outputs: &[Field::required("items", ValueType::Json, "the list")],
    destructive: false,
    settle: Span::ZERO,
    probe: false,
}];

/// Answers from a script; an empty list when it has run out.
#[derive(Default)]
struct World {
    script: Mutex<VecDeque<Result<Json, Fault>>>,
    asked: Mutex<Vec<Map<String, Json>>>,
}

impl World {
    fn will(&self, answer: Json) {
        self.script.lock().unwrap().push_back(Ok(answer));
    }

    fn will_fail(&self, kind: FaultKind) {
        let fault = Fault::new(kind, "the world says no");
        self.script.lock().unwrap().push_back(Err(fault));
    }

    fn asked(&self) -> Vec<Map<String, Json>> {
        self.asked.lock().unwrap().clone()
    }
}

impl Connector for World {
    fn name(&self) -> &'static str {
        "world"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        &ACTIONS
    }

    fn call<'a>(
        &'a self,
        _action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        self.asked.lock().unwrap().push(call.input);
        let answer = self.script.lock().unwrap().pop_front();
        Box::pin(async move {
            let result = answer.unwrap_or_else(|| Ok(json!({"items": [], "more": false})))?;
            Ok(Reply {
                result,
                outcome: Outcome::Done,
                exchanges: Vec::new(),
            })
        })
    }

    fn probe<'a>(
        &'a self,
        _action: &'static ActionSpec,
        _call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async { Ok(Landing::Absent) })
    }

    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }

    fn health(&self) -> Health {
        Health::default()
    }
}

/// A poll at work.
struct Polling {
    world: Arc<World>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Polling {
    fn start(kit: &Kit, intake: &str, world: &Arc<World>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let intake = kit.pipeline.intake(intake).unwrap().clone();
        let connector: Arc<dyn Connector> = Arc::clone(world) as _;
        let task = tokio::spawn(run(
            intake,
            Parts {
                pipeline: Arc::clone(&kit.pipeline),
                store: kit.store.clone(),
                registry: Registry::new([connector]),
                clock: kit.clock.clone(),
                suspects: Suspects::default(),
            },
            stopped,
        ));
        Self {
            world: Arc::clone(world),
            stop,
            task,
        }
    }

    /// Until so many calls were made and the poll sleeps again.
    async fn rest_after(&self, kit: &Kit, calls: usize) {
        until("the round ends", async || {
            self.world.asked().len() >= calls
                && !kit.clock.is_busy()
                && kit.clock.next_wake().is_some()
        })
        .await;
        assert_eq!(self.world.asked().len(), calls);
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }
}

async fn make(kit: &Kit, serials: &'static [&'static str]) {
    let made = kit.store.write(move |tx| {
        for serial in serials {
            tx.row_of(serial)?;
        }
        Ok(())
    });
    made.await.unwrap();
}

fn items(items: Json) -> Json {
    json!({"items": items, "more": false})
}

#[tokio::test]
async fn an_item_leaves_an_event_only_when_it_changes_its_row() {
    let kit = Kit::new();
    make(&kit, &["C02A", "C02B"]).await;
    let world = Arc::new(World::default());
    let state = |team: &str| items(json!([{"serial": "C02A", "team": team}, {"serial": "C02B"}]));
    for team in ["Staging", "Staging", "No team", "Staging"] {
        world.will(state(team));
    }
    let polling = Polling::start(&kit, "inventory", &world);
    for (round, team, events) in [
        (1, "Staging", 1),
        (2, "Staging", 1),
        (3, "No team", 2),
        // Back to what it was is a change like any other.
        (4, "Staging", 3),
    ] {
        polling.rest_after(&kit, round).await;
        let row = kit.row("C02A").await.unwrap();
        assert_eq!(row.get("team"), &Value::Text(team.into()), "round {round}");
        assert_eq!(kit.events().await.len(), events, "round {round}");
        kit.clock.turn(Span::from_mins(1));
    }
    polling.end().await;
    let journal = kit.journal().await;
    assert_eq!(journal[0], "Info Inventory: 2 read, 1 changed");
    assert_eq!(journal.len(), 3, "{journal:?}");
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_the_cursor_outlives_the_engine() {
    let kit = Kit::new();
    let world = Arc::new(World::default());
    let item = |n: u32| json!({"id": n, "serial": format!("C02{n:05}"), "team": "Staging"});
    let page = |from: u32, to: u32, more: bool| {
        let items: Vec<_> = (from..to).map(item).collect();
        json!({"items": items, "cursor": {"after": to}, "more": more})
    };
    world.will(page(0, 250, true));
    world.will(page(250, 260, false));
    let polling = Polling::start(&kit, "newcomers", &world);
    polling.rest_after(&kit, 2).await;
    polling.end().await;
    assert_eq!(kit.rows().await, 260);
    let memory = kit
        .look(|view| Memory::read(view, "newcomers").unwrap())
        .await;
    assert_eq!((memory.tally.read, memory.tally.made), (260, 260));
    assert_eq!(memory.last_at, Some(kit.clock.now()));
    let polling = Polling::start(&kit, "newcomers", &world);
    polling.rest_after(&kit, 3).await;
    polling.end().await;
    let asked = world.asked();
    assert_eq!(asked[0].get("cursor"), None);
    assert_eq!(asked[1]["cursor"], json!({"after": 250}));
    assert_eq!(asked[2]["cursor"], json!({"after": 260}));
}

#[tokio::test]
async fn one_bad_item_is_parked_and_the_others_go_on() {
    let kit = Kit::new();
    make(&kit, &["C02A", "C02Z"]).await;
    let world = Arc::new(World::default());
    let answer = items(json!([
        {"serial": "C02A", "team": "Staging"},
        {"serial": null},
        "nonsense",
        {"serial": "UNKNOWN", "team": "Staging"},
        {"serial": "C02Z", "team": "Staging"},
    ]));
    world.will(answer.clone());
    world.will(answer);
    let polling = Polling::start(&kit, "inventory", &world);
    polling.rest_after(&kit, 1).await;
    kit.clock.turn(Span::from_mins(1));
    polling.rest_after(&kit, 2).await;
    polling.end().await;
    for serial in ["C02A", "C02Z"] {
        let row = kit.row(serial).await.unwrap();
        assert_eq!(row.get("team"), &Value::Text("Staging".into()));
    }
    assert_eq!(kit.rows().await, 2, "an inventory makes no rows here");
    let events = kit.events().await;
    let parked: Vec<_> = events
        .iter()
        .filter(|event| event.state == EventState::Malformed)
        .map(|event| (event.raw.as_str(), event.repeats))
        .collect();
    assert_eq!(parked, [(r#"{"serial":null}"#, 1), (r#""nonsense""#, 1)]);
    assert_eq!(events.len(), 4, "what has no row is only counted");
    let journal = kit.journal().await.join("\n");
    let summary = "Inventory: 5 read, 2 changed, 1 without a row, 2 not understood";
    assert!(journal.contains(summary), "{journal}");
}

#[tokio::test]
async fn trouble_is_told_once_and_its_end_once() {
    let kit = Kit::new();
    let world = Arc::new(World::default());
    for _ in 0..3 {
        world.will_fail(FaultKind::Unreachable);
    }
    let polling = Polling::start(&kit, "inventory", &world);
    for (calls, pause) in [(1, 15), (2, 30), (3, 60)] {
        polling.rest_after(&kit, calls).await;
        kit.clock.turn(Span::from_secs(pause - 1));
        polling.rest_after(&kit, calls).await;
        kit.clock.turn(Span::from_secs(1));
    }
    polling.rest_after(&kit, 4).await;
    polling.end().await;
    let journal = kit.journal().await;
    assert_eq!(journal.len(), 2, "{journal:?}");
    assert!(journal[0].starts_with("Warning Inventory: the poll failed"));
    assert!(journal[0].contains("the world says no"));
    assert!(journal[1].ends_with("works again after 3 failures in a row"));
}

#[tokio::test]
async fn a_cursor_that_is_refused_is_forgotten() {
    let kit = Kit::new();
    let world = Arc::new(World::default());
    world.will(json!({"items": [], "cursor": 7, "more": false}));
    world.will_fail(FaultKind::Refused);
    let polling = Polling::start(&kit, "inventory", &world);
    polling.rest_after(&kit, 1).await;
    kit.clock.turn(Span::from_mins(1));
    polling.rest_after(&kit, 2).await;
    kit.clock.turn(Span::from_mins(1));
    polling.rest_after(&kit, 3).await;
    polling.end().await;
    let cursors: Vec<_> = world
        .asked()
        .iter()
        .map(|input| input.get("cursor").cloned())
        .collect();
    assert_eq!(cursors, [None, Some(json!(7)), None]);
}

#[tokio::test]
async fn a_listing_that_goes_in_circles_ends_with_a_fault() {
    let kit = Kit::new();
    let world = Arc::new(World::default());
    world.will(json!({"items": [], "cursor": 7, "more": true}));
    world.will(json!({"items": [], "cursor": 7, "more": true}));
    let polling = Polling::start(&kit, "inventory", &world);
    polling.rest_after(&kit, 2).await;
    polling.end().await;
    assert!(kit.journal().await[0].contains("leads nowhere"));
}

#[tokio::test]
async fn an_event_read_twice_happens_once() {
    let kit = Kit::new();
    let world = Arc::new(World::default());
    let moved = |id: u32, team: &str| json!({"id": id, "serial": "C02A", "team": team});
    world.will(items(json!([
        moved(1, "Staging"),
        moved(2, "Workstations")
    ])));
    world.will(items(json!([
        moved(1, "Staging"),
        moved(2, "Workstations")
    ])));
    let polling = Polling::start(&kit, "newcomers", &world);
    polling.rest_after(&kit, 1).await;
    kit.clock.turn(Span::from_mins(1));
    polling.rest_after(&kit, 2).await;
    polling.end().await;
    let row = kit.row("C02A").await.unwrap();
    assert_eq!(row.get("team"), &Value::Text("Workstations".into()));
    assert_eq!(kit.events().await.len(), 2);
}
