//! From arguments to an exit code.

use super::args::{Cli, Command};
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::{
    act, agree, backup, check, completions, console, demo, export, import, init, journal, list,
    man, pipeline, report, run, show, sim, status, stop, switch,
};
use crate::config::Env;
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// The whole program: reads the arguments, runs the command, answers its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    super::harden::harden();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let env = Env::process();
    #[cfg(feature = "sabotage")]
    if let Err(why) =
        crate::model::sabotage::choose(env.get(crate::model::sabotage::VARIABLE).as_deref())
    {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("drover: {why}\n").as_bytes(),
        );
        return Exit::Usage.into();
    }
    let out = Output::process(&env, cli.globals.no_color);
    let mut context = Context {
        globals: cli.globals.clone(),
        env,
        here: std::env::current_dir().unwrap_or_else(|_| ".".into()),
        out,
    };
    let ended = run(cli, &mut context).and_then(|exit| context.out.flush().map(|()| exit));
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            let _ = context.out.flush();
            if !error.is_silent() {
                context.out.note(format_args!("drover: {error}"));
            }
            error.exit.into()
        }
    }
}

/// Runs one command.
pub(super) fn run(cli: Cli, context: &mut Context) -> Result<Exit, CliError> {
    let Some(command) = cli.command else {
        return console::run(context, &cli.console);
    };
    if cli.console.is_given() {
        return Err(CliError::usage(
            "--read-only, --linear, --at and the flags of its look belong to the console; write them without a command",
        ));
    }
    match command {
        Command::Demo(args) => demo::run(context, &args),
        Command::Run(args) => run::run(context, &args),
        Command::Sim(args) => sim::run(context, &args),
        Command::Check => check::run(context),
        Command::Backup(args) => backup::backup(context, &args),
        Command::Restore(args) => backup::restore(context, &args),
        Command::Init(args) => init::run(context, &args),
        Command::Status => status::run(context),
        Command::List(args) => list::run(context, &args),
        Command::Show(args) => show::run(context, &args),
        Command::Import(args) => import::run(context, &args),
        Command::Export(args) => export::run(context, &args),
        Command::Report(args) => report::run(context, &args),
        Command::Retry(args) => act::retry(context, args),
        Command::Trigger(args) => act::trigger(context, args),
        Command::Hold(args) => act::hold(context, args),
        Command::Release(args) => act::release(context, args),
        Command::Skip(args) => act::skip(context, args),
        Command::Remedy(args) => act::remedy(context, args),
        Command::Refresh(args) => act::refresh(context, args),
        Command::Set(args) => act::set(context, args),
        Command::Act(args) => act::own(context, args),
        Command::Agree(args) => agree::agree(context, args),
        Command::Refuse(args) => agree::refuse(context, args),
        Command::Stop(args) => stop::stop(context, args),
        Command::Resume(args) => stop::resume(context, args),
        Command::Stage(args) => switch::stage(context, args),
        Command::Wave(args) => switch::wave(context, args),
        Command::Brake(args) => switch::brake(context, args),
        Command::Pipeline(args) => pipeline::run(context, &args),
        Command::Journal(args) => journal::run(context, &args),
        Command::Completions(args) => completions::run(context, &args),
        Command::Man => man::run(context),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::typed;
    use super::*;

    #[test]
    fn every_way_to_be_wrong_has_its_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        std::fs::write(here.join("bad.toml"), "[listen]\nadress = 'x'").unwrap();
        for (words, exit, part) in [
            (vec!["status"], Exit::Usage, "no configuration found"),
            (vec!["nonsense"], Exit::Usage, "unrecognized subcommand"),
            (
                vec!["--config", "gone.toml", "status"],
                Exit::Usage,
                "cannot be read",
            ),
            (vec!["retry", "--reason", "x"], Exit::Usage, "required"),
            (vec!["stop"], Exit::Usage, "--reason"),
            (
                vec!["--store", "no.db", "list"],
                Exit::Failed,
                "there is no store",
            ),
            (
                vec!["--store", "no.db", "stop", "--reason", "x"],
                Exit::Failed,
                "no engine runs",
            ),
            (
                vec!["--read-only", "status"],
                Exit::Usage,
                "belong to the console",
            ),
            (
                vec!["init", "jamf-to-flet"],
                Exit::Usage,
                "did you mean \"jamf-to-fleet\"?",
            ),
        ] {
            let typed = typed(here, &words);
            assert_eq!(typed.exit, exit, "{words:?}: {}", typed.err);
            assert!(typed.err.contains(part), "{words:?}: {}", typed.err);
        }
        let bad = here.join("bad.toml");
        let typed = typed(here, &["--config", bad.to_str().unwrap(), "list"]);
        assert_eq!(typed.exit, Exit::Usage);
        assert!(
            typed.err.contains("line 2: listen.adress: unknown key"),
            "{}",
            typed.err
        );
    }
}
