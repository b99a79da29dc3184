//! Acts: the same frozen list and the same preview as on the full screen, in words, and a word typed to agree.

use super::dialogue::Dialogue;
use super::hearing::Heard;
use super::orders::{Asked, Target};
use crate::control::client;
use crate::control::deed::Deed;
use crate::control::protocol::Reply;
use crate::tui::data::{Member, Members};
use crate::tui::draw;
use crate::tui::state::{Act, Chosen, Preview, Screen};
use crate::tui::text;
use crate::tui::update::READ_ONLY;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows named for one reason before the rest are only counted.
const NAMED: usize = 6;

impl<W: Write> Dialogue<W> {
    /// From what was typed to what the engine answered.
    pub(super) fn act(&mut self, asked: Asked) -> io::Result<()> {
        if self.state.facts.read_only {
            return self.paper.say(READ_ONLY);
        }
        if !self.read(|_| ())? {
            return Ok(());
        }
        let act = match self.understood(&asked) {
            Ok(act) => act,
            Err(why) => return self.paper.say(&format!("{why}: nothing was asked.")),
        };
        let mut preview = Preview::new(self.state.take_number(), act);
        // A long list is looked at a part at a time.
        loop {
            let members = preview.want();
            if !self.read(|want| want.members = members)? {
                return Ok(());
            }
            if !self.source.is_due() {
                break;
            }
        }
        self.tell_preview(&preview)?;
        preview.reason = asked.reason.unwrap_or_default().into();
        let data = self.state.data.clone();
        let members = data.members.as_deref();
        if !self.agreed(&mut preview, members)? {
            return self.paper.say("Nothing was asked.");
        }
        let willing = members.into_iter().flat_map(Members::willing);
        let rows = willing.map(|member| member.row).collect();
        let request = preview.act.request(rows, preview.reason.value().trim());
        let answer = client::ask(&self.store, &request);
        self.tell_answer(&preview.act, answer)
    }

    fn understood(&mut self, asked: &Asked) -> Result<Act, String> {
        match asked.verb.as_str() {
            "stop" => return Ok(Act::Stop),
            "resume" if self.state.stopped().is_some() => return Ok(Act::Resume),
            "resume" => return Err("nothing is stopped".into()),
            _ => {}
        }
        if asked.verb == "act" {
            return self.own_act(&asked.targets);
        }
        let (rules, targets): (Vec<_>, Vec<_>) = asked
            .targets
            .iter()
            .cloned()
            .partition(|target| self.rule(target).is_some());
        if rules.len() > 1 {
            return Err("name one stage or ladder, not several".into());
        }
        let rule = rules.first().and_then(|target| self.rule(target));
        let deed = match asked.verb.as_str() {
            "retry" => Deed::Retry {
                stage: rule,
                from_start: false,
            },
            "hold" => Deed::Hold { stage: rule },
            "release" => Deed::Release { stage: rule },
            "refresh" => Deed::Refresh,
            "skip" => Deed::Skip {
                stage: rule.ok_or_else(|| unnamed("stage or ladder", &asked.verb))?,
            },
            "trigger" => Deed::Trigger {
                stage: rule.ok_or_else(|| unnamed("stage", &asked.verb))?,
            },
            "remedy" => Deed::Remedy {
                ladder: rule.ok_or_else(|| unnamed("ladder", &asked.verb))?,
            },
            other => return Err(format!("{other} is not known here")),
        };
        self.on_rows(deed, &targets)
    }

    fn on_rows(&mut self, deed: Deed, targets: &[Target]) -> Result<Act, String> {
        let rows = self.resolve(targets)?;
        if rows.is_empty() {
            return Err("say which rows: numbers, keys, fault:1 or all".into());
        }
        let chosen = Chosen {
            rows: Arc::new(rows),
            hidden: Arc::default(),
        };
        Ok(Act::Rows { deed, chosen })
    }

    /// An act of the pipeline: its name comes first.
    fn own_act(&mut self, targets: &[Target]) -> Result<Act, String> {
        let acts = self.state.facts.names.acts();
        let named = acts.iter().find(|act| {
            let first = targets.first();
            matches!(first, Some(Target::Word(word) | Target::Key(word)) if *word == act.name || word.eq_ignore_ascii_case(&act.title))
        });
        if let Some(act) = named {
            let act = act.name.clone();
            return self.on_rows(Deed::Act { act }, &targets[1..]);
        }
        let known = acts
            .iter()
            .map(|act| format!("{} ({})", act.name, act.title));
        let known: Vec<String> = known.collect();
        Err(if known.is_empty() {
            "this pipeline has no acts of its own".into()
        } else {
            format!("say which act, as in act NAME 1-3: {}", known.join(", "))
        })
    }

    /// The stage or ladder that is named, if it is one.
    fn rule(&self, target: &Target) -> Option<String> {
        let Target::Word(word) = target else {
            return None;
        };
        let counts = self.state.data.counts.iter();
        let mut names = counts.map(|count| count.rule.clone());
        names.find(|name| name == word)
    }

    fn tell_preview(&mut self, preview: &Preview) -> io::Result<()> {
        let data = self.state.data.clone();
        let members = data.members.as_deref();
        let title = preview.act.title(&self.state.facts.names);
        self.paper.say(&format!("{title}."))?;
        for note in draw::act_notes(&self.state, preview, members) {
            self.paper.say(&note.text)?;
        }
        let Some(members) = members.filter(|_| preview.act.rows().is_some()) else {
            return Ok(());
        };
        let (total, will) = (members.total, members.will);
        let rows = text::count(total, "row");
        let said = format!("{rows}: {will} will, {} will not.", total - will);
        self.paper.say(&said)?;
        for (word, will) in [("will not because", false), ("will", true)] {
            for (note, keys) in by_note(&members.members, will) {
                let more = keys.len().saturating_sub(NAMED);
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                let named = keys[..keys.len().min(NAMED)].join(", ");
                let count = text::thousands(keys.len() as u64);
                self.paper
                    .say(&format!("  {count} {word}: {note} ({named}{more})."))?;
            }
        }
        Ok(())
    }

    /// Asks for the reason when there is none, and for the word or the count. False when it is not given.
    fn agreed(&mut self, preview: &mut Preview, members: Option<&Members>) -> io::Result<bool> {
        if preview.act.rows().is_some() && members.is_none_or(|members| members.will == 0) {
            self.paper
                .say("Nothing would be done to any of them, so there is nothing to ask.")?;
            return Ok(false);
        }
        if preview.reason.value().trim().is_empty() {
            match self.hear("Why? ")? {
                Heard::Line(line) => preview.reason = line.into(),
                Heard::TooLong | Heard::End => return Ok(false),
            }
        }
        if preview.reason.value().trim().is_empty() {
            self.paper
                .say("Without a reason nothing is asked: it is kept in the journal.")?;
            return Ok(false);
        }
        let count = preview.typed_count(members);
        let question = match count {
            Some(count) => {
                format!("Type {count}, the number of rows, to go on; anything else leaves it: ")
            }
            None => "Type yes to go on; anything else leaves it: ".to_owned(),
        };
        let Heard::Line(answer) = self.hear(&question)? else {
            return Ok(false);
        };
        if count.is_none() && !answer.trim().eq_ignore_ascii_case("yes") {
            return Ok(false);
        }
        preview.count = answer.into();
        Ok(preview.missing(members).is_none())
    }

    fn tell_answer(
        &mut self,
        act: &Act,
        answer: Result<Reply, client::ClientError>,
    ) -> io::Result<()> {
        let word = act.word();
        match answer {
            Err(error) => self.paper.say(&format!("{error}.")),
            Ok(Reply::Refused(why)) => self.paper.say(&format!("{word} was refused: {why}")),
            Ok(Reply::Waiting { command, note }) => self
                .paper
                .say(&format!("{word}: command {command} waits: {note}")),
            Ok(Reply::Done { note, rows, .. }) if rows.is_empty() => self.paper.say(&note),
            Ok(Reply::Done { command, rows, .. }) => {
                let done = rows.iter().filter(|row| row.done).count();
                let left = rows.len() - done;
                let title = format!("{word}, command {command}: {done} done, {left} not.");
                let screen = Screen::Results {
                    title,
                    rows,
                    scroll: 0,
                };
                self.tell(screen, |_| ())
            }
        }
    }
}

fn unnamed(what: &str, verb: &str) -> String {
    format!("say which {what}, as in {verb} NAME 1-3; stages tells their names")
}

/// Keys by what is said of them; the most first.
fn by_note(members: &[Member], will: bool) -> Vec<(&str, Vec<&str>)> {
    let mut notes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.will == will) {
        notes.entry(&member.note).or_default().push(&member.key);
    }
    let mut notes: Vec<_> = notes.into_iter().collect();
    notes.sort_by_key(|(_, keys)| std::cmp::Reverse(keys.len()));
    notes
}
