//! JSON from outside: size and depth capped before it is read, looked into by path, shown capped with its full hash.

use serde_json::Value as Json;

/// Bodies larger than this are refused before they are read.
pub const LARGEST_BODY: usize = 1024 * 1024;
/// Deeper nesting than this is refused.
pub const DEEPEST: usize = 32;
/// A hook with more values than this is refused: a body of one megabyte may hold half a million, each many times its size
/// once it is read.
pub const MOST_VALUES: usize = 20_000;
/// What the store keeps of each request and reply part for people to read.
pub const LARGEST_SHOWN: usize = 16 * 1024;
/// A step's typed result larger than this is a fault.
pub const LARGEST_RESULT: usize = 64 * 1024;

/// Why a body is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPayload {
    #[error("the body has {0} bytes, which is more than is taken")]
    TooLarge(usize),
    #[error("the body nests deeper than {DEEPEST} levels")]
    TooDeep,
    #[error("the body holds more than {MOST_VALUES} values")]
    TooMany,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body is not JSON: {0}")]
    NotJson(String),
}

/// Reads a JSON body. Strings are not cleaned here: [`super::value::Value::fit`] and
/// [`super::text::clean_json`] do that where a value is kept.
pub fn parse(bytes: &[u8]) -> Result<Json, BadPayload> {
    read(bytes, LARGEST_BODY, MOST_VALUES)
}

/// As [`parse`], with a limit of its own: answers we asked for may be longer than what strangers send.
pub fn parse_within(bytes: &[u8], largest: usize) -> Result<Json, BadPayload> {
    read(bytes, largest, usize::MAX)
}

fn read(bytes: &[u8], largest: usize, most: usize) -> Result<Json, BadPayload> {
    if bytes.len() > largest {
        return Err(BadPayload::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BadPayload::NotUtf8)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    measure(text, most)?;
    serde_json::from_str(text)
        .map_err(|error| BadPayload::NotJson(super::text::clean_short(&error.to_string(), 160)))
}

/// Looks at brackets and commas only, so that nothing is built of a body that is refused for its shape.
fn measure(text: &str, most: usize) -> Result<(), BadPayload> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut values = 1_usize;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                values += 1;
                if depth > DEEPEST {
                    return Err(BadPayload::TooDeep);
                }
            }
            b',' if !quoted => values += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if values > most {
        return Err(BadPayload::TooMany);
    }
    Ok(())
}

/// The value at a dotted path such as `host.hardware_serial` or `errors.0.reason`.
pub fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.')
        .filter(|part| !part.is_empty())
        .try_fold(json, |json, part| match json {
            Json::Array(items) => items.get(part.parse::<usize>().ok()?),
            Json::Object(map) => map.get(part),
            _ => None,
        })
}

/// The text at a path, when it is text and not empty.
pub fn text_at<'a>(json: &'a Json, path: &str) -> Option<&'a str> {
    at(json, path)?.as_str().filter(|text| !text.is_empty())
}

/// A part of a request or reply as people see it: cleaned, cut at [`LARGEST_SHOWN`] bytes, with the hash of the whole
/// when it was cut.
pub fn shown(raw: &str) -> String {
    let cleaned = super::text::clean_lines(&raw[..floor(raw, LARGEST_SHOWN * 2)]);
    if raw.len() <= LARGEST_SHOWN && cleaned.len() <= LARGEST_SHOWN {
        return cleaned;
    }
    let cut = &cleaned[..floor(&cleaned, LARGEST_SHOWN)];
    format!(
        "{cut}\n… cut; {} bytes in all, sha256 {}",
        raw.len(),
        super::hash::sha256_hex(raw.as_bytes())
    )
}

fn floor(text: &str, most: usize) -> usize {
    (0..=most.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_would_hurt_are_refused_with_a_sentence() {
        assert!(matches!(
            parse(&vec![b' '; LARGEST_BODY + 1]),
            Err(BadPayload::TooLarge(_))
        ));
        assert_eq!(
            parse("[".repeat(100_000).as_bytes()),
            Err(BadPayload::TooDeep)
        );
        let many = format!("[{}1]", "1,".repeat(400_000));
        assert_eq!(parse(many.as_bytes()), Err(BadPayload::TooMany));
        assert!(parse_within(many.as_bytes(), many.len()).is_ok());
        let commas = format!("[\"{}\"]", ",".repeat(400_000));
        assert!(parse(commas.as_bytes()).is_ok(), "text is one value");
        assert_eq!(parse(b"\xff\xfe{\0}\0"), Err(BadPayload::NotUtf8));
        assert!(matches!(parse(b"<html>"), Err(BadPayload::NotJson(_))));
        assert_eq!(
            parse(br#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}"#).unwrap()["a"]
                .as_str()
                .unwrap()
                .len(),
            35
        );
    }

    #[test]
    fn paths_look_into_objects_and_lists() {
        let json = serde_json::json!({"errors": [{"reason": "no"}], "empty": ""});
        assert_eq!(text_at(&json, "errors.0.reason"), Some("no"));
        assert_eq!(text_at(&json, "empty"), None);
        assert_eq!(at(&json, "errors.1.reason"), None);
    }

    #[test]
    fn long_parts_are_cut_and_carry_their_hash() {
        let shown = shown(&"é".repeat(20_000));
        assert!(shown.len() < LARGEST_SHOWN + 200);
        assert!(shown.contains("40000 bytes in all, sha256 "));
    }
}
