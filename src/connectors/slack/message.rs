//! Text as Slack takes it: escaped, then counted, then cut (`api/slack.md` §5).

use serde_json::{Value as Json, json};

/// What `chat.update` takes and `chat.postMessage` advises.
pub(super) const MESSAGE: usize = 4_000;
const SECTION: usize = 3_000;
const FIELD: usize = 2_000;
const HEADER: usize = 150;
const BUTTON: usize = 75;
const MOST_BLOCKS: usize = 50;

/// Escapes the three characters that mean something to Slack: an unescaped `<!channel>` in a device's name pings
/// everybody.
pub fn escape(text: &str) -> String {
    cut(text, usize::MAX, true)
}

/// A message's text, escaped and at most 4,000 characters long.
pub(super) fn message(text: &str) -> String {
    cut(text, MESSAGE, true)
}

/// At most `most` characters, counted as sent; an escape is never cut in two, and `…` says that something is missing.
fn cut(text: &str, most: usize, escaped: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut length = 0;
    // Where to cut if the rest turns out not to fit.
    let mut last_fit = 0;
    for c in text.chars() {
        let start = out.len();
        match c {
            '&' if escaped => out.push_str("&amp;"),
            '<' if escaped => out.push_str("&lt;"),
            '>' if escaped => out.push_str("&gt;"),
            c => out.push(c),
        }
        length += out[start..].chars().count();
        if length < most {
            last_fit = out.len();
        } else if length > most {
            out.truncate(last_fit);
            out.push('…');
            return out;
        }
    }
    out
}

/// Blocks with every text in them escaped and cut to what its place takes, and at most 50 of them.
pub(super) fn blocks(given: &[Json]) -> Json {
    let mut blocks = given.to_vec();
    if blocks.len() > MOST_BLOCKS {
        let left_out = blocks.len() - (MOST_BLOCKS - 1);
        blocks.truncate(MOST_BLOCKS - 1);
        blocks.push(json!({"type": "context", "elements": [
            {"type": "plain_text", "text": format!("…and {left_out} more")}
        ]}));
    }
    for block in &mut blocks {
        fit(block, SECTION);
    }
    blocks.into()
}

fn fit(json: &mut Json, most: usize) {
    let Json::Object(map) = json else {
        if let Json::Array(items) = json {
            for item in items {
                fit(item, most);
            }
        }
        return;
    };
    let kind = map
        .get("type")
        .and_then(Json::as_str)
        .unwrap_or("")
        .to_owned();
    let most = match kind.as_str() {
        "header" => HEADER,
        "button" => BUTTON,
        _ => most,
    };
    for (name, value) in map {
        match value {
            Json::String(text) if name == "text" => {
                let escaped = matches!(kind.as_str(), "mrkdwn" | "markdown");
                *text = cut(text, most, escaped);
            }
            Json::Object(_) => fit(value, most),
            Json::Array(_) => fit(value, if name == "fields" { FIELD } else { most }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_ping_nobody() {
        assert_eq!(
            escape("<!channel> & <@U1>"),
            "&lt;!channel&gt; &amp; &lt;@U1&gt;"
        );
    }

    #[test]
    fn what_is_too_long_is_counted_escaped_and_not_cut_within_an_escape() {
        assert_eq!(message(&"a".repeat(MESSAGE)).chars().count(), MESSAGE);
        let long = message(&"a".repeat(MESSAGE + 1));
        assert_eq!(long.chars().count(), MESSAGE);
        assert!(long.ends_with("a…"));
        assert_eq!(cut("ab<cd", 6, true), "ab…");
        assert_eq!(cut("ab<", 6, true), "ab&lt;");
        assert_eq!(cut("ab<c", 7, true), "ab&lt;c");
        assert_eq!(cut("ab<cd", 7, true), "ab&lt;…");
        assert_eq!(cut("<<<<", 2, true), "…");
    }

    #[test]
    fn every_text_in_blocks_fits_its_place() {
        let given = json!([
            {"type": "header", "text": {"type": "plain_text", "text": "A & B".repeat(60)}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "<".repeat(4_000)}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "x".repeat(2_500)}]},
            {"type": "actions", "elements": [{"type": "button", "action_id": "open",
                "text": {"type": "plain_text", "text": "y".repeat(90)}, "url": "https://a/?b&c"}]},
            {"type": "divider"}
        ]);
        let sent = blocks(given.as_array().unwrap());
        let length = |path: &str| {
            sent.pointer(path)
                .unwrap()
                .as_str()
                .unwrap()
                .chars()
                .count()
        };
        assert_eq!(length("/0/text/text"), HEADER);
        assert!(
            sent[0]["text"]["text"]
                .as_str()
                .unwrap()
                .starts_with("A & B")
        );
        assert!(length("/1/text/text") <= SECTION);
        assert!(sent[1]["text"]["text"].as_str().unwrap().ends_with("&lt;…"));
        assert_eq!(length("/2/fields/0/text"), FIELD);
        assert_eq!(length("/3/elements/0/text/text"), BUTTON);
        assert_eq!(sent[3]["elements"][0]["url"], "https://a/?b&c");
    }

    #[test]
    fn more_blocks_than_slack_takes_are_counted_not_sent() {
        let given = vec![json!({"type": "divider"}); 60];
        let sent = blocks(&given);
        assert_eq!(sent.as_array().unwrap().len(), MOST_BLOCKS);
        assert_eq!(sent[49]["elements"][0]["text"], "…and 11 more");
    }
}
