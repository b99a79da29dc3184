//! Text measured in columns.

use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns a text takes on the screen, cluster by cluster, as it is laid out.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.graphemes(true).map(UnicodeWidthStr::width).sum()
    }
}

/// A text from outside as one cell can hold it: without line breaks, and without what terminals disagree about the width
/// of: joiners, selectors and skin tones go, flags become letters, the sign of something left out becomes a dot.
pub fn cell(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        || !text.contains(|c| plain(c) != Some(c))
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter_map(plain).collect())
    }
}

fn plain(c: char) -> Option<char> {
    match c {
        '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' => None,
        '\u{1F1E6}'..='\u{1F1FF}' => char::from_u32(c as u32 - 0x1F1E6 + 'A' as u32),
        crate::model::text::SUBSTITUTE => Some('·'),
        c if c.is_control() => Some(' '),
        c => Some(c),
    }
}

/// The text in at most `most` columns, ending in `cut` when something is missing. Never breaks a cluster.
pub fn fit<'a>(text: &'a str, most: usize, cut: &str) -> Cow<'a, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let room = most.saturating_sub(width(cut));
    let (mut used, mut end) = (0, 0);
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = width(cluster);
        if used + wide > room {
            break;
        }
        used += wide;
        end = at + cluster.len();
    }
    let head = text[..end].trim_end();
    if most < width(cut) {
        return Cow::Owned(String::new());
    }
    Cow::Owned(format!("{head}{cut}"))
}

/// The text broken into lines of at most `most` columns, at spaces where there are any.
pub fn wrap(text: &str, most: usize) -> Vec<String> {
    wrap_after(text, most, most)
}

/// As [`wrap`], with another room for the first line, which follows something else.
pub fn wrap_after(text: &str, first: usize, later: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let room = |lines: &[String]| {
        if lines.is_empty() {
            first.max(1)
        } else {
            later.max(1)
        }
    };
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if width(&line) + width(word.trim_end()) > room(&lines) && !line.is_empty() {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            if width(word.trim_end()) <= room(&lines) {
                line.push_str(word);
                continue;
            }
            for cluster in word.graphemes(true) {
                if width(&line) + width(cluster) > room(&lines) && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(cluster);
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// `1 device`, `12 devices`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", thousands(number as u64))
    }
}

/// `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_and_never_inside_a_cluster() {
        for (text, most, fits) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 4, "abc…"),
            ("東京都庁", 5, "東京…"),
            ("東京都庁", 4, "東…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("two words", 5, "two…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(fit(text, most, "…"), fits, "{text} in {most}");
        }
        assert_eq!(cell("👩\u{200D}💻 a\nb"), "👩💻 a b");
        assert_eq!(cell("🇩🇪 👍\u{1F3FD} \u{FFFD}"), "DE 👍 ·");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(count(1_234, "device"), "1,234 devices");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_ever_wider_than_asked(text in "\\PC{0,40}", most in 0_usize..30) {
            let text = cell(&text).into_owned();
            proptest::prop_assert!(width(&fit(&text, most, "…")) <= most);
            for line in wrap(&text, most.max(2)) {
                // A cluster that is too wide alone cannot be broken; the screen clips it.
                let alone = line.graphemes(true).count() == 1;
                proptest::prop_assert!(alone || width(&line) <= most.max(2));
            }
        }
    }
}
