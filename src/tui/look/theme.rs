//! Themes: what each meaning looks like, from `assets/themes/*.toml`.

use crate::pipeline::definition::Tone;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A theme that comes with the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    Mono,
    ColourBlind,
}

impl ThemeName {
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Mono, Self::ColourBlind];

    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
            Self::ColourBlind => "colour-blind",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word() == word)
    }

    fn file(self) -> &'static str {
        match self {
            Self::Dark => include_str!("../../../assets/themes/dark.toml"),
            Self::Light => include_str!("../../../assets/themes/light.toml"),
            Self::Mono => include_str!("../../../assets/themes/mono.toml"),
            Self::ColourBlind => include_str!("../../../assets/themes/colour-blind.toml"),
        }
    }
}

macro_rules! meanings {
    ($($var:ident = $word:literal),+ $(,)?) => {
        /// What something means to the eye. A theme has a style for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Meaning { $($var),+ }

        const MEANINGS: &[(&str, Meaning)] = &[$(($word, Meaning::$var)),+];
    };
}

meanings! {
    Text = "text",
    Quiet = "quiet",
    Title = "title",
    Rule = "rule",
    Focus = "focus",
    Heading = "heading",
    Cursor = "cursor",
    Mark = "mark",
    Key = "key",
    Idle = "idle",
    Active = "active",
    Waiting = "waiting",
    Warning = "warning",
    Done = "done",
    Bad = "bad",
    Alarm = "alarm",
    Unusual = "unusual",
    Danger = "danger",
    Bar = "bar",
    BarRest = "bar_rest",
}

impl From<Tone> for Meaning {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Idle => Self::Idle,
            Tone::Active => Self::Active,
            Tone::Waiting => Self::Waiting,
            Tone::Warning => Self::Warning,
            Tone::Done => Self::Done,
        }
    }
}

/// A style for each meaning.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: Vec<Style>,
}

/// Why a theme is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the theme \"{name}\" cannot be used: {why}")]
pub struct ThemeError {
    name: String,
    why: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
struct Line {
    fg: Option<Hue>,
    bg: Option<Hue>,
    bold: bool,
    dim: bool,
    underlined: bool,
    reversed: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Hue {
    Number(u8),
    Name(String),
}

impl Theme {
    pub fn load(name: ThemeName) -> Result<Self, ThemeError> {
        Self::parse(name.file()).map_err(|why| ThemeError {
            name: name.word().into(),
            why,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines: BTreeMap<String, Line> =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let mut styles = Vec::with_capacity(MEANINGS.len());
        for (word, _) in MEANINGS {
            let line = lines
                .remove(*word)
                .ok_or_else(|| format!("it has no line for {word}"))?;
            styles.push(style(line)?);
        }
        match lines.keys().next() {
            Some(unknown) => Err(format!(
                "it has a line for \"{unknown}\", which means nothing"
            )),
            None => Ok(Self { styles }),
        }
    }

    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles[meaning as usize]
    }
}

fn style(line: Line) -> Result<Style, String> {
    let mut style = Style::new();
    style.fg = line.fg.map(color).transpose()?;
    style.bg = line.bg.map(color).transpose()?;
    for (on, modifier) in [
        (line.bold, Modifier::BOLD),
        (line.dim, Modifier::DIM),
        (line.underlined, Modifier::UNDERLINED),
        (line.reversed, Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

fn color(hue: Hue) -> Result<Color, String> {
    match hue {
        Hue::Number(number) => Ok(Color::Indexed(number)),
        Hue::Name(name) => name
            .parse()
            .map_err(|_| format!("there is no colour \"{name}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_a_style_for_every_meaning_and_mono_has_no_colour() {
        for name in ThemeName::ALL {
            let theme = Theme::load(name).unwrap();
            let cursor = theme.style(Meaning::Cursor);
            assert!(cursor.add_modifier.contains(Modifier::REVERSED), "{name:?}");
            if name == ThemeName::Mono {
                assert!(
                    theme
                        .styles
                        .iter()
                        .all(|style| style.fg.is_none() && style.bg.is_none())
                );
            }
        }
    }

    /// Red, green and blue of a number of the palette's colour cube.
    fn cube(style: Style) -> [i32; 3] {
        let Some(Color::Indexed(number @ 16..=231)) = style.fg else {
            panic!("{style:?} is not of the cube")
        };
        let number = i32::from(number) - 16;
        [number / 36, number / 6 % 6, number % 6].map(|part| part * 51)
    }

    #[test]
    fn in_the_colour_blind_theme_good_and_bad_differ_without_red_and_green() {
        let theme = Theme::load(ThemeName::ColourBlind).unwrap();
        let yellow_to_blue = |meaning| {
            let [red, green, blue] = cube(theme.style(meaning));
            blue - i32::midpoint(red, green)
        };
        for good in [Meaning::Done, Meaning::Active, Meaning::Bar] {
            for bad in [Meaning::Bad, Meaning::Warning, Meaning::Danger] {
                assert!(
                    yellow_to_blue(good) - yellow_to_blue(bad) > 150,
                    "{good:?} {bad:?}"
                );
            }
        }
        for meaning in [
            Meaning::Done,
            Meaning::Bad,
            Meaning::Waiting,
            Meaning::Unusual,
        ] {
            // Neither black nor white swallows it.
            let [red, green, blue] = cube(theme.style(meaning));
            let light = (red * 3 + green * 6 + blue) / 10;
            assert!((80..180).contains(&light), "{meaning:?} {light}");
        }
    }

    #[test]
    fn a_theme_with_a_missing_or_an_unknown_line_is_refused() {
        let dark = ThemeName::Dark.file();
        let without = dark.replace("danger ", "dangre ");
        assert!(Theme::parse(&without).unwrap_err().contains("danger"));
        let with = format!("{dark}\nmoon = {{ fg = 3 }}");
        assert!(Theme::parse(&with).unwrap_err().contains("moon"));
        assert!(
            Theme::parse(&dark.replace("cyan", "cyanide"))
                .unwrap_err()
                .contains("cyanide")
        );
    }
}
