//! `drover stage on|off`, `drover wave [open|close]`, `drover brake release`.

use super::act::send;
use super::context::{Context, known};
use super::error::{CliError, Exit};
use crate::control::protocol::Request;

#[derive(clap::Args, Debug)]
pub struct StageArgs {
    #[arg(value_enum)]
    pub switch: OnOff,
    /// A stage or ladder
    pub name: String,
    #[command(flatten)]
    pub why: Why,
}

#[derive(clap::Args, Debug)]
pub struct WaveArgs {
    /// Without a word the waves are listed
    #[arg(value_enum)]
    pub switch: Option<OpenClose>,
    /// Which wave
    #[arg(required_if_eq_any([("switch", "open"), ("switch", "close")]))]
    pub name: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(clap::Args, Debug)]
pub struct BrakeArgs {
    #[arg(value_enum)]
    pub switch: Release,
    pub name: String,
    /// Why it is safe to go on; kept for good
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

#[derive(clap::Args, Debug)]
pub struct Why {
    /// Why; kept for good
    #[arg(long, value_name = "TEXT", default_value = "no reason given")]
    pub reason: String,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOff {
    On,
    Off,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenClose {
    Open,
    Close,
    /// How the waves stand
    List,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    Release,
}

pub fn stage(context: &mut Context, args: StageArgs) -> Result<Exit, CliError> {
    let names = rules(context)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let request = Request::StageSwitch {
        stage: known("stage or ladder", &args.name, &names)?.to_owned(),
        on: args.switch == OnOff::On,
        reason: args.why.reason,
    };
    send(context, &request)
}

/// The names of waves and brakes are the pipeline's, which the engine knows best: it refuses a wrong one.
pub fn wave(context: &mut Context, args: WaveArgs) -> Result<Exit, CliError> {
    let (Some(switch @ (OpenClose::Open | OpenClose::Close)), Some(wave)) =
        (args.switch, args.name)
    else {
        return super::waves::list(context);
    };
    let request = Request::WaveSwitch {
        wave,
        open: switch == OpenClose::Open,
        reason: args.why.reason,
    };
    send(context, &request)
}

pub fn brake(context: &mut Context, args: BrakeArgs) -> Result<Exit, CliError> {
    let request = Request::BrakeRelease {
        brake: args.name,
        reason: args.reason,
    };
    send(context, &request)
}

/// The stages and ladders this store knows, in the file's order.
pub fn rules(context: &Context) -> Result<Vec<String>, CliError> {
    let reader = context.reader()?;
    context.look(&reader, |view, now| {
        let counts = view.counts(now)?;
        Ok(counts.into_iter().map(|count| count.rule).collect())
    })
}
