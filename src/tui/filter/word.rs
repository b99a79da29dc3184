//! One word of a filter.

/// A word, without its quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    pub not: bool,
    /// What stood before the first colon outside quotes.
    pub name: Option<String>,
    pub value: String,
}

/// Splits at spaces; what is quoted stays together, and a colon in it is only a colon.
pub fn words(typed: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut word, mut begun, mut quoted) = (Word::default(), false, false);
    for c in typed.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            c if c.is_whitespace() && !quoted => {
                end(&mut word, &mut words);
                begun = false;
            }
            '!' if !begun && !word.not => word.not = true,
            ':' if !quoted && word.name.is_none() && !word.value.is_empty() => {
                word.name = Some(std::mem::take(&mut word.value));
            }
            c => {
                begun = true;
                word.value.push(c);
            }
        }
    }
    end(&mut word, &mut words);
    words
}

fn end(word: &mut Word, words: &mut Vec<Word>) {
    let word = std::mem::take(word);
    if word.name.is_some() || !word.value.is_empty() {
        words.push(word);
    } else if word.not {
        // A mark of exclamation alone is a word like any other.
        words.push(Word {
            value: "!".into(),
            ..Word::default()
        });
    }
}

/// As it must be typed to be one value.
pub fn quoted(value: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | ':' | '!');
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', ""))
    }
}

/// Letters and digits alone, small: `Left Jamf` and `left_jamf` are the same name.
pub fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The nearest of what is known, as the end of a sentence.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let word = plain(word);
    let far = |name: &str| strsim::damerau_levenshtein(&word, &plain(name));
    let best = known.map(|name| (far(name), name)).min();
    match best {
        Some((far, name)) if far <= 3 && far < word.chars().count().max(2) => {
            format!("; did you mean {name}?")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_spaces_and_named_by_their_first_colon() {
        let word = |not, name: Option<&str>, value: &str| Word {
            not,
            name: name.map(str::to_owned),
            value: value.into(),
        };
        for (typed, found) in [
            ("  ", vec![]),
            ("a b", vec![word(false, None, "a"), word(false, None, "b")]),
            ("!a:b", vec![word(true, Some("a"), "b")]),
            ("a:\"b c\"", vec![word(false, Some("a"), "b c")]),
            (
                "\"left jamf\":>1h",
                vec![word(false, Some("left jamf"), ">1h")],
            ),
            ("\"a:b\"", vec![word(false, None, "a:b")]),
            ("a:b:c", vec![word(false, Some("a"), "b:c")]),
            (":a", vec![word(false, None, ":a")]),
            ("a:", vec![word(false, Some("a"), "")]),
            ("!", vec![word(false, None, "!")]),
            ("\"!a\"", vec![word(false, None, "!a")]),
            ("\"open", vec![word(false, None, "open")]),
        ] {
            assert_eq!(words(typed), found, "{typed}");
        }
        for value in ["plain", "two words", "a:b", "!x", ""] {
            let read = words(&format!("n:{}", quoted(value)));
            assert_eq!(read, [word(false, Some("n"), value)]);
        }
    }
}
