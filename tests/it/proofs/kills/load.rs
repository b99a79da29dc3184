//! Who posts to the engine while it is killed: eight connections that note what was acknowledged.

use crate::support::{Company, Line};
use drover::model::clock::real_pause;
use drover::model::random::Random;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How the serials of Macs begin that nobody has.
pub(crate) const STRANGER: &str = "STRANGER";

const SENDERS: u64 = 8;
/// Marks of one sender; the next sender's follow.
const SPAN: u64 = 1_000_000;

/// A Mac that is really there.
#[derive(Clone, Debug)]
pub(crate) struct Mac {
    pub(crate) serial: String,
    pub(crate) uuid: String,
    pub(crate) fleet_id: i64,
}

/// What got its 2xx.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Every event carries a mark of its own.
    pub(crate) marks: BTreeSet<u64>,
    /// Whose click it was.
    pub(crate) clicked: BTreeSet<String>,
    /// Posts of an event that had been acknowledged before.
    pub(crate) again: u64,
}

/// The senders, until told to stop.
pub(crate) struct Load {
    port: u16,
    token: String,
    seed: u64,
    first: u64,
    /// The longest rest between two posts of one sender, in real milliseconds.
    rest: f64,
    stop: AtomicBool,
    macs: Mutex<Vec<Mac>>,
}

impl Load {
    pub(crate) fn on(company: &Company, seed: u64, rest: f64) -> Self {
        Self {
            port: company.hooks,
            token: company.token().to_owned(),
            seed,
            first: 0,
            rest,
            stop: AtomicBool::new(false),
            macs: Mutex::default(),
        }
    }

    /// With marks from here on, for senders that follow others on the same store.
    pub(crate) fn from(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// Somebody is about to click for these, whether or not somebody has before.
    pub(crate) fn hand_out(&self, macs: impl IntoIterator<Item = Mac>) {
        self.macs.lock().unwrap().extend(macs);
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Posts until told to stop.
    pub(crate) fn press(&self) -> Kept {
        std::thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| scope.spawn(move || self.send(sender)))
                .collect();
            let mut all = Kept::default();
            for sender in senders {
                let kept = sender.join().unwrap();
                all.marks.extend(kept.marks);
                all.clicked.extend(kept.clicked);
                all.again += kept.again;
            }
            all
        })
    }

    fn send(&self, sender: u64) -> Kept {
        let mut random = Random::named(self.seed, &format!("sender {sender}"));
        let mut line = Line::to(self.port);
        let mut kept = Kept::default();
        let mut last: Option<Post> = None;
        let mut mark = self.first + sender * SPAN;
        while !self.stop.load(Ordering::Relaxed) {
            let known = if random.chance(0.15) {
                last.take()
            } else {
                None
            };
            let again = known.is_some();
            let post = known.unwrap_or_else(|| {
                mark += 1;
                self.next(mark, &mut random)
            });
            let target = format!("/hooks/{}?token={}", post.hook, self.token);
            let status = line.post(&target, post.body.as_bytes());
            if !status.is_some_and(|status| (200..300).contains(&status)) {
                // A click that was refused is clicked again, as people do.
                self.hand_out(post.mac);
                real_pause(Duration::from_millis(4));
                continue;
            }
            kept.again += u64::from(again);
            kept.marks.insert(post.mark);
            kept.clicked.extend(post.serial.clone());
            last = Some(post);
            let rest = random.between(0.001, self.rest / 1_000.0);
            real_pause(Duration::from_secs_f64(rest));
        }
        kept
    }

    fn next(&self, mark: u64, random: &mut Random) -> Post {
        let mac = self.macs.lock().unwrap().pop();
        if let Some(mac) = mac {
            return Post::click(mark, &mac.serial, &mac.uuid, mac.fleet_id).of(mac);
        }
        if random.chance(0.004) {
            let serial = format!("{STRANGER}{mark}");
            return Post::click(mark, &serial, &serial, 99_000);
        }
        Post {
            hook: "activity",
            mark,
            serial: None,
            mac: None,
            body: format!(r#"{{"type":"edited_script","mark":{mark}}}"#),
        }
    }
}

struct Post {
    hook: &'static str,
    mark: u64,
    /// Whose click it is.
    serial: Option<String>,
    mac: Option<Mac>,
    body: String,
}

impl Post {
    fn click(mark: u64, serial: &str, uuid: &str, id: i64) -> Self {
        Self {
            hook: "migrate",
            mark,
            serial: Some(serial.to_owned()),
            mac: None,
            body: format!(
                r#"{{"timestamp":"2026-03-02T09:14:58Z","mark":{mark},"host":{{"id":{id},"uuid":"{uuid}","hardware_serial":"{serial}"}}}}"#
            ),
        }
    }

    fn of(mut self, mac: Mac) -> Self {
        self.mac = Some(mac);
        self
    }
}
