//! Sending a request and showing what came of it.

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Paint;
use crate::cli::table::{Cell, Table};
use crate::control::protocol::{Reply, Request, RowResult};

/// Rows shown one by one; of more only those that were not done are.
const MOST_SHOWN: usize = 20;

/// Asks the engine and prints its answer. Failed when a row's part was not done, or the engine refused.
pub(in crate::cli) fn send(context: &mut Context, request: &Request) -> Result<Exit, CliError> {
    let reply = context.ask(request)?;
    if context.json() {
        context.out.json(&reply)?;
    }
    match reply {
        Reply::Refused(why) => Err(CliError::failed(why)),
        Reply::Waiting { note, .. } => {
            if !context.json() {
                context.out.line(note)?;
            }
            Ok(Exit::Attention)
        }
        Reply::Done { note, rows, .. } => {
            if !context.json() {
                show(context, &note, &rows)?;
            }
            let all = rows.iter().all(|row| row.done);
            Ok(if all { Exit::Done } else { Exit::Failed })
        }
    }
}

fn show(context: &mut Context, note: &str, rows: &[RowResult]) -> Result<(), CliError> {
    if !note.is_empty() {
        context.out.line(note)?;
    }
    let mut table = Table::new(["", "Row", ""]);
    let few = rows.len() <= MOST_SHOWN;
    for row in rows.iter().filter(|row| few || !row.done) {
        let sign = if row.done {
            Cell::painted(Paint::Good, "✓")
        } else {
            Cell::painted(Paint::Bad, "✗")
        };
        table.push([sign, row.key.as_str().into(), row.note.as_str().into()]);
    }
    if !table.rows.is_empty() {
        table.print(&mut context.out)?;
    }
    if !few {
        let done = rows.iter().filter(|row| row.done).count();
        context
            .out
            .line(format_args!("{done} of {} rows done", rows.len()))?;
    }
    Ok(())
}
