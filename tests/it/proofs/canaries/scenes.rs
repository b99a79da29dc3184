//! What happens before everything is searched.

use super::Scene;
use super::canary::Canary;
use super::echo::Echo;
use super::places::{KEPT, left, living};
use crate::support::{Company, Engine, SOON, journal, look, post, typed, until};
use drover::config::{Env, load};
use drover::model::random::Random;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const ROWS: &str = "serial,fleet_id,requested_at\nSTRANGER01,99001,2026-03-01T01:00:00Z\nSTRANGER02,99002,2026-03-01T01:00:00Z\n";

/// A file that only its owner reads.
fn keep(company: &Company, name: &str, text: &str) {
    let folder = company.path(KEPT);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn configure(company: &Company, text: &str) -> BTreeSet<String> {
    std::fs::write(company.path("drover.toml"), text).unwrap();
    let config =
        load(None, &Env::of([]), &company.path("")).unwrap_or_else(|why| panic!("{why}\n{text}"));
    config
        .secrets()
        .into_iter()
        .map(|secret| secret.slot.clone())
        .collect()
}

fn import(company: &Company, engine: &mut Engine, env: &[(String, String)]) {
    std::fs::write(company.path("rows.csv"), ROWS).unwrap();
    until(SOON, "rows are imported", || {
        assert!(engine.is_running(), "{}", engine.log());
        let mut command = company.command(&["import", "rows.csv", "--yes", "--reason", "a proof"]);
        command.envs(env.iter().map(|(name, value)| (name, value)));
        let made = typed(&mut command);
        if made.code != 0 {
            eprintln!("not yet: {}", made.err);
        }
        (made.code == 0).then_some(())
    });
}

/// A stormy night with secrets that the services take, from four kinds of sources; tickets go to a service that does not.
#[expect(clippy::too_many_lines, reason = "a scene is told in one go")]
pub(super) fn night(words: &[&str], speed: u32, attempts: usize, limit: Duration) -> Scene {
    let mut random = Random::seeded(u64::from(speed));
    let mut ours = |slot: &str| Canary::new(slot, &mut random);
    let hook = Canary::given("listen.token", &ours("x").value[..18]);
    let company = Company::open_with(speed, words, &[("DROVER_HOOK_TOKEN", &hook.value)]);
    let given = |name: &str| {
        let found = company.secrets.iter().find(|(known, _)| known == name);
        found.unwrap().1.clone()
    };
    let fleet = Canary::given("connectors.fleet.token", &given("FLEET_TOKEN"));
    let jamf = Canary::given(
        "connectors.jamf.client_secret",
        &given("JAMF_CLIENT_SECRET"),
    );
    let slack = Canary::given("connectors.slack.token", &given("SLACK_TOKEN"));
    let (previous, oncall, pager) = (
        ours("listen.previous_token"),
        ours("connectors.http.oncall.token"),
        ours("connectors.http.pager.token"),
    );
    let echo = Echo::start("no-token-is-given-here");
    for (name, canary) in [
        ("fleet", &fleet),
        ("jamf", &jamf),
        ("slack", &slack),
        ("previous", &previous),
        ("oncall", &oncall),
    ] {
        keep(&company, name, &canary.value);
    }
    let (port, kept) = (company.port, company.path(KEPT));
    let slots = configure(
        &company,
        &format!(
            r##"pipeline = "./jamf-to-fleet.toml"
store = "drover.db"
[listen]
address = "127.0.0.1:{hooks}"
token = {{ env = "DROVER_HOOK_TOKEN" }}
previous_token = {{ file = "{KEPT}/previous" }}
[connectors.fleet]
url = "http://127.0.0.1:{port}"
token = {{ file = "{KEPT}/fleet" }}
[connectors.jamf]
url = "http://127.0.0.1:{jamf}"
client_id = "{client}"
client_secret = {{ command = ["/bin/cat", "{jamf_file}"] }}
[connectors.slack]
url = "http://127.0.0.1:{slack}/api"
token = {{ credential = "slack" }}
channel = "#mac-migration"
[connectors.http.oncall]
url = "{echo}/oncall"
token = {{ file = "{KEPT}/oncall" }}
[connectors.http.pager]
url = "{echo}/pager"
token = {{ env = "PAGER_TOKEN" }}
header = "X-Api-Key"
[settings]
dormant_after = "6h"
[messages]
ticket = "http:oncall"
page = "http:pager"
"##,
            hooks = company.hooks,
            jamf = port + 1,
            slack = port + 2,
            client = drover::sim::JAMF_CLIENT_ID,
            jamf_file = kept.join("jamf").display(),
            echo = echo.url,
        ),
    );
    let env = vec![
        (
            "CREDENTIALS_DIRECTORY".to_owned(),
            kept.display().to_string(),
        ),
        ("PAGER_TOKEN".to_owned(), pager.value.clone()),
        ("DROVER_HOOK_TOKEN".to_owned(), hook.value.clone()),
    ];
    let mut engine = Engine::with_env(&company, &["run", "--speed", &speed.to_string()], &env);
    import(&company, &mut engine, &env);
    let target = format!("/hooks/migrate?token={}", previous.in_query());
    for target in [
        target.as_str(),
        "/hooks/migrate?token=wrong",
        "/hooks/nowhere",
    ] {
        post(company.hooks, target, br#"{"timestamp":"2026-03-02T09:14:58Z","host":{"id":7,"uuid":"U","hardware_serial":"STRANGER03"}}"#);
    }
    until(limit, "a busy night, and tickets that were refused", || {
        assert!(engine.is_running(), "{}", engine.log());
        let made = look(&company, |view| view.attempts(None, attempts)).len();
        (made >= attempts.min(24) && echo.heard(&oncall.value) > 0).then_some(())
    });
    if attempts > 100 {
        // As much of the night as there is time for.
        let settled = || crate::support::standing(&company).is_settled();
        let watch = drover::model::clock::Stopwatch::start();
        until(
            limit + SOON,
            "the night is over, or the time for it",
            || (settled() || watch.elapsed() > limit).then_some(()),
        );
    }
    let mut places = living(&company, &engine, &env);
    let lines = journal(&company).len();
    assert!(lines > 20, "{lines} lines of journal are no night");
    assert!(engine.terminate().success());
    places.extend(left(&company));
    // What the services put into their answers and no history has a use for.
    let planted = format!("{}0123456789", drover::sim::PLANTED);
    let planted = Canary::given("what services planted in their answers", &planted)
        .whole(drover::sim::PLANTED);
    Scene {
        name: "night",
        canaries: vec![hook, fleet, jamf, slack, previous, oncall, pager, planted],
        slots,
        places,
    }
}

/// Secrets that nobody takes: by the simulated services at first, then by a service that repeats all it is told.
#[expect(clippy::too_many_lines, reason = "a scene is told in one go")]
pub(super) fn refused() -> Scene {
    let mut random = Random::seeded(77);
    let mut ours = |slot: &str| Canary::new(slot, &mut random);
    let company = Company::open(600, &["--devices", "3"]);
    let (hook, fleet, jamf) = (
        ours("listen.token"),
        ours("connectors.fleet.token"),
        ours("connectors.jamf.client_secret"),
    );
    let (previous, oncall, proxy, micromdm) = (
        ours("listen.previous_token"),
        ours("connectors.http.oncall.token"),
        ours("connectors.mdmproxy.token"),
        ours("connectors.micromdm.api_key"),
    );
    let access = Canary::given("the access token Jamf gives", &ours("x").value[..18]);
    let echo = Echo::start(&access.value);
    // `http` may not call what is another connector's.
    let tickets = Echo::start("no-token-is-given-here");
    let path: String = ours("x")
        .value
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let webhook = Canary::given("connectors.slack.webhook_url", &path);
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = certified.signing_key.serialize_pem();
    keep(&company, "cert.pem", &certified.cert.pem());
    keep(&company, "key.pem", &key);
    keep(
        &company,
        "webhook",
        &format!("{}/services/T0/B0/{path}", echo.url),
    );
    let text = |fleet: &str, jamf: &str| {
        format!(
            r#"pipeline = "./jamf-to-fleet.toml"
store = "drover.db"
[listen]
address = "127.0.0.1:{hooks}"
token = {{ env = "HOOK" }}
previous_token = {{ env = "PREVIOUS" }}
tls = {{ cert = "{KEPT}/cert.pem", key = "{KEPT}/key.pem" }}
[connectors.fleet]
url = "{fleet}"
token = {{ env = "FLEET" }}
[connectors.jamf]
url = "{jamf}"
client_id = "c"
client_secret = {{ env = "JAMF" }}
[connectors.slack]
webhook_url = {{ file = "{KEPT}/webhook" }}
[connectors.http.oncall]
url = "{echo}/oncall"
token = {{ env = "ONCALL" }}
[connectors.mdmproxy]
urls = ["{told}"]
token = {{ env = "PROXY" }}
[connectors.micromdm]
url = "{told}"
api_key = {{ env = "MICROMDM" }}
[messages]
ticket = "http:oncall"
"#,
            hooks = company.hooks,
            echo = tickets.url,
            told = echo.url,
        )
    };
    let env: Vec<(String, String)> = [
        ("HOOK", &hook),
        ("PREVIOUS", &previous),
        ("FLEET", &fleet),
        ("JAMF", &jamf),
        ("ONCALL", &oncall),
        ("PROXY", &proxy),
        ("MICROMDM", &micromdm),
    ]
    .map(|(name, canary)| (name.to_owned(), canary.value.clone()))
    .into();
    let mut places = Vec::new();
    let at = |offset: u16| format!("http://127.0.0.1:{}", company.port + offset);
    configure(&company, &text(&at(0), &at(1)));
    let mut command = company.command(&["check"]);
    let checked = typed(command.envs(env.iter().map(|(name, value)| (name, value))));
    assert_eq!(checked.code, 3, "{checked:?}");
    assert!(echo.heard(&proxy.value) > 0, "{checked:?}");
    places.push((
        "check, refused by the simulated services".to_owned(),
        format!("{checked:?}").into_bytes(),
    ));
    let slots = configure(&company, &text(&echo.url, &echo.url));
    let mut engine = Engine::with_env(&company, &["run", "--speed", "600"], &env);
    import(&company, &mut engine, &env);
    let wanted = [(&fleet, 9), (&jamf, 4), (&oncall, 2), (&webhook, 1)];
    until(
        Duration::from_mins(1),
        "everything was refused in many ways",
        || {
            let told = wanted.iter().all(|(canary, times)| {
                echo.heard(&canary.value) + tickets.heard(&canary.value) >= *times
            });
            (told && echo.heard(echo.token()) > 4).then_some(())
        },
    );
    places.extend(living(&company, &engine, &env));
    assert!(engine.terminate().success());
    places.extend(left(&company));
    for (name, wrong) in [("loose", "open"), ("two-lines", "a\nb")] {
        keep(&company, name, &format!("{}\n{wrong}", fleet.value));
        if name == "loose" {
            let loose = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(company.path(KEPT).join(name), loose).unwrap();
        }
        let broken = text(&echo.url, &echo.url).replace(
            "{ env = \"FLEET\" }",
            &format!("{{ file = \"{KEPT}/{name}\" }}"),
        );
        configure(&company, &broken);
        for words in [&["check"][..], &["run"]] {
            let mut command = company.command(words);
            let said = typed(command.envs(env.iter().map(|(name, value)| (name, value))));
            assert_eq!(said.code, 2, "{said:?}");
            places.push((
                format!("{words:?} with a secret that is {name}"),
                format!("{said:?}").into_bytes(),
            ));
        }
    }
    let mut canaries = vec![
        hook, fleet, jamf, previous, oncall, proxy, micromdm, access, webhook,
    ];
    for (number, line) in key
        .lines()
        .filter(|line| !line.starts_with('-') && line.len() >= 32)
        .enumerate()
    {
        let mut slot = "listen.tls.key".to_owned();
        let _ = write!(slot, ", line {number}");
        canaries.push(Canary::given(&slot, line));
    }
    Scene {
        name: "refused",
        canaries,
        slots,
        places,
    }
}
