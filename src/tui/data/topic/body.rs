//! Bodies of requests, replies and events as lines to read.

use crate::model::text;

/// Longer lines are broken here, as a screen would.
const DEEPEST: usize = 40;

/// The text as clean lines: JSON is indented, even when its end was cut off; anything else stays as it is. No more than
/// `most` lines, the last of which says how many more there are.
pub fn lines(body: &str, most: usize) -> Vec<String> {
    let body = body.trim();
    if body.is_empty() {
        return Vec::new();
    }
    let readable = if body.starts_with(['{', '[']) {
        indented(body)
    } else {
        body.to_owned()
    };
    let clean = text::clean_lines(&readable);
    let mut lines: Vec<String> = clean.lines().take(most).map(str::to_owned).collect();
    let more = clean.lines().count().saturating_sub(lines.len());
    if more > 0 {
        lines.push(format!("… {more} lines more"));
    }
    lines
}

/// JSON with a line for each member, without judging whether it is JSON.
fn indented(body: &str) -> String {
    let mut out = String::with_capacity(body.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut chars = body.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth.min(DEEPEST)));
    };
    while let Some(c) = chars.next() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            out.push(c);
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.peek().is_some_and(|next| next.is_whitespace()) {
                    chars.next();
                }
                let empty = chars.peek().is_some_and(|next| matches!(next, '}' | ']'));
                if empty {
                    out.extend(chars.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_whole_or_cut_and_other_text_keeps_its_lines() {
        for (body, shown) in [
            ("", vec![]),
            ("{}", vec!["{}"]),
            (
                r#"{"a":[1,2],"b":{"c":"x, {y}: \" z"},"d":[ ]}"#,
                vec![
                    "{",
                    r#"  "a": ["#,
                    "    1,",
                    "    2",
                    "  ],",
                    r#"  "b": {"#,
                    r#"    "c": "x, {y}: \" z""#,
                    "  },",
                    r#"  "d": []"#,
                    "}",
                ],
            ),
            (r#"{"a":"cut of"#, vec!["{", r#"  "a": "cut of"#]),
            ("<html>\r\n<p>", vec!["<html>", "<p>"]),
        ] {
            assert_eq!(lines(body, 100), shown, "{body}");
        }
        assert_eq!(
            lines("[1,2,3,4]", 3),
            ["[", "  1,", "  2,", "… 3 lines more"]
        );
        assert_eq!(
            lines("{\"a\u{1b}\":\"\u{202e}x\"}", 9)[1],
            "  \"a\u{fffd}\": \"\u{fffd}x\""
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_spaces_is_added_or_lost(body in "[{\\[][a-c\"\\\\{}\\[\\]:, ]{0,60}") {
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert_eq!(bare(&indented(&body)), bare(&body));
        }
    }
}
