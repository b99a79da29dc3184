//! `drover man`: one page, every command in it.

use super::args::Cli;
use super::context::Context;
use super::error::{CliError, Exit};
use clap::{Arg, Command, CommandFactory};
use std::fmt::Write;

pub fn run(context: &mut Context) -> Result<Exit, CliError> {
    let mut command = Cli::command();
    command.build();
    context.out.text(&page(&command)?)?;
    Ok(Exit::Done)
}

/// The parts clap can write, with a section for each command in place of pages that nobody would install.
fn page(command: &Command) -> Result<String, CliError> {
    let man = clap_mangen::Man::new(command.clone());
    let mut bytes = Vec::new();
    man.render_title(&mut bytes)?;
    man.render_name_section(&mut bytes)?;
    man.render_description_section(&mut bytes)?;
    man.render_options_section(&mut bytes)?;
    let mut page = String::from_utf8_lossy(&bytes).into_owned();
    page.push_str(".SH COMMANDS\n");
    for sub in command.get_subcommands() {
        section(&mut page, "drover", sub);
    }
    page.push_str(".SH EXIT STATUS\n");
    let codes = [
        (Exit::Done, "done"),
        (Exit::Failed, "failed"),
        (Exit::Usage, "wrong usage or configuration"),
        (Exit::Attention, "something needs an operator"),
    ];
    for (exit, meaning) in codes {
        let _ = writeln!(page, ".TP\n{}\n{meaning}", exit as u8);
    }
    Ok(page)
}

fn section(page: &mut String, before: &str, command: &Command) {
    if command.get_name() == "help" {
        return;
    }
    let name = format!("{before} {}", command.get_name());
    let operands: Vec<String> = command.get_positionals().map(value).collect();
    let title = format!("{name} {}", operands.join(" "));
    let _ = writeln!(page, ".SS {}", roff(title.trim_end()));
    if let Some(about) = command.get_about() {
        let _ = writeln!(page, "{}", roff(&about.to_string()));
    }
    for arg in command.get_arguments() {
        let told = arg.is_positional() || arg.is_global_set() || arg.get_id() == "help";
        if told || arg.is_hide_set() {
            continue;
        }
        let long = arg
            .get_long()
            .map_or(String::new(), |long| format!("--{long}"));
        let taken = if arg.get_action().takes_values() {
            format!(" {}", value(arg))
        } else {
            String::new()
        };
        let help = arg.get_help().map_or(String::new(), ToString::to_string);
        let _ = write!(
            page,
            ".TP\n\\fB{}\\fR{}\n{}\n",
            roff(&long),
            roff(&taken),
            roff(&help)
        );
    }
    for sub in command.get_subcommands() {
        section(page, &name, sub);
    }
}

fn value(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() {
        arg.get_id().as_str().to_uppercase()
    } else {
        names.join(" ")
    }
}

/// Text that roff takes as text.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\(rs").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_of_every_command() {
        let mut command = Cli::command();
        command.build();
        let page = page(&command).unwrap();
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            let heading = format!(".SS drover {}", roff(sub.get_name()));
            assert!(page.contains(&heading), "{heading}");
        }
        assert!(page.contains("\\fB\\-\\-dry\\-run\\fR"));
        assert!(page.contains(".SS drover pipeline check"));
    }
}
