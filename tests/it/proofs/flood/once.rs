//! Every event has one effect, however often and in whatever order it comes, over kills; and a burst is taken in time.

use super::events::{Event, event, spoilt};
use super::office::{Office, TOKEN};
use super::sender::{Run, Told, request, send};
use crate::proofs::{alone, figure};
use crate::support::until;
use drover::model::random::Random;
use drover::store::{EventState, Query};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::runtime::Runtime;

struct Flood {
    events: usize,
    posts: usize,
    malformed: usize,
    kills: usize,
    connections: usize,
    seed: u64,
}

/// Every event one to five times and the malformed among them, in no order.
fn posts(flood: &Flood, events: &[Event], random: &mut Random) -> Vec<Arc<[u8]>> {
    let as_post = |event: &Event| Arc::from(request(event.hook, TOKEN, "", event.body.as_bytes()));
    let mut all: Vec<Arc<[u8]>> = events.iter().map(as_post).collect();
    let mut copies = vec![1; events.len()];
    while all.len() < flood.posts - flood.malformed {
        let nth = random.below(events.len());
        if copies[nth] < 5 {
            copies[nth] += 1;
            all.push(Arc::clone(&all[nth]));
        }
    }
    for nth in 0..flood.malformed {
        // Broken off where no two are alike.
        let whole = event("BROKEN", nth);
        let cut = whole.body.find(&whole.serial).unwrap() + whole.serial.len();
        all.push(Arc::from(request(
            whole.hook,
            TOKEN,
            "",
            &whole.body.as_bytes()[..cut],
        )));
    }
    for at in (1..all.len()).rev() {
        all.swap(at, random.below(at + 1));
    }
    all
}

impl Flood {
    fn pour(&self, proof: &str) {
        let mut random = Random::named(self.seed, "flood");
        let mut office = Office::open();
        let events: Vec<Event> = (0..self.events).map(|nth| event("FLOOD", nth)).collect();
        let posts = Arc::new(posts(self, &events, &mut random));
        let (run, runtime) = (Arc::new(Run::default()), Runtime::new().unwrap());
        let (address, connections) = (office.address(), self.connections);
        let mut told = std::thread::scope(|scope| {
            let (sent, watched) = (Arc::clone(&posts), Arc::clone(&run));
            let sending =
                scope.spawn(|| runtime.block_on(send(address, connections, None, sent, watched)));
            for kill in 1..=self.kills {
                let moment = posts.len() * kill / (self.kills + 1);
                until(Duration::from_mins(5), "the next kill", || {
                    let ended = sending.is_finished();
                    (ended || run.answered.load(Ordering::Relaxed) >= moment).then_some(())
                });
                office.crash();
            }
            sending.join().unwrap()
        });
        let morning = Morning::of(&office, &events);
        figure(
            proof,
            &[
                ("events", &self.events),
                ("posts", &posts.len()),
                ("kills", &self.kills),
                ("sent_again", &told.again),
                ("effects", &morning.effects),
                ("rows", &morning.rows),
                ("malformed_kept", &morning.malformed),
                ("repeats_counted", &morning.repeats),
                ("answers_per_s", &(told.rate() as u64)),
                ("p50_ms", &format!("{:.1}", told.waits.within(0.5))),
                ("p99_ms", &format!("{:.1}", told.waits.within(0.99))),
                ("seed", &self.seed),
            ],
        );
        morning.is_as_it_should_be(self, &told);
    }
}

/// What the table and the inbox say.
struct Morning {
    rows: u64,
    /// Events whose column was changed on their own Mac once and by nobody else.
    effects: usize,
    applied: u64,
    malformed: u64,
    repeats: u64,
    wrong: Vec<String>,
}

impl Morning {
    fn of(office: &Office, events: &[Event]) -> Self {
        office.look(|view| {
            let mut wrong = Vec::new();
            for event in events {
                let row = view.row_by_key(&event.serial)?;
                let changes = match &row {
                    Some(row) => view.changes_of(row.id, 1_000)?,
                    None => Vec::new(),
                };
                let count = |column: &str| changes.iter().filter(|c| c.column == column).count();
                let doubled = changes.iter().any(|change| count(&change.column) > 1);
                if count(event.column) != 1 || doubled {
                    wrong.push(format!("{}: {changes:?}", event.serial));
                }
            }
            let (mut repeats, mut before) = (0, None);
            loop {
                let part = view.event_heads(before, 1_000)?;
                let Some(last) = part.last() else { break };
                before = Some(last.id);
                repeats += part
                    .iter()
                    .map(|event| u64::from(event.repeats))
                    .sum::<u64>();
            }
            let counts = view.event_counts()?;
            let of = |state| counts.iter().filter(|c| c.1 == state).map(|c| c.2).sum();
            Ok(Self {
                rows: view.count(&Query::all())?,
                effects: events.len() - wrong.len(),
                applied: of(EventState::Applied),
                malformed: of(EventState::Malformed),
                repeats,
                wrong,
            })
        })
    }

    fn is_as_it_should_be(&self, flood: &Flood, told: &Told) {
        let (events, malformed) = (flood.events as u64, flood.malformed as u64);
        assert!(
            self.wrong.is_empty(),
            "{:#?}",
            &self.wrong[..self.wrong.len().min(5)]
        );
        assert_eq!(
            (self.rows, self.applied),
            (events, events),
            "one row, one event each"
        );
        assert_eq!(self.malformed, malformed, "kept for a person");
        assert_eq!(told.count(400), flood.malformed);
        assert_eq!(
            told.count(400) + told.count(200) + told.count(201),
            told.statuses.len()
        );
        let heard = self.applied + self.malformed + self.repeats;
        let (answered, sent) = (told.statuses.len(), told.statuses.len() + told.again);
        assert!(
            (answered as u64..=sent as u64).contains(&heard),
            "{answered} answered, {heard} heard, {sent} sent"
        );
        assert!(
            flood.kills == 0 || told.again > 0,
            "nobody was in the middle of anything"
        );
    }
}

#[test]
fn nine_hundred_posts_of_three_hundred_events_over_a_kill_have_three_hundred_effects() {
    let flood = Flood {
        events: 300,
        posts: 900,
        malformed: 20,
        kills: 1,
        connections: 16,
        seed: 3,
    };
    flood.pour("flood.once.short");
}

#[test]
#[ignore = "takes minutes"]
fn thirty_thousand_posts_of_ten_thousand_events_have_ten_thousand_effects() {
    let _alone = alone();
    for kills in [0, 5] {
        let flood = Flood {
            events: 10_000,
            posts: 30_000,
            malformed: 500,
            kills,
            connections: 64,
            seed: 3,
        };
        flood.pour("flood.once");
    }
}

/// So many events in so many seconds over 64 connections.
fn burst(office: &Office, events: usize, seconds: f64) -> Told {
    let posts = (0..events).map(|nth| {
        let event = event("BURST", nth);
        Arc::from(request(event.hook, TOKEN, "", event.body.as_bytes()))
    });
    let (posts, run) = (Arc::new(posts.collect()), Arc::default());
    let pace = Some(events as f64 / seconds);
    let sent = send(office.address(), 64, pace, posts, run);
    let mut told = Runtime::new().unwrap().block_on(sent);
    let rows = office.look(|view| view.count(&Query::all()));
    figure(
        if office.is_slowed() {
            "flood.burst_on_a_slow_disk"
        } else {
            "flood.burst"
        },
        &[
            ("hooks", &events),
            ("seconds", &format!("{:.1}", told.took.as_secs_f64())),
            ("rows", &rows),
            ("again", &told.again),
            ("p50_ms", &format!("{:.1}", told.waits.within(0.5))),
            ("p99_ms", &format!("{:.1}", told.waits.within(0.99))),
            ("longest_ms", &format!("{:.1}", told.waits.within(1.0))),
        ],
    );
    assert_eq!(rows as usize, events);
    told
}

#[test]
fn a_burst_of_clicks_is_all_stored() {
    burst(&Office::open(), 300, 1.0);
}

#[test]
#[ignore = "takes minutes"]
fn five_thousand_hooks_in_ten_seconds_are_answered_in_time() {
    let _alone = alone();
    let mut told = burst(&Office::open(), 5_000, 10.0);
    assert!(told.took < Duration::from_secs(12), "{:?}", told.took);
    assert_eq!(told.again, 0);
    assert!(told.waits.within(0.99) < 250.0);
}

/// Every sync takes 20 ms longer than it does.
const SLOW_DISK: &str = "exec strace -D -f -qq -o /dev/null -e trace=fsync,fdatasync \
    -e inject=fsync,fdatasync:delay_enter=20000 \"$0\" \"$@\"";

#[test]
#[ignore = "takes minutes"]
fn five_thousand_hooks_in_ten_seconds_are_all_stored_on_a_slow_disk() {
    let _alone = alone();
    let strace = std::process::Command::new("strace").arg("-V").output();
    assert!(
        strace.is_ok(),
        "this proof slows the disk with strace: apt-get install strace"
    );
    let mut told = burst(&Office::with("", SLOW_DISK), 5_000, 10.0);
    assert_eq!(told.again, 0);
    assert!(told.waits.within(0.99) < 1_000.0);
}

#[test]
fn the_spoilt_are_spoilt_in_many_ways() {
    let (mut random, samples) = (Random::named(1, "spoilt"), super::events::samples());
    let bodies: std::collections::BTreeSet<_> =
        (0..500).map(|_| spoilt(&mut random, &samples).0).collect();
    assert!(bodies.len() > 200, "{}", bodies.len());
}
