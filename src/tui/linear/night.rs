//! How the night stands: what is not moving, why, what happens next and when, whether one may sleep.

use super::dialogue::Dialogue;
use super::reading::counted;
use crate::model::time::Time;
use crate::pipeline::definition::Tone;
use crate::store::{Hold, HoldKind, StoreError, SwitchKind, View};
use crate::tui::event::Engine;
use crate::tui::{ages, term, text};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Holds looked through for their reasons.
const HOLDS: usize = 20_000;
/// Reasons told before the rest are only counted.
const REASONS: usize = 8;

/// Rows that stand still in one rule, for whoever has them.
#[derive(Clone, Debug, PartialEq)]
struct Still {
    /// The newest of them.
    hold: Hold,
    rows: u64,
    /// The row it is of.
    example: String,
    /// The others are held for other reasons.
    differ: bool,
    /// When the first of them goes on by itself.
    until: Option<Time>,
}

impl Still {
    /// Somebody must look, and nobody was called yet.
    fn needs_someone(&self) -> bool {
        let owner = self.hold.owner.as_deref();
        self.hold.kind == HoldKind::Parked && owner.is_none_or(|owner| owner == "operator")
    }
}

/// What no snapshot holds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Night {
    still: Vec<Still>,
    next: Option<Time>,
}

impl Night {
    fn read(view: &View<'_>, now: Time) -> Result<Self, StoreError> {
        let mut still: Vec<Still> = Vec::new();
        for kind in [HoldKind::Parked, HoldKind::Held, HoldKind::BackingOff] {
            let mut groups: BTreeMap<(String, Option<String>), Still> = BTreeMap::new();
            for hold in view.holds(Some(kind), HOLDS)? {
                // A back-off that is over only waits for its turn.
                if hold.until.is_some_and(|until| until <= now) {
                    continue;
                }
                let name = (hold.rule.clone(), hold.owner.clone());
                let reason = hold.reason.clone();
                let until = hold.until;
                let group = groups.entry(name).or_insert_with(|| Still {
                    hold,
                    rows: 0,
                    example: String::new(),
                    differ: false,
                    until,
                });
                group.rows += 1;
                group.differ |= group.hold.reason != reason;
                group.until = group.until.min(until);
            }
            let first = still.len();
            still.extend(groups.into_values());
            still[first..].sort_by_key(|group| std::cmp::Reverse(group.rows));
        }
        for group in &mut still {
            group.example = view
                .row(group.hold.row)?
                .map_or(String::new(), |row| row.key);
        }
        Ok(Self {
            still,
            next: view.next_due(now)?,
        })
    }
}

impl<W: Write> Dialogue<W> {
    /// Tells all four, each under its own heading.
    pub(super) fn tell_night(&mut self) -> io::Result<()> {
        if self.state.past.is_some() {
            return self.tell_past();
        }
        self.state.engine = term::ask_engine(&self.store);
        if !self.read(|_| ())? {
            return Ok(());
        }
        let now = self.state.now;
        let night = match self.source.look(now, |view| Night::read(view, now)) {
            Ok(night) => night,
            Err(error) => return self.unreadable(&error),
        };
        self.tell_head()?;
        self.paper.say("What is not moving, and why:")?;
        let still = self.still_said(&night);
        self.tell_all(still, "Nothing stands still that should move.")?;
        self.paper.say("What happens next:")?;
        let next = self.next_said(&night);
        self.tell_all(next, "Nothing is queued, and nothing falls due.")?;
        self.paper.say("May you sleep:")?;
        let against = self.against_sleep(&night);
        self.tell_all(against, "Yes: nothing waits for a person.")
    }

    /// How it stood at a moment that has been.
    fn tell_past(&mut self) -> io::Result<()> {
        if !self.read(|_| ())? {
            return Ok(());
        }
        let pipeline = self.state.facts.names.pipeline();
        let title = pipeline.map_or("drover", |known| known.title.as_str());
        let as_of = self.state.as_of().unwrap_or_default();
        let head =
            format!("drover: {title}, {as_of}. This is what was; nothing can be done to it.");
        let progress = self.progress_said();
        self.paper.say(&head)?;
        self.paper.say(&progress)
    }

    fn tell_all(&mut self, said: Vec<String>, nothing: &str) -> io::Result<()> {
        if said.is_empty() {
            return self.paper.say(&format!("  {nothing}"));
        }
        for line in said {
            self.paper.say(&format!("  {line}"))?;
        }
        Ok(())
    }

    fn tell_head(&mut self) -> io::Result<()> {
        let state = &self.state;
        let pipeline = state.facts.names.pipeline();
        let title = pipeline.map_or(state.facts.shape.subject.as_str(), |known| &known.title);
        let zone = pipeline.map_or(chrono_tz::UTC, |known| known.timezone);
        let clock = ages::clock_seconds(state.now, zone);
        let engine = match &state.engine {
            Engine::Answers => "the engine runs",
            Engine::Unreachable => "you may look only",
            Engine::Unasked | Engine::Silent(_) => "no engine runs",
        };
        let read_only = if state.facts.read_only {
            ", read-only"
        } else {
            ""
        };
        let demo = state
            .demo
            .as_ref()
            .map_or(String::new(), |demo| format!(" {demo}."));
        let head = format!("drover: {title}. It is {clock} in {zone}; {engine}{read_only}.{demo}");
        let progress = self.progress_said();
        self.paper.say(&head)?;
        self.paper.say(&progress)
    }

    fn progress_said(&self) -> String {
        let data = &self.state.data;
        let of = |tone: Tone| -> u64 {
            let phases = data.phases.iter();
            phases
                .filter(|(phase, _)| self.state.facts.names.tone(phase.as_deref()) == tone)
                .map(|(_, rows)| rows)
                .sum()
        };
        let (total, done) = (data.total(), of(Tone::Done));
        let subject = &self.state.facts.shape.subject;
        let mut said = format!(
            "{} of {} are done",
            text::thousands(done),
            text::count(total as usize, subject)
        );
        for (tone, word) in [
            (Tone::Warning, "to watch"),
            (Tone::Active, "moving"),
            (Tone::Waiting, "waiting"),
            (Tone::Idle, "not begun"),
        ] {
            let rows = of(tone);
            if rows > 0 {
                let _ = write!(said, ", {} {word}", text::thousands(rows));
            }
        }
        said + "."
    }

    fn still_said(&self, night: &Night) -> Vec<String> {
        let (state, names) = (&self.state, &self.state.facts.names);
        let now = state.now;
        let mut said = Vec::new();
        if let Some(stop) = state.stopped() {
            said.push(format!(
                "Everything: all sending was stopped by {} {}: {}. Say resume and a reason to go on.",
                stop.by,
                ages::said(now, stop.at),
                sentence(&stop.reason)
            ));
        }
        for switch in &state.data.switches {
            let at = ages::said(now, switch.at);
            let why = sentence(&switch.reason);
            match (switch.kind, switch.on) {
                (SwitchKind::Brake, true) => {
                    let stopped = self.stopped_said(&switch.name);
                    said.push(format!(
                        "The brake {} was tripped {at}: {why}.{stopped}",
                        switch.name
                    ));
                }
                (SwitchKind::Stage, false) => said.push(format!(
                    "{} was switched off by {} {at}: {why}.",
                    names.rule(&switch.name),
                    switch.by
                )),
                _ => {}
            }
        }
        said.extend(self.kept_back_said());
        for still in night.still.iter().take(REASONS) {
            said.push(self.one_still(still));
        }
        let left = night.still.len().saturating_sub(REASONS);
        if left > 0 {
            said.push(format!(
                "{} more; faults tells them.",
                text::count(left, "reason")
            ));
        }
        said
    }

    fn one_still(&self, still: &Still) -> String {
        let hold = &still.hold;
        let rows = text::count(still.rows as usize, &self.state.facts.shape.subject);
        let rule = match hold.rule.as_str() {
            "*" => "everything",
            name => self.state.facts.names.rule(name),
        };
        let how = match hold.kind {
            HoldKind::BackingOff => {
                let first = still
                    .until
                    .map_or("later".into(), |at| ages::said(self.state.now, at));
                format!("{rows} will be tried again in {rule}, the first {first}")
            }
            HoldKind::Held => format!("{rows} held in {rule} by {}", hold.by),
            HoldKind::Parked | HoldKind::Skipped => match hold.owner.as_deref() {
                None | Some("operator") => {
                    format!("{rows} parked in {rule}; an operator must look")
                }
                Some(owner) => format!("{rows} parked in {rule}; {owner} has it"),
            },
        };
        let why = sentence(&hold.reason);
        let key = &still.example;
        if still.differ {
            format!("{how}. For example {key}: {why}.")
        } else {
            format!("{how}: {why}. For example {key}.")
        }
    }

    fn next_said(&self, night: &Night) -> Vec<String> {
        let (state, names) = (&self.state, &self.state.facts.names);
        let now = state.now;
        let mut said = Vec::new();
        for count in &state.data.counts {
            if count.queued + count.later + count.running + count.waiting + count.backing_off == 0 {
                continue;
            }
            let shut = names.shut_until(&count.rule, now).map(|(window, opens)| {
                let opens = opens.map_or("never".into(), |at| {
                    format!(
                        "at {}, {}",
                        ages::clock(at, window.timezone),
                        ages::said(now, at)
                    )
                });
                format!("; its window {} opens {opens}", window.name)
            });
            said.push(format!(
                "{}: {}{}.",
                names.rule(&count.rule),
                counted(count),
                shut.unwrap_or_default()
            ));
        }
        said.extend(self.waves_said());
        if let Some(at) = night.next {
            said.push(format!(
                "The next moment something falls due is {}.",
                ages::said(now, at)
            ));
        }
        let windows = names
            .pipeline()
            .into_iter()
            .flat_map(|known| known.windows.values());
        for window in windows {
            if let Some((_, closes)) = window.current(now) {
                said.push(format!(
                    "The window {} closes at {}, {}.",
                    window.name,
                    ages::clock(closes, window.timezone),
                    ages::said(now, closes)
                ));
            }
        }
        said
    }

    /// Why not; nothing when one may.
    fn against_sleep(&self, night: &Night) -> Vec<String> {
        let state = &self.state;
        let mut said = Vec::new();
        if state.stopped().is_some() {
            said.push("No: all sending is stopped.".into());
        }
        let on =
            |kind: SwitchKind| move |known: &&crate::store::Switch| known.kind == kind && known.on;
        if state
            .data
            .switches
            .iter()
            .any(|known| on(SwitchKind::Brake)(&known))
        {
            said.push("No: a brake was tripped, and only a person releases it.".into());
        }
        said.extend(self.failing_said());
        let parked: u64 = night
            .still
            .iter()
            .filter(|s| s.needs_someone())
            .map(|s| s.rows)
            .sum();
        if parked > 0 {
            said.push(format!(
                "No: {} parked, and an operator must look: retry, release or skip them.",
                text::count(parked as usize, &state.facts.shape.subject)
            ));
        }
        let done = |phase: &Option<String>| state.facts.names.tone(phase.as_deref()) == Tone::Done;
        let open = state
            .data
            .phases
            .iter()
            .any(|(phase, rows)| *rows > 0 && !done(phase));
        if let Engine::Silent(why) = &state.engine
            && open
        {
            said.push(format!("No: {why}."));
        }
        said
    }
}

/// Without the full stop, as more follows.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}
