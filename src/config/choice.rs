//! Which pipeline file a configuration means.

use std::path::{Path, PathBuf};

/// A pipeline that ships with drover, by name, or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PipelineChoice {
    Shipped(String),
    File(PathBuf),
}

impl PipelineChoice {
    /// A text with a slash, or that ends in `.toml`, is a path relative to `folder`; any other is a shipped name.
    pub fn read(text: &str, folder: &Path) -> Self {
        let is_toml = Path::new(text)
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        if text.contains('/') || is_toml {
            Self::File(folder.join(text.strip_prefix("./").unwrap_or(text)))
        } else {
            Self::Shipped(text.to_owned())
        }
    }
}

impl std::fmt::Display for PipelineChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shipped(name) => f.write_str(name),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_told_apart() {
        let read = |text| PipelineChoice::read(text, Path::new("/etc/drover"));
        let file = |path: &str| PipelineChoice::File(path.into());
        assert_eq!(
            read("jamf-to-fleet"),
            PipelineChoice::Shipped("jamf-to-fleet".into())
        );
        assert_eq!(read("./my.toml"), file("/etc/drover/my.toml"));
        assert_eq!(read("my.toml"), file("/etc/drover/my.toml"));
        assert_eq!(read("/srv/flow"), file("/srv/flow"));
    }
}
