//! `dump.sql`, the export for the new server: one statement each for device, enrollment and certificate, of fixed form
//! (`api/fleet.md` §12.2). It is read line by line, as its values are not escaped: a Mac called "Anna's" ends its
//! statement early, and the new server's database refuses it.

use crate::model::time::Time;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the new server is given of one Mac.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts of a file, none of which follows from another"
)]
pub struct Record {
    pub udid: String,
    pub serial: Option<String>,
    /// The APNs topic, which must be the new server's too.
    pub topic: Option<String>,
    pub has_push_magic: bool,
    pub has_token: bool,
    pub enabled: bool,
    /// Until when its identity certificate is valid.
    pub certificate_until: Option<Time>,
    /// A quotation mark in a name breaks its statement.
    pub broken: bool,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    pub list: Vec<Record>,
    /// Statements that could not be read.
    pub skipped: usize,
}

/// Reads a whole export.
pub fn records(text: &str) -> Records {
    let mut found: BTreeMap<String, Record> = BTreeMap::new();
    let mut skipped = 0;
    let mut rest = text;
    while let Some(start) = rest.find("INSERT INTO ") {
        let after = &rest[start + "INSERT INTO ".len()..];
        let end = after
            .find("\nINSERT INTO ")
            .map_or(after.len(), |at| at + 1);
        let statement = &after[..end];
        rest = &after[end..];
        let taken = if statement.starts_with("nano_devices") {
            device(statement, &mut found)
        } else if statement.starts_with("nano_enrollments") {
            enrollment(statement, &mut found)
        } else if statement.starts_with("nano_cert_auth_associations") {
            certificate(statement, &mut found)
        } else {
            continue;
        };
        if taken.is_none() {
            skipped += 1;
        }
    }
    Records {
        list: found.into_values().collect(),
        skipped,
    }
}

/// The record of a UDID.
fn of<'a>(found: &'a mut BTreeMap<String, Record>, udid: &str) -> &'a mut Record {
    found.entry(udid.to_owned()).or_insert_with(|| Record {
        udid: udid.to_owned(),
        ..Record::default()
    })
}

/// The lines between SELECT and WHERE.
fn values(statement: &str) -> Option<&str> {
    let (_, after) = statement.split_once("\nSELECT\n")?;
    let end = after.find("\nWHERE\n")?;
    Some(&after[..end])
}

/// `'text',` as text; NULLIF around it is looked through.
fn quoted(line: &str) -> Option<&str> {
    let line = line.trim().trim_end_matches(',');
    let line = line
        .strip_prefix("NULLIF(")
        .map_or(line, |inner| inner.strip_suffix(", '')").unwrap_or(inner));
    line.strip_prefix('\'')?.strip_suffix('\'')
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn device(statement: &str, found: &mut BTreeMap<String, Record>) -> Option<()> {
    let values = values(statement)?;
    let mut lines = values.lines();
    let udid = filled(quoted(lines.next()?)?)?;
    let serial = filled(quoted(lines.next()?)?);
    let record = of(found, &udid);
    record.serial = serial;
    record.broken |= is_broken(values);
    Some(())
}

/// Whether a value has a quotation mark of its own: what stands between the marks must end where its line or its
/// property list ends.
fn is_broken(values: &str) -> bool {
    let mut open = false;
    for line in values.lines() {
        let line = line.trim();
        let mut rest = line;
        if !open {
            rest = rest.strip_prefix("NULLIF(").unwrap_or(rest);
            let Some(inner) = rest.strip_prefix('\'') else {
                continue;
            };
            rest = inner;
            open = true;
        }
        let body = ["',", "', ''),", "', '')", "'"]
            .iter()
            .find_map(|end| rest.strip_suffix(end));
        if let Some(body) = body {
            open = false;
            rest = body;
        }
        if rest.contains('\'') {
            return true;
        }
    }
    open
}

fn enrollment(statement: &str, found: &mut BTreeMap<String, Record>) -> Option<()> {
    let lines: Vec<&str> = values(statement)?.lines().collect();
    // id, device_id, NULL, type, topic, push_magic, token_hex, enabled
    let [_, device, _, _, topic, push_magic, token, enabled] = lines.get(..8)? else {
        return None;
    };
    let udid = filled(quoted(device)?)?;
    let (topic, push_magic) = (quoted(topic)?, quoted(push_magic)?);
    let token = quoted(token)?;
    let record = of(found, &udid);
    record.topic = filled(topic);
    record.has_push_magic = !push_magic.is_empty();
    record.has_token = !token.is_empty();
    record.enabled = enabled.trim() == "true,";
    Some(())
}

fn certificate(statement: &str, found: &mut BTreeMap<String, Record>) -> Option<()> {
    let line = values(statement)?.lines().next()?.trim();
    // id, sha256, NULLIF(not_valid_after, ''), updated_at: all on one line
    let parts: Vec<&str> = line.split(", ").collect();
    let udid = filled(quoted(parts.first()?)?)?;
    let until = parts.get(2)?.strip_prefix("NULLIF('")?.strip_suffix('\'')?;
    // `YYYY-MM-DD HH:MM:SS`, in UTC.
    let until = format!("{}Z", until.replacen(' ', "T", 1));
    of(found, &udid).certificate_until = Time::parse(&until).ok();
    Some(())
}
