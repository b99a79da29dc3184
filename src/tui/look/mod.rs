//! How things look: styles by meaning, signs by what the terminal can show.

mod signs;
mod theme;

pub use signs::Signs;
pub use theme::{Meaning, Theme, ThemeError, ThemeName};

/// The theme and the signs in use.
#[derive(Clone, Debug)]
pub struct Look {
    pub theme: Theme,
    pub signs: &'static Signs,
}

impl Look {
    /// Words and no signs; nothing is drawn with it.
    pub fn words() -> Result<Self, ThemeError> {
        Ok(Self {
            theme: Theme::load(ThemeName::Mono)?,
            signs: &Signs::WORDS,
        })
    }

    /// `no_color` asks for the theme without any, whatever `theme` says.
    pub fn new(theme: ThemeName, ascii: bool, no_color: bool) -> Result<Self, ThemeError> {
        let name = if no_color { ThemeName::Mono } else { theme };
        Ok(Self {
            theme: Theme::load(name)?,
            signs: if ascii {
                &Signs::ASCII
            } else {
                &Signs::UNICODE
            },
        })
    }
}
