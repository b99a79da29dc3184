//! A whole file.

use super::sink::Sink;
use super::table::{NAME_FORM, Table, humane};
use super::{intake, ladder, parts, references, stage, standing, step, trial};
use crate::model::rule::is_name;
use crate::pipeline::definition::{Helper, Pipeline};
use crate::pipeline::finding::{self, Finding, Places};
use chrono_tz::Tz;
use toml::de::DeTable;

/// What could be read of a file.
#[derive(Clone, Debug)]
pub struct Reading {
    /// As good as the text allows; only to be run when `findings` is empty.
    pub pipeline: Pipeline,
    pub places: Places,
    /// In the order of the file. When the text is no TOML only that is reported.
    pub findings: Vec<Finding>,
    /// False when the text is no TOML, so that nothing else can be said of it.
    pub readable: bool,
}

/// The pipeline of a sound text, else everything that is wrong with it.
pub fn parse(file_name: &str, text: &str) -> Result<Pipeline, Vec<Finding>> {
    let reading = read(file_name, text);
    if reading.findings.iter().any(Finding::is_error) {
        Err(reading.findings)
    } else {
        Ok(reading.pipeline)
    }
}

/// Everything that can be read of a text, and everything that is wrong with it.
pub fn read(file_name: &str, text: &str) -> Reading {
    let (document, errors) = DeTable::parse_recoverable(text);
    let sink = Sink::new(file_name, text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        sink.error(
            at,
            "",
            format!("this is no TOML: {}", error.message()),
            None,
        );
    }
    let readable = errors.is_empty();
    let pipeline = {
        let quiet = Sink::new(file_name, text);
        let out = if readable { &sink } else { &quiet };
        let top = Table::new(out, "file", String::new(), document.get_ref(), 0);
        pipeline(&top, text)
    };
    let (places, mut findings) = sink.finish();
    if readable {
        findings.extend(references::findings(&pipeline, &places));
    }
    Reading {
        pipeline,
        places,
        findings: finding::sorted(findings),
        readable,
    }
}

fn pipeline(top: &Table<'_>, text: &str) -> Pipeline {
    let name = top.needed("name", "\"the-pipelines-name\"");
    if !name.is_empty() && !is_name(&name.replace('-', "_")) {
        let hint = "lower-case letters, digits, - and _, starting with a letter";
        top.fault(
            "name",
            format!("\"{name}\" is no pipeline name"),
            Some(hint.into()),
        );
    }
    let subject = top.name("subject");
    let timezone = parts::timezone(top, "timezone").unwrap_or(Tz::UTC);
    let columns = parts::columns(top);
    Pipeline {
        title: top.text("title").unwrap_or_else(|| humane(&name)),
        name,
        about: top.text("about").unwrap_or_default(),
        subject,
        key: parts::key(top, &columns),
        timezone,
        version: crate::model::hash::sha256_hex(text.as_bytes()),
        settings: parts::settings(top),
        columns,
        phases: parts::phases(top),
        windows: parts::windows(top, timezone),
        waves: parts::waves(top),
        intakes: top
            .tables("intake", "intake")
            .iter()
            .map(|t| intake::intake(t, timezone))
            .collect(),
        stages: top
            .tables("stage", "stage")
            .iter()
            .map(|t| stage::stage(t, timezone))
            .collect(),
        ladders: top
            .tables("ladder", "ladder")
            .iter()
            .map(ladder::ladder)
            .collect(),
        helpers: top.tables("helper", "helper").iter().map(helper).collect(),
        brakes: top
            .tables("brake", "brake")
            .iter()
            .map(parts::brake)
            .collect(),
        checks: top
            .tables("check", "check")
            .iter()
            .map(standing::check)
            .collect(),
        mirrors: top
            .tables("mirror", "mirror")
            .iter()
            .map(standing::mirror)
            .collect(),
        acts: top.tables("act", "act").iter().map(standing::act).collect(),
        proof: stage::conditions(top, "proof"),
        trials: top
            .tables("trial", "trial")
            .iter()
            .map(trial::trial)
            .collect(),
    }
}

fn helper(table: &Table<'_>) -> Helper {
    let name = table.name("name");
    if ["hold", "ticket", "page"].contains(&name.as_str()) {
        let problem = format!(
            "a helper cannot be called \"{name}\": `then` and `after` mean something else by it"
        );
        table.fault("name", problem, Some(NAME_FORM.into()));
    }
    Helper {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        inputs: parts::inputs(table),
        steps: step::steps(table),
        output: table.templates("output"),
        name,
    }
}
