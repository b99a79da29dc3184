//! The sample, filled in with what `drover sim` has.

use crate::cli::error::CliError;
use crate::cli::sim::{PAPERS, Papers};
use crate::sim::JAMF_CLIENT_ID;
use serde_json::{Value as Json, json};
use std::path::Path;

/// In a rehearsal a Mac that nobody clicks on is called dormant after this, not after weeks.
const DORMANT_AFTER: &str = "12h";

/// What lies behind a port and the two after it.
pub(super) fn filled_in(sample: &str, port: u16) -> String {
    let at = |offset: u16| format!("http://127.0.0.1:{}", port.saturating_add(offset));
    let lines = [
        ("url = \"https://fleet.example.com\"", json!(at(0))),
        ("url = \"https://example.jamfcloud.com\"", json!(at(1))),
        ("# url = \"https://slack.com/api\"", json!(at(2) + "/api")),
        (
            "client_id = \"00000000-0000-0000-0000-000000000000\"",
            json!(JAMF_CLIENT_ID),
        ),
        ("# dormant_after = \"14d\"", json!(DORMANT_AFTER)),
    ];
    let mut text = sample.to_owned();
    for (line, value) in lines {
        text = replaced(&text, line, &value);
    }
    text
}

/// What the company told those who rehearse its move under the old server's name.
pub(super) fn with_papers(sample: &str, folder: &Path) -> Result<String, CliError> {
    let papers = Papers::read(folder).map_err(|why| {
        CliError::usage(format!(
            "{} cannot be read: {why}; start `drover sim --pipeline …` first, or name the folder it writes to with --papers",
            folder.join(PAPERS).display()
        ))
    })?;
    let mut text = sample.to_owned();
    for (section, keys) in [
        ("micromdm", vec![("url", json!(papers.micromdm))]),
        ("mdmproxy", vec![("urls", json!(papers.proxies))]),
        ("dns", vec![("resolvers", json!(papers.resolvers))]),
        (
            "endpoint",
            vec![("hosts", json!(papers.hosts)), ("ca", json!(papers.ca))],
        ),
    ] {
        text = in_section(&text, section, &keys);
    }
    let (head, mut settings) = match text.split_once("\n[settings]\n") {
        Some((head, settings)) => (head.to_owned(), settings.to_owned()),
        None => (text, String::new()),
    };
    for (name, value) in &papers.settings {
        let begins = format!("# {name} = ");
        let lines: Vec<String> = settings
            .lines()
            .map(|line| {
                if line.starts_with(&begins) {
                    format!("{name} = {}", toml_of(value))
                } else {
                    line.to_owned()
                }
            })
            .collect();
        settings = lines.join("\n") + "\n";
    }
    Ok(format!("{head}\n[settings]\n{settings}"))
}

/// The sample with these keys of one connector as given, whether they were commented out or not.
fn in_section(text: &str, section: &str, keys: &[(&str, Json)]) -> String {
    let begins = format!("[connectors.{section}]");
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        inside = line == begins || (inside && !line.starts_with('['));
        let key = line.trim_start_matches("# ").split(' ').next();
        let given = keys.iter().find(|(name, _)| inside && Some(*name) == key);
        match given {
            Some((name, value)) => lines.push(format!("{name} = {}", toml_of(value))),
            None => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

fn replaced(text: &str, line: &str, value: &Json) -> String {
    let key = line
        .trim_start_matches("# ")
        .split(' ')
        .next()
        .unwrap_or_default();
    text.replace(
        &format!("\n{line}\n"),
        &format!("\n{key} = {}\n", toml_of(value)),
    )
}

fn toml_of(value: &Json) -> String {
    toml::Value::try_from(value).map_or_else(|_| "\"\"".to_owned(), |value| value.to_string())
}
