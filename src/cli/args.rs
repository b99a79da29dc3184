//! What can be typed after `drover`.

use super::{
    act, agree, backup, completions, export, import, init, journal, list, pipeline, report, show,
    stop, switch,
};
use crate::tui::ThemeName;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Moves a company's Macs from one MDM to another overnight.
///
/// Without a command: the console. If no engine runs on the store, one is started first, and goes on when you leave.
#[derive(Parser, Debug)]
#[command(name = "drover", version, propagate_version = false)]
#[cfg_attr(feature = "sabotage", command(version = crate::model::sabotage::VERSION))]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 something needs an operator."
)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,

    #[command(flatten)]
    pub console: ConsoleArgs,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub struct Globals {
    /// The configuration [default: $DROVER_CONFIG, ./drover.toml, $XDG_CONFIG_HOME/drover/drover.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The store, in place of the configuration's
    #[arg(long, global = true, value_name = "FILE")]
    pub store: Option<PathBuf>,

    /// Print JSON, where something is printed
    #[arg(long, global = true)]
    pub json: bool,

    /// No colour, as $NO_COLOR
    #[arg(long, global = true)]
    pub no_color: bool,
}

/// Flags of the console.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "The console")]
pub struct ConsoleArgs {
    /// Look only: no key acts
    #[arg(long)]
    pub read_only: bool,

    /// Show the table as it was then: RFC 3339, HH:MM for the last time the clock said so, or a span as in -2h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: Option<String>,

    #[command(flatten)]
    pub look: LookArgs,
}

/// How the console looks, and what it takes and gives beside keys and frames.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "The console")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct LookArgs {
    /// Its colours [default: dark, or light where $COLORFGBG says so]
    #[arg(long, value_name = "NAME", value_parser = themes())]
    pub theme: Option<ThemeName>,

    /// Plain lines in place of the screen: for screen readers, serial lines, logs and scripts. So it is anyway with
    /// TERM=dumb, and where input or output is no terminal; lines piped in are obeyed in order
    #[arg(long)]
    pub linear: bool,

    /// Only ASCII signs
    #[arg(long)]
    pub ascii: bool,

    /// Hear the mouse from the start; M turns it on and off
    #[arg(long)]
    pub mouse: bool,

    /// No notice and no bell at an alarm while you look elsewhere
    #[arg(long)]
    pub no_notify: bool,
}

fn themes() -> impl TypedValueParser<Value = ThemeName> {
    PossibleValuesParser::new(ThemeName::ALL.map(ThemeName::word))
        .try_map(|word| ThemeName::from_word(&word).ok_or("no such theme"))
}

impl ConsoleArgs {
    pub fn is_given(&self) -> bool {
        self.read_only || self.at.is_some() || self.look != LookArgs::default()
    }
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// A simulated company, its Jamf, Fleet and Slack, with the real engine and console
    Demo(DemoArgs),
    /// The engine alone, as a service runs it
    Run(RunArgs),
    /// The simulated services alone
    Sim(SimArgs),
    /// Write drover.toml and the pipeline, annotated
    Init(init::InitArgs),
    /// Try the configuration: pipeline, secrets, every service, every privilege
    Check,
    /// Phases, queues, holds, brakes, budget, forecast
    Status,
    /// Rows
    List(list::ListArgs),
    /// One row's dossier: columns, gates explained, attempts, changes, events
    Show(show::ShowArgs),
    /// Rows from a CSV file
    Import(import::ImportArgs),
    /// Every column of every row, as CSV or JSON
    Export(export::ExportArgs),
    /// What was done and what is left, for people
    Report(report::ReportArgs),
    /// Try again what failed
    Retry(act::RetryArgs),
    /// Run a stage for rows now
    Trigger(act::TriggerArgs),
    /// Keep rows from being taken
    Hold(act::HoldArgs),
    /// Let held rows go on
    Release(act::ReleaseArgs),
    /// A stage is not for these rows
    Skip(act::SkipArgs),
    /// The next rung of a ladder, now
    Remedy(act::RemedyArgs),
    /// Read rows afresh from the outside
    Refresh(act::RefreshArgs),
    /// Write a column by hand
    Set(act::SetArgs),
    /// An act of the pipeline's own; alone, lists them
    Act(act::ActArgs),
    /// The second person's word for a command that waits for one: do it
    Agree(agree::WordArgs),
    /// The word against a command that waits for a second person
    Refuse(agree::WordArgs),
    /// Stop all sending, everywhere, at once; stays stopped over a restart
    Stop(stop::StopArgs),
    /// Go on after `stop`
    Resume(stop::ResumeArgs),
    /// Switch a stage or ladder on or off
    Stage(switch::StageArgs),
    /// Open or close a wave; alone, how the waves stand
    Wave(switch::WaveArgs),
    /// Release a brake
    Brake(switch::BrakeArgs),
    /// Check, show, test and explain pipeline files
    Pipeline(pipeline::PipelineArgs),
    /// What happened, line by line
    Journal(journal::JournalArgs),
    /// Copy the store while it is in use
    Backup(backup::BackupArgs),
    /// Put a copy back; nothing is sent until somebody has looked and resumes
    Restore(backup::RestoreArgs),
    /// Completions for a shell
    Completions(completions::CompletionsArgs),
    /// The manual page
    Man,
}

#[derive(Args, Debug, Clone)]
pub struct DemoArgs {
    /// A shipped pipeline (jamf-to-fleet, seamless), with the company it is for; or a file, by its path
    #[arg(long, value_name = "NAME", default_value = "jamf-to-fleet")]
    pub pipeline: String,
    /// How many times faster than real time
    #[arg(long, value_name = "N", default_value_t = 60.0)]
    pub speed: f64,
    #[command(flatten)]
    pub world: WorldArgs,
    /// No console: the journal on standard error
    #[arg(long)]
    pub headless: bool,
    /// End when nothing can move without a person; quiet stretches are skipped
    #[arg(long)]
    pub until_done: bool,
    /// No journal on standard error either
    #[arg(long)]
    pub quiet: bool,
    #[command(flatten)]
    pub look: LookArgs,
}

/// The company that is simulated.
#[derive(Args, Debug, Clone)]
pub struct WorldArgs {
    /// How many Macs the company has
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub devices: usize,
    /// The same seed gives the same night
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How the night goes, in the company of jamf-to-fleet [default: calm]
    #[arg(long, value_enum)]
    pub weather: Option<Weather>,
    /// A scenario of your own instead, in the form of the shipped weathers
    #[arg(long, value_name = "FILE", conflicts_with = "weather")]
    pub scenario: Option<PathBuf>,
    /// Which Jamf Pro is simulated
    #[arg(long, value_name = "VERSION", default_value = "11.30.1")]
    pub jamf_version: String,
    /// Which Fleet is simulated; before 4.82 it knows only the old names
    #[arg(long, value_name = "VERSION", default_value = "4.92.0")]
    pub fleet_version: String,
    /// A file that keeps every effect the services saw, also over a restart
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    #[default]
    Calm,
    Rough,
    Storm,
}

impl Weather {
    pub fn word(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Rough => "rough",
            Self::Storm => "storm",
        }
    }
}

#[derive(Args, Debug, Clone)]
pub struct RunArgs {
    /// Rehearse faster than real time, against `drover sim` only
    #[arg(long, value_name = "N")]
    pub speed: Option<f64>,
    /// In a session of its own, as the console starts it
    #[arg(long, hide = true)]
    pub detach: bool,
}

#[derive(Args, Debug, Clone)]
pub struct SimArgs {
    /// The shipped pipeline whose company is simulated
    #[arg(long, value_name = "NAME", default_value = "jamf-to-fleet")]
    pub pipeline: String,
    /// How many times faster than real time
    #[arg(long, value_name = "N", default_value_t = 60.0)]
    pub speed: f64,
    #[command(flatten)]
    pub world: WorldArgs,
    /// Where the engine answers hooks
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480")]
    pub hooks: String,
    /// The first port on the loopback: Fleet, Jamf Pro, Slack, and in a move under the old server's name MicroMDM, the
    /// name itself, two resolvers, the replicas of the proxy
    #[arg(long, value_name = "PORT", default_value_t = 8481)]
    pub port: u16,
    /// Where a company that moves under its old server's name leaves files for its admins: a CA, records, its database
    #[arg(long, value_name = "DIR", default_value = "handover")]
    pub folder: PathBuf,
}

impl SimArgs {
    /// The ports, one after the other; the replicas of a migration proxy come last.
    pub fn ports(&self) -> crate::sim::Ports {
        // 0 is any free port, for each of them.
        let at = |offset| match self.port {
            0 => 0,
            first => first.checked_add(offset).unwrap_or_default(),
        };
        crate::sim::Ports {
            fleet: at(0),
            jamf: at(1),
            slack: at(2),
            micromdm: at(3),
            endpoint: at(4),
            resolvers: at(5),
            proxies: at(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for words in [
            ["drover", "--store", "x.db", "status"],
            ["drover", "status", "--store", "x.db"],
        ] {
            let cli = Cli::try_parse_from(words).unwrap();
            assert_eq!(cli.globals.store.as_deref(), Some("x.db".as_ref()));
        }
    }

    #[test]
    fn the_help_is_as_it_was_read_last() {
        let help = Cli::command()
            .term_width(100)
            .render_long_help()
            .to_string();
        insta::assert_snapshot!("help", help);
    }
}
