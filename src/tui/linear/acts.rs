//! Acts: the same frozen list and the same preview as on the full screen, in words, and a word typed to agree.

use super::dialogue::Dialogue;
use super::hearing::Heard;
use super::orders::Asked;
use crate::control::client;
use crate::control::protocol::Reply;
use crate::tui::data::{Member, RowVerb};
use crate::tui::draw;
use crate::tui::state::{Act, Field, Preview, Screen};
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
        let number = self.state.next_number;
        self.state.next_number += 1;
        let mut preview = Preview::new(number, act, 0);
        let members = preview.want();
        if !self.read(|want| want.members = members)? {
            return Ok(());
        }
        self.tell_preview(&preview)?;
        preview.reason = asked.reason.unwrap_or_default().into();
        if !self.agreed(&mut preview)? {
            return self.paper.say("Nothing was asked.");
        }
        let request = preview.act.request(preview.reason.value().trim());
        let answer = client::ask(&self.store, &request);
        self.tell_answer(&preview.act, answer)
    }

    fn understood(&mut self, asked: &Asked) -> Result<Act, String> {
        let verb = match asked.verb.as_str() {
            "stop" => return Ok(Act::Stop),
            "resume" if self.state.stopped().is_some() => return Ok(Act::Resume),
            "resume" => return Err("nothing is stopped".into()),
            "retry" => RowVerb::Retry,
            "hold" => RowVerb::Hold,
            "release" => RowVerb::Release,
            "refresh" => RowVerb::Refresh,
            other => return Err(format!("{other} is not known here")),
        };
        let rows = self.resolve(&asked.targets)?;
        if rows.is_empty() {
            return Err("say which rows: numbers, keys, fault:1 or all".into());
        }
        Ok(Act::Rows {
            verb,
            rows: Arc::new(rows),
        })
    }

    fn tell_preview(&mut self, preview: &Preview) -> io::Result<()> {
        self.paper.say(&format!("{}.", preview.act.title()))?;
        self.paper
            .say(&draw::act_sentence(&self.state, &preview.act))?;
        let Some(want) = preview.want() else {
            return Ok(());
        };
        let data = self.state.data.clone();
        let Some(judged) = &data.members else {
            return Ok(());
        };
        let count = want.rows.len();
        let looked = judged.members.len();
        let will = judged.members.iter().filter(|member| member.will).count();
        let of = if looked < count {
            format!("; only the first {looked} were looked at")
        } else {
            String::new()
        };
        let rows = text::count(count, "row");
        let said = format!("{rows}: {will} will, {} will not{of}.", looked - will);
        self.paper.say(&said)?;
        for (word, will) in [("will not", false), ("will", true)] {
            for (note, keys) in by_note(&judged.members, will) {
                let more = keys.len().saturating_sub(NAMED);
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                let named = keys[..keys.len().min(NAMED)].join(", ");
                let because = if will { "" } else { " because" };
                self.paper.say(&format!(
                    "  {} {word}{because}: {note} ({named}{more}).",
                    text::thousands(keys.len() as u64)
                ))?;
            }
        }
        Ok(())
    }

    /// Asks for the reason when there is none, and for the word or the count. False when it is not given.
    fn agreed(&mut self, preview: &mut Preview) -> io::Result<bool> {
        if preview.reason.value().trim().is_empty() {
            match self.hear("Why? ")? {
                Heard::Line(line) => preview.reason = line.into(),
                Heard::TooLong | Heard::End => return Ok(false),
            }
        }
        let count = preview.act.typed_count();
        let question = match count {
            Some(count) => {
                format!("Type {count}, the number of rows, to go on; anything else leaves it: ")
            }
            None => "Type yes to go on; anything else leaves it: ".to_owned(),
        };
        if preview.reason.value().trim().is_empty() {
            self.paper
                .say("Without a reason nothing is asked: it is kept in the journal.")?;
            return Ok(false);
        }
        let Heard::Line(answer) = self.hear(&question)? else {
            return Ok(false);
        };
        if count.is_none() {
            return Ok(answer.trim().eq_ignore_ascii_case("yes"));
        }
        preview.count = answer.into();
        Ok(!matches!(
            preview.missing(),
            Some((Field::Count | Field::Reason, _))
        ))
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
