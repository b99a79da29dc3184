//! The file as a whole: its syntax, its sections, what no section may hold.

use super::choice::PipelineChoice;
use super::finding::{Finding, Findings};
use super::section::{Section, Source};
use super::settings::{Config, Console, Control, Listen, Messages, Roles, WindowOverride};
use super::{connectors, console, listen, operators};
use crate::engine::Ceilings;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The pipeline a configuration means when it names none.
pub(super) const PIPELINE: &str = "jamf-to-fleet";
pub(super) const STORE: &str = "drover.db";

impl Config {
    /// What holds when there is no file: the shipped pipeline and a store in `folder`.
    pub fn defaults(folder: &Path) -> Self {
        Self {
            file: None,
            pipeline: PipelineChoice::Shipped(PIPELINE.into()),
            store: folder.join(STORE),
            listen: Listen::default(),
            fleet: None,
            jamf: None,
            mdmproxy: None,
            micromdm: None,
            dns: None,
            endpoint: None,
            slack: None,
            http: None,
            settings: BTreeMap::new(),
            control: Control::default(),
            ceilings: Ceilings::default(),
            console: Console::default(),
            messages: Messages::default(),
            roles: Roles::default(),
            windows: BTreeMap::new(),
        }
    }
}

/// Reads the text of a configuration. Relative paths in it are relative to the folder of `file`.
///
/// # Errors
/// Every fault of the text at once.
pub fn parse(text: &str, file: &Path) -> Result<Config, Findings> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let (document, faults) = DeTable::parse_recoverable(text);
    let source = Source::new(text, folder);
    // Half-understood text would be reported twice over, as syntax and as unknown keys.
    let config = if faults.is_empty() {
        Some(read(&source, document.get_ref()))
    } else {
        for fault in faults {
            source.report(fault.span(), "", fault.message().trim().to_owned());
        }
        None
    };
    let list: Vec<Finding> = source.into_findings();
    match config {
        Some(config) if list.is_empty() => Ok(Config {
            file: Some(file.to_owned()),
            ..config
        }),
        _ => Err(Findings {
            file: file.display().to_string(),
            list,
        }),
    }
}

fn read(source: &Source<'_>, table: &DeTable<'_>) -> Config {
    refuse_templates(source, "", table);
    let root = Section::root(source, table);
    let mut config = Config::defaults(source.folder);
    if let Some(text) = root.text("pipeline") {
        config.pipeline = PipelineChoice::read(&text, source.folder);
    }
    if let Some(path) = root.path("store") {
        config.store = path;
    }
    config.listen = listen::read(&root.section("listen"));
    connectors::read(&root.section("connectors"), &mut config);
    config.settings = settings(&root.section("settings"));
    config.control = operators::control(&root.section("control"));
    config.ceilings = operators::ceilings(&root.section("ceilings"));
    config.console = console::read(&root.section("console"));
    config.messages = operators::messages(&root.section("messages"), &config);
    config.roles = operators::roles(&root.section("roles"));
    config.windows = windows(&root.section("windows"));
    root.finish(&[]);
    config
}

fn windows(section: &Section<'_>) -> BTreeMap<String, WindowOverride> {
    for (name, value) in section.entries() {
        if !value.get_ref().is_table() {
            let key = section.name_of(name.get_ref());
            let text = format!("expected a table such as [{key}] with days, from and to");
            section.source.report(Some(name.span()), &key, text);
        }
    }
    section
        .named_sections(&[])
        .into_iter()
        .map(|(name, section)| (name, operators::window(&section)))
        .collect()
}

fn settings(section: &Section<'_>) -> BTreeMap<String, Json> {
    section
        .entries()
        .map(|(name, value)| (name.get_ref().to_string(), json(value.get_ref())))
        .collect()
}

/// A TOML value as the pipeline's settings take it. Dates become text, as a `time` setting reads them.
fn json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Json::String(number.to_string()), Json::from),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or(Json::Null, Json::from),
        DeValue::Boolean(yes) => Json::Bool(*yes),
        DeValue::Datetime(at) => Json::String(at.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => Json::Object(
            table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), json(value.get_ref())))
                .collect(),
        ),
    }
}

/// A template here would be sent to a service as it stands. Only pipeline files have templates.
fn refuse_templates(source: &Source<'_>, path: &str, table: &DeTable<'_>) {
    for (name, value) in table {
        let key = if path.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{path}.{}", name.get_ref())
        };
        refuse_template(source, &key, value);
    }
}

fn refuse_template(source: &Source<'_>, key: &str, value: &Spanned<DeValue<'_>>) {
    match value.get_ref() {
        DeValue::String(text) if text.contains("{{") => source.report(
            Some(value.span()),
            key,
            "holds \"{{\"; templates belong in the pipeline file, here every value is plain",
        ),
        DeValue::Array(items) => items
            .iter()
            .for_each(|item| refuse_template(source, key, item)),
        DeValue::Table(table) => refuse_templates(source, key, table),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        match parse(text, Path::new("/etc/drover/drover.toml")) {
            Ok(_) => Vec::new(),
            Err(findings) => findings.list.iter().map(ToString::to_string).collect(),
        }
    }

    /// A text, and a part of what is said of it.
    const FAULTS: &[(&str, &str)] = &[
        (
            "stor = 'x'",
            "line 1: stor: unknown key; did you mean \"store\"?",
        ),
        (
            "[listen]\n\nadress = '127.0.0.1:1'",
            "line 3: listen.adress: unknown key; did you mean \"address\"?",
        ),
        (
            "[connectors.fleet]\ntokn = 1",
            "line 2: connectors.fleet.tokn: unknown key; did you mean \"token\"?",
        ),
        (
            "[conectors]",
            "conectors: unknown key; did you mean \"connectors\"?",
        ),
        (
            "[connectors.okto]",
            "unknown key; known here: fleet, jamf, slack, http, mdmproxy, micromdm, dns, endpoint",
        ),
        (
            "store = 5",
            "line 1: store: expected a text, got a whole number",
        ),
        (
            "listen = 'x'",
            "line 1: listen: expected a table, got a text",
        ),
        (
            "[control]\ntwo_people_above = 'x'",
            "expected a whole number, got a text",
        ),
        (
            "[control]\ntwo_people_above = -1",
            "must be from 0 to 4294967295, got -1",
        ),
        (
            "[listen]\naddress = 'localhost'",
            "is not an address with a port",
        ),
        (
            "[console]\ntheme = 'drak'",
            "line 2: console.theme: \"drak\" is no theme; did you mean \"dark\"?",
        ),
        (
            "[console]\nmose = true",
            "line 2: console.mose: unknown key; did you mean \"mouse\"?",
        ),
        (
            "[console]\nnotify = 'no'",
            "expected true or false, got a text",
        ),
        ("[listen]\naddress = '0.0.0.0:80'", "so hooks need a token"),
        (
            "[listen]\ntls = { cert = 'c.pem' }",
            "listen.tls.key: is missing",
        ),
        (
            "[listen]\ntoken = { env = 'A', file = 'b' }",
            "give one source only",
        ),
        ("[listen]\ntoken = {}", "give a source"),
        (
            "[listen]\ntoken = { enw = 'A' }",
            "listen.token.enw: unknown key; did you mean \"env\"?",
        ),
        (
            "[connectors.fleet]\nurl = 'http://fleet.example.com'",
            "must begin with https://",
        ),
        (
            "[connectors.fleet]\nurl = 'https://a:hunter2@b.example'",
            "must not hold a user name",
        ),
        ("[connectors.fleet]\nurl = 'fleet'", "is not a URL"),
        (
            "[connectors.fleet]\nurl = 'https://f.example'",
            "connectors.fleet.token: is missing",
        ),
        (
            "[connectors.jamf]\nrate = '20'",
            "is not a rate such as 20/s",
        ),
        ("[connectors.jamf]\nrate = '0/s'", "more than nothing"),
        (
            "[connectors.jamf]\nparallel = 6",
            "must be from 1 to 5, got 6",
        ),
        (
            "[connectors.slack]\ntoken = { env = 'T' }",
            "connectors.slack.channel: is missing",
        ),
        (
            "[connectors.endpoint]\nhosts = ['https://mdm.example.com']",
            "is not a name alone",
        ),
        (
            "[connectors.endpoint]\nca = 'ca.pem'",
            "connectors.endpoint.hosts: is missing",
        ),
        (
            "[messages]\npage = 'http:oncall'",
            "needs [connectors.http.oncall]",
        ),
        ("[messages]\nticket = 'jira'", "neither \"slack\" nor"),
        ("[windows.nightly]\ndays = 'weekdays'", "is not a day"),
        (
            "[windows.nightly]\ntimezone = 'Europe/Berlni'",
            "did you mean \"Europe/Berlin\"?",
        ),
        (
            "[windows]\nnightly = 'x'",
            "expected a table such as [windows.nightly]",
        ),
        (
            "[settings]\nteam = '{{ row.team }}'",
            "settings.team: holds \"{{\"",
        ),
        ("store = ", "line 1: "),
    ];

    #[test]
    fn every_kind_of_fault_has_its_sentence() {
        for (text, expected) in FAULTS {
            let found = findings(text);
            assert!(
                found.iter().any(|f| f.contains(expected)),
                "{text}: {found:#?}"
            );
        }
    }

    #[test]
    fn a_secret_in_clear_is_refused_and_not_repeated() {
        let text = "[connectors.fleet]\nurl = 'https://f.example'\ntoken = 'hunter2-hunter2'";
        let found = findings(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("env = \"CONNECTORS_FLEET_TOKEN\""),
            "{found:?}"
        );
        assert!(!found[0].contains("hunter2"), "{found:?}");
    }

    #[test]
    fn all_faults_come_at_once_in_the_order_of_their_lines() {
        let found =
            findings("stor = 'x'\npipeline = 7\n[listen]\naddress = 'x'\n[roles]\nadmin = []");
        assert_eq!(found.len(), 4, "{found:#?}");
        for (line, finding) in [1, 2, 4, 6].iter().zip(&found) {
            assert!(finding.starts_with(&format!("line {line}: ")), "{finding}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_file_and_absolute_ones_stay() {
        let text = "store = 'data/x.db'\n[listen]\ntoken = { file = '/run/t' }";
        let config = parse(text, Path::new("/etc/drover/drover.toml")).unwrap();
        assert_eq!(config.store, Path::new("/etc/drover/data/x.db"));
        assert_eq!(config.socket(), Path::new("/etc/drover/data/x.db.sock"));
        let source = config.listen.token.unwrap().source;
        assert_eq!(source, super::super::SecretSource::File("/run/t".into()));
    }

    #[test]
    fn a_service_on_this_machine_may_be_without_tls() {
        let text = "[connectors.fleet]\nurl = 'http://127.0.0.1:8412/'\ntoken = { env = 'T' }\nrate = '300/m'";
        let fleet = parse(text, Path::new("drover.toml"))
            .unwrap()
            .fleet
            .unwrap();
        assert_eq!(fleet.url, "http://127.0.0.1:8412");
        assert!((fleet.limits.rate.unwrap().per_second - 5.0).abs() < 1e-9);
    }

    #[test]
    fn endpoints_are_names_and_a_ca_beside_the_file() {
        let text = "[connectors.endpoint]\nhosts = ['mdm.example.com', '127.0.0.1']\nca = 'ca.pem'";
        let config = parse(text, Path::new("/etc/drover/drover.toml")).unwrap();
        let endpoint = config.endpoint.unwrap();
        assert_eq!(endpoint.hosts, ["mdm.example.com", "127.0.0.1"]);
        assert_eq!(endpoint.ca.unwrap(), Path::new("/etc/drover/ca.pem"));
    }
}
