//! Percent-encoding, the same for a URL that is sent, one a pipeline writes, and a secret that is looked for in echoes.

/// One segment of a path, or one value of a query: letters, digits and `-_.~` stay, every other byte is `%XX`.
pub fn percent(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_one_segment() {
        assert_eq!(percent("a/b?c=d&e"), "a%2Fb%3Fc%3Dd%26e");
        assert_eq!(percent("é"), "%C3%A9");
        assert_eq!(percent("C02-ZC_2.~"), "C02-ZC_2.~");
        assert_eq!(percent("../x"), "..%2Fx");
    }
}
