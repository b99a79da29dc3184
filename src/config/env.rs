//! The only place that reads the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment of this process, or a fixed one for tests.
#[derive(Clone, Debug, Default)]
pub struct Env(Option<BTreeMap<String, String>>);

impl Env {
    /// What the process was started with. Looked up when asked; nothing is copied.
    pub fn process() -> Self {
        Self(None)
    }

    /// Exactly these variables, and no others.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(Some(pairs.into_iter().map(own).collect()))
    }

    /// A variable that is set, is UTF-8 and is not empty.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the environment's one home"
    )]
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            Some(fixed) => fixed.get(name).cloned(),
            None => std::env::var(name).ok(),
        };
        value.filter(|value| !value.is_empty())
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Whether colour is unwanted: <https://no-color.org>, or a terminal that knows none.
    pub fn no_color(&self) -> bool {
        self.get("NO_COLOR").is_some() || self.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// `$XDG_CONFIG_HOME`, or `~/.config`.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.path("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| self.path("HOME").map(|home| home.join(".config")))
    }

    /// `$XDG_STATE_HOME`, or `~/.local/state`.
    pub fn state_home(&self) -> Option<PathBuf> {
        self.path("XDG_STATE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| self.path("HOME").map(|home| home.join(".local/state")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let env = Env::of([("EMPTY", ""), ("NO_COLOR", "1"), ("HOME", "/home/anna")]);
        assert_eq!(env.get("EMPTY"), None);
        assert!(env.no_color());
        assert_eq!(
            env.config_home().unwrap(),
            PathBuf::from("/home/anna/.config")
        );
        assert_eq!(
            env.state_home().unwrap(),
            PathBuf::from("/home/anna/.local/state")
        );
        let odd = Env::of([("XDG_STATE_HOME", "here"), ("HOME", "/home/anna")]);
        assert_eq!(odd.state_home(), env.state_home());
        assert!(!Env::of([("NO_COLOR", "")]).no_color());
    }
}
