//! The annotated `drover.toml` that `drover init` writes.

/// A setting of the pipeline, shown in the sample as a line to uncomment.
#[derive(Clone, Debug)]
pub struct SampleSetting {
    pub name: String,
    /// As TOML: `"Staging"`, `10`, `true`.
    pub value: String,
    pub about: String,
}

const HEAD: &str = r#"# drover's configuration. Every line that is commented out shows its default or an example.
# `drover check` says whether all of this works; unknown keys are refused.

# A shipped pipeline's name, or a path relative to this file.
pipeline = "{pipeline}"

# The table and every record around it. The engine's socket is made beside it.
store = "drover.db"

# Where hooks are heard: POST /hooks/<path>?token=… (or Authorization: Bearer …). Also GET /healthz and GET /metrics.
[listen]
address = "127.0.0.1:8480"
token = { env = "DROVER_HOOK_TOKEN" }
# The token before, while senders are changed over:
# previous_token = { env = "DROVER_HOOK_TOKEN_OLD" }
# Networks senders may call from; without this line from anywhere. Whoever else calls is told 404, token or not. Behind a
# proxy every caller has the proxy's address: let the proxy choose them.
# allow = ["203.0.113.0/24"]
# tls = { cert = "cert.pem", key = "key.pem" }
# Bytes; larger bodies are refused before they are read.
# max_body = 1048576

# A secret never stands in this file. It is read when it is needed, from one of
#   { env = "NAME" }                                  an environment variable
#   { file = "fleet.token" }                          a file only its owner can read
#   { command = ["op", "read", "op://ops/fleet/token"] }  what a command prints
#   { credential = "fleet" }                          systemd's LoadCredential=fleet:…
"#;

/// Each connector's part. A sample has those that its pipeline uses, and the chat's.
const CONNECTORS: [(&str, &str); 7] = [
    (
        "fleet",
        r#"[connectors.fleet]
url = "https://fleet.example.com"
token = { env = "FLEET_TOKEN" }
# The budget drover allows itself; limits it learns from the service lower it.
# rate = "20/s"
# Calls at a time.
# parallel = 8
# A PEM file with more certificate authorities to trust:
# ca = "company-ca.pem"

"#,
    ),
    (
        "jamf",
        r#"[connectors.jamf]
url = "https://example.jamfcloud.com"
client_id = "00000000-0000-0000-0000-000000000000"
client_secret = { env = "JAMF_CLIENT_SECRET" }
# parallel = 4

"#,
    ),
    (
        "micromdm",
        r#"# The old server, by an address that stays when the name moves.
[connectors.micromdm]
url = "https://micromdm.internal.example.com"
api_key = { env = "MICROMDM_API_KEY" }
# parallel = 4
# ca = "company-ca.pem"

"#,
    ),
    (
        "mdmproxy",
        r#"# Fleet's migration proxy: every replica by its own address, as a balancer would tell one of them only.
[connectors.mdmproxy]
urls = ["https://10.0.0.5:8080"]
token = { env = "MDMPROXY_TOKEN" }
# ca = "company-ca.pem"

"#,
    ),
    (
        "dns",
        r#"# Resolvers as people use them, in the company and outside.
[connectors.dns]
resolvers = ["192.0.2.1", "9.9.9.9"]

"#,
    ),
    (
        "endpoint",
        r#"# Names whose certificates, redirects and SCEP CA are looked at: the old server's and Fleet's.
[connectors.endpoint]
hosts = ["mdm.example.com", "fleet.example.com"]
# ca = "company-ca.pem"

"#,
    ),
    (
        "slack",
        r##"[connectors.slack]
# A bot token, or webhook_url for an incoming webhook.
token = { env = "SLACK_TOKEN" }
# webhook_url = { env = "SLACK_WEBHOOK_URL" }
channel = "#mac-migration"
# url = "https://slack.com/api"

"##,
    ),
];

const MIDDLE: &str = r#"# Other services that `http.request` may call, and receivers of tickets and pages:
# [connectors.http]
# allow = ["https://hooks.example.com/mdm"]
# [connectors.http.oncall]
# url = "https://hooks.example.com/page"
# token = { env = "ONCALL_TOKEN" }
# Where the token goes; without this line as "Authorization: Bearer …".
# header = "X-Api-Key"

# The pipeline's settings, as you need them.
[settings]
"#;

const TAIL: &str = r#"
[control]
# A bulk act on more rows than this needs a second person.
two_people_above = 50
# The group that may reach the engine's socket and read the store:
# group = "mac-ops"
# Asked for every minute while the engine goes round: a watcher there alarms when it hears nothing.
# heartbeat = "https://hc.example.com/ping/00000000"

# Calls that cannot be undone (leaving Jamf, scripts on a Mac, transfers), whatever the pipeline says. At a ceiling they
# wait, and the header, the journal and a page say so.
[ceilings]
# per_hour = 1000
# Within any twelve hours:
# per_night = 4000
# The very same call on one row within twelve hours, unless an operator releases the row:
# per_row = 3

# How the console looks. Flags such as --theme go before these.
[console]
# dark, light, mono or colour-blind; without this line by the terminal's background, where it says.
# theme = "dark"
# Only ASCII signs; without this line by the locale.
# ascii = false
# Hear the mouse from the start; off, the terminal selects text with it. M turns it on and off.
# mouse = false
# Call whoever is elsewhere (a notice and the bell) at an alarm, and at the end of a long act.
# notify = true
# Other keys, in the form of drover's own key map:
# keymap = "keys.toml"

[messages]
# "slack" (a thread, and the alarm in the console's header) or "http:NAME".
ticket = "slack"
page = "slack"

# Who may do what, by OS user or @group. When all are empty the store's owner may do everything.
[roles]
# observer = ["@staff"]
# operator = ["@mac-ops"]
# Approvers may all of it, and where some are listed only they agree to what needs a second person:
# approver = ["anna"]
# Accounts that several people use. Neither they nor root take part where two people are asked for:
# shared = ["macadmin"]

# A window of the pipeline, as you need it; `days` names the evening on which it opens:
# [windows.nightly]
# days = "mon-fri"
# from = "22:00"
# to = "05:00"
# timezone = "Europe/Berlin"
"#;

/// The sample for a pipeline, by shipped name or path. `uses` says whether it calls a connector.
pub fn sample(pipeline: &str, settings: &[SampleSetting], uses: impl Fn(&str) -> bool) -> String {
    use std::fmt::Write;
    let mut text = HEAD.replace("{pipeline}", pipeline);
    text.push('\n');
    let shown = |name: &str| name == "slack" || uses(name);
    for (_, part) in CONNECTORS.iter().filter(|(name, _)| shown(name)) {
        text.push_str(part);
    }
    text.push_str(MIDDLE);
    for setting in settings {
        if !setting.about.is_empty() {
            let _ = writeln!(text, "# {}", setting.about.replace('\n', " "));
        }
        let _ = writeln!(text, "# {} = {}", setting.name, setting.value);
    }
    text.push_str(TAIL);
    text
}

#[cfg(test)]
mod tests {
    use super::super::connectors::SLACK_URL;
    use super::super::{Config, Limits, PipelineChoice, parse};
    use super::*;
    use std::path::Path;

    fn settings() -> Vec<SampleSetting> {
        vec![SampleSetting {
            name: "stuck_after".into(),
            value: "\"10m\"".into(),
            about: "How long a Mac may take.".into(),
        }]
    }

    fn of_jamf(connector: &str) -> bool {
        ["fleet", "jamf"].contains(&connector)
    }

    fn read(text: &str) -> Config {
        parse(text, Path::new("/etc/drover/drover.toml")).unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn the_sample_says_what_holds_without_it() {
        let config = read(&sample("jamf-to-fleet", &settings(), of_jamf));
        let expected = Config::defaults(Path::new("/etc/drover"));
        assert_eq!(config.pipeline, expected.pipeline);
        assert_eq!(config.store, expected.store);
        assert_eq!(config.listen.address, expected.listen.address);
        assert_eq!(config.control, expected.control);
        assert_eq!(config.console, expected.console);
        assert_eq!(config.messages, expected.messages);
        assert_eq!(config.roles, expected.roles);
        assert!(config.settings.is_empty());
        assert_eq!(config.secrets().len(), 4);
    }

    #[test]
    fn a_sample_shows_the_connectors_that_are_used_and_no_other() {
        let all: Vec<&str> = CONNECTORS.iter().map(|(name, _)| *name).collect();
        let config = read(&sample("x", &[], |_| true));
        assert_eq!(config.mdmproxy.unwrap().urls.len(), 1);
        assert_eq!(config.endpoint.unwrap().hosts.len(), 2);
        assert!(config.micromdm.is_some() && config.dns.is_some());
        for one in all.iter().filter(|one| **one != "slack") {
            let text = sample("x", &[], |name| name == *one);
            for other in &all {
                let wanted = other == one || *other == "slack";
                let shown = text.contains(&format!("[connectors.{other}]"));
                assert_eq!(shown, wanted, "{other} for {one}");
            }
            read(&text);
        }
    }

    #[test]
    fn every_line_commented_out_is_valid_and_shows_the_default() {
        let given = sample("./jamf-to-fleet.toml", &settings(), of_jamf);
        let uncommented = |line: &str| {
            let inner = line.strip_prefix("# ")?;
            let key = inner.split_once(" = ").map(|(key, _)| key);
            let is_key = key.is_some_and(crate::model::rule::is_name);
            let is_table = inner.starts_with('[') && inner.ends_with(']');
            (is_key || is_table).then(|| inner.to_owned())
        };
        // `webhook_url` is the other way to say `token`, so one of them stays commented out.
        let text: String = given
            .lines()
            .map(|line| {
                let chosen = uncommented(line).filter(|inner| !inner.starts_with("webhook_url"));
                chosen.unwrap_or_else(|| line.to_owned()) + "\n"
            })
            .collect();
        let config = read(&text);
        assert_eq!(
            config.pipeline,
            PipelineChoice::File("/etc/drover/jamf-to-fleet.toml".into())
        );
        assert_eq!(
            config.listen.max_body,
            super::super::Listen::default().max_body
        );
        let fleet = config.fleet.unwrap().limits;
        assert_eq!(Limits { ca: None, ..fleet }, Limits::fleet());
        assert_eq!(config.jamf.unwrap().limits, Limits::jamf());
        assert_eq!(config.slack.unwrap().url, SLACK_URL);
        assert_eq!(config.http.unwrap().endpoints.len(), 1);
        assert_eq!(config.settings["stuck_after"], "10m");
        let console = super::super::Console {
            theme: Some(crate::tui::ThemeName::Dark),
            ascii: Some(false),
            keymap: Some("/etc/drover/keys.toml".into()),
            ..super::super::Console::default()
        };
        assert_eq!(config.console, console);
        assert_eq!(config.roles.approver, ["anna"]);
        assert!(config.windows["nightly"].timezone.is_some());
    }
}
