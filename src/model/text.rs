//! Untrusted text is cleaned once, where it enters: device names, script output, API errors, CSV cells.
//!
//! What could steer a terminal or hide among other characters becomes a visible U+FFFD, so that two different names
//! never look equal and nothing is silently dropped.

/// What the cleaned text shows in place of a character that may not pass.
pub const SUBSTITUTE: char = '\u{FFFD}';

/// One line of text that may be shown anywhere. Tabs and line breaks become spaces; control characters, direction
/// overrides, zero-width characters (but a joiner inside emoji), tags and private use become [`SUBSTITUTE`].
pub fn clean(raw: &str) -> String {
    clean_with(raw, false)
}

/// As [`clean`], but line breaks stay: for script output and documents.
pub fn clean_lines(raw: &str) -> String {
    clean_with(raw, true)
}

/// As [`clean`], cut to at most `limit` characters, with `…` where it was cut.
pub fn clean_short(raw: &str, limit: usize) -> String {
    let head: String = raw.chars().take(limit.saturating_add(1)).collect();
    let cleaned = clean(&head);
    if cleaned.chars().count() <= limit {
        return cleaned;
    }
    let mut short: String = cleaned.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A sentence about something, where its name stands beside it anyway: `C02X (Anna): still in Jamf` is `still in Jamf`.
pub fn without_name<'a>(said: &'a str, name: &str) -> &'a str {
    let about = said
        .strip_prefix(name)
        .and_then(|rest| rest.split_once(": "));
    match about {
        Some((between, rest))
            if !name.is_empty() && !rest.is_empty() && between.len() <= MOST_BETWEEN =>
        {
            rest
        }
        _ => said,
    }
}

/// What may stand between a name and what is said of it, in bytes: whose it is, in brackets.
const MOST_BETWEEN: usize = 120;

/// A text read from outside, cleaned in every string it holds: keys and values, at any depth.
pub fn clean_json(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if needs_cleaning(text) => *text = clean_lines(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(clean_json),
        serde_json::Value::Object(map) => {
            if map.keys().any(|key| needs_cleaning(key)) {
                *map = std::mem::take(map)
                    .into_iter()
                    .map(|(key, value)| (clean(&key), value))
                    .collect();
            }
            map.values_mut().for_each(clean_json);
        }
        _ => {}
    }
}

fn needs_cleaning(text: &str) -> bool {
    text.chars().any(|c| c != '\n' && !(' '..='~').contains(&c))
}

/// More code points than this in one cell-cluster is an attack on the eye, not a name.
const MOST_MARKS: usize = 8;

fn clean_with(raw: &str, keep_lines: bool) -> String {
    if !raw.chars().any(|c| !(' '..='~').contains(&c)) {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut marks = 0;
    let mut chars = raw.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(c) = chars.next() {
        let shown = match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\n' | '\r' if keep_lines => '\n',
            '\n' | '\r' | '\t' => ' ',
            '\u{200D}'
                if before.is_some_and(is_pictograph)
                    && chars.peek().copied().is_some_and(is_pictograph) =>
            {
                c
            }
            c if is_forbidden(c) => SUBSTITUTE,
            c => c,
        };
        marks = if is_mark(shown) { marks + 1 } else { 0 };
        if marks < MOST_MARKS {
            out.push(shown);
        }
        before = Some(c);
    }
    out
}

fn is_mark(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

fn is_pictograph(c: char) -> bool {
    matches!(c as u32, 0x2190..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0xFE0F | 0x1F000..=0x1FAFF)
}

fn is_forbidden(c: char) -> bool {
    matches!(
        c as u32,
        0x00..=0x1F
            | 0x7F..=0x9F
            | 0xAD
            | 0x034F
            | 0x061C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x2028..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xE000..=0xF8FF
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
            | 0xF0000..=0x0010_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOINER: char = '\u{200D}';

    #[test]
    fn a_name_that_stands_beside_it_is_not_said_again() {
        for (said, left) in [
            ("C02X (Anna, a@b.c): still in Jamf", "still in Jamf"),
            ("C02X: gone", "gone"),
            ("C02X is gone", "C02X is gone"),
            ("about C02X: gone", "about C02X: gone"),
            ("", ""),
        ] {
            assert_eq!(without_name(said, "C02X"), left);
        }
    }

    #[test]
    fn hostile_text_is_made_visible_and_names_stay_readable() {
        for (raw, cleaned) in [
            ("Anna's MacBook Pro", "Anna's MacBook Pro"),
            ("a\x1b[31mred", "a\u{FFFD}[31mred"),
            ("two\r\nlines\tand a tab", "two lines and a tab"),
            ("\u{202E}drow", "\u{FFFD}drow"),
            ("zero\u{200B}width", "zero\u{FFFD}width"),
            ("Zoë 東京 👩‍💻 🇩🇪", "Zoë 東京 👩‍💻 🇩🇪"),
            ("\u{9b}31m", "\u{FFFD}31m"),
        ] {
            assert_eq!(clean(raw), cleaned, "{raw:?}");
        }
        assert_eq!(clean_lines("a\r\nb"), "a\nb");
        assert_eq!(clean_short("abcdef", 4), "abc…");
        let zalgo = format!("a{}", "\u{0301}".repeat(500));
        assert!(clean(&zalgo).chars().count() <= 1 + MOST_MARKS);
    }

    #[test]
    fn json_is_cleaned_at_any_depth() {
        let mut value = serde_json::json!({"a\u{7}": [{"b": "x\u{1b}y"}]});
        clean_json(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"a\u{FFFD}": [{"b": "x\u{FFFD}y"}]})
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
        #[test]
        fn nothing_that_steers_a_terminal_passes(raw in "\\PC*|(?s).*") {
            let passes = |c: char| c == SUBSTITUTE || c == JOINER || !is_forbidden(c);
            proptest::prop_assert!(clean(&raw).chars().all(passes));
        }
    }
}
