//! What is on disk and in memory is its owner's alone, whatever the umask; and what is never called is not in the program.

use crate::source::top;
use crate::support::{Company, Engine, SOON, get, until};
use crate::wire::{Play, Wire};
use drover::connectors::action::{CAREFUL, Connector, Finding, Wanted};
use drover::connectors::fleet::{self, Fleet};
use drover::connectors::jamf::{self, Jamf};
use drover::model::clock::Clock;
use serde_json::{Value as Json, json};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// `drover WORDS…` under a umask.
fn under(umask: &str, company: &Company, words: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    let program = env!("CARGO_BIN_EXE_drover");
    command
        .args(["-c", &format!("umask {umask}; exec '{program}' {words}")])
        .current_dir(company.path(""))
        .env_clear()
        .envs(company.secrets.iter().map(|(name, value)| (name, value)))
        .env("XDG_STATE_HOME", company.path("state"))
        .stdin(Stdio::null());
    command
}

#[test]
fn whatever_the_umask_nobody_else_reads_what_is_kept_nor_writes_what_is_run() {
    for umask in ["000", "022", "077"] {
        let company = Company::open(600, &["--devices", "2"]);
        let made = company.path("made");
        let typed = crate::support::typed(&mut under(umask, &company, "init --folder made"));
        assert_eq!(typed.code, 0, "{typed:?}");
        for file in files(&made) {
            assert_eq!(mode(&file) & 0o022, 0, "{umask} {}", file.display());
        }
        // Files that were there before, and too open.
        for name in ["drover.db", "drover.db.lock"] {
            std::fs::write(company.path(name), "").unwrap();
            std::fs::set_permissions(company.path(name), PermissionsExt::from_mode(0o666)).unwrap();
        }
        let mut engine = under(umask, &company, "run --speed 600")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until(SOON, "the engine answers", || {
            assert!(engine.try_wait().unwrap().is_none(), "the engine ended");
            get(company.hooks, "/healthz").filter(|answer| answer.status == 200)
        });
        for words in ["backup backup.db", "export --output all.csv"] {
            let typed = crate::support::typed(&mut under(umask, &company, words));
            assert_eq!(typed.code, 0, "{typed:?}");
        }
        let mut looked = 0;
        for file in files(&company.path("")) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let ours = name.starts_with("drover.db") || ["backup.db", "all.csv"].contains(&&*name);
            if ours {
                looked += 1;
                let mode = mode(&file);
                assert_eq!(mode & 0o077, 0, "umask {umask}: {name} is {mode:o}");
            }
        }
        assert!(
            looked >= 7,
            "store, log, index, lock, socket, backup, export: {looked}"
        );
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&engine),
            rustix::process::Signal::TERM,
        )
        .unwrap();
        engine.wait().unwrap();
    }
}

#[test]
fn what_everybody_may_change_is_not_run() {
    let company = Company::open(600, &["--devices", "2"]);
    for name in ["drover.toml", "jamf-to-fleet.toml"] {
        let open = |mode| {
            std::fs::set_permissions(company.path(name), PermissionsExt::from_mode(mode)).unwrap();
        };
        open(0o646);
        for words in [&["check"][..], &["run"], &["pipeline", "check"]] {
            let typed = company.types(words);
            assert_eq!(typed.code, 2, "{typed:?}");
            assert!(
                typed.err.contains("chmod o-w") && typed.err.contains(name),
                "{typed:?}"
            );
        }
        open(0o644);
    }
}

/// Reads as the kernel shows it: what belongs to a process that may not be looked into belongs to root.
#[test]
fn a_process_that_reads_secrets_leaves_no_core_and_may_not_be_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let mut command = Command::new(env!("CARGO_BIN_EXE_drover"));
    command
        .env_clear()
        .current_dir(folder.path())
        .args(["sim", "--devices", "2", "--port", "0", "--speed", "60"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        // The program lies where nobody else may go; then there is nobody else to be kept out either.
        Err(error) if is_root => {
            eprintln!("not run as another user: {error}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    use std::io::BufRead;
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let of = |name: &str| PathBuf::from(format!("/proc/{}/{name}", child.id()));
    let owner = std::fs::metadata(of("environ")).unwrap().uid();
    let limits = std::fs::read_to_string(of("limits")).unwrap();
    let _ = child.kill();
    let _ = child.wait();
    assert!(!line.is_empty(), "drover sim said nothing");
    assert_eq!(
        owner, 0,
        "its memory and environment are open to its own user"
    );
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}

#[test]
fn the_engine_itself_leaves_no_core() {
    let company = Company::open(600, &["--devices", "2"]);
    let engine: Engine = company.engine();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", engine.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert!(
        core.split_whitespace()
            .skip(4)
            .take(2)
            .all(|word| word == "0"),
        "{core}"
    );
}

/// Words that stand in the paths of calls which erase, lock, delete or disown (`api/fleet.md` §10, `api/jamf.md` §3).
const NEVER: [&str; 16] = [
    "/erase",
    "/wipe",
    "/lock",
    "/unlock",
    "/unenroll",
    "/disown",
    "/hosts/delete",
    "delete-all",
    "EraseDevice",
    "DeviceLock",
    "ERASE_DEVICE",
    "DEVICE_LOCK",
    "/commands/run",
    "/mdm/apple",
    "/transfer/filter",
    "/scripts/run/",
];

#[test]
fn no_path_that_destroys_stands_in_any_connector() {
    let mut looked = 0;
    for source in crate::source::sources("src/connectors") {
        let text = std::fs::read_to_string(top().join(&source.path)).unwrap();
        // What `drover check` warns of is named there, to be recognised in what a service says of our rights.
        if source.path.ends_with("/check.rs") {
            assert!(
                !text.contains("Request::post") && !text.contains("Request::delete"),
                "{}",
                source.path
            );
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            looked += 1;
            for word in NEVER {
                assert!(!line.contains(word), "{}: {line}", source.path);
            }
        }
    }
    assert!(looked > 3_000, "{looked}");
}

#[test]
fn secrets_are_laid_bare_in_few_places() {
    let mut places: Vec<String> = Vec::new();
    for source in crate::source::sources("src") {
        let text = std::fs::read_to_string(top().join(&source.path)).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let test = source.path.contains("/tests") || source.path.starts_with("src/sim");
        if !test && code.contains(".expose_secret()")
            || code.contains("ExposeSecret::expose_secret")
        {
            places.push(source.path);
        }
    }
    assert_eq!(
        places,
        [
            "src/cli/connect.rs",
            "src/cli/sim/guide.rs",
            "src/connectors/http/request.rs",
            "src/connectors/http/veil.rs",
            "src/connectors/jamf/token.rs",
            "src/connectors/slack/webhook.rs",
            "src/intake/webhook/token.rs",
            "src/model/secret.rs",
        ],
        "each place that reads a secret's text is one to look at"
    );
}

async fn findings(connector: impl Connector) -> Vec<Finding> {
    connector.check(&Wanted::default()).await
}

#[tokio::test]
async fn a_token_that_could_wipe_is_warned_of() {
    for (user, said) in [
        (json!({"global_role": "admin"}), Some("global admin")),
        (json!({"global_role": "maintainer"}), Some("may also wipe")),
        (
            json!({"global_role": "maintainer", "api_endpoints": [
            {"method": "POST", "path": "/api/v1/fleet/hosts/:id/wipe"}]}),
            Some("/hosts/:id/wipe"),
        ),
        (
            json!({"global_role": "maintainer", "api_endpoints": [
            {"method": "POST", "path": "/api/v1/fleet/scripts/run"}]}),
            None,
        ),
        (json!({"global_role": "observer"}), None),
    ] {
        let me = json!({"user": user});
        let wire = Wire::start(move |seen| match seen.path() {
            "/api/v1/fleet/me" => Play::json(200, me.clone()),
            _ => Play::json(200, json!({})),
        })
        .await;
        let fleet = Fleet::new(
            fleet::Settings::new(&wire.url, "t0ken".to_owned()),
            Clock::system(),
        )
        .unwrap();
        warned(&findings(fleet).await, said);
    }
    for (privileges, said) in [
        (
            json!(["Read Computers", "Send Computer Remote Wipe Command"]),
            Some("Remote Wipe"),
        ),
        (
            json!(["Read Computers", "Delete Computers"]),
            Some("Delete Computers"),
        ),
        (json!(["Read Computers"]), None),
        (Json::Null, None),
    ] {
        let told = json!({"account": {"privilegesBySite": {"-1": privileges}}});
        let wire = Wire::start(move |seen| match seen.path() {
            "/api/v1/oauth/token" => {
                Play::json(200, json!({"access_token": "x", "expires_in": 60}))
            }
            "/api/v1/auth" if told["account"]["privilegesBySite"]["-1"].is_null() => {
                Play::empty(403)
            }
            "/api/v1/auth" => Play::json(200, told.clone()),
            _ => Play::json(403, json!({"httpStatus": 403, "errors": []})),
        })
        .await;
        let jamf = Jamf::new(
            jamf::Settings::new(&wire.url, "client", "s3cret".to_owned()),
            Clock::system(),
        )
        .unwrap();
        warned(&findings(jamf).await, said);
    }
}

fn warned(findings: &[Finding], said: Option<&str>) {
    let warning = findings
        .iter()
        .find(|finding| finding.detail.starts_with(CAREFUL));
    match said {
        Some(said) => assert!(
            warning.is_some_and(|one| one.ok && one.detail.contains(said)),
            "{findings:#?}"
        ),
        None => assert!(warning.is_none(), "{findings:#?}"),
    }
}
