//! What becomes of one row: what it waits for, what drover does next and when, and what a person can do.

use super::dossier::Dossier;
use super::members::rung_now;
use super::opening::Opening;
use super::snapshot::Waits;
use super::standing::{Known, Stand};
use super::waits;
use crate::control::deed::Deed;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::pipeline::definition::{Ladder, Then};
use crate::store::{
    Attempt, AttemptState, Hold, HoldKind, QueueState, Queued, StoreError, SwitchKind, View,
};

/// The answer, as of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub waits: Waits,
    /// What comes, the soonest first.
    pub next: Vec<Coming>,
    /// Acts that would do something for it, what helps most first.
    pub can: Vec<Can>,
}

/// A stage, or a rung of a ladder, that takes the row by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Coming {
    pub when: When,
    /// The stage's title, or the rung's.
    pub what: String,
    /// How often it was tried, or what it looks for.
    pub note: String,
    /// What comes of it when it does not help.
    pub then: Option<String>,
    /// A person has it from then on.
    pub hands_over: bool,
}

/// When something comes.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    Now,
    At(Time),
    /// When this window opens, if it ever does.
    Window(String, Option<Time>),
    /// Once this wave is open, when that is known; whether it opens by itself.
    Wave(String, Option<Time>, bool),
    /// Once this check is ok; whether it failed.
    Check(String, bool),
    /// Not by itself, because.
    Never(String),
}

/// An act, and what it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Can {
    pub deed: Deed,
    pub note: String,
}

impl Answer {
    pub fn read(
        view: &View<'_>,
        dossier: &Dossier,
        known: Known<'_>,
        now: Time,
    ) -> Result<Self, StoreError> {
        let look = Look {
            view,
            dossier,
            known,
            now,
        };
        let queued = view.queued(dossier.row.id)?;
        Ok(Self {
            waits: waits::of_explained(view, &dossier.row, &dossier.explained, known, now)?,
            next: look.next(&queued)?,
            can: look.can(&queued)?,
        })
    }
}

/// What the answer is made from.
struct Look<'a> {
    view: &'a View<'a>,
    dossier: &'a Dossier,
    known: Known<'a>,
    now: Time,
}

impl Look<'_> {
    fn next(&self, queued: &[Queued]) -> Result<Vec<Coming>, StoreError> {
        let mut next = Vec::new();
        for entry in queued {
            match entry.state {
                QueueState::Ready | QueueState::BackingOff => next.push(self.taken(entry)?),
                QueueState::Waiting => next.extend(self.looks_again(entry)),
                QueueState::Running | QueueState::Held => {}
            }
        }
        next.sort_by_key(|coming| match &coming.when {
            When::Now => (0, None),
            When::At(at) | When::Window(_, Some(at)) | When::Wave(_, Some(at), _) => (1, Some(*at)),
            When::Window(_, None) | When::Check(..) | When::Wave(_, None, _) => (2, None),
            When::Never(_) => (3, None),
        });
        Ok(next)
    }

    /// An open attempt looks again whether what it waits for has come.
    fn looks_again(&self, entry: &Queued) -> Option<Coming> {
        let attempt = self.attempts(&entry.rule).find(|one| one.state.is_open())?;
        let wake = attempt.wake_at?;
        Some(Coming {
            when: if wake > self.now {
                When::At(wake)
            } else {
                When::Now
            },
            what: format!("{} looks again", self.known.names.rule(&entry.rule)),
            note: String::new(),
            then: None,
            hands_over: false,
        })
    }

    /// A stage or ladder takes it from its queue.
    fn taken(&self, entry: &Queued) -> Result<Coming, StoreError> {
        let when = self.when(entry)?;
        let row = self.dossier.row.id;
        let pipeline = self.known.names.pipeline();
        let title = self.known.names.rule(&entry.rule).to_owned();
        let before = self.view.attempts_since_release(row, &entry.rule)?;
        if let Some(ladder) = pipeline.and_then(|pipeline| pipeline.ladder(&entry.rule)) {
            return Ok(remedy(ladder, &before, when, &title));
        }
        let failed = before
            .first()
            .filter(|last| last.state == AttemptState::Failed);
        let stage = pipeline.and_then(|pipeline| pipeline.stage(&entry.rule));
        let (Some(last), Some(stage)) = (failed, stage) else {
            return Ok(Coming {
                when,
                what: title,
                note: String::new(),
                then: None,
                hands_over: false,
            });
        };
        let (number, of) = (last.number + 1, stage.retry.attempts);
        Ok(Coming {
            when,
            what: title,
            note: format!("try {number} of {of}"),
            then: (number >= of).then(|| handed_to(&stage.then)),
            hands_over: false,
        })
    }

    /// When an entry of the queue is taken, as far as it can be told.
    fn when(&self, entry: &Queued) -> Result<When, StoreError> {
        let rule = &entry.rule;
        let off = |kind, name: &str, on: bool| {
            let mut switches = self.known.switches.iter();
            switches.any(|one| one.kind == kind && one.name == name && one.on == on)
        };
        if off(SwitchKind::Stage, rule, false) {
            return Ok(When::Never("it is switched off".into()));
        }
        let row = &self.dossier.row;
        let switches = self.known.switches;
        let names = self.known.names;
        if let Some(wave) = names.shut_wave(row.wave.as_deref(), rule, switches) {
            let (at, itself) = match names.opening(wave, switches) {
                Some(Opening::At(at) | Opening::Pause(at)) => (Some(at), true),
                Some(Opening::After(..)) => (None, true),
                Some(Opening::Braked | Opening::ByHand) | None => (None, false),
            };
            return Ok(When::Wave(names.wave_label(wave), at, itself));
        }
        let value = |column: &str| waits::value_of(row, column);
        if let Some(switch) = self.known.names.braked(self.known.switches, rule, value) {
            let title = self.known.names.brake(&switch.name);
            return Ok(When::Never(format!("the brake \"{title}\" stops it")));
        }
        let due = entry.due.filter(|due| *due > self.now);
        let at = due.unwrap_or(self.now);
        if let Some((window, opens)) = self.known.names.shut_until(rule, at) {
            return Ok(When::Window(window.name.clone(), opens));
        }
        if let Some(due) = due {
            return Ok(When::At(due));
        }
        let standing = self.known.standing;
        if let Some((check, stand)) = standing.unmet(self.known.names, rule, self.now) {
            return Ok(When::Check(check.title.clone(), stand == Stand::Failed));
        }
        let deed = Deed::Trigger {
            stage: rule.clone(),
        };
        Ok(match self.judge(&deed)? {
            Ok(_) => When::Now,
            Err(why) => When::Never(why),
        })
    }

    fn can(&self, queued: &[Queued]) -> Result<Vec<Can>, StoreError> {
        let mut can = Vec::new();
        let retry = Deed::Retry {
            stage: None,
            from_start: false,
        };
        let rules = retry.lifts(self.view, self.dossier.row.id)?;
        // A ladder that lets its remedy work has not failed.
        let failed = |rule: &String| {
            let mut holds = self.dossier.holds.iter();
            let parked = |hold: &Hold| hold.kind == HoldKind::Parked || hold.fault.is_some();
            holds.any(|hold| hold.rule == *rule && parked(hold))
        };
        if rules.iter().any(failed)
            && let Ok(note) = self.judge(&retry)?
        {
            let step = match rules.as_slice() {
                [one] => self.resumes_at(one),
                _ => None,
            };
            let from = step.map_or(String::new(), |step| format!(", from the step \"{step}\""));
            let note = format!("{note}{from}");
            can.push(Can { deed: retry, note });
        }
        for entry in queued {
            if self.known.names.kind(&entry.rule) != RuleKind::Ladder {
                continue;
            }
            let deed = Deed::Remedy {
                ladder: entry.rule.clone(),
            };
            let rung = rung_now(
                self.view,
                self.dossier.row.id,
                &entry.rule,
                self.known.names,
            )?;
            if rung.is_some() && self.judge(&deed)?.is_ok() {
                let title = self.known.names.rung_title(&entry.rule, rung);
                let title = title.trim_start_matches("next: ");
                let note = format!("the next remedy now: {title}");
                can.push(Can { deed, note });
            }
        }
        let lasting = |kind| kind != HoldKind::BackingOff;
        let release = Deed::Release { stage: None };
        let held = self.dossier.holds.iter().any(|hold| lasting(hold.kind));
        if held && self.judge(&release)?.is_ok() {
            can.push(Can {
                deed: release,
                note: "releases it".into(),
            });
        }
        self.own_acts(&mut can)?;
        let pipeline = self.known.names.pipeline();
        let mut intakes = pipeline.into_iter().flat_map(|known| &known.intakes);
        if intakes.any(|intake| intake.refresh.is_some()) {
            can.push(Can {
                deed: Deed::Refresh,
                note: "reads it afresh".into(),
            });
        }
        let hold = Deed::Hold { stage: None };
        if self.judge(&hold)?.is_ok() {
            can.push(Can {
                deed: hold,
                note: "holds it".into(),
            });
        }
        Ok(can)
    }

    /// Acts of the pipeline whose conditions it meets.
    fn own_acts(&self, can: &mut Vec<Can>) -> Result<(), StoreError> {
        for act in self.known.names.acts() {
            let deed = Deed::Act {
                act: act.name.clone(),
            };
            if self.judge(&deed)?.is_ok() {
                let note = self.known.names.act(&act.name).to_owned();
                can.push(Can { deed, note });
            }
        }
        Ok(())
    }

    fn judge(&self, deed: &Deed) -> Result<crate::control::deed::Verdict, StoreError> {
        let titles = |name: &str| self.known.names.title_in(deed, name).to_owned();
        deed.verdict(self.view, &self.dossier.row, &titles)
    }

    fn attempts<'a>(&'a self, rule: &'a str) -> impl Iterator<Item = &'a Attempt> {
        let attempts = self.dossier.attempts.iter().map(|(attempt, _)| attempt);
        attempts.filter(move |attempt| attempt.rule == rule)
    }

    /// The step a retry of a stage goes on at, unless that is the first.
    fn resumes_at(&self, rule: &str) -> Option<String> {
        let stage = self.known.names.pipeline()?.stage(rule)?;
        let last = self.attempts(rule).next()?;
        let failed = matches!(last.state, AttemptState::Failed | AttemptState::Unknown);
        let at = last.at_step.as_deref().filter(|_| failed)?;
        let step = at.split(['/', '#']).next()?;
        let named = stage.steps.iter().position(|known| known.name == step)?;
        (named > 0).then(|| step.to_owned())
    }
}

/// The next rung of a ladder, and what comes after it.
fn remedy(ladder: &Ladder, before: &[Attempt], when: When, title: &str) -> Coming {
    let tried = |rung| before.iter().filter(|one| one.spends(rung)).count() as u32;
    let Some(rung) = ladder.next_rung(tried) else {
        return Coming {
            when,
            what: handing_over(&ladder.after).into(),
            note: title.to_owned(),
            then: None,
            hands_over: true,
        };
    };
    let once_more = |at| tried(at) + u32::from(at == rung);
    let named = |at: usize| {
        let rung = &ladder.rungs[at];
        let title = Some(&rung.title).filter(|title| !title.is_empty());
        title.unwrap_or(&rung.step.name).clone()
    };
    let then = match ladder.next_rung(once_more) {
        None => handed_to(&ladder.after),
        Some(again) if again == rung => "once more".into(),
        Some(next) => named(next),
    };
    Coming {
        when,
        what: named(rung),
        note: String::new(),
        then: Some(then),
        hands_over: false,
    }
}

/// Who has it when nothing helped.
fn handed_to(then: &Then) -> String {
    match then {
        Then::Hold | Then::Helper(_) => "a person must look",
        Then::Ticket => "a ticket",
        Then::Page => "a page",
    }
    .into()
}

/// As the next thing that comes.
fn handing_over(then: &Then) -> &'static str {
    match then {
        Then::Hold | Then::Helper(_) => "parked for a person",
        Then::Ticket => "a ticket for a person",
        Then::Page => "a page to a person",
    }
}
