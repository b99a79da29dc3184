//! Where a secret is kept, and how it is read when it is needed.

use super::env::Env;
use crate::model::secret::{SecretString, secret};
use std::fmt;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a command may take to tell a secret, in real time.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
/// A secret longer than this is some other file.
const LONGEST: usize = 64 * 1024;

/// A slot of the configuration and where its secret is kept. Holds no secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// `connectors.fleet.token`
    pub slot: String,
    pub source: SecretSource,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `{ env = "FLEET_TOKEN" }`
    Env(String),
    /// `{ file = "fleet.token" }`, absolute by now.
    File(PathBuf),
    /// `{ command = ["op", "read", "op://ops/fleet/token"] }`; its standard output.
    Command(Vec<String>),
    /// `{ credential = "fleet" }`: a file of that name in `$CREDENTIALS_DIRECTORY`, as systemd hands them over.
    Credential(String),
}

/// A secret that could not be read: which slot, from where, and why. Never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{slot}: {why}")]
pub struct SecretError {
    pub slot: String,
    pub why: String,
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            // Arguments may be references worth keeping to oneself; the program's name says enough.
            Self::Command(words) => write!(
                f,
                "the command {}",
                words.first().map_or("(none)", String::as_str)
            ),
            Self::Credential(name) => write!(f, "the systemd credential {name}"),
        }
    }
}

impl Secret {
    /// Reads the secret now. Wiring calls it once for each connector it builds; reading the store needs none.
    ///
    /// # Errors
    /// Names the slot and the source, and says what to do.
    pub fn resolve(&self, env: &Env) -> Result<SecretString, SecretError> {
        let text = match &self.source {
            SecretSource::Env(name) => env
                .get(name)
                .ok_or_else(|| format!("the environment variable {name} is not set")),
            SecretSource::File(path) => read_private(path),
            SecretSource::Command(words) => run(words),
            SecretSource::Credential(name) => match env.path("CREDENTIALS_DIRECTORY") {
                Some(folder) => read(&folder.join(name)),
                None => Err(format!(
                    "{} needs $CREDENTIALS_DIRECTORY, which systemd sets for a unit with LoadCredential={name}:…",
                    self.source
                )),
            },
        };
        let text = text
            .and_then(|text| match text.trim() {
                "" => Err(format!("{} is empty", self.source)),
                trimmed if trimmed.contains(['\n', '\r', '\0']) => {
                    Err(format!("{} holds more than one line", self.source))
                }
                _ => Ok(text),
            })
            .map_err(|why| SecretError {
                slot: self.slot.clone(),
                why,
            })?;
        Ok(secret(text))
    }
}

fn read_private(path: &Path) -> Result<String, String> {
    let mode = std::fs::metadata(path)
        .map_err(|error| format!("the file {} cannot be read: {error}", path.display()))?
        .permissions()
        .mode();
    if mode & 0o007 != 0 {
        return Err(format!(
            "the file {0} is open to every user of this machine; run chmod 600 {0}",
            path.display()
        ));
    }
    read(path)
}

fn read(path: &Path) -> Result<String, String> {
    let cannot = |why: String| format!("the file {} cannot be read: {why}", path.display());
    let file = std::fs::File::open(path).map_err(|error| cannot(error.to_string()))?;
    bounded(file).map_err(cannot)
}

fn bounded(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(LONGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > LONGEST {
        return Err("it is larger than 64 KiB".into());
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".into())
}

fn run(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Its own complaints go to the terminal: they may explain how to sign in, and are not ours to keep.
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("the command {program} cannot be started: {error}"))?;
    let (tell, told) = mpsc::channel();
    let output = child.stdout.take();
    std::thread::spawn(move || {
        let _ = tell.send(output.map_or_else(|| Ok(String::new()), bounded));
    });
    let Ok(text) = told.recv_timeout(COMMAND_LIMIT) else {
        let _ = child.kill();
        let _ = child.wait();
        let limit = COMMAND_LIMIT.as_secs();
        return Err(format!(
            "the command {program} did not answer within {limit} seconds"
        ));
    };
    let status = child
        .wait()
        .map_err(|error| format!("the command {program} was lost: {error}"))?;
    if !status.success() {
        return Err(format!("the command {program} ended with {status}"));
    }
    text.map_err(|why| format!("the answer of the command {program} is no secret: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::ExposeSecret;

    fn resolve(source: SecretSource, env: &Env) -> Result<String, String> {
        let slot = "connectors.fleet.token".to_owned();
        Secret { slot, source }
            .resolve(env)
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_read_from_each_kind_of_source() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fleet");
        std::fs::write(&file, "from-file\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let env = Env::of([
            ("FLEET_TOKEN", "from-env"),
            ("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap()),
        ]);
        let command = ["printf", "from-command"].map(str::to_owned).to_vec();
        for (source, expected) in [
            (SecretSource::Env("FLEET_TOKEN".into()), "from-env"),
            (SecretSource::File(file), "from-file"),
            (SecretSource::Command(command), "from-command"),
            (SecretSource::Credential("fleet".into()), "from-file"),
        ] {
            assert_eq!(resolve(source, &env).unwrap(), expected);
        }
    }

    #[test]
    fn a_missing_secret_is_named_by_slot_and_source() {
        let env = Env::of([]);
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        for (source, part) in [
            (
                SecretSource::Env("FLEET_TOKEN".into()),
                "variable FLEET_TOKEN is not set",
            ),
            (SecretSource::File("/nowhere/t".into()), "file /nowhere/t"),
            (SecretSource::Command(words(&["false"])), "command false"),
            (
                SecretSource::Command(words(&["true"])),
                "command true is empty",
            ),
            (SecretSource::Credential("fleet".into()), "LoadCredential"),
        ] {
            let error = resolve(source, &env).unwrap_err();
            assert!(error.starts_with("connectors.fleet.token: "), "{error}");
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_file_open_to_everybody_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fleet");
        std::fs::write(&file, "s3cret").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = resolve(SecretSource::File(file), &Env::of([])).unwrap_err();
        assert!(
            error.contains("chmod 600") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
