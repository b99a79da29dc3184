//! The project's own source, as the architecture test reads it.

use std::path::{Path, PathBuf};

/// One Rust file of the project.
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) lines: usize,
    pub(crate) tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Word(String),
    /// `::`
    Path,
    Mark(char),
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(this) if this == word)
    }
}

pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file under a folder of the repository, in order.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&top().join(folder), &mut paths);
    paths.sort();
    paths.into_iter().map(|path| read(&path)).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            into.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(top()).unwrap();
    Source {
        path: path.to_string_lossy().into_owned(),
        lines: text.lines().count(),
        tokens: tokens(&text),
    }
}

/// The words and marks of a Rust text; comments, texts and character literals are left out.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        at = match c {
            '/' if next == '/' => skip(&chars, at, |c| c != '\n'),
            '/' if next == '*' => after_comment(&chars, at),
            '"' => after_text(&chars, at),
            '\'' => after_quote(&chars, at),
            ':' if next == ':' => {
                found.push(Token::Path);
                at + 2
            }
            c if is_word(c) => {
                let end = skip(&chars, at, is_word);
                let word: String = chars[at..end].iter().collect();
                let raw = matches!(word.as_str(), "r" | "br" | "cr");
                if raw && matches!(chars.get(end), Some('"' | '#')) {
                    after_raw_text(&chars, end)
                } else {
                    found.push(Token::Word(word));
                    end
                }
            }
            c if c.is_whitespace() => at + 1,
            c => {
                found.push(Token::Mark(c));
                at + 1
            }
        };
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn skip(chars: &[char], from: usize, over: impl Fn(char) -> bool) -> usize {
    let rest = chars[from..].iter();
    from + rest.take_while(|c| over(**c)).count()
}

fn after_comment(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (at, depth) = (at + 2, depth + 1),
            ('*', Some('/')) => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn after_text(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn after_raw_text(chars: &[char], from: usize) -> usize {
    let open = skip(chars, from, |c| c == '#');
    let hashes = open - from;
    // `r#word` is a word, not a text.
    if chars.get(open) != Some(&'"') {
        return open;
    }
    let mut at = open + 1;
    while at < chars.len() {
        let closes = chars[at] == '"' && skip(chars, at + 1, |c| c == '#') - at > hashes;
        at += 1;
        if closes {
            return at + hashes;
        }
    }
    at
}

/// A character literal, or the mark of a lifetime.
fn after_quote(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => skip(chars, from + 3, |c| c != '\'') + 1,
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

#[test]
fn comments_and_texts_hold_no_words() {
    let text = r##"use a::{b}; // crate::x
        /* crate::y /* deep */ crate::z */ let c = '"'; let d = "crate::\"q"; let e = '\''; fn f<'g>() { r#"crate::"h"# }"##;
    let words: Vec<_> = tokens(text)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word),
            _ => None,
        })
        .collect();
    let said = "use a b let c let d let e fn f g";
    assert_eq!(words.join(" "), said);
}
