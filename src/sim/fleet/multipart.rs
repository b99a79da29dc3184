//! Just enough of `multipart/form-data` for an uploaded script.

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// "" for a plain field.
    pub(super) file_name: String,
    pub(super) text: String,
}

/// The parts of a form body; none when it is not one.
pub(super) fn parts(content_type: &str, body: &[u8]) -> Option<Vec<Part>> {
    let boundary = content_type
        .strip_prefix("multipart/form-data")?
        .split("boundary=")
        .nth(1)?
        .trim_matches('"');
    let text = std::str::from_utf8(body).ok()?;
    let mark = format!("--{boundary}");
    let parts = text
        .split(mark.as_str())
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .filter_map(part)
        .collect();
    Some(parts)
}

fn part(raw: &str) -> Option<Part> {
    let (head, text) = raw.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
    let disposition = head.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    let value = |name: &str| {
        disposition.split(';').find_map(|pair| {
            let value = pair.trim().strip_prefix(name)?.strip_prefix('=')?;
            Some(value.trim_matches('"').to_owned())
        })
    };
    Some(Part {
        name: value("name")?,
        file_name: value("filename").unwrap_or_default(),
        text: text.strip_suffix("\r\n").unwrap_or(text).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"team_id\"\r\n\r\n2\r\n--X\r\nContent-Disposition: \
                    form-data; name=\"script\"; filename=\"a.sh\"\r\nContent-Type: text/plain\r\n\r\n#!/bin/sh\necho\n\r\n--X--\r\n";
        let parts = parts("multipart/form-data; boundary=X", body.as_bytes()).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(
            (parts[0].name.as_str(), parts[0].text.as_str()),
            ("team_id", "2")
        );
        assert_eq!(parts[1].file_name, "a.sh");
        assert_eq!(parts[1].text, "#!/bin/sh\necho\n");
    }
}
