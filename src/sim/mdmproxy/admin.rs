//! What the proxy may be told, and in which words it answers.

use std::collections::BTreeSet;

/// A status above 200 and what is said, without the line break Go puts behind an error.
pub(super) type Refused = (u16, String);

/// Whether a call may change anything, by its `Authorization` header.
pub(super) fn authorised(token: &str, header: &str) -> Result<(), Refused> {
    let no = |text: &str| Err((401, text.to_owned()));
    if token.is_empty() {
        return no("Set auth token to enable remote updates");
    }
    if header.is_empty() {
        return no("Authorization header must be provided");
    }
    match header.strip_prefix("Bearer ") {
        None => no("Authorization header must start with \"Bearer \""),
        Some(given) if given == token => Ok(()),
        Some(_) => no("Authorization header does not match"),
    }
}

/// A bare integer; Go takes a sign and nothing else beside the digits.
pub(super) fn percentage(body: &[u8]) -> Result<u32, Refused> {
    let text = String::from_utf8_lossy(body);
    let number: i64 = text.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                "value out of range"
            }
            _ => "invalid syntax",
        };
        let said = format!("Cannot read body as integer: strconv.Atoi: parsing {text:?}: {why}");
        (422, said)
    })?;
    u32::try_from(number)
        .ok()
        .filter(|number| *number <= 100)
        .ok_or_else(|| (400, "Percentage should be in range (0, 100)".to_owned()))
}

pub(super) fn udids(body: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(body);
    text.split_whitespace().map(str::to_owned).collect()
}

/// A set as Go prints it: in the order of its keys.
pub(super) fn printed(udids: &BTreeSet<String>) -> String {
    let each: Vec<String> = udids.iter().map(|udid| format!("{udid}:{{}}")).collect();
    format!("map[{}]", each.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_go_reads_it() {
        for (body, expected) in [
            ("0", Ok(0)),
            ("50", Ok(50)),
            ("100", Ok(100)),
            ("+7", Ok(7)),
            ("050", Ok(50)),
        ] {
            assert_eq!(percentage(body.as_bytes()), expected, "{body:?}");
        }
        for body in ["101", "-1"] {
            let refused = (400, "Percentage should be in range (0, 100)".to_owned());
            assert_eq!(percentage(body.as_bytes()), Err(refused), "{body:?}");
        }
        let said = |body: &str| percentage(body.as_bytes()).unwrap_err();
        assert_eq!(
            said("50\n"),
            (
                422,
                "Cannot read body as integer: strconv.Atoi: parsing \"50\\n\": invalid syntax"
                    .to_owned()
            )
        );
        assert_eq!(
            said("").1,
            "Cannot read body as integer: strconv.Atoi: parsing \"\": invalid syntax"
        );
        assert!(
            said("99999999999999999999")
                .1
                .ends_with("value out of range")
        );
    }

    #[test]
    fn udids_are_words_and_are_printed_in_order() {
        let read = udids(b" B\tA\nC  A ");
        assert_eq!(printed(&read), "map[A:{} B:{} C:{}]");
        assert_eq!(printed(&udids(b" \n")), "map[]");
    }
}
