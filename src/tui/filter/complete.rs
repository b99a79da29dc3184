//! What may come next in a filter.

use super::column::{SPECIAL, find};
use super::condition::{STANDINGS, STATES};
use super::word::{plain, quoted};
use crate::model::rule::Shape;
use crate::model::value::ValueType;
use crate::tui::data::Names;

/// Ways to go on from where the caret stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where, in characters, what they take the place of begins.
    pub from: usize,
    /// Each whole, the likeliest first.
    pub words: Vec<String>,
}

impl Completion {
    /// What tab puts in: as much as all agree on, else the first.
    pub fn word(&self, typed: &str) -> Option<String> {
        let first = self.words.first()?;
        let agreed = self
            .words
            .iter()
            .skip(1)
            .fold(first.as_str(), |agreed, word| {
                let same = agreed.chars().zip(word.chars()).take_while(|(a, b)| a == b);
                let bytes: usize = same.map(|(c, _)| c.len_utf8()).sum();
                &agreed[..bytes]
            });
        let longer = agreed.chars().count() > typed.chars().count()
            && agreed.to_lowercase().starts_with(&typed.to_lowercase());
        Some(if longer { agreed } else { first }.to_owned())
    }
}

/// What may come next after `before`, the part of the line before the caret. Waves are those that are known.
pub fn complete(before: &str, shape: &Shape, names: &Names, waves: &[String]) -> Completion {
    if before.trim_start().starts_with('=') {
        return Completion::default();
    }
    let (from, word) = last_word(before);
    let bare = word.strip_prefix('!').unwrap_or(word);
    let (from, bare) = (from + usize::from(bare.len() < word.len()), bare);
    match bare.split_once(':') {
        None if bare.is_empty() => Completion::default(),
        None => Completion {
            from,
            words: columns(bare, shape, names),
        },
        Some((name, value)) => Completion {
            from: from + name.chars().count() + 1,
            words: values(name, value, shape, names, waves),
        },
    }
}

/// Where the last word begins, in characters, and the word.
fn last_word(before: &str) -> (usize, &str) {
    let (mut quoted, mut start) = (false, 0);
    for (at, c) in before.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => start = at + c.len_utf8(),
            _ => {}
        }
    }
    (before[..start].chars().count(), &before[start..])
}

fn columns(typed: &str, shape: &Shape, names: &Names) -> Vec<String> {
    let asked = plain(typed);
    let special = SPECIAL.into_iter().filter(|name| name.starts_with(&asked));
    let declared = shape.columns.iter().filter(|column| {
        let titled = names
            .pipeline()
            .and_then(|known| known.column(&column.name));
        plain(&column.name).starts_with(&asked)
            || titled.is_some_and(|known| plain(&known.title).starts_with(&asked))
    });
    let declared = declared.map(|column| column.name.as_str());
    special
        .chain(declared)
        .map(|name| format!("{name}:"))
        .collect()
}

fn values(name: &str, value: &str, shape: &Shape, names: &Names, waves: &[String]) -> Vec<String> {
    let of = |known: &[&str]| known.iter().map(|word| (*word).to_owned()).collect();
    let known: Vec<String> = match name.to_ascii_lowercase().as_str() {
        "stage" => return stages(value, names),
        "phase" => {
            let phases = names.pipeline().into_iter().flat_map(|known| &known.phases);
            phases
                .map(|phase| phase.name.clone())
                .chain(["none".into()])
                .collect()
        }
        "wave" => waves.iter().cloned().chain(["none".to_owned()]).collect(),
        "is" => of(&STATES),
        "held" => of(&["yes", "no"]),
        "fault" => of(&["any", "none"]),
        "idle" => of(&[">10m", ">1h", ">4h"]),
        _ => match find(name, shape, names) {
            Ok((_, ValueType::Boolean)) => of(&["yes", "no", "none"]),
            Ok((_, ValueType::Time)) => of(&[">1h", "<1h", "none"]),
            Ok(_) => of(&["none"]),
            Err(_) => Vec::new(),
        },
    };
    let asked = value.trim_matches('"').to_lowercase();
    let fits = known
        .iter()
        .filter(|word| word.to_lowercase().starts_with(&asked));
    fits.map(|word| quoted(word)).collect()
}

fn stages(value: &str, names: &Names) -> Vec<String> {
    if let Some((rule, typed)) = value.split_once('/') {
        let fits = STANDINGS.iter().filter(|(word, _)| word.starts_with(typed));
        return fits.map(|(word, _)| format!("{rule}/{word}")).collect();
    }
    let asked = plain(value);
    let known = names.rules();
    let fits = known.iter().filter(|(name, title)| {
        plain(name).starts_with(&asked) || plain(title).starts_with(&asked)
    });
    fits.map(|(name, _)| (*name).to_owned()).collect()
}
