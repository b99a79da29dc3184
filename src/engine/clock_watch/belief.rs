//! What is believed of the time, and what changes that. Pure: readings in, verdicts out.

use super::votes::{Votes, bears_out_the_count, dated, differs, jump, off, signed, span, who};
use crate::model::machine::Word;
use crate::model::time::{Span, Time};
use std::time::Duration;

/// A wall clock that is set by less is followed, unless services bear out the count.
const SMALL: i64 = 30_000;
/// Less than this is no news: a `Date` tells no more.
const NOTHING: i64 = 1_000;
/// A service whose time is further off does not agree.
pub(super) const AGREE: i64 = 5 * 60_000;
/// Between two looks no more time passes than this, unless machine or process stood still.
pub(super) const STOOD_STILL: Duration = Duration::from_mins(1);
/// What services said counts for so long while all is well.
const FRESH: Duration = Duration::from_mins(10);
/// Services that differ are asked again for so long before they are believed against a running engine.
const PERSISTS: Duration = Duration::from_secs(30);
/// A small step waits for a service's word no longer than this.
const ANSWERS: Duration = Duration::from_mins(1);
/// After a start or a sleep silence is told of after this.
const QUIET: Duration = Duration::from_secs(5);
/// Services that answer without a date are given so long to do better: there is nobody else to ask.
const DATELESS: Duration = Duration::from_secs(10);

/// One look at the machine.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// The engine's time.
    pub now: Time,
    /// Milliseconds by which the wall is ahead of it.
    pub wall_ahead: i64,
    pub up: Duration,
    pub awake: Duration,
    /// Whether any configured service can be asked for its time.
    pub tellers: bool,
    /// Whether what must be done first after a sleep is done.
    pub caught_up: bool,
}

impl Sight {
    pub(super) fn wall(&self) -> Time {
        Time::from_millis(self.now.millis() + self.wall_ahead)
    }
}

/// What a look leads to, in this order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The engine's time is put forward by so many milliseconds.
    Set(i64),
    /// Nothing is sent. `news` is what the journal must hear once more.
    Halt { why: String, news: bool },
    /// Sending goes on; nothing is said when nobody was told that it had ended.
    GoOn(Option<String>),
    /// A line for the journal: the machine's clock is for somebody to look at.
    Warn(String),
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Not borne out since a start or a sleep; `told` once the journal knows.
    Unsure {
        slept: Option<Span>,
        told: bool,
    },
    Sure,
    /// The wall jumped by so many milliseconds.
    Jumped(i64),
    /// Services say otherwise; `adopted` when the engine's time is theirs.
    Refuted {
        adopted: bool,
    },
}

pub(super) struct Belief {
    state: State,
    /// How far the wall is ahead, passed over because services bear out the count.
    off: i64,
    /// What services said counts from here.
    since: Duration,
    last: (Duration, Duration),
    /// Since when services differ from a time that was believed.
    differs: Option<Duration>,
    /// Since when a small step waits for a service's word.
    small: Option<Duration>,
    /// An operator said that this clock is right: services are not believed against it.
    vouched: bool,
    /// The latest the store knows of.
    latest: Option<Time>,
}

impl Belief {
    pub fn new(up: Duration, awake: Duration, latest: Option<Time>) -> Self {
        Self {
            state: State::Unsure {
                slept: None,
                told: false,
            },
            off: 0,
            since: up,
            last: (up, awake),
            differs: None,
            small: None,
            vouched: false,
            latest,
        }
    }

    /// Whether services should be asked now.
    pub fn wonders(&self) -> bool {
        self.state != State::Sure || self.differs.is_some() || self.small.is_some()
    }

    /// From where on the count words are wanted.
    pub fn since(&self, up: Duration) -> Duration {
        match self.state {
            State::Unsure { .. } | State::Jumped(_) => self.since,
            State::Sure | State::Refuted { .. } => up.saturating_sub(FRESH).max(self.since),
        }
    }

    /// An operator says that the machine's clock is right. False when nobody doubted it.
    pub fn vouch(&mut self) -> bool {
        if self.state == State::Sure && self.off == 0 {
            return false;
        }
        self.state = State::Sure;
        (self.off, self.vouched, self.differs) = (0, true, None);
        true
    }

    /// What this look leads to. `words` are what services said since [`Belief::since`].
    pub fn look(&mut self, sight: &Sight, words: &[Word]) -> Vec<Verdict> {
        let gap = sight.up.saturating_sub(self.last.0);
        let awake = sight.awake.saturating_sub(self.last.1);
        self.last = (sight.up, sight.awake);
        if gap > STOOD_STILL && self.state == State::Sure {
            return self.woke(sight, gap, awake);
        }
        match self.state.clone() {
            State::Sure => self.sure(sight, words),
            State::Jumped(by) => self.jumped(sight, words, by),
            State::Unsure { slept, told } => self.unsure(sight, words, slept, told),
            State::Refuted { adopted } => self.refuted(sight, words, adopted),
        }
    }

    fn woke(&mut self, sight: &Sight, gap: Duration, awake: Duration) -> Vec<Verdict> {
        let whole = span(gap);
        let what = if gap.saturating_sub(awake) > STOOD_STILL {
            format!("this machine slept for {whole}")
        } else {
            format!("drover stood still for {whole}")
        };
        (self.since, self.differs) = (sight.up, None);
        self.state = State::Unsure {
            slept: Some(whole),
            told: true,
        };
        let why = format!(
            "{what}; services are read and the time is compared with theirs before anything is sent"
        );
        vec![Verdict::Halt { why, news: true }]
    }

    fn sure(&mut self, sight: &Sight, words: &[Word]) -> Vec<Verdict> {
        let (total, was) = (sight.wall_ahead, self.off);
        let step = total - was;
        let mut verdicts = Vec::new();
        if step.abs() < NOTHING {
            self.small = None;
            if was == 0 {
                verdicts.push(Verdict::Set(total));
            } else {
                self.off = total;
            }
        } else if total.abs() <= SMALL {
            let hardly = total.abs() < NOTHING + NOTHING / 2;
            let first = *self.small.get_or_insert(sight.up);
            let waits = sight.tellers && sight.up.saturating_sub(first) < ANSWERS;
            if !hardly && waits && !dated(words) {
                return verdicts;
            }
            let wall = hardly || !bears_out_the_count(words, total);
            self.off = if wall { 0 } else { total };
            self.small = None;
            if wall {
                verdicts.push(Verdict::Set(total));
            }
            if was.abs() > SMALL {
                let said = "the machine's clock is right again".to_owned();
                verdicts.push(Verdict::Warn(said));
            }
        } else if step.abs() <= SMALL {
            self.off = total;
        } else {
            (self.since, self.vouched, self.differs) = (sight.up, false, None);
            self.state = State::Jumped(step);
            return vec![Verdict::Halt {
                why: jump(step, sight),
                news: true,
            }];
        }
        if !self.vouched && Votes::of(words, 0).refutes() {
            let first = *self.differs.get_or_insert(sight.up);
            let again = words.iter().any(|word| word.at > first);
            if again && sight.up.saturating_sub(first) >= PERSISTS {
                self.state = State::Refuted { adopted: false };
                return vec![Verdict::Halt {
                    why: differs(sight, words),
                    news: true,
                }];
            }
        } else {
            self.differs = None;
        }
        verdicts
    }

    fn jumped(&mut self, sight: &Sight, words: &[Word], by: i64) -> Vec<Verdict> {
        let total = sight.wall_ahead;
        let step = total - self.off;
        if step.abs() < NOTHING + NOTHING / 2 {
            self.state = State::Sure;
            let said = format!(
                "the machine's clock, which had jumped by {}, is back",
                signed(by)
            );
            return vec![Verdict::GoOn(Some(said))];
        }
        self.state = State::Jumped(step);
        let (ours, wall) = (Votes::of(words, 0), Votes::of(words, total));
        if ours.confirms() && ours.middle <= wall.middle {
            (self.state, self.off) = (State::Sure, total);
            let said = format!(
                "by {} drover's own count of the time is right: sending goes on by it",
                who(words)
            );
            let wrong = format!(
                "the machine's clock is {}: set it (`timedatectl`), or the next start of drover will wait for that",
                off(total)
            );
            return vec![Verdict::GoOn(Some(said)), Verdict::Warn(wrong)];
        }
        if wall.confirms() && wall.middle < ours.middle {
            (self.state, self.off) = (State::Sure, 0);
            let said = format!(
                "the machine's clock was set by {} and agrees with {}: sending goes on by it",
                signed(total),
                who(words)
            );
            return vec![Verdict::Set(total), Verdict::GoOn(Some(said))];
        }
        if (step - by).abs() > SMALL {
            let why = jump(step, sight);
            return vec![Verdict::Halt { why, news: true }];
        }
        Vec::new()
    }

    fn unsure(
        &mut self,
        sight: &Sight,
        words: &[Word],
        slept: Option<Span>,
        told: bool,
    ) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        // Nothing is believed yet, so a time server that sets a clock right after the start is simply followed.
        let follows = slept.is_none() || (self.off == 0 && sight.wall_ahead.abs() <= SMALL);
        let total = if follows { sight.wall_ahead } else { 0 };
        if follows {
            verdicts.push(Verdict::Set(total));
        }
        let silent = sight.up.saturating_sub(self.since);
        let undated = !words.is_empty() && words.iter().all(|word| word.ahead.is_none());
        let votes = Votes::of(words, total);
        let nobody = !sight.tellers || (undated && silent > DATELESS);
        let fits = slept.is_some() || self.latest.is_none_or(|latest| sight.wall() >= latest);
        if (votes.confirms() || nobody && fits) && sight.caught_up {
            self.state = State::Sure;
            let span = slept.map(|span| format!("after {span} of sleep "));
            let said = format!("{}sending goes on", span.unwrap_or_default());
            verdicts.push(Verdict::GoOn(told.then_some(said)));
        } else if votes.refutes() {
            let why = differs(sight, words);
            // From here on the record goes by the services' time. After a sleep the count was borne out before, and stays.
            self.state = State::Refuted {
                adopted: slept.is_none(),
            };
            if slept.is_none() {
                verdicts.push(Verdict::Set(votes.middle_signed));
            }
            verdicts.push(Verdict::Halt { why, news: true });
        } else if !told && silent > QUIET {
            self.state = State::Unsure { slept, told: true };
            let why = self.unconfirmed(sight, fits);
            verdicts.push(Verdict::Halt { why, news: true });
        }
        verdicts
    }

    fn unconfirmed(&self, sight: &Sight, fits: bool) -> String {
        let wall = sight.wall();
        match self.latest.filter(|_| !fits) {
            Some(latest) => format!(
                "the machine's clock says {wall}, and the store has records of {latest}: set the clock (`timedatectl`); \
                 nothing is sent until services agree with it, or `drover resume` says that it is right"
            ),
            None => format!(
                "no service has told its time since the start, so nothing bears out the machine's clock ({wall}); nothing \
                 is sent until one does, or `drover resume` says that it is right"
            ),
        }
    }

    fn refuted(&mut self, sight: &Sight, words: &[Word], adopted: bool) -> Vec<Verdict> {
        let (ours, wall) = (Votes::of(words, 0), Votes::of(words, sight.wall_ahead));
        let said = || format!("the time agrees with {} again: sending goes on", who(words));
        if wall.confirms() {
            (self.state, self.off) = (State::Sure, 0);
            return vec![Verdict::Set(sight.wall_ahead), Verdict::GoOn(Some(said()))];
        }
        if !adopted && ours.confirms() {
            self.state = State::Sure;
            return vec![Verdict::GoOn(Some(said()))];
        }
        if wall.refutes() {
            let why = differs(sight, words);
            return vec![Verdict::Halt { why, news: false }];
        }
        Vec::new()
    }
}

#[cfg(test)]
#[path = "belief_tests.rs"]
mod tests;
