//! Finding the file and reading it.

use super::env::Env;
use super::finding::Findings;
use super::parse::parse;
use super::settings::Config;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why there is no configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named, and cannot be read.
    #[error("the configuration {} cannot be read: {why}", file.display())]
    Unreadable { file: PathBuf, why: String },
    /// No file was named and none lies where one is looked for.
    #[error(
        "no configuration found; run `drover init`, or name one with --config or $DROVER_CONFIG (looked for {})",
        looked.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    Missing { looked: Vec<PathBuf> },
    #[error(transparent)]
    Wrong(#[from] Findings),
}

/// The file meant: `--config`, `$DROVER_CONFIG`, `./drover.toml`, `$XDG_CONFIG_HOME/drover/drover.toml`. A file that is
/// named must be there; it is not silently passed over for the next.
///
/// # Errors
/// [`ConfigError::Missing`] when none is named and none is there.
pub fn find(named: Option<&Path>, env: &Env, here: &Path) -> Result<PathBuf, ConfigError> {
    if let Some(file) = named {
        return Ok(file.to_owned());
    }
    if let Some(file) = env.path("DROVER_CONFIG") {
        return Ok(file);
    }
    let looked: Vec<PathBuf> = [
        Some(here.join("drover.toml")),
        env.config_home()
            .map(|home| home.join("drover/drover.toml")),
    ]
    .into_iter()
    .flatten()
    .collect();
    looked
        .iter()
        .find(|file| file.exists())
        .cloned()
        .ok_or(ConfigError::Missing { looked })
}

/// Finds and reads the configuration.
///
/// # Errors
/// Says which file, and everything that is wrong in it.
pub fn load(named: Option<&Path>, env: &Env, here: &Path) -> Result<Config, ConfigError> {
    let file = find(named, env, here)?;
    if let Some(why) = anybody_may_change(&file) {
        return Err(ConfigError::Unreadable { file, why });
    }
    let text = std::fs::read_to_string(&file).map_err(|error| ConfigError::Unreadable {
        file: file.clone(),
        why: error.to_string(),
    })?;
    Ok(parse(&text, &file)?)
}

/// Why a file that says what drover runs is not to be trusted: every user of this machine may have written it.
pub fn anybody_may_change(file: &Path) -> Option<String> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    (mode & 0o002 != 0).then(|| {
        format!(
            "every user of this machine may change it, and it says what drover runs; look through it, then chmod o-w {}",
            file.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_everybody_may_change_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("drover.toml");
        std::fs::write(&file, "store = \"x.db\"").unwrap();
        for (mode, taken) in [(0o666, false), (0o602, false), (0o664, true), (0o644, true)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let read = load(None, &Env::of([]), folder.path());
            assert_eq!(read.is_ok(), taken, "{mode:o}: {read:?}");
        }
    }

    #[test]
    fn a_named_file_wins_and_is_never_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let home = here.join("home");
        std::fs::create_dir_all(home.join("drover")).unwrap();
        let env = Env::of([("XDG_CONFIG_HOME", home.to_str().unwrap())]);
        let error = load(None, &env, here).unwrap_err();
        assert!(error.to_string().contains("drover init"), "{error}");

        std::fs::write(home.join("drover/drover.toml"), "store = \"x.db\"").unwrap();
        let config = load(None, &env, here).unwrap();
        assert_eq!(config.store, home.join("drover/x.db"));

        std::fs::write(here.join("drover.toml"), "").unwrap();
        assert_eq!(
            load(None, &env, here).unwrap().store,
            here.join("drover.db")
        );

        let named = here.join("gone.toml");
        let error = load(Some(&named), &env, here).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
        let env = Env::of([("DROVER_CONFIG", named.to_str().unwrap())]);
        assert!(load(None, &env, here).is_err());
    }
}
