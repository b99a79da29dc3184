//! Words typed to find lines of a list.

/// What is looked for: every word must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// Only this part of a line is looked at.
    part: Option<&'static str>,
    text: String,
    /// It must not be there.
    not: bool,
}

impl Search {
    /// `parts` are the names that may stand before a colon: `stage:transfer`. `!` before a word turns it round.
    pub fn new(typed: &str, parts: &[&'static str]) -> Self {
        let words = typed.split_whitespace().map(|word| {
            let (not, word) = match word.strip_prefix('!') {
                Some(rest) if !rest.is_empty() => (true, rest),
                _ => (false, word),
            };
            let named = word.split_once(':').and_then(|(name, text)| {
                let part = parts.iter().find(|part| part.eq_ignore_ascii_case(name))?;
                Some((*part, text))
            });
            Word {
                part: named.map(|(part, _)| part),
                text: named.map_or(word, |(_, text)| text).to_lowercase(),
                not,
            }
        });
        Self {
            words: words.collect(),
        }
    }

    /// Whether a line, given by its parts, has the words. Letters count alike in both cases.
    pub fn finds(&self, line: &[(&'static str, &str)]) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let line: Vec<(&str, String)> = line
            .iter()
            .map(|(part, text)| (*part, text.to_lowercase()))
            .collect();
        self.words.iter().all(|word| {
            let there = line.iter().any(|(part, text)| {
                word.part.is_none_or(|wanted| wanted == *part) && text.contains(&word.text)
            });
            there != word.not
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_there_and_a_named_part_is_looked_at_alone() {
        let line = [
            ("key", "C02ABC"),
            ("stage", "Host transfer"),
            ("fault", "not found: 東京"),
        ];
        for (typed, found) in [
            ("", true),
            ("c02 transfer", true),
            ("C02 removal", false),
            ("stage:HOST", true),
            ("fault:host", false),
            ("!removal", true),
            ("!stage:host", false),
            ("東京", true),
            ("found:", true),
            ("http://x", false),
            ("!", false),
        ] {
            let search = Search::new(typed, &["key", "stage", "fault"]);
            assert_eq!(search.finds(&line), found, "{typed}");
        }
    }
}
