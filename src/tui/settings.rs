//! How the console looks and what it may do, as whoever starts it says.

use super::look::ThemeName;
use super::term::Multiplexer;

/// How it looks and what it may do.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Settings {
    pub theme: ThemeName,
    /// Only ASCII signs: for terminals without UTF-8.
    pub ascii: bool,
    /// `NO_COLOR`.
    pub no_color: bool,
    /// No key acts.
    pub read_only: bool,
    /// `$TERM`.
    pub term: Option<String>,
    /// A user's key map, in the form of `assets/keymap.toml`.
    pub keymap: Option<String>,
    /// The mouse is heard from the start.
    pub mouse: bool,
    /// Whoever is elsewhere is called when something happens.
    pub notify: bool,
    /// What the terminal is reached through.
    pub multiplexer: Multiplexer,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            ascii: false,
            no_color: false,
            read_only: false,
            term: None,
            keymap: None,
            mouse: false,
            notify: true,
            multiplexer: Multiplexer::default(),
        }
    }
}
