//! How the console is to look: flags before the configuration, and that before what the environment says.

use super::args::LookArgs;
use super::context::Context;
use super::error::CliError;
use crate::config::{Console, Env};
use crate::tui::{Multiplexer, Settings, ThemeName};

/// The console's settings, all but what it may do.
pub fn settings(
    context: &Context,
    args: &LookArgs,
    config: &Console,
) -> Result<Settings, CliError> {
    let env = &context.env;
    let keymap = config.keymap.as_ref().map(|path| {
        std::fs::read_to_string(path).map_err(|error| {
            CliError::usage(format!(
                "the key map {} cannot be read: {error}; mend console.keymap",
                path.display()
            ))
        })
    });
    let get = |name| env.get(name);
    let (tmux, sty, term) = (get("TMUX"), get("STY"), get("TERM"));
    let ascii = config.ascii.unwrap_or_else(|| !speaks_utf8(env));
    Ok(Settings {
        theme: args
            .theme
            .or(config.theme)
            .unwrap_or_else(|| background(env)),
        ascii: args.ascii || ascii,
        no_color: context.globals.no_color || get("NO_COLOR").is_some(),
        mouse: args.mouse || config.mouse,
        notify: config.notify && !args.no_notify,
        keymap: keymap.transpose()?,
        multiplexer: Multiplexer::detect(tmux.as_deref(), sty.as_deref(), term.as_deref()),
        term,
        ..Settings::default()
    })
}

/// `$COLORFGBG` is the foreground and the background of some terminals, by their numbers; 7 and 15 are whites.
fn background(env: &Env) -> ThemeName {
    let said = env.get("COLORFGBG");
    match said.as_deref().and_then(|text| text.rsplit(';').next()) {
        Some("7" | "15") => ThemeName::Light,
        _ => ThemeName::Dark,
    }
}

/// The first of these that is set decides, as the C library has it.
fn speaks_utf8(env: &Env) -> bool {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| env.get(name));
    said.is_none_or(|text| {
        let text = text.to_ascii_lowercase();
        text.contains("utf-8") || text.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Globals;
    use crate::cli::output::Output;

    fn context(env: Env) -> Context {
        Context {
            globals: Globals::default(),
            env,
            here: "/".into(),
            out: Output::plain(Box::new(std::io::sink()), Box::new(std::io::sink())),
        }
    }

    fn of<'a>(
        env: impl IntoIterator<Item = (&'a str, &'a str)>,
        args: &LookArgs,
        config: &Console,
    ) -> Settings {
        settings(&context(Env::of(env)), args, config).unwrap()
    }

    #[test]
    fn flags_go_before_the_configuration_and_that_before_the_environment() {
        let (none, plain) = (LookArgs::default(), Console::default());
        let light = [("COLORFGBG", "0;15"), ("LANG", "C"), ("TMUX", "/tmp/t,1,0")];
        let looks = of(light, &none, &plain);
        assert_eq!((looks.theme, looks.ascii), (ThemeName::Light, true));
        assert_eq!(looks.multiplexer, Multiplexer::Tmux);
        assert!(looks.notify && !looks.mouse);
        let config = Console {
            theme: Some(ThemeName::ColourBlind),
            ascii: Some(false),
            mouse: true,
            notify: false,
            keymap: None,
        };
        let looks = of(light, &none, &config);
        assert_eq!((looks.theme, looks.ascii), (ThemeName::ColourBlind, false));
        assert!(looks.mouse && !looks.notify);
        let args = LookArgs {
            theme: Some(ThemeName::Mono),
            ascii: true,
            mouse: false,
            no_notify: true,
        };
        let looks = of([("COLORFGBG", "15;default;0")], &args, &plain);
        assert_eq!((looks.theme, looks.ascii), (ThemeName::Mono, true));
        assert!(!looks.notify);
        assert_eq!(
            of([("COLORFGBG", "15;0")], &none, &plain).theme,
            ThemeName::Dark
        );
    }

    #[test]
    fn a_key_map_that_cannot_be_read_is_named() {
        let config = Console {
            keymap: Some("/nowhere/keys.toml".into()),
            ..Console::default()
        };
        let error = settings(&context(Env::of([])), &LookArgs::default(), &config).unwrap_err();
        assert!(error.to_string().contains("/nowhere/keys.toml"), "{error}");
    }
}
