//! Thin: everything is in the library.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    Ok(drover::cli::main(std::env::args_os()))
}
